/// Why a layer cannot be probed as asked.
public enum ProbeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Two things that belong together differ in number.
  case wrongCount(of: String, expected: Int, found: Int)
  /// A number that makes no sense where it is used.
  case outOfRange(parameter: String, expected: String, found: String)

  public var description: String {
    switch self {
    case .wrongCount(let what, let expected, let found):
      "expected \(expected) \(what), found \(found); pass the values of the same images and layers together"
    case .outOfRange(let parameter, let expected, let found):
      "\(parameter): expected \(expected), found \(found)"
    }
  }
}
