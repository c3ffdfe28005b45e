/// The restarts of a training from which conflicting blocks are removed, and when there are no more of them.
///
/// The authors' public code restarts for ever where nothing is left to remove, and ends in an error where nothing is left.
/// Ours.
public struct RemovalProgress: Hashable, Sendable, Codable {
  /// What the network of each restart goes without, of the blocks that there were at first.
  public private(set) var removed: [[String]] = []

  public init() {}

  public var restarts: Int { removed.count }

  /// What the present network goes without.
  public var missing: [String] { removed.last ?? [] }

  /// What comes next, and if that is a restart, counts it.
  ///
  /// - Parameters:
  ///   - names: What the next network is to go without; nil where no conflict calls for another.
  ///   - blocks: How many there were at first.
  ///   - maximumRestarts: Below it there may be another.
  public mutating func next(
    without names: [String]?, of blocks: Int, maximumRestarts: Int
  ) -> RemovalStep {
    guard let names else { return .finished }
    if Set(names) == Set(missing) { return .noProgress }
    if names.count >= blocks { return .emptyNetwork }
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
