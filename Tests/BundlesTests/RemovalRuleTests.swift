import Bundles
import Foundation
import XCTest

final class RemovalRuleTests: XCTestCase {
  /// Types a to d with 3, 12, 41 and 3 blocks; the first of b, c and d halves the maps.
  private func sequence(_ counts: [Int] = [3, 12, 41, 3]) throws -> BlockSequence {
    try BlockSequence(
      zip(["a", "b", "c", "d"], counts).flatMap { type, count in
        (0..<count).map { Block("\(type)\($0)", type: type, isProtected: type != "a" && $0 == 0) }
      })
  }

  private func verdicts(_ conflicting: [Int], of count: Int = 59, pooled: Bool? = false) -> BlockVerdicts {
    BlockVerdicts((0..<count).map(conflicting.contains), pooled: pooled)
  }

  private func names(_ type: String, _ range: Range<Int>) -> [String] { range.map { "\(type)\($0)" } }

  private func counts(
    _ rule: RemovalRule, _ verdicts: BlockVerdicts, _ protection: BlockProtection = .none
  ) throws -> [Int] {
    try rule.removal(from: sequence(), verdicts, protection: protection).counts
  }

  /// The published rules on the published network, without protection.
  func testTheExampleTable() throws {
    let rules: [RemovalRule] = [.firstInTypeAndRestAsTagged, .firstInTypeAndRest, .all, .firstTypeAll]
    let rows: [(conflicting: [Int], pooled: Bool, expected: [[Int]])] = [
      (
        Array(20...58), true,
        [[3, 12, 4, 3], [3, 12, 5, 3], [3, 12, 5, 0], [3, 12, 5, 3]]
      ),
      ([20], false, [[3, 12, 4, 3], [3, 12, 5, 3], [3, 12, 40, 3], [3, 12, 40, 3]]),
      ([5] + Array(20...58), true, [[3, 1, 41, 3], [3, 2, 41, 3], [3, 11, 5, 0], [3, 11, 41, 3]]),
      ([58], true, [[3, 12, 41, 1], [3, 12, 41, 2], [3, 12, 41, 2], [3, 12, 41, 2]]),
      ([], true, [[3, 12, 41, 2], [3, 12, 41, 3], [3, 12, 41, 3], [3, 12, 41, 3]]),
      (Array(0...58), true, [[0, 12, 41, 3], [0, 12, 41, 3], [0, 0, 0, 0], [0, 12, 41, 3]]),
    ]
    for row in rows {
      for (rule, expected) in zip(rules, row.expected) {
        let verdicts = verdicts(row.conflicting, pooled: row.pooled)
        XCTAssertEqual(
          try counts(rule, verdicts), expected, "\(rule), \(row.conflicting.count) and \(row.pooled)")
      }
    }
  }

  /// Names, where counts would say the same of other blocks.
  func testBlocksKeepTheirIdentity() throws {
    let sequence = try sequence()
    let conflicting = verdicts([5, 20, 22])
    let all = try RemovalRule.all.removal(from: sequence, conflicting)
    XCTAssertEqual(all.removed, ["b2", "c5", "c7"])
    XCTAssertEqual(all.counts, [3, 11, 39, 3])
    let left = sequence.removing(all.removed)
    XCTAssertEqual(left.counts, [3, 11, 39, 3])
    XCTAssertFalse(left.blocks.contains { $0.name == "c7" })
    XCTAssertTrue(left.blocks.contains { $0.name == "c6" })
    let first = try RemovalRule.firstInTypeAndRest.removal(from: sequence, conflicting)
    XCTAssertEqual(first.removed, names("b", 2..<12))
    let tagged = try RemovalRule.firstInTypeAndRestAsTagged.removal(from: sequence, conflicting)
    XCTAssertEqual(tagged.removed, names("b", 1..<12))
    XCTAssertEqual(try RemovalRule.firstTypeAll.removal(from: sequence, conflicting).removed, ["b2"])
    XCTAssertEqual(try RemovalRule.earliestOnly.removal(from: sequence, conflicting).removed, ["b2"])
    XCTAssertEqual(try RemovalRule.bisect.removal(from: sequence, conflicting).removed, ["c5", "c7"])
  }

  func testProtectedBlocksStay() throws {
    let everything = verdicts(Array(0...58), pooled: true)
    let rows: [(rule: RemovalRule, expected: [Int])] = [
      (.firstInTypeAndRest, [1, 12, 41, 3]), (.firstInTypeAndRestAsTagged, [1, 12, 41, 3]),
      (.all, [1, 1, 1, 1]), (.firstTypeAll, [1, 12, 41, 3]), (.earliestOnly, [2, 12, 41, 3]),
      // 55 may go: the later 28 are two of d and 26 of c.
      (.bisect, [3, 12, 15, 1]),
    ]
    for row in rows {
      XCTAssertEqual(try counts(row.rule, everything, .structural), row.expected, "\(row.rule)")
    }
    // The first of a type that has no protected block stays.
    XCTAssertEqual(
      try RemovalRule.all.removal(from: sequence(), everything).removed.prefix(3), ["a1", "a2", "b1"])
  }

