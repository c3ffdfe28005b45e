/// What the operator suite found.
public struct VerificationReport: Encodable, Sendable {
  public let passed: Int
  public let failed: Int
  public let cases: [CaseResult]

  public init(cases: [CaseResult]) {
    self.cases = cases
    passed = cases.count { $0.passed }
    failed = cases.count { !$0.passed }
  }
}

/// The outcome of one case.
public struct CaseResult: Encodable, Sendable {
  public let name: String
  /// The operation's name as in ``Operation``.
  public let operation: String
  public let passed: Bool
  /// One for each result; empty where the device gave none.
  public let tensors: [TensorError]
  /// Why the case failed; empty where it passed.
  public let message: String
}

/// How far a tensor is from what it should be.
public struct TensorError: Encodable, Sendable {
  public let tensor: String
  /// max |a − b| / max |b|; nil where that is no number.
  public let error: Double?
  public let bound: Double
  public let passed: Bool
}
