import Devices

/// What a case's buffers hold before a run, and what its results should hold after it.
struct CaseInputs {
  /// By buffer of the case, without margins.
  private let values: [[UInt32]]
  /// By role.
  private let right: [String: [Double]]

  /// Made-up values are drawn anew until no ReLU's argument is so near zero that rounding may switch it.
  private static let nearestKink = 1e-5
  private static let largestSalt = 50

  /// - Parameter precision: the device's. Goldens are for single precision; elsewhere the oracle says what is right.
  init(_ test: OperatorCase, precision: Precision = .float32) throws {
    if precision == .float32, case .golden(let goldens) = test.expectation {
      values = try test.buffers.map { try $0.words(salt: 0) }
      right = try goldens.mapValues { golden in
        try golden.words(salt: 0).map { Double(Float(bitPattern: $0)) }
      }
      return
    }
    var salt = 0
    while true {
      let values = try test.buffers.map { try $0.words(salt: salt, precision: precision) }
      let outcome = try Self.oracle(test, values)
      if outcome.nearestKink > Self.nearestKink || salt == Self.largestSalt {
        self.values = values
        right = Dictionary(
          test.buffers.map { ($0.role, Self.body(outcome.buffers[$0.name] ?? [])) },
          uniquingKeysWith: { first, _ in first })
        return
      }
      salt += 1
    }
  }

  /// What the buffers hold before a run: their values between margins of `filler`.
  func words(filler: Float) -> [[UInt32]] { values.map { Self.framed($0, filler) } }

  /// What a result should hold.
  func expected(_ buffer: CaseBuffer) throws(VerificationError) -> [Double] {
    guard let values = right[buffer.role] else {
      throw .missingRole(case: "\(buffer.name)", role: buffer.role)
    }
    return values
  }

  /// What is wrong with the words around a result, or with those of a tensor that is only read.
  static func violation(of buffer: CaseBuffer, before: [UInt32], after: [UInt32]) -> String? {
    guard before.count == after.count else { return "\(buffer.role) has another size than written" }
    for position in before.indices where before[position] != after[position] {
      let element = position - CaseBuffer.margin
      if element < 0 || element >= buffer.count {
        return "\(buffer.role): something was written \(element < 0 ? "before" : "behind") it"
      }
      if buffer.bound == nil { return "\(buffer.role), an input, was changed" }
    }
    return nil
  }

  /// A buffer's words without its margins.
  static func body<Word>(_ words: [Word]) -> [Word] {
    Array(words.dropFirst(CaseBuffer.margin).dropLast(CaseBuffer.margin))
  }

  /// What the oracle makes of these inputs.
  func oracle(_ test: OperatorCase) throws -> Oracle.Outcome { try Self.oracle(test, values) }

  private static func framed(_ values: [UInt32], _ filler: Float) -> [UInt32] {
    let margin = [UInt32](repeating: filler.bitPattern, count: CaseBuffer.margin)
    return margin + values + margin
  }

  private static func oracle(_ test: OperatorCase, _ values: [[UInt32]]) throws -> Oracle.Outcome {
    var buffers: [BufferName: [Double]] = [:]
    for (buffer, values) in zip(test.buffers, values) {
      buffers[buffer.name] = framed(values, .nan).map {
        buffer.isInteger ? Double(Int32(bitPattern: $0)) : Double(Float(bitPattern: $0))
      }
    }
    return try Oracle.run(test.schedule, buffers: buffers, scalars: test.scalars)
  }
}
