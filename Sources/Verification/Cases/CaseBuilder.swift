import Devices

/// Writes the schedule of a case: plain values come in from external buffers, feature maps are imported before the
/// operator and exported after it.
struct CaseBuilder {
  private let origin: CaseOrigin
  private let operation: String
  private let variant: String
  private var schedule = Schedule()
  private var buffers: [CaseBuffer] = []
  private var exports: [Operation] = []

  /// - Parameters:
  ///   - operation: the operation's name as in ``Operation``.
  ///   - variant: tells apart cases of the same operation and problem.
  init(_ operation: String, variant: String = "", from origin: CaseOrigin) {
    self.origin = origin
    self.operation = operation
    self.variant = variant
  }

  /// Plain words that the operator reads.
  mutating func vector(
    _ role: String, _ count: Int, _ distribution: Distribution = .uniform
  ) throws(VerificationError) -> Tensor {
    add(role, count, try origin.contents(role, distribution), bound: nil)
  }

  /// Feature maps that the operator reads.
  mutating func activation(
    _ role: String, _ shape: ActivationShape, _ distribution: Distribution = .uniform
  ) throws(VerificationError) -> Tensor {
    let plain = try vector(role, shape.count, distribution)
    let tensor = schedule.activation("\(role) feature maps", shape)
    schedule.append(.importActivation(from: plain, to: tensor))
    return tensor
  }

  /// Plain words that the operator overwrites.
  mutating func vectorResult(_ role: String, _ count: Int, bound: Double) -> Tensor {
    add(role, count, .nothing, bound: bound)
  }

  /// Plain words that the operator updates.
  mutating func vectorUpdated(
    _ role: String, _ count: Int, _ distribution: Distribution = .uniform, bound: Double
  ) throws(VerificationError) -> Tensor {
    add(role, count, try origin.contents("\(role).before", distribution), bound: bound)
  }

  /// Feature maps that the operator overwrites, or adds to.
  mutating func activationResult(
    _ role: String, _ shape: ActivationShape, accumulate: Bool = false, bound: Double
  ) throws(VerificationError) -> Tensor {
    let tensor = accumulate ? try activation("\(role).before", shape) : schedule.activation(role, shape)
    let plain = vectorResult(role, shape.count, bound: bound)
    exports.append(.exportActivation(from: tensor, to: plain))
    return tensor
  }

  /// Words that live within the run.
  mutating func transientVector(_ name: String, _ count: Int) -> Tensor {
    schedule.vector(name, count: count)
  }

  /// Feature maps that live within the run.
  mutating func transientActivation(_ name: String, _ shape: ActivationShape) -> Tensor {
    schedule.activation(name, shape)
  }

  /// A part of a tensor that ``vector(_:_:_:)`` returned.
  mutating func slice(of role: String, at offset: Int, count: Int) -> Tensor {
    schedule.external(
      BufferName(role), "\(role) from \(offset)", offset: CaseBuffer.margin + offset, count: count)
  }

  mutating func append(_ operation: Operation) { schedule.append(operation) }

  /// The finished case.
  func build(scalars: Oracle.Scalars = Oracle.Scalars()) throws(VerificationError) -> OperatorCase {
    var schedule = schedule
    for export in exports { schedule.append(export) }
    return OperatorCase(
      name: origin.name(of: operation, variant: variant), operation: operation, schedule: schedule,
      buffers: buffers, scalars: scalars,
      expectation: try origin.expectation(of: buffers.filter { $0.bound != nil }))
  }

  private mutating func add(
    _ role: String, _ count: Int, _ contents: CaseBuffer.Contents, bound: Double?
  ) -> Tensor {
    buffers.append(CaseBuffer(role: role, count: count, contents: contents, bound: bound))
    return schedule.external(BufferName(role), role, offset: CaseBuffer.margin, count: count)
  }
}

/// The largest max |a − b| / max |b| that passes.
enum Bound {
  /// For what is only copied or compared.
  static let exact = 0.0
  static let forward = 1e-5
  static let backward = 1e-4
}
