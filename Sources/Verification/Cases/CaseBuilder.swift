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
    add(CaseBuffer(role: role, count: count, contents: try origin.contents(role, distribution), bound: nil))
  }

  /// Plain words that the operator multiplies in the device's precision.
  mutating func factors(
    _ role: String, _ count: Int, _ distribution: Distribution = .uniform
  ) throws(VerificationError) -> Tensor {
    add(
      CaseBuffer(
        role: role, count: count, contents: try origin.contents(role, distribution), bound: nil,
        isRounded: true))
  }

  /// Feature maps that the operator reads.
  mutating func activation(
    _ role: String, _ shape: ActivationShape, _ distribution: Distribution = .uniform
  ) throws(VerificationError) -> Tensor {
    let plain = try factors(role, shape.count, distribution)
    let tensor = schedule.activation("\(role) feature maps", shape)
    schedule.append(.importActivation(from: plain, to: tensor))
    return tensor
  }

  /// Plain words that the operator overwrites.
  /// - Parameter roundings: how often what they are computed from is rounded to the device's precision within the run.
  mutating func vectorResult(_ role: String, _ count: Int, bound: Double, roundings: Int = 0) -> Tensor {
    add(CaseBuffer(role: role, count: count, contents: .nothing, bound: bound, roundings: roundings))
  }

  /// Plain words that the operator updates.
  mutating func vectorUpdated(
    _ role: String, _ count: Int, _ distribution: Distribution = .uniform, bound: Double
  ) throws(VerificationError) -> Tensor {
    add(
      CaseBuffer(
        role: role, count: count, contents: try origin.contents("\(role).before", distribution), bound: bound)
    )
  }

  /// Feature maps that the operator overwrites, or adds to.
  /// - Parameter roundings: how often an element is stored; nil for once, or never where feature maps are only copied.
  mutating func activationResult(
    _ role: String, _ shape: ActivationShape, accumulate: Bool = false, bound: Double,
    roundings: Int? = nil
  ) throws(VerificationError) -> Tensor {
    let tensor = accumulate ? try activation("\(role).before", shape) : schedule.activation(role, shape)
    let plain = vectorResult(
      role, shape.count, bound: bound, roundings: roundings ?? (bound == Bound.exact ? 0 : 1))
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

  private mutating func add(_ buffer: CaseBuffer) -> Tensor {
    buffers.append(buffer)
    return schedule.external(buffer.name, buffer.role, offset: CaseBuffer.margin, count: buffer.count)
  }
}

/// The largest max |a − b| / max |b| that passes.
enum Bound {
  /// For what is only copied or compared.
  static let exact = 0.0
  static let forward = 1e-5
  static let backward = 1e-4
}
