extension GPULowering {
  mutating func batchNormStatistics(
    _ shape: ActivationShape, groups: Int, input: Tensor, mean: Tensor, variance: Tensor,
    running: RunningStatistics?
  ) {
    if let statistics = statistics(of: input, groups: groups) {
      combine(statistics, shape, mean: mean, variance: variance, running: running)
      return
    }
    let chunks = ImageChunks(of: shape, groupings: [groups])
    let sizes: [Argument] = [.int(shape.channels), .int(shape.height * shape.width)]
    let partials = scratch("partial statistics", words: 2 * chunks.count * shape.channels)
    reduce(
      "batch_norm", "batch_norm_chunk", [argument(input), .slot(partials)] + sizes + chunks.arguments,
      groups: shape.channels, rows: chunks.count)
    launch(
      "batch_norm", "batch_norm_combine",
      [
        .slot(partials), argument(mean), argument(variance), argument(running?.mean, standIn: mean),
        argument(running?.variance, standIn: variance), .flag(running != nil), .float(running?.momentum ?? 0),
      ] + sizes + [.int(groups)] + chunks.arguments, count: shape.channels)
  }

  /// What the convolution has left of each of its tiles.
  private mutating func combine(
    _ statistics: TileStatistics, _ shape: ActivationShape, mean: Tensor, variance: Tensor,
    running: RunningStatistics?
  ) {
    reduce(
      "batch_norm", "batch_norm_combine_tiles",
      [
        .slot(statistics.slot), argument(mean), argument(variance), argument(running?.mean, standIn: mean),
        argument(running?.variance, standIn: variance), .flag(running != nil), .float(running?.momentum ?? 0),
        .int(shape.channels), .int(shape.pixels), .int(statistics.tiles), .int(statistics.tileColumns),
      ], groups: shape.channels)
  }
}