  /// A conflict of a block that must stay does not stop a rule from finding the next.
  func testRulesLookPastProtectedBlocks() throws {
    let conflicting = verdicts([3, 15, 20])
    for rule: RemovalRule in [.firstTypeAll, .earliestOnly, .all, .bisect] {
      XCTAssertEqual(try rule.removal(from: sequence(), conflicting).removed, ["c5"], "\(rule)")
    }
    XCTAssertEqual(
      try RemovalRule.firstInTypeAndRest.removal(from: sequence(), conflicting).removed, names("c", 5..<41))
    let protected = verdicts([3, 15, 56])
    for rule in RemovalRule.allCases where rule != .firstInTypeAndRestAsTagged {
      XCTAssertEqual(try rule.removal(from: sequence(), protected).removed, [], "\(rule)")
    }
  }

  func testNoConflictRemovesNothing() throws {
    for rule in RemovalRule.allCases {
      for protection in BlockProtection.allCases {
        let removal = try rule.removal(from: sequence(), verdicts([]), protection: protection)
        XCTAssertEqual(removal.removed, [])
        XCTAssertEqual(removal.counts, [3, 12, 41, 3])
      }
    }
  }

  func testAnEmptyNetwork() throws {
    let empty = try sequence().removing(sequence().blocks.map(\.name))
    XCTAssertEqual(empty.counts, [0, 0, 0, 0])
    for rule in RemovalRule.allCases {
      XCTAssertEqual(try rule.removal(from: empty, verdicts([], of: 0, pooled: nil)).removed, [])
    }
  }

  func testBadInputIsRefused() throws {
    XCTAssertThrowsError(try BlockSequence([Block("x", type: "a"), Block("x", type: "b")])) {
      XCTAssertEqual($0 as? BundleError, .duplicateBlock("x"))
    }
    for rule in RemovalRule.allCases {
      XCTAssertThrowsError(try rule.removal(from: sequence(), verdicts([], of: 58)))
    }
    XCTAssertThrowsError(
      try RemovalRule.firstInTypeAndRestAsTagged.removal(from: sequence(), verdicts([20], pooled: nil)))
  }

  /// Every number of blocks that can stay is found, in no more trainings than halving takes, and the first is that of the
  /// rule.
  func testBisectionFindsWhatCanStay() throws {
    let candidates = names("c", 5..<41)
    for stay in 0..<candidates.count {
      var bisection = BlockBisection(candidates: candidates)
      if stay == 0 {
        XCTAssertEqual(
          bisection.removed,
          try RemovalRule.bisect.removal(from: sequence(), verdicts(Array(20...55))).removed)
      }
      var trainings = 0
      while !bisection.isFinished {
        let kept = candidates.count - bisection.removed.count
        XCTAssertEqual(bisection.removed, Array(candidates.suffix(bisection.removed.count)))
        bisection.observe(isConflicting: kept > stay)
        trainings += 1
        bisection = try JSONDecoder().decode(BlockBisection.self, from: JSONEncoder().encode(bisection))
      }
      XCTAssertEqual(bisection.removed, Array(candidates.dropFirst(stay)))
      XCTAssertLessThanOrEqual(trainings, 6)
    }
    for (kept, conflicting) in [(-1, 2), (Int.min, 2), (2, 1), (0, 4), (1, Int.max)] {
      let text = #"{"candidates": ["a", "b", "c"], "kept": \#(kept), "conflicting": \#(conflicting)}"#
      XCTAssertThrowsError(try JSONDecoder().decode(BlockBisection.self, from: Data(text.utf8)), text)
    }
    for count in 0...1 {
      let small = BlockBisection(candidates: names("c", 0..<count))
      XCTAssertTrue(small.isFinished)
      XCTAssertEqual(small.removed, names("c", 0..<count))
    }
  }

  func testRestartsEnd() throws {
    var progress = RemovalProgress()
    XCTAssertEqual(progress.next(without: [], of: 3, maximumRestarts: 2), .noProgress)
    XCTAssertEqual(progress.next(without: ["c5"], of: 3, maximumRestarts: 2), .restart)
    XCTAssertEqual(
      progress.next(without: ["c5"], of: 3, maximumRestarts: 2), .noProgress, "it has gone already")
    XCTAssertEqual(progress.next(without: ["c5", "c6", "c7"], of: 3, maximumRestarts: 2), .emptyNetwork)
    let copy = try JSONDecoder().decode(RemovalProgress.self, from: JSONEncoder().encode(progress))
    XCTAssertEqual(copy, progress)
    XCTAssertEqual(
      progress.next(without: ["c6"], of: 3, maximumRestarts: 2), .restart, "a bisection takes blocks back")
    XCTAssertEqual(progress.removed, [["c5"], ["c6"]])
    XCTAssertEqual(progress.missing, ["c6"])
    XCTAssertEqual(progress.next(without: ["c7"], of: 3, maximumRestarts: 2), .tooManyRestarts)
    XCTAssertEqual(progress.next(without: nil, of: 3, maximumRestarts: 2), .finished)
    XCTAssertEqual(progress.restarts, 2)
  }
}
