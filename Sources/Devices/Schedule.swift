/// A tensor of a schedule, by its position in ``Schedule/tensors``.
public struct Tensor: Hashable, Sendable {
  public let index: Int
}

/// What a schedule knows of a tensor.
public struct TensorDescription: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// Feature maps in the device's own layout.
    case activation(ActivationShape)
    /// `count` plain 32-bit words, row-major: floats, or integers for labels.
    case vector(count: Int)
  }

  public enum Origin: Hashable, Sendable {
    /// Lives from its first to its last use within one run of the schedule, in memory shared with others.
    case transient
    /// The words from `offset` of a buffer that the caller binds and that outlives the run. Buffers of different names
    /// share no memory.
    case external(BufferName, offset: Int)
  }

  public let name: String
  public let kind: Kind
  public let origin: Origin
}

/// The name under which a schedule refers to a buffer bound at compile time.
public struct BufferName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  public let description: String

  public init(_ name: String) { description = name }
  public init(stringLiteral value: String) { self.init(value) }
}

/// A list of operations over named tensors: what a ``Device`` compiles. It knows no device and no layout.
///
/// Transient tensors must be written whole before they are read. Memory of external tensors is the caller's.
public struct Schedule: Sendable {
  public private(set) var tensors: [TensorDescription] = []
  public private(set) var operations: [Operation] = []

  public init() {}

  public subscript(tensor: Tensor) -> TensorDescription { tensors[tensor.index] }

  /// Feature maps that live within a run.
  public mutating func activation(_ name: String, _ shape: ActivationShape) -> Tensor {
    add(name, .activation(shape), .transient)
  }

  /// Plain words that live within a run.
  public mutating func vector(_ name: String, count: Int) -> Tensor {
    add(name, .vector(count: count), .transient)
  }

  /// `count` plain words of a buffer that the caller binds, from `offset` on.
  public mutating func external(_ buffer: BufferName, _ name: String, offset: Int = 0, count: Int) -> Tensor {
    add(name, .vector(count: count), .external(buffer, offset: offset))
  }

  public mutating func append(_ operation: Operation) { operations.append(operation) }

  /// The shape of an activation tensor.
  /// - Precondition: the tensor is an activation of this schedule.
  public func shape(of tensor: Tensor) -> ActivationShape {
    guard case .activation(let shape) = self[tensor].kind else {
      preconditionFailure("tensor \(self[tensor].name) is a vector, not an activation")
    }
    return shape
  }

  private mutating func add(
    _ name: String, _ kind: TensorDescription.Kind, _ origin: TensorDescription.Origin
  ) -> Tensor {
    tensors.append(TensorDescription(name: name, kind: kind, origin: origin))
    return Tensor(index: tensors.count - 1)
  }
}
