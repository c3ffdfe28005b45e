import ModelZoo
import Networks

/// Networks that are not in the zoo: what other families look like to an analysis. Batch norms and most ReLUs are left out, as
/// they change nothing there.
enum AnalysisOnlyNetworks {
  static let input = ImageShape(channels: 3, height: 224, width: 224)

  /// A network of the goldens, by the name that it has there.
  static func network(_ name: String, side: Int = 224) throws -> Network {
    let input = ImageShape(channels: 3, height: side, width: side)
    switch name {
    case "alexnet": return alexNet(input)
    case "mobilenet-v1": return mobileNetV1(input)
    case "mobilenet-v2": return mobileNetV2(input)
    case "mobilenet-v3-small": return mobileNetV3Small(input)
    case "efficientnet-b0": return efficientNetB0(input)
    case "densenet121": return denseNet121(input)
    default: break
    }
    func zoo(_ description: Substring) throws -> Network {
      try ModelZoo.network(String(description), input: input, classes: 10)
    }
    if name.hasSuffix("-plain") { return try zoo(name.dropLast(6)).withoutSkips() }
    if name.hasSuffix("-v1") { return try zoo(name.dropLast(3)).withStridesFirst() }
    return try zoo(name[...])
  }

  static func alexNet(_ input: ImageShape) -> Network {
    var builder = Builder()
    builder.convolution("features.0", 64, 11, stride: 4, padding: 2)
    builder.pool("features.2", 3, stride: 2)
    builder.convolution("features.3", 192, 5)
    builder.pool("features.5", 3, stride: 2)
    for (index, channels) in [(6, 384), (8, 256), (10, 256)] {
      builder.convolution("features.\(index)", channels, 3)
    }
    builder.pool("features.12", 3, stride: 2)
    return builder.network("alexnet", input)
  }

  static func mobileNetV1(_ input: ImageShape) -> Network {
    var builder = Builder()
    builder.convolution("stem", 32, 3, stride: 2)
    var width = 32
    let rows =
      [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [
        (512, 1), (512, 1), (512, 1), (512, 1), (512, 1),
      ]
      + [(1024, 2), (1024, 1)]
    for (index, (channels, stride)) in rows.enumerated() {
      builder.convolution("layer.\(index).depthwise", width, 3, stride: stride, groups: width)
      builder.convolution("layer.\(index).pointwise", channels, 1)
      width = channels
    }
    return builder.network("mobilenet-v1", input)
  }

  /// A stage of blocks that expand, filter each channel and project.
  struct InvertedStage {
    var expansion: Int
    var kernel: Int
    var stride: Int
    var channels: Int
    var blocks: Int
  }

  static let efficientNetB0Stages = [
    InvertedStage(expansion: 1, kernel: 3, stride: 1, channels: 16, blocks: 1),
    InvertedStage(expansion: 6, kernel: 3, stride: 2, channels: 24, blocks: 2),
    InvertedStage(expansion: 6, kernel: 5, stride: 2, channels: 40, blocks: 2),
    InvertedStage(expansion: 6, kernel: 3, stride: 2, channels: 80, blocks: 3),
    InvertedStage(expansion: 6, kernel: 5, stride: 1, channels: 112, blocks: 3),
    InvertedStage(expansion: 6, kernel: 5, stride: 2, channels: 192, blocks: 4),
    InvertedStage(expansion: 6, kernel: 3, stride: 1, channels: 320, blocks: 1),
  ]

  static func efficientNetB0(_ input: ImageShape) -> Network {
    inverted("efficientnet-b0", efficientNetB0Stages, last: 1280, input)
  }

  static func mobileNetV2(_ input: ImageShape) -> Network {
    let rows = [
      (1, 1, 16, 1), (6, 2, 24, 2), (6, 2, 32, 3), (6, 2, 64, 4), (6, 1, 96, 3), (6, 2, 160, 3),
      (6, 1, 320, 1),
    ]
    let stages = rows.map {
      InvertedStage(expansion: $0.0, kernel: 3, stride: $0.1, channels: $0.2, blocks: $0.3)
    }
    return inverted("mobilenet-v2", stages, last: 1280, input)
  }

  /// - Parameter hasGates: Whether blocks have squeeze-and-excitation.
  static func inverted(
    _ name: String, _ stages: [InvertedStage], last: Int, hasGates: Bool = false, _ input: ImageShape
  ) -> Network {
    var builder = Builder()
    builder.convolution("stem", 32, 3, stride: 2)
    var width = 32
    for (number, stage) in stages.enumerated() {
      for index in 0..<stage.blocks {
        builder.invertedBlock(
          "layer\(number + 1).\(index)", width: width, hidden: width * stage.expansion, kernel: stage.kernel,
          stride: index == 0 ? stage.stride : 1, channels: stage.channels, isGated: hasGates)
        width = stage.channels
      }
    }
    builder.convolution("last", last, 1)
    return builder.network(name, input)
  }

  static func mobileNetV3Small(_ input: ImageShape) -> Network {
    let rows = [
      (16, 3, 2, 16), (72, 3, 2, 24), (88, 3, 1, 24), (96, 5, 2, 40), (240, 5, 1, 40), (240, 5, 1, 40),
      (120, 5, 1, 48), (144, 5, 1, 48), (288, 5, 2, 96), (576, 5, 1, 96), (576, 5, 1, 96),
    ]
    var builder = Builder()
    builder.convolution("stem", 16, 3, stride: 2)
    var width = 16
    for (index, (hidden, kernel, stride, channels)) in rows.enumerated() {
      builder.invertedBlock(
        "layer.\(index)", width: width, hidden: hidden, kernel: kernel, stride: stride, channels: channels)
      width = channels
    }
    builder.convolution("last", 576, 1)
    return builder.network("mobilenet-v3-small", input)
  }

  static func denseNet121(_ input: ImageShape) -> Network {
    var builder = Builder()
    builder.convolution("stem", 64, 7, stride: 2)
    builder.pool("maxpool", 3, stride: 2, padding: 1)
    var width = 64
    for (stage, count) in [6, 12, 24, 16].enumerated() {
      for index in 0..<count {
        let source = builder.last
        builder.convolution("layer\(stage + 1).\(index).conv1", 128, 1)
        builder.convolution("layer\(stage + 1).\(index).conv2", 32, 3)
        builder.append(
          Node("layer\(stage + 1).\(index).concatenate", .concatenate, source, builder.last))
        width += 32
      }
      guard stage < 3 else { break }
      width /= 2
      builder.convolution("transition\(stage + 1)", width, 1)
      builder.pool("pool\(stage + 1)", 2, stride: 2)
    }
    return builder.network("densenet121", input)
  }
}

private struct Builder {
  private(set) var nodes: [Node] = []
  var last: String { nodes.last?.name ?? Network.inputName }

