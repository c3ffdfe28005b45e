/// Why an operator or a schedule cannot be executed.
public enum OperatorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A problem whose sizes contradict each other: the problem, and what is wrong.
  case invalidProblem(String, String)
  /// Operands whose sizes do not fit the operator: the operator, what was expected, what was found.
  case mismatchedOperand(operation: String, expected: String, found: String)
  /// The device has no implementation: the operator, the device.
  case unsupported(operation: String, device: String)

  public var description: String {
    switch self {
    case .invalidProblem(let problem, let reason): "invalid problem \(problem): \(reason)"
    case .mismatchedOperand(let operation, let expected, let found):
      "\(operation): expected \(expected), found \(found)"
    case .unsupported(let operation, let device): "\(device) cannot run \(operation)"
    }
  }
}
