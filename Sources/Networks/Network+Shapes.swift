/// The shape of one image's features at a node.
public enum FeatureShape: Hashable, Sendable, CustomStringConvertible {
  case maps(ImageShape)
  case vector(Int)

  public var description: String {
    switch self {
    case .maps(let shape): "\(shape)"
    case .vector(let count): "\(count)"
    }
  }

  /// The channels of maps, the values of a vector.
  public var channels: Int { dimensions[0] }

  /// Number of values.
  public var count: Int { dimensions.reduce(1, *) }

  var dimensions: [Int] {
    switch self {
    case .maps(let shape): [shape.channels, shape.height, shape.width]
    case .vector(let count): [count]
    }
  }
}

extension Network {
  /// The shape at every node, by name, the images included.
  /// - Throws: ``NetworkError`` naming the node that does not fit.
  public func shapes() throws -> [String: FeatureShape] {
    guard input.channels > 0, input.height > 0, input.width > 0, classes > 0 else {
      throw NetworkError.invalidLayer(
        node: Self.inputName, reason: "images of \(input) with \(classes) classes; all must be positive")
    }
    var shapes = [Self.inputName: FeatureShape.maps(input)]
    _ = try CheckedSizes.product(
      FeatureShape.maps(input).dimensions, of: "elements", node: Self.inputName)
    for node in nodes {
      guard shapes[node.name] == nil else { throw NetworkError.duplicateName(node.name) }
      let inputs = try node.inputs.map { name in
        guard let shape = shapes[name] else { throw NetworkError.unknownInput(node: node.name, input: name) }
        return shape
      }
      let output = try node.outputShape(inputs)
      _ = try CheckedSizes.product(output.dimensions, of: "elements", node: node.name)
      shapes[node.name] = output
    }
    guard let last = nodes.last, let output = shapes[last.name], output == .vector(classes) else {
      throw NetworkError.wrongOutput(
        network: name, expected: "a last node with \(classes) outputs",
        found: nodes.last.flatMap { shapes[$0.name]?.description } ?? "no node")
    }
    return shapes
  }
}

extension Node {
  /// The shape that this node makes of its inputs'.
  func outputShape(_ inputs: [FeatureShape]) throws -> FeatureShape {
    guard layer.arity.contains(inputs.count) else {
      throw NetworkError.wrongInput(
        node: name,
        expected: layer.arity.upperBound == .max ? "2 inputs or more" : "\(layer.arity.lowerBound) inputs",
        found: "\(inputs.count)")
    }
    switch layer {
    case .relu, .batchNorm, .gate: return inputs[0]
    case .flatten: return .vector(inputs[0].count)
    case .globalAveragePool, .convolution, .pooling, .shortcut:
      guard case .maps(let maps) = inputs[0] else {
        throw NetworkError.wrongInput(node: name, expected: "feature maps", found: "a vector of \(inputs[0])")
      }
      return try mapsShape(maps)
    case .add:
      guard inputs[0] == inputs[1] else {
        throw NetworkError.wrongInput(
          node: name, expected: "two inputs of one shape", found: "\(inputs[0]) and \(inputs[1])")
      }
      return inputs[0]
    case .concatenate: return try concatenation(inputs)
    case .scaleChannels:
      guard case .maps(let maps) = inputs[0], inputs[1] == .vector(maps.channels) else {
        throw NetworkError.wrongInput(
          node: name, expected: "feature maps and a vector with a value for each",
          found: "\(inputs[0]) and \(inputs[1])")
      }
      return inputs[0]
    case .linear(let linear):
      guard case .vector = inputs[0] else {
        throw NetworkError.wrongInput(
          node: name, expected: "a vector", found: "feature maps of \(inputs[0]); pool or flatten them first")
      }
      guard linear.outputs > 0 else {
        throw NetworkError.invalidLayer(node: name, reason: "\(linear.outputs) outputs")
      }
      return .vector(linear.outputs)
    }
  }

  /// Inputs that are alike but for their number of channels.
  private func concatenation(_ inputs: [FeatureShape]) throws -> FeatureShape {
    let channels = try inputs.reduce(0) {
      try CheckedSizes.sum($0, $1.channels, of: "channels", node: name)
    }
    let alike = inputs.map { input -> FeatureShape in
      switch input {
      case .maps(let maps): .maps(ImageShape(channels: channels, height: maps.height, width: maps.width))
      case .vector: .vector(channels)
      }
    }
    guard alike.dropFirst().allSatisfy({ $0 == alike[0] }) else {
      throw NetworkError.wrongInput(
        node: name, expected: "inputs that differ in their channels only",
        found: inputs.map(\.description).joined(separator: " and "))
    }
    return alike[0]
  }

