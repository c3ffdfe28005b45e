/// Finds how many of the conflicting blocks can stay: bisection over how long a beginning of their list is kept.
///
/// Keeping all is known to conflict, and keeping none is taken not to. Each step proposes to keep half of what is undecided, a
/// network is trained without the others, and whether it conflicts decides on the half: log₂ of the number of
/// blocks trainings, and blocks that need not go come back. It presumes that a conflict with fewer blocks is one with more. The
/// first proposal is rule `bisect`'s. Ours.
public struct BlockBisection: Hashable, Sendable, Codable {
  /// The blocks that may go, in the network's order.
  public let candidates: [String]
  /// The most that are known, or taken, to be kept without a conflict.
  public private(set) var kept = 0
  /// The fewest that are known to conflict when kept.
  public private(set) var conflicting: Int

  /// - Parameter candidates: What rule `all` would remove: the conflicting blocks that may go.
  public init(candidates: [String]) {
    self.candidates = candidates
    conflicting = candidates.count
  }

  /// Whether nothing is left to try: ``removed`` is the answer.
  public var isFinished: Bool { conflicting - kept <= 1 }

  /// The blocks to go without in the next training, or for good.
  public var removed: [String] { Array(candidates.dropFirst(isFinished ? kept : middle)) }

  /// Takes in whether the network without ``removed`` conflicts. Without effect when finished.
  public mutating func observe(isConflicting: Bool) {
    guard !isFinished else { return }
    if isConflicting { conflicting = middle } else { kept = middle }
  }

  /// - Throws: `DecodingError.dataCorrupted` for numbers that no search comes to.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    candidates = try values.decode([String].self, forKey: .candidates)
    kept = try values.decode(Int.self, forKey: .kept)
    conflicting = try values.decode(Int.self, forKey: .conflicting)
    guard 0 <= kept, kept <= conflicting, conflicting <= candidates.count else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription:
            "expected 0 ≤ kept ≤ conflicting ≤ \(candidates.count) candidates, found \(kept) and \(conflicting)"
        ))
    }
  }

  private var middle: Int { (kept + conflicting) / 2 }
}
