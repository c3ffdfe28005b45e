import Devices
import Networks

/// What the consumers of a node have given of its gradient: their sum is the whole.
struct NodeGradient {
  /// Feature maps that each consumer adds to.
  var maps: Tensor?
  /// One from each consumer that gives a plain vector.
  var vectors: [Tensor] = []
}

// A linear layer reads and writes plain vectors; batch norm, ReLU, addition and gates work on feature maps, where a
// vector is a map of one pixel per channel. These convert between the two.

extension Plan {
  func value(_ name: String) throws -> Tensor {
    guard let tensor = values[name] else { throw NetworkError.unknownInput(node: network.name, input: name) }
    return tensor
  }

  /// The node's values as feature maps.
  mutating func maps(_ name: String) throws -> Tensor {
    let tensor = try value(name)
    if schedule.isActivation(tensor) { return tensor }
    if let maps = convertedValues[name] { return maps }
    let maps = imported(tensor, name, try activationShape(name))
    convertedValues[name] = maps
    return maps
  }

  /// The node's values as a plain vector, `[batch, channels · height · width]`.
  mutating func vector(_ name: String) throws -> Tensor {
    let tensor = try value(name)
    guard schedule.isActivation(tensor) else { return tensor }
    if let vector = convertedValues[name] { return vector }
    let vector = exported(tensor, name)
    convertedValues[name] = vector
    return vector
  }

  // MARK: - Gradients

  /// Where a consumer writes the gradient at a node as feature maps, and whether an earlier consumer has already.
  mutating func mapsGradient(_ name: String) throws -> (tensor: Tensor, accumulate: Bool) {
    if let maps = gradients[name]?.maps { return (maps, true) }
    let maps = schedule.activation("\(name).gradient", try activationShape(name))
    gradients[name, default: NodeGradient()].maps = maps
    return (maps, false)
  }

  /// Where a consumer writes the gradient at a node as a plain vector.
  mutating func vectorGradient(_ name: String) throws -> Tensor {
    let vector = schedule.vector("\(name).gradient", count: try activationShape(name).count)
    gradients[name, default: NodeGradient()].vectors.append(vector)
    return vector
  }

  /// The whole gradient at a node, as feature maps.
  mutating func outputMapsGradient(_ name: String) throws -> Tensor {
    let gradient = gradients[name] ?? NodeGradient()
    var sum = gradient.maps
    for vector in gradient.vectors {
      let term = imported(vector, "\(name).gradient", try activationShape(name))
      sum = try sum.map { try added($0, term, name) } ?? term
    }
    guard let sum else { throw NetworkError.unknownInput(node: network.name, input: "\(name).gradient") }
    return sum
  }

  /// The whole gradient at a node, as a plain vector.
  mutating func outputVectorGradient(_ name: String) throws -> Tensor {
    let gradient = gradients[name] ?? NodeGradient()
    if gradient.maps == nil, gradient.vectors.count == 1 { return gradient.vectors[0] }
    return exported(try outputMapsGradient(name), "\(name).gradient")
  }

  private mutating func added(_ first: Tensor, _ second: Tensor, _ name: String) throws -> Tensor {
    let shape = try activationShape(name)
    let sum = schedule.activation("\(name).gradient", shape)
    schedule.append(
      .epilogueForward(
        Epilogue(shape: shape, residual: true),
        Epilogue.Operands(input: first, residual: second, output: sum)))
    return sum
  }

  // MARK: - Conversion

  private mutating func imported(_ vector: Tensor, _ name: String, _ shape: ActivationShape) -> Tensor {
    let maps = schedule.activation(name, shape)
    schedule.append(.importActivation(from: vector, to: maps))
    return maps
  }

  private mutating func exported(_ maps: Tensor, _ name: String) -> Tensor {
    let vector = schedule.vector(name, count: schedule.shape(of: maps).count)
    schedule.append(.exportActivation(from: maps, to: vector))
    return vector
  }
}

extension Schedule {
  fileprivate func isActivation(_ tensor: Tensor) -> Bool {
    if case .activation = self[tensor].kind { true } else { false }
  }
}
