/// A problem of one operator family and the cases that check it: forward and backward, plain and accumulating.
protocol OperatorProblem: Sendable, CustomStringConvertible {
  func cases(from origin: CaseOrigin) throws -> [OperatorCase]
}

extension OperatorProblem {
  /// The cases with made-up values, checked by the oracle.
  func oracleCases() throws -> [OperatorCase] { try cases(from: CaseOrigin(problem: description)) }
}

/// The variant's name of a case that accumulates.
func accumulation(_ accumulate: Bool) -> String { accumulate ? "accumulating" : "" }
