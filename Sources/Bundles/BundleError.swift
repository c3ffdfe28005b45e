/// Why bundles cannot be measured, or blocks not be removed, as asked.
public enum BundleError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Two things that belong together differ in number.
  case wrongCount(of: String, expected: Int, found: Int)
  /// A number that makes no sense where it is used.
  case outOfRange(parameter: String, expected: String, found: String)
  /// Two blocks of a network have the same name.
  case duplicateBlock(String)
  /// A removal rule that judges the last block by the vector behind global pooling, which was not measured.
  case missingPooledVerdict(rule: String)

  public var description: String {
    switch self {
    case .wrongCount(let what, let expected, let found):
      "expected \(expected) \(what), found \(found); pass the values of the same samples and layers together"
    case .outOfRange(let parameter, let expected, let found):
      "\(parameter): expected \(expected), found \(found)"
    case .duplicateBlock(let name): "two blocks are named '\(name)'; give each block a name of its own"
    case .missingPooledVerdict(let rule):
      "rule '\(rule)': expected a verdict on the pooled vector, found none; measure it, or take another rule"
    }
  }
}
