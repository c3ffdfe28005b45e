import Devices

/// Runs cases on a device, twice each, and compares.
///
/// Every tensor lies between margins of NaN: reading beyond a tensor spoils the result, and writing beyond it shows.
/// Transient memory and results are NaN before each run.
struct CaseRunner {
  let device: any Device

  /// - Throws: what the device throws, and ``VerificationError`` and ``OracleError`` for a case that makes no sense.
  func run(_ test: OperatorCase) throws -> CaseResult {
    let inputs = try CaseInputs(test)
    let (first, second) = try runTwice(test, inputs)
    var problems: [String] = []
    var errors: [TensorError] = []
    for (index, buffer) in test.buffers.enumerated() {
      if let violation = inputs.violation(in: first[index], of: buffer, at: index) {
        problems.append(violation)
      }
      if first[index] != second[index] { problems.append("\(buffer.role) differs between two runs") }
      guard let bound = buffer.bound else { continue }
      let found = CaseInputs.body(first[index]).map { Float(bitPattern: $0) }
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

  /// All buffers, margins included, after each of two runs.
  private func runTwice(
    _ test: OperatorCase, _ inputs: CaseInputs
  ) throws -> (first: [[UInt32]], second: [[UInt32]]) {
    let buffers = try zip(test.buffers, inputs.words).map { buffer, words in
      try device.makeBuffer(count: words.count, name: buffer.role)
    }
    let names = zip(test.buffers, buffers).map { ($0.name, $1) }
    let executable = try device.compile(
      test.schedule, buffers: Dictionary(names, uniquingKeysWith: { first, _ in first }))
    try executable.set(.learningRate, to: test.scalars.learningRate)
    try executable.set(.metricsRow, to: test.scalars.metricsRow)
    func run() throws -> [[UInt32]] {
      for (buffer, words) in zip(buffers, inputs.words) { try buffer.write(words) }
      try executable.poisonArena()
      try executable.run()
      try executable.finish()
      return try buffers.map { try $0.read(as: UInt32.self) }
    }
    return (try run(), try run())
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
