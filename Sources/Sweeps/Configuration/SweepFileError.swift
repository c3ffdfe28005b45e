/// What is wrong with the file of a sweep, and where.
public struct SweepFileError: Error, Hashable, Sendable {
  public enum Problem: Hashable, Sendable {
    /// Not such a file at all.
    case malformed(String)
    case unknownKey(String, nearest: String)
    case missing(String, expected: String)
    case wrongValue(key: String, expected: String, found: String)
    /// A flag that is the sweep's to give, or that runs cannot share.
    case reservedFlag(String, advice: String)
    case wrongName(String)
    case duplicateName(String)
    case tooManyRuns(settings: Int, seeds: Int)
  }

  public let file: String
  /// Counted from 1; nil where no line is to blame.
  public let line: Int?
  public let problem: Problem

  public init(file: String, line: Int?, problem: Problem) {
    self.file = file
    self.line = line
    self.problem = problem
  }
}

extension SweepFileError: CustomStringConvertible {
  public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(problem.description)" }
}

extension SweepFileError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .malformed(let reason): reason
    case .unknownKey(let key, let nearest): "\(key): unknown key; did you mean '\(nearest)'?"
    case .missing(let key, let expected): "expected \(expected), found no '\(key)'"
    case .wrongValue(let key, let expected, let found): "\(key): expected \(expected), found \(found)"
    case .reservedFlag(let key, let advice): "\(key): expected a flag that runs can share; \(advice)"
    case .wrongName(let name):
      "expected a name of at most \(SweepSetting.maximumNameLength) letters, digits and ._=,+- that does not begin with "
        + "a point, found '\(name)'; give such a setting a name of its own under 'settings'"
    case .duplicateName(let name):
      "expected every name once, found '\(name)' twice, the names that 'grid' makes included; rename or remove one of them"
    case .tooManyRuns(let settings, let seeds):
      "expected at most \(Sweep.maximumRuns) runs, found \(settings) settings with \(seeds) seeds each; split the sweep"
    }
  }
}
