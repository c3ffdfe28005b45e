import Devices

/// Runs cases on a device, twice each, and compares.
///
/// Every tensor lies between margins, of NaN in the first run and finite in the second: reading beyond a tensor spoils
/// the first result or makes the two differ, and writing beyond it shows in the second even if what is written is
/// NaN. Transient memory and results are NaN before each run.
struct CaseRunner {
  let device: any Device
  private var precision: Precision { device.information.precision }

  init(device: any Device) { self.device = device }

  /// - Parameter bits: what the buffers hold after a run elsewhere, as ``bits(of:)`` gives it, where results have to be
  ///   the same bit for bit.
  /// - Throws: what the device throws, and ``VerificationError`` and ``OracleError`` for a case that makes no sense.
  func run(_ test: OperatorCase, equalTo bits: [[UInt32]]? = nil) throws -> CaseResult {
    let inputs = try CaseInputs(test, precision: precision)
    let runs = try runTwice(test, inputs)
    var problems: [String] = []
    var errors: [TensorError] = []
    for (index, buffer) in test.buffers.enumerated() {
      let violations = runs.compactMap {
        CaseInputs.violation(of: buffer, before: $0.before[index], after: $0.after[index])
      }
      problems += violations.prefix(1)
      let results = runs.map { CaseInputs.body($0.after[index]) }
      if results[0] != results[1] { problems.append("\(buffer.role) differs between two runs") }
      if let bits, results[0] != bits[index] { problems.append("\(buffer.role) differs from the reference") }
      guard let bound = buffer.bound(for: precision) else { continue }
      let found = results[0].map { Float(bitPattern: $0) }
      let expected = try inputs.expected(buffer)
      let comparison = TensorComparison(found, expected: expected)
      let error = TensorError(
        tensor: buffer.role, error: comparison.error.isFinite ? comparison.error : nil, bound: bound,
        passed: comparison.error <= bound)
      errors.append(error)
      if !error.passed { problems.append(describe(error, comparison, found, expected)) }
    }
    return CaseResult(
      name: test.name, operation: test.operation, passed: problems.isEmpty, tensors: errors,
      message: problems.joined(separator: "; "))
  }

  /// What the buffers of a case hold after a run.
  func bits(of test: OperatorCase) throws -> [[UInt32]] {
    try runTwice(test, try CaseInputs(test, precision: precision))[0].after.map(CaseInputs.body)
  }

  /// All buffers, margins included.
  private struct Run {
    var before: [[UInt32]]
    var after: [[UInt32]]
  }

  private func runTwice(_ test: OperatorCase, _ inputs: CaseInputs) throws -> [Run] {
    let buffers = try test.buffers.map {
      try device.makeBuffer(count: $0.count + 2 * CaseBuffer.margin, name: $0.role)
    }
    let names = zip(test.buffers, buffers).map { ($0.name, $1) }
    let executable = try device.compile(
      test.schedule, buffers: Dictionary(names, uniquingKeysWith: { first, _ in first }))
    try executable.set(.learningRate, to: test.scalars.learningRate)
    try executable.set(.metricsRow, to: test.scalars.metricsRow)
    if let correction = test.scalars.correction { try executable.set(correction) }
    return try [Float.nan, 1234.5].map { filler in
      let before = inputs.words(filler: filler)
      for (buffer, words) in zip(buffers, before) { try buffer.write(words) }
      try executable.poisonArena()
      try executable.run()
      try executable.finish()
      return Run(before: before, after: try buffers.map { try $0.read(as: UInt32.self) })
    }
  }

  private func describe(
    _ error: TensorError, _ comparison: TensorComparison, _ found: [Float], _ expected: [Double]
  ) -> String {
    let amount = error.error.map { "\(Float($0)) > \(Float(error.bound))" } ?? "not finite"
    guard let worst = comparison.worst else { return "\(error.tensor): error \(amount)" }
    return "\(error.tensor): error \(amount), element \(worst) is \(found[worst]) instead of "
      + "\(Float(expected[worst]))"
  }
}
