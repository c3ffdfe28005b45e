extension CPULowering {
  mutating func lowerPooling(_ operation: Operation) {
    switch operation {
    case .poolingForward(let problem, let input, let output):
      let source = layout(of: input)
      program.launch(
        kernel("pooling", "pooling_forward"),
        [argument(input), argument(output), kind(problem), .int(source.blocks)] + planes(input)
          + planes(output) + window(problem), global: GridSize(source.blocks, source.shape.batch))
    case .poolingBackward(let problem, let input, let outputGradient, let inputGradient, let accumulate):
      let source = layout(of: input)
      program.launch(
        kernel("pooling", "pooling_backward"),
        [
          argument(input), argument(outputGradient), argument(inputGradient), kind(problem),
          .int(accumulate ? 1 : 0), .int(source.blocks),
        ] + planes(input) + [.int(layout(of: inputGradient).halo)] + planes(outputGradient)
          + window(problem), global: GridSize(source.blocks, source.shape.batch))
    case .globalAveragePoolForward(let shape, let input, let output):
      program.launch(
        kernel("pooling", "global_average_forward"),
        [argument(input), argument(output), .int(shape.channels)] + planes(input),
        global: GridSize(layout(of: input).blocks, shape.batch))
    case .globalAveragePoolBackward(let shape, let outputGradient, let inputGradient, let accumulate):
      program.launch(
        kernel("pooling", "global_average_backward"),
        [
          argument(outputGradient), argument(inputGradient), .int(accumulate ? 1 : 0), .int(shape.channels),
        ] + planes(inputGradient), global: GridSize(layout(of: inputGradient).blocks, shape.batch))
    case .shortcutForward(let problem, let input, let output):
      program.launch(
        kernel("pooling", "shortcut_forward"),
        [argument(input), channelMap(problem.channels), argument(output)]
          + shortcut(problem, input: input, output: output),
        global: GridSize(layout(of: output).blocks, problem.input.batch))
    case .shortcutBackward(let problem, let outputGradient, let inputGradient, let accumulate):
      program.launch(
        kernel("pooling", "shortcut_backward"),
        [
          argument(outputGradient), channelMap(problem.destinations), argument(inputGradient),
          .int(accumulate ? 1 : 0),
        ] + shortcut(problem, input: inputGradient, output: outputGradient),
        global: GridSize(layout(of: inputGradient).blocks, problem.input.batch))
    default: break
    }
  }

  private func kind(_ problem: PoolingProblem) -> Argument { .int(problem.kind == .maximum ? 0 : 1) }

  /// Height, width and halo.
  private func planes(_ tensor: Tensor) -> [Argument] {
    let layout = layout(of: tensor)
    return [.int(layout.shape.height), .int(layout.shape.width), .int(layout.halo)]
  }

  private func window(_ problem: PoolingProblem) -> [Argument] {
    let sizes = [
      problem.kernel.height, problem.kernel.width, problem.stride.height, problem.stride.width,
      problem.padding.height, problem.padding.width,
    ]
    return sizes.map(Argument.int)
  }

  private mutating func channelMap(_ map: [Int]) -> Argument {
    .slot(program.addConstant("a shortcut's channels", integers: map))
  }

  private func shortcut(_ problem: ShortcutProblem, input: Tensor, output: Tensor) -> [Argument] {
    [.int(problem.stride), .int(problem.input.channels)] + planes(input)
      + [.int(problem.outputChannels)] + planes(output)
  }
}
