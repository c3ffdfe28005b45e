import Devices

/// Checks every operator of a device: against goldens that PyTorch computed, and on a grid of awkward problems against
/// a float64 oracle.
///
/// A tensor passes where max |a − b| / max |b| is at most 10⁻⁵ forwards and 10⁻⁴ backwards, where a second run gives the
/// same bits, and where nothing outside the results was written. On a device of lower precision operands are rounded to
/// it first, the oracle alone says what is right, and every rounding of a result adds one unit roundoff to the bound.
public struct OperatorSuite: Sendable {
  private let cases: [OperatorCase]

  /// - Parameters:
  ///   - filter: only cases whose name contains this text.
  ///   - small: only a few small cases of each operation, for simulators.
  /// - Throws: ``VerificationError`` or `SafeTensorsError` where the embedded goldens are damaged.
  public init(filter: String? = nil, small: Bool = false) throws {
    var cases = try GoldenCase.load()
    for problem in try ProblemGrid.all() { cases += try problem.oracleCases() }
    if small { cases = SmallSubset.select(from: cases) }
    if let filter { cases = cases.filter { $0.name.contains(filter) } }
    self.cases = cases
  }

  /// The names of the cases, in the order in which they run.
  public var caseNames: [String] { cases.map(\.name) }

  /// Runs every case; an error that the device throws fails the case and no other.
  /// - Parameter progress: called after each case with its result, how many are done, and how many there are.
  public func run(
    on device: any Device, progress: (CaseResult, Int, Int) -> Void = { _, _, _ in }
  ) -> VerificationReport {
    let runner = CaseRunner(device: device)
    var results: [CaseResult] = []
    for test in cases {
      let result = run(test, with: runner)
      results.append(result)
      progress(result, results.count, cases.count)
    }
    return VerificationReport(cases: results)
  }

  private func run(_ test: OperatorCase, with runner: CaseRunner) -> CaseResult {
    do {
      return try runner.run(test)
    } catch {
      return CaseResult(
        name: test.name, operation: test.operation, passed: false, tensors: [], message: "\(error)")
    }
  }
}
