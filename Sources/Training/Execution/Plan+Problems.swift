import Devices
import Networks

// Layers as problems of the device.

extension Plan {
  func problem(_ convolution: Layer.Convolution, _ node: Node) throws -> ConvolutionProblem {
    guard convolution.groups == 1 else {
      throw OperatorError.unsupported(
        operation: "'\(node.name)' with \(convolution.groups) groups", device: "a plan")
    }
    return try ConvolutionProblem(
      input: activationShape(node.inputs[0]), outputChannels: convolution.outputs,
      kernel: Extent(height: convolution.kernel[0], width: convolution.kernel[1]),
      stride: Extent(height: convolution.stride[0], width: convolution.stride[1]),
      padding: Extent(height: convolution.padding[0], width: convolution.padding[1]),
      dilation: Extent(height: convolution.dilation[0], width: convolution.dilation[1]))
  }

  func problem(_ pooling: Layer.Pooling, _ node: Node) throws -> PoolingProblem {
    try PoolingProblem(
      kind: pooling.kind == .maximum ? .maximum : .average, input: activationShape(node.inputs[0]),
      kernel: Extent(pooling.kernel), stride: Extent(pooling.stride), padding: Extent(pooling.padding))
  }

  func problem(_ shortcut: Layer.Shortcut, _ node: Node) throws -> ShortcutProblem {
    let input = try activationShape(node.inputs[0])
    return try ShortcutProblem(
      input: input, stride: shortcut.stride, channels: shortcut.sources(inputs: input.channels))
  }

  func problem(_ linear: Layer.Linear, _ node: Node) throws -> LinearProblem {
    guard case .vector(let inputs) = shapes[node.inputs[0]] else {
      throw NetworkError.wrongInput(node: node.name, expected: "a vector", found: "feature maps")
    }
    return LinearProblem(batch: batchSize, inputs: inputs, outputs: linear.outputs)
  }
}

extension Node {
  /// That no device runs this layer.
  var unsupported: OperatorError {
    .unsupported(operation: "'\(name)', which is for analysis only (\(layer.operatorName))", device: "a plan")
  }
}
