import Networks

extension GraphBuilder {
  /// - Throws: ``ONNXExportError/unsupported(node:layer:advice:)``.
  mutating func append(_ node: Node) throws {
    let inputs = inputs(of: node)
    func parameters(_ suffixes: [String]) -> [String] { inputs + suffixes.map { "\(node.name).\($0)" } }
    switch node.layer {
    case .convolution(let layer):
      finish(node, "Conv", parameters(layer.bias ? ["weight", "bias"] : ["weight"]), layer.attributes)
    case .linear(let layer):
      finish(
        node, "Gemm", parameters(layer.bias ? ["weight", "bias"] : ["weight"]),
        [ONNXAttribute("transB", integer: 1)])
    case .batchNorm:
      finish(
        node, "BatchNormalization", parameters(["weight", "bias", "running_mean", "running_var"]),
        [ONNXAttribute("epsilon", float: Float(Layer.batchNormEpsilon))])
    case .relu: finish(node, "Relu", inputs)
    case .add: finish(node, "Add", inputs)
    case .pooling(let layer): finish(node, layer.operatorType, inputs, layer.attributes)
    case .globalAveragePool:
      let maps = begin(node, "maps", "GlobalAveragePool", inputs)
      finish(node, "Flatten", [maps], [ONNXAttribute("axis", integer: 1)])
    case .flatten: finish(node, "Flatten", inputs, [ONNXAttribute("axis", integer: 1)])
    case .shortcut(let layer): append(node, layer)
    case .concatenate, .scaleChannels:
      throw ONNXExportError.unsupported(
        node: node.name, layer: "a layer for analysis only (\(node.layer.operatorName))",
        advice: "export a network that devices run")
    case .gate:
      throw ONNXExportError.unsupported(
        node: node.name, layer: "a gate", advice: "shrink the network first, which removes its gates")
    }
  }
}

extension Layer.Convolution {
  fileprivate var attributes: [ONNXAttribute] {
    [
      ONNXAttribute("dilations", integers: dilation), ONNXAttribute("group", integer: groups),
      ONNXAttribute("kernel_shape", integers: kernel),
      // Top, left, bottom, right.
      ONNXAttribute("pads", integers: padding + padding), ONNXAttribute("strides", integers: stride),
    ]
  }
}

extension Layer.Pooling {
  fileprivate var operatorType: String {
    switch kind {
    case .maximum: "MaxPool"
    case .average: "AveragePool"
    }
  }

  fileprivate var attributes: [ONNXAttribute] {
    let window = [
      ONNXAttribute("kernel_shape", integers: [kernel, kernel]),
      ONNXAttribute("pads", integers: [padding, padding, padding, padding]),
      ONNXAttribute("strides", integers: [stride, stride]),
    ]
    switch kind {
    case .maximum: return window
    case .average: return [ONNXAttribute("count_include_pad", integer: 1)] + window
    }
  }
}