  private func mapsShape(_ maps: ImageShape) throws -> FeatureShape {
    switch layer {
    case .globalAveragePool: return .vector(maps.channels)
    case .convolution(let convolution): return .maps(try convolution.outputShape(maps, node: name))
    case .pooling(let pooling):
      guard (0...pooling.kernel).contains(pooling.padding), pooling.padding <= pooling.kernel / 2 else {
        throw NetworkError.invalidLayer(
          node: name, reason: "padding \(pooling.padding) exceeds half the window of \(pooling.kernel)")
      }
      let axis = SlidingWindow(kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding)
      return .maps(
        ImageShape(
          channels: maps.channels, height: try axis.outputSize(maps.height, node: name),
          width: try axis.outputSize(maps.width, node: name)))
    case .shortcut(let shortcut):
      guard (1...Layer.Shortcut.maximumOutputs).contains(shortcut.outputs), shortcut.stride > 0 else {
        throw NetworkError.invalidLayer(
          node: name, reason: "\(shortcut.outputs) outputs at stride \(shortcut.stride)")
      }
      try shortcut.checkChannels(inputs: maps.channels, node: name)
      return .maps(
        ImageShape(
          channels: shortcut.outputs, height: (maps.height - 1) / shortcut.stride + 1,
          width: (maps.width - 1) / shortcut.stride + 1))
    default: return .maps(maps)
    }
  }
}

extension Layer {
  /// How many inputs it takes.
  fileprivate var arity: ClosedRange<Int> {
    switch self {
    case .add, .scaleChannels: 2...2
    case .concatenate: 2...(.max)
    default: 1...1
    }
  }
}

extension Layer.Shortcut {
  /// Throws unless ``channels`` names inputs, none of them twice, as many as there are outputs.
  fileprivate func checkChannels(inputs: Int, node: String) throws {
    guard let channels else { return }
    let used = channels.filter { $0 >= 0 }
    guard channels.count == outputs, channels.allSatisfy({ (-1..<inputs).contains($0) }),
      Set(used).count == used.count
    else {
      throw NetworkError.invalidLayer(
        node: node,
        reason: "its channels are not \(outputs) different inputs below \(inputs), or -1 for zeros")
    }
  }
}

extension Layer.Convolution {
  fileprivate func outputShape(_ maps: ImageShape, node: String) throws -> ImageShape {
    let pairs = [kernel, stride, padding, dilation]
    guard outputs > 0, groups > 0, pairs.allSatisfy({ $0.count == 2 }) else {
      throw NetworkError.invalidLayer(
        node: node, reason: "outputs and groups must be positive, sizes must have two numbers")
    }
    guard maps.channels % groups == 0, outputs % groups == 0 else {
      throw NetworkError.invalidLayer(
        node: node, reason: "\(groups) groups do not divide \(maps.channels) inputs and \(outputs) outputs")
    }
    func size(_ axis: Int, _ input: Int) throws -> Int {
      try SlidingWindow(
        kernel: kernel[axis], stride: stride[axis], padding: padding[axis], dilation: dilation[axis]
      ).outputSize(input, node: node)
    }
    return ImageShape(
      channels: outputs, height: try size(0, maps.height), width: try size(1, maps.width))
  }
}

/// A kernel that slides along one axis.
private struct SlidingWindow {
  var kernel: Int
  var stride: Int
  var padding: Int
  var dilation = 1

  func outputSize(_ size: Int, node: String) throws -> Int {
    let sensible = 1...(1 << 20)
    guard [kernel, stride, dilation].allSatisfy(sensible.contains), 0...sensible.upperBound ~= padding else {
      throw NetworkError.invalidLayer(
        node: node, reason: "kernel \(kernel), stride \(stride), padding \(padding), dilation \(dilation)")
    }
    let span = size + 2 * padding - dilation * (kernel - 1) - 1
    guard span >= 0 else {
      throw NetworkError.invalidLayer(
        node: node,
        reason:
          "a window of \(dilation * (kernel - 1) + 1) is larger than the padded input of \(size + 2 * padding); "
          + "use larger images or another model")
    }
    return span / stride + 1
  }
}
