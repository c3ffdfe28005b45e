/// Why a case cannot be made: the embedded goldens do not fit this program.
public enum VerificationError: Error, Hashable, Sendable, CustomStringConvertible {
  case missingMetadata(file: String, key: String)
  case malformedMetadata(file: String, reason: String)
  case unknownOperator(String)
  case missingRole(case: String, role: String)
  case mismatchedGolden(tensor: String, expectedCount: Int, foundCount: Int)

  public var description: String {
    switch self {
    case .missingMetadata(let file, let key): "\(file) has no metadata '\(key)'"
    case .malformedMetadata(let file, let reason): "\(file): \(reason)"
    case .unknownOperator(let name): "no operator is called '\(name)'"
    case .missingRole(let name, let role): "the golden case '\(name)' has no tensor '\(role)'"
    case .mismatchedGolden(let tensor, let expected, let found):
      "the golden '\(tensor)' has \(found) elements instead of \(expected)"
    }
  }
}
