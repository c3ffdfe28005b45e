import Networks

/// The networks of Simonyan and Zisserman 2015 with batch norm, as in torchvision: `features` counts
/// convolutions, batch norms, ReLUs and poolings in order. There is no dropout, which leaves gaps in the
/// numbers of `classifier`.
///
/// With skips, a section of convolution, batch norm and ReLU adds its input to its output: as it is, or
/// through a linear 1×1 convolution where the channels change.
enum VGG {
  static let family = ModelFamily(
    prefix: "vgg", depths: stages.keys.sorted(),
    summary: "VGG with batch norm, Simonyan and Zisserman 2015; no dropout",
    options: [
      ModelOption("head", "1|2|3|imagenet", default: "1", "linear layers after pooling; imagenet: 4096 wide"),
      .flag("bias", default: "1", "biases of the convolutions"),
      .flag("skips", default: "0", "adds each section's input to its output"), .width,
    ],
    nodes: nodes)

  /// Convolutions per stage of 64, 128, 256, 512 and 512 channels.
  private static let stages = [
    11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4],
  ]

  private static func nodes(_ request: ModelRequest) throws -> [Node] {
    let head = try request.choice(
      "head", ["1": Head.one, "2": .two, "3": .three, "imagenet": .imageNet])
    let hasBias = try request.flag("bias")
    let hasSkips = try request.flag("skips")
    let scaled = try request.scale()

    var chain = NodeChain(request.input)
    var index = 0
    for (count, channels) in zip(stages[request.depth] ?? [], [64, 128, 256, 512, 512]) {
      for _ in 0..<count {
        let convolution = Layer.Convolution(scaled(channels), kernel: 3, bias: hasBias)
        chain.appendSection(index, convolution, hasSkip: hasSkips)
        index += 3
      }
      chain.append("features.\(index)", .pooling(.init(.maximum, kernel: 2, stride: 2)))
      index += 1
    }
    chain.append(head, scaled, classes: request.classes)
    return chain.nodes
  }

  /// The layers behind the feature maps.
  fileprivate enum Head {
    case one
    case two
    case three
    case imageNet
  }
}

extension NodeChain {
  /// Appends a convolution with batch norm and ReLU as `features` from `index` on.
  fileprivate mutating func appendSection(_ index: Int, _ convolution: Layer.Convolution, hasSkip: Bool) {
    let source = (node: last, channels: channels)
    append("features.\(index)", .convolution(convolution))
    append("features.\(index + 1)", .batchNorm)
    append("features.\(index + 2)", .relu)
    guard hasSkip else { return }
    let projection = ("skips.\(index)", Layer.convolution(.init(channels, kernel: 1, bias: convolution.bias)))
    addSkip("features.\(index).add", from: source, channels == source.channels ? [] : [projection])
  }

  fileprivate mutating func append(_ head: VGG.Head, _ scaled: WidthScale, classes: Int) {
    switch head {
    case .imageNet: append("flatten", .flatten)
    default: append("avgpool", .globalAveragePool)
    }
    switch head {
    case .one: append("classifier", .linear(.init(classes)))
    case .two:
      append("classifier.linear1", .linear(.init(scaled(512))))
      append("classifier.norm1", .batchNorm)
      append("classifier.relu1", .relu)
      append("classifier.linear2", .linear(.init(classes)))
    case .three, .imageNet:
      let width = scaled(head == .three ? 512 : 4096)
      append("classifier.0", .linear(.init(width)))
      append("classifier.1", .relu)
      append("classifier.3", .linear(.init(width)))
      append("classifier.4", .relu)
      append("classifier.6", .linear(.init(classes)))
    }
  }
}
