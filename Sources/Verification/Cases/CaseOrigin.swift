import Interchange

/// Where the values of a problem's cases come from.
struct CaseOrigin: Sendable {
  /// Tells problems apart, e.g. `2x3x9x7 to 5 kernel 3`.
  let problem: String
  /// The tensors of a golden case by role; nil for values that a formula makes up and the oracle computes.
  private let goldens: [String: SafeTensor]?

  /// A problem for the oracle.
  init(problem: String) {
    self.problem = problem
    goldens = nil
  }

  /// A problem with PyTorch's results.
  init(problem: String, goldens: [String: SafeTensor]) {
    self.problem = problem
    self.goldens = goldens
  }

  /// The variants that can be checked: the goldens hold no accumulated gradients.
  var accumulations: [Bool] { goldens == nil ? [false, true] : [false] }
  var isGolden: Bool { goldens != nil }

  func name(of operation: String, variant: String) -> String {
    let source = isGolden ? "golden" : "oracle"
    return "\(operation)/\(source)/\(problem)" + (variant.isEmpty ? "" : " \(variant)")
  }

  func contents(_ role: String, _ distribution: Distribution) throws(VerificationError) -> CaseBuffer.Contents
  {
    guard isGolden else { return .formula("\(problem)/\(role)", distribution) }
    return .golden(try golden(role))
  }

  /// What should come out, for these results.
  func expectation(of results: [CaseBuffer]) throws(VerificationError) -> OperatorCase.Expectation {
    guard isGolden else { return .oracle }
    var expected: [String: CaseBuffer] = [:]
    for result in results {
      expected[result.role] = CaseBuffer(
        role: result.role, count: result.count, contents: .golden(try golden(result.role)),
        bound: result.bound)
    }
    return .golden(expected)
  }

  private func golden(_ role: String) throws(VerificationError) -> SafeTensor {
    guard let tensor = goldens?[role] else { throw .missingRole(case: problem, role: role) }
    return tensor
  }
}
