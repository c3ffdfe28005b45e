import Networks

/// The residual networks for small images of He et al. 2016 (arXiv 1512.03385, section 4.2): a 3×3 stem,
/// three stages of basic blocks with 16, 32 and 64 channels, global average pooling and one linear layer.
///
/// Tensor names are those of the widely used PyTorch version: `layer1.0.conv1.weight`, `linear.weight`.
/// Widths can be given one by one, as in pruned networks: those of the blocks' outputs, and of what lies
/// inside the blocks.
enum CIFARResNet {
  static let family = ModelFamily(
    prefix: "resnet", depths: [20, 32, 44, 56, 110, 1202],
    summary: "residual networks for small images, He et al. 2016",
    options: [
      ModelOption("shortcut", "a|b", default: "a", "zeros for new channels, or a 1x1 convolution"), .width,
      ModelOption("stem", "C", default: "16", "channels of the first convolution"),
      ModelOption("stages", "C.C.C", default: "16.32.64", "channels of each stage's blocks"),
      ModelOption("inner", "C.C.C", default: "16.32.64", "channels inside each stage's blocks"),
      .blocks("N.N.N"),
    ],
    nodes: nodes)

  private static func nodes(_ request: ModelRequest) throws -> [Node] {
    let shortcut = try request.choice(
      "shortcut", ["a": NodeChain.Shortcut.optionA, "b": .projection("shortcut", bias: false)])
    let scaled = try request.scale()
    let stem = try request.count("stem", in: 1...65536)
    let stages = try request.counts("stages", 3, in: 1...65536)
    let inner = try request.counts("inner", 3, in: 1...65536)
    let blocks = try request.blocks(default: Array(repeating: (request.depth - 2) / 6, count: 3))

    var chain = NodeChain(request.input)
    chain.append("conv1", .convolution(.init(scaled(stem), kernel: 3)))
    chain.append("bn1", .batchNorm)
    chain.append("relu", .relu)
    for stage in 0..<3 {
      for index in 0..<blocks[stage] {
        let stride = stage > 0 && index == 0 ? 2 : 1
        let convolutions = [
          Layer.Convolution(scaled(inner[stage]), kernel: 3, stride: stride),
          Layer.Convolution(scaled(stages[stage]), kernel: 3),
        ]
        chain.appendBlock("layer\(stage + 1).\(index)", convolutions, shortcut)
      }
    }
    chain.append("pool", .globalAveragePool)
    chain.append("linear", .linear(.init(request.classes)))
    return chain.nodes
  }
}
