import Networks

/// The residual networks for ImageNet of He et al. 2016, as in torchvision: basic blocks up to depth 34,
/// bottlenecks whose stride sits on the 3×3 convolution ("v1.5") from depth 50 on. Tensor names are
/// torchvision's.
enum ImageNetResNet {
  static let family = ModelFamily(
    prefix: "resnet", depths: blocks.keys.sorted(),
    summary: "residual networks for ImageNet, He et al. 2016, as in torchvision",
    options: [
      ModelOption(
        "stem", "imagenet|cifar", default: "imagenet", "7x7/2 and max-pooling, or 3x3/1 for small images"),
      .width, .blocks("N.N.N.N"),
    ],
    nodes: nodes)

  private static let blocks = [
    18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3],
  ]

  private static func nodes(_ request: ModelRequest) throws -> [Node] {
    let hasLargeStem = try request.choice("stem", ["imagenet": true, "cifar": false])
    let scaled = try request.scale()
    let blocks = try request.blocks(default: blocks[request.depth] ?? [])

    var chain = NodeChain(request.input)
    let stem = hasLargeStem ? (kernel: 7, stride: 2) : (kernel: 3, stride: 1)
    chain.append("conv1", .convolution(.init(scaled(64), kernel: stem.kernel, stride: stem.stride)))
    chain.append("bn1", .batchNorm)
    chain.append("relu", .relu)
    if hasLargeStem { chain.append("maxpool", .pooling(.init(.maximum, kernel: 3, stride: 2, padding: 1))) }
    for (stage, count) in blocks.enumerated() {
      for index in 0..<count {
        let block = request.depth < 50 ? basic : bottleneck
        chain.appendBlock(
          "layer\(stage + 1).\(index)", block(scaled(64 << stage), stage > 0 && index == 0 ? 2 : 1),
          .projection("downsample", bias: false))
      }
    }
    chain.append("avgpool", .globalAveragePool)
    chain.append("fc", .linear(.init(request.classes)))
    return chain.nodes
  }

  private static func basic(_ width: Int, _ stride: Int) -> [Layer.Convolution] {
    [.init(width, kernel: 3, stride: stride), .init(width, kernel: 3)]
  }

  private static func bottleneck(_ width: Int, _ stride: Int) -> [Layer.Convolution] {
    [.init(width, kernel: 1), .init(width, kernel: 3, stride: stride), .init(4 * width, kernel: 1)]
  }
}