  mutating func append(_ node: Node) { nodes.append(node) }

  mutating func convolution(
    _ name: String, _ channels: Int, _ kernel: Int, stride: Int = 1, padding: Int? = nil, groups: Int = 1
  ) {
    append(
      Node(
        name,
        .convolution(.init(channels, kernel: kernel, stride: stride, padding: padding, groups: groups)), last)
    )
  }

  mutating func pool(_ name: String, _ kernel: Int, stride: Int, padding: Int = 0) {
    append(Node(name, .pooling(.init(.maximum, kernel: kernel, stride: stride, padding: padding)), last))
  }

  mutating func invertedBlock(
    _ name: String, width: Int, hidden: Int, kernel: Int, stride: Int, channels: Int, isGated: Bool = false
  ) {
    let source = last
    if hidden != width { convolution("\(name).expand", hidden, 1) }
    convolution("\(name).depthwise", hidden, kernel, stride: stride, groups: hidden)
    if isGated {
      let maps = last
      append(Node("\(name).squeeze", .globalAveragePool, maps))
      append(Node("\(name).excite", .linear(.init(hidden)), "\(name).squeeze"))
      append(Node("\(name).gate", .scaleChannels, maps, "\(name).excite"))
    }
    convolution("\(name).project", channels, 1)
    if stride == 1, width == channels { append(Node("\(name).add", .add, last, source)) }
  }

  func network(_ name: String, _ input: ImageShape) -> Network {
    Network(
      name: name, input: input, classes: 10,
      nodes: nodes + [Node("avgpool", .globalAveragePool, last), Node("fc", .linear(.init(10)), "avgpool")])
  }
}

extension Network {
  /// The branches alone, one behind the other.
  func withoutSkips() throws -> Network {
    var result = self
    for block in residualBlocks() {
      guard let end = block.branch.last else { continue }
      result.nodes.removeAll { block.skip.contains($0.name) || $0.name == block.sum }
      for index in result.nodes.indices {
        result.nodes[index].inputs = result.nodes[index].inputs.map { $0 == block.sum ? end : $0 }
      }
    }
    _ = try result.shapes()
    return result
  }

  /// Without batch norms and ReLUs.
  func withoutElementwiseLayers() throws -> Network {
    var result = self
    var replaced: [String: String] = [:]
    result.nodes = []
    for var node in nodes {
      node.inputs = node.inputs.map { replaced[$0] ?? $0 }
      switch node.layer {
      case .batchNorm, .relu: replaced[node.name] = node.inputs[0]
      default: result.nodes.append(node)
      }
    }
    _ = try result.shapes()
    return result
  }

  /// Bottlenecks whose stride sits on their first convolution, as in He et al. 2016.
  func withStridesFirst() throws -> Network {
    var result = self
    for block in residualBlocks() {
      let convolutions = block.branch.compactMap { name in nodes.firstIndex { $0.name == name } }.filter {
        if case .convolution = nodes[$0].layer { true } else { false }
      }
      let strides = convolutions.compactMap { index -> [Int]? in
        if case .convolution(let layer) = nodes[index].layer { layer.stride } else { nil }
      }
      for (place, index) in convolutions.enumerated() {
        guard case .convolution(var layer) = nodes[index].layer else { continue }
        layer.stride = place == 0 ? strides.max { $0[0] < $1[0] } ?? [1, 1] : [1, 1]
        result.nodes[index].layer = .convolution(layer)
      }
    }
    _ = try result.shapes()
    return result
  }
}
