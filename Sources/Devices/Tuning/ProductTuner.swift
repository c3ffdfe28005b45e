import Randomness

/// Finds the best method for each matrix product of a training step on one device.
///
/// Where the library multiplies, its parameters come first: ``tuneLibrary(candidates:progress:)``. Then methods compete. A
/// method's score is its speed times its correctness. It is out of the question where its result is wrong or changes
/// from run to run, and given up early where it is much slower than the best one so far. First tiles from all over are
/// tried on every problem, then the neighbours of each problem's best; in the end the best ones and the default run in
/// turns, and the default stays unless it is clearly beaten.
package struct ProductTuner {
  package let bench: ProductBench
  /// Each with how often a step computes it.
  package let problems: [(problem: ProductProblem, count: Int)]
  /// When to come to an end.
  package let seconds: Double
  /// What was found before, which has to win again.
  let known: KernelTuning
  /// What to try instead of the methods that the tuner thinks of; for tests.
  private let candidates: [ProductMethod]?
  /// A method that takes this many times as long as the best is not looked at any further.
  private let hopeless: Double
  private let clock = ContinuousClock()
  private let begin: ContinuousClock.Instant

  /// How far the search goes before the neighbours of the best, and before the final.
  private static let stages = (survey: 0.5, neighbours: 0.9)

  /// - Parameter problems: as a step computes them; equal ones are tuned once.
  package init(
    _ bench: ProductBench, problems: [ProductProblem], seconds: Double, known: KernelTuning = .none,
    candidates: [ProductMethod]? = nil, hopeless: Double = 2
  ) {
    self.bench = bench
    self.seconds = seconds
    self.known = known
    self.candidates = candidates
    self.hopeless = hopeless
    begin = clock.now
    var counts: [ProductProblem: Int] = [:]
    for problem in problems { counts[problem, default: 0] += 1 }
    var seen: Set<ProductProblem> = []
    self.problems = problems.filter { seen.insert($0).inserted }.map { ($0, counts[$0] ?? 1) }
  }

  /// - Parameter progress: called as the search goes on, with what is done of it as a fraction and what it looks at.
  /// - Throws: ``TuningError/wrongDefault(problem:error:bound:)`` where a default is wrong already, ``DeviceError`` where the
  ///   device fails by a default method before any other was tried.
  package func run(progress: (Double, String) -> Void = { _, _ in }) throws -> Outcome {
    var contests = try problems.map { problem, count in
      progress(done, "defaults: \(problem)")
      return try ProductContest(problem, count: count, on: bench)
    }
    var failure: (any Error)?
    do {
      try enterKnown(&contests)
      try survey(&contests, progress)
      if candidates == nil { try searchNeighbours(&contests, progress) }
      for index in contests.indices {
        progress(done, "final: \(contests[index].problem)")
        try contests[index].final()
      }
    } catch {
      // A kernel may have made the device unusable for this process: what was found until then is worth keeping.
      failure = error
    }
    progress(1, "done")
    return Outcome(products: contests.map(\.outcome), failure: failure.map { "\($0)" })
  }

  package struct Outcome: Hashable, Sendable {
    /// In the order of their problems.
    package let products: [TunedProduct]
    /// Why the search ended early; nil where it did not.
    package let failure: String?
  }

  private func enterKnown(_ contests: inout [ProductContest]) throws {
    for index in contests.indices {
      guard let method = known.choice.exceptions["\(contests[index].problem)"] else { continue }
      try contests[index].enter(method, hopeless: hopeless)
    }
  }

  /// The share of the time that has passed.
  var done: Double { min(1, (clock.now - begin) / .seconds(1) / max(seconds, 1e-9)) }

  /// Every problem by one method after another, so that a program serves them all.
  private func survey(_ contests: inout [ProductContest], _ progress: (Double, String) -> Void) throws {
    for method in candidates ?? Self.surveyed(bench) {
      for index in contests.indices {
        if candidates == nil, done > Self.stages.survey { return }
        guard candidates != nil || contests[index].isWorthTrying(method) else { continue }
        progress(done, "\(contests[index].problem): \(method)")
        try contests[index].enter(method, hopeless: hopeless)
      }
    }
  }

  /// Those that take longest first, as they have most to win.
  private func searchNeighbours(
    _ contests: inout [ProductContest], _ progress: (Double, String) -> Void
  ) throws {
    var isSearching = true
    while isSearching {
      isSearching = false
      let order = contests.indices.sorted { contests[$0].total > contests[$1].total }
      for index in order {
        if done > Self.stages.neighbours { return }
        guard let method = contests[index].nextNeighbour() else { continue }
        isSearching = true
        progress(done, "\(contests[index].problem): \(method)")
        try contests[index].enter(method, hopeless: hopeless)
      }
    }
  }

  /// The library, then tiles of either kind in an order that jumps about, the same each time.
  private static func surveyed(_ bench: ProductBench) -> [ProductMethod] {
    var tiles = Array(ProductTile.candidates(for: bench.limits))
    if bench.limits.arithmetic.precision == .tensorFloat32 {
      // Linear layers are computed in single precision.
      var plain = bench.limits
      plain.arithmetic = MatrixArithmetic()
      tiles += ProductTile.candidates(for: plain)
    }
    var methods =
      tiles.map { ProductMethod.tile($0) }
      + WinogradTile.candidates(for: bench.limits).map { ProductMethod.winograd($0) }
    var order = RandomStream(seed: 0, stream: .tuning, index: 2)
    methods.shuffle(using: &order)
    return (bench.hasLibrary ? [.library] : []) + methods
  }
}

/// What a tuner found for one problem.
package struct TunedProduct: Hashable, Sendable {
  package let problem: ProductProblem
  /// How often a step computes it.
  package let count: Int
  package let method: ProductMethod
  package let seconds: Double
  package let defaultMethod: ProductMethod
  package let defaultSeconds: Double
  /// max |a − b| / max |b| beside the default method's result.
  package let error: Double
  /// Methods that were tried, the default one included.
  package let candidates: Int
  /// Methods that were given up, and why.
  package let rejections: [ProductRejection]
}

/// A method that a tuner gave up.
package struct ProductRejection: Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    /// It does not compile or run, or is unsteady.
    case failed(String)
    /// max |a − b| / max |b| is larger than allowed.
    case wrong(error: Double, bound: Double)
    /// It takes so many times as long as the best one.
    case slow(times: Double)
  }

  package let method: ProductMethod
  package let reason: Reason
}

/// Why a tuner cannot go on.
package enum TuningError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The device computes wrongly by the method that it uses without tuning.
  case wrongDefault(problem: String, error: Double, bound: Double)

  package var description: String {
    switch self {
    case .wrongDefault(let problem, let error, let bound):
      "the device computes \(problem) wrongly as it is: an error of \(Float(error)), where \(Float(bound)) is the "
        + "most; `espalier verify` tells more"
    }
  }
}
