import Networks

/// The networks in which conflicting bundles were studied (arXiv 2011.02956 and 2103.04331), after the
/// authors' public code: a 7×7/2 stem, with max-pooling if the images are wider than 50 pixels, and blocks of
/// two 3×3 convolutions, all with biases. There are four types of blocks, 64, 128, 256 and 512 wide; the
/// first block there is of each type but the first halves the maps.
///
/// Two things differ from that code, which cost nothing: padding is the same on both sides, and batch norm's
/// epsilon and momentum are PyTorch's.
enum BundleNetwork {
  static let vggFamily = ModelFamily(
    prefix: "bundle-vgg", depths: blocks.keys.sorted(),
    summary: "the conflicting-bundles networks without skips",
    options: options
  ) { try nodes($0, isResidual: false) }

  static let resNetFamily = ModelFamily(
    prefix: "bundle-resnet", depths: blocks.keys.sorted(),
    summary: "the conflicting-bundles networks with residual blocks", options: options
  ) { try nodes($0, isResidual: true) }

  private static let options = [
    ModelOption.blocks("N.N.N.N"), .width,
  ]

  private static let blocks = [
    4: [1, 0, 0, 0], 10: [1, 1, 1, 1], 20: [2, 2, 3, 2], 30: [3, 3, 5, 3], 50: [3, 6, 12, 3],
    76: [3, 6, 25, 3], 100: [3, 12, 31, 3], 120: [3, 12, 41, 3],
  ]

  private static func nodes(_ request: ModelRequest, isResidual: Bool) throws -> [Node] {
    let scaled = try request.scale()
    let blocks = try request.blocks(default: blocks[request.depth] ?? [])

    var chain = NodeChain(request.input)
    chain.append("conv1", .convolution(.init(scaled(64), kernel: 7, stride: 2, bias: true)))
    chain.append("bn1", .batchNorm)
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
          chain.appendBlock(name, convolutions, .projection("shortcut", bias: true))
        } else {
          chain.appendPlainBlock(name, convolutions)
        }
      }
    }
    chain.append("avgpool", .globalAveragePool)
    chain.append("linear", .linear(.init(request.classes)))
    return chain.nodes
  }
}

extension NodeChain {
  /// Appends convolutions, each with batch norm and ReLU.
  fileprivate mutating func appendPlainBlock(_ name: String, _ convolutions: [Layer.Convolution]) {
    for (index, convolution) in convolutions.enumerated() {
      append("\(name).conv\(index + 1)", .convolution(convolution))
      append("\(name).bn\(index + 1)", .batchNorm)
      append("\(name).relu\(index + 1)", .relu)
    }
  }
}
