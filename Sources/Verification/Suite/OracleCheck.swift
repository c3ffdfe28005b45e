import Devices

/// Checks the oracle itself: on every golden case it has to agree with PyTorch.
public enum OracleCheck {
  /// Both compute in float64; what is left is the rounding of the goldens to float32, and that of PyTorch's hyperparameters.
  public static let bound = 1e-6

  /// - Throws: ``VerificationError``, ``OracleError`` or `SafeTensorsError` where goldens and oracle do not fit together.
  public static func run() throws -> VerificationReport {
    VerificationReport(cases: try GoldenCase.load().map(check))
  }

  private static func check(_ test: OperatorCase) throws -> CaseResult {
    let inputs = try CaseInputs(test)
    let outcome = try inputs.oracle(test)
    let errors = try test.buffers.filter { $0.bound != nil }.map { buffer in
      let found = CaseInputs.body(outcome.buffers[buffer.name] ?? []).map { Float($0) }
      let comparison = TensorComparison(found, expected: try inputs.expected(buffer))
      return TensorError(
        tensor: buffer.role, error: comparison.error.isFinite ? comparison.error : nil, bound: bound,
        passed: comparison.error <= bound)
    }
    let failed = errors.filter { !$0.passed }.map(\.tensor)
    return CaseResult(
      name: test.name, operation: test.operation, passed: failed.isEmpty, tensors: errors,
      message: failed.joined(separator: ", "))
  }
}
