/// The restarts of a training from which conflicting blocks are removed, and when there are no more of them.
///
/// The authors' public code restarts for ever where nothing is left to remove, and ends in an error where nothing is left.
/// Ours.
public struct RemovalProgress: Hashable, Sendable, Codable {
  public let maximumRestarts: Int
  /// The names that went before each restart.
  public private(set) var removed: [[String]] = []

  /// - Throws: `BundleError.outOfRange` for a maximum below 0.
  public init(maximumRestarts: Int) throws {
    guard maximumRestarts >= 0 else {
      throw BundleError.outOfRange(
        parameter: "maximum restarts", expected: "from 0", found: "\(maximumRestarts)")
    }
    self.maximumRestarts = maximumRestarts
  }

  public var restarts: Int { removed.count }

  /// What comes next, and if that is a restart, counts it.
  ///
  /// - Parameter removal: What a rule removes; nil where no conflict called for one.
  public mutating func next(_ removal: BlockRemoval?) -> RemovalStep {
    guard let removal else { return .finished }
    let gone = Set(removed.joined())
    let names = removal.removed.filter { !gone.contains($0) }
    if names.isEmpty { return .noProgress }
    if removal.counts.allSatisfy({ $0 == 0 }) { return .emptyNetwork }
    if restarts >= maximumRestarts { return .tooManyRestarts }
    removed.append(names)
    return .restart
  }
}

/// What follows on a check for conflicts.
public enum RemovalStep: String, CaseIterable, Hashable, Sendable, Codable {
  /// Blocks went: train again without them.
  case restart
  /// No conflict: train to the end.
  case finished
  /// There is a conflict, but no block may go for it.
  case noProgress = "no-progress"
  /// There is a conflict, but the maximum of restarts is used up.
  case tooManyRestarts = "too-many-restarts"
  /// No block would be left.
  case emptyNetwork = "empty-network"
}
