import Networks

extension Network {
  /// The first thing, in words, that this network has otherwise than `expected`; nil where both compute the same.
  func firstDifference(from expected: Network) -> String? {
    if input != expected.input { return "expected images of \(expected.input), found \(input)" }
    if classes != expected.classes { return "expected \(expected.classes) classes, found \(classes)" }
    for (own, other) in zip(nodes, expected.nodes) where own != other {
      return own.firstDifference(from: other)
    }
    if nodes.count != expected.nodes.count {
      return "expected \(expected.nodes.count) nodes, found \(nodes.count)"
    }
    return nil
  }
}

extension Node {
  fileprivate func firstDifference(from expected: Node) -> String {
    if name != expected.name { return "expected node '\(expected.name)', found '\(name)'" }
    if inputs != expected.inputs {
      return "node '\(name)': expected inputs \(expected.inputs), found \(inputs)"
    }
    return "node '\(name)': expected \(expected.layer.text), found \(layer.text)"
  }
}

extension Layer {
  /// The layer in words, with everything that two of a kind can differ in.
  fileprivate var text: String {
    switch self {
    case .convolution(let layer):
      "a convolution with \(layer.outputs) outputs, kernel \(layer.kernel), stride \(layer.stride), padding "
        + "\(layer.padding), dilation \(layer.dilation), \(layer.groups) groups, \(Self.bias(layer.bias))"
    case .batchNorm: "batch norm"
    case .relu: "ReLU"
    case .add: "a sum"
    case .pooling(let layer):
      "\(layer.kind.rawValue) pooling with kernel \(layer.kernel), stride \(layer.stride), padding \(layer.padding)"
    case .globalAveragePool: "global average pooling"
    case .flatten: "flattening"
    case .gate: "a gate"
    case .concatenate: "a concatenation"
    case .scaleChannels: "a factor per channel"
    case .shortcut(let layer):
      "a shortcut with \(layer.outputs) outputs, stride \(layer.stride)"
        + (layer.channels.map { ", channels \($0)" } ?? "")
    case .linear(let layer): "a linear layer with \(layer.outputs) outputs, \(Self.bias(layer.bias))"
    }
  }

  private static func bias(_ hasBias: Bool) -> String { hasBias ? "a bias" : "no bias" }
}
