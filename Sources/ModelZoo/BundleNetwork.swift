import Networks

/// The networks in which conflicting bundles were studied (arXiv 2011.02956 and 2103.04331), after the
/// authors' public code: a 7×7/2 stem, with max-pooling if the images are wider than 50 pixels, and blocks of
/// two 3×3 convolutions, all with biases. There are four types of blocks, 64, 128, 256 and 512 wide; the
/// first block there is of each type but the first halves the maps, so that a type without blocks halves
/// nothing. The depth counts the stem, the blocks' convolutions and the linear layer at the end.
///
/// Two things differ from that code; neither changes a count. Padding is the same on both sides, 3 at the
/// stem; TensorFlow's "same" pads even sides by 2 in front and 3 behind there, by 0 and 1 at 3×3/2, so that
/// its windows lie one pixel further on. And batch norm's epsilon and momentum are PyTorch's.
///
/// To scale the widths and to do without batch norm are options of ours.
enum BundleNetwork {
  static let vggFamily = ModelFamily(
    prefix: "bundle-vgg", depths: blocks.keys.sorted(),
    summary: "deep VGG-style networks without skips, \(provenance)",
    options: options
  ) { try nodes($0, isResidual: false) }

  static let resNetFamily = ModelFamily(
    prefix: "bundle-resnet", depths: blocks.keys.sorted(),
    summary: "deep residual networks, \(provenance)",
    options: options
  ) { try nodes($0, isResidual: true) }

  private static let provenance =
    "Peer et al. 2021 on conflicting bundles, after the authors' public code"

  private static let options = [
    ModelOption.blocks("N.N.N.N"), .width,
    .flag("bn", default: "1", "batch norm after each convolution"),
  ]

  private static let blocks = [
    4: [1, 0, 0, 0], 10: [1, 1, 1, 1], 20: [2, 2, 3, 2], 30: [3, 3, 5, 3], 50: [3, 6, 12, 3],
    76: [3, 6, 25, 3], 100: [3, 12, 31, 3], 120: [3, 12, 41, 3],
  ]

  private static func nodes(_ request: ModelRequest, isResidual: Bool) throws -> [Node] {
    let scaled = try request.scale()
    let hasBatchNorm = try request.flag("bn")
    let blocks = try request.blocks(default: blocks[request.depth] ?? [])

    var chain = NodeChain(request.input)
    chain.append("conv1", .convolution(.init(scaled(64), kernel: 7, stride: 2, bias: true)))
    if hasBatchNorm { chain.append("bn1", .batchNorm) }
    chain.append("relu", .relu)
    if request.input.width > 50 {
      chain.append("maxpool", .pooling(.init(.maximum, kernel: 3, stride: 2, padding: 1)))
    }
    for (type, count) in blocks.enumerated() {
      for index in 0..<count {
        let name = "layer\(type + 1).\(index)"
        let convolutions = [type > 0 && index == 0 ? 2 : 1, 1].map { stride in
          Layer.Convolution(scaled(64 << type), kernel: 3, stride: stride, bias: true)
        }
        if isResidual {
          let shortcut = NodeChain.Shortcut.projection("shortcut", bias: true)
          chain.appendBlock(name, convolutions, shortcut, hasBatchNorm: hasBatchNorm)
        } else {
          chain.appendPlainBlock(name, convolutions, hasBatchNorm: hasBatchNorm)
        }
      }
    }
    chain.append("avgpool", .globalAveragePool)
    chain.append("linear", .linear(.init(request.classes)))
    return chain.nodes
  }
}

extension NodeChain {
  /// Appends convolutions, each with ReLU, and with batch norm before that if there is any.
  fileprivate mutating func appendPlainBlock(
    _ name: String, _ convolutions: [Layer.Convolution], hasBatchNorm: Bool
  ) {
    for (index, convolution) in convolutions.enumerated() {
      append("\(name).conv\(index + 1)", .convolution(convolution))
      if hasBatchNorm { append("\(name).bn\(index + 1)", .batchNorm) }
      append("\(name).relu\(index + 1)", .relu)
    }
  }
}
