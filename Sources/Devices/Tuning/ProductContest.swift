/// The methods that compete for one problem.
struct ProductContest {
  let problem: ProductProblem
  private let count: Int
  private let bench: ProductBench
  private let trial: ProductTrial
  private let check: ProductCheck
  private let defaultMethod: ProductMethod
  /// By the order of entry; the default method is the first.
  private var entrants: [Entrant] = []
  private var tried: Set<ProductMethod> = []
  private var rejections: [ProductRejection] = []
  private var winner: Entrant?

  private struct Entrant {
    let method: ProductMethod
    var seconds: Double
    let error: Double
    /// From 0 to 1, as ``ProductCheck/correctness(_:)`` says.
    let correctness: Double

    /// Speed times correctness.
    var score: Double { correctness / max(seconds, .leastNonzeroMagnitude) }
  }

  /// Methods in the final, beside the default one.
  private static let finalists = 3
  private static let finalRounds = 5

  /// Measures and checks the default method.
  init(_ problem: ProductProblem, count: Int, on bench: ProductBench) throws {
    self.problem = problem
    self.count = count
    self.bench = bench
    trial = try ProductTrial(problem, on: bench)
    defaultMethod = bench.defaultMethod(for: problem)
    let run = try trial.run(defaultMethod)
    check = try ProductCheck(trial, reference: run.values(), precision: bench.information.precision)
    tried.insert(defaultMethod)
    entrants.append(
      Entrant(method: defaultMethod, seconds: try run.medianSeconds(), error: 0, correctness: 1))
  }

  private var best: Entrant { entrants.max { $0.score < $1.score } ?? entrants[0] }

  /// The time that a step spends on it by the best method so far.
  var total: Double { Double(count) * best.seconds }

  /// Whether a method can compute the problem, is not another one in disguise, and does not waste most of its work.
  func isWorthTrying(_ method: ProductMethod) -> Bool {
    guard !tried.contains(method), bench.obstacle(to: problem, by: method) == nil else { return false }
    guard case .tile(let tile) = method else { return true }
    // One program serves all sizes of plain matrices.
    if case .matrices = problem, tile.options.hasFixedSizes { return false }
    let (rows, columns) = problem.resultSize
    return tile.rows < 4 * max(rows, 8) && tile.columns < 4 * max(columns, 8)
  }

  /// Times a method and checks its result, which takes longer than a look whether it is hopelessly slow.
  /// - Throws: where the default method fails too, after a method has failed: then it was not the method.
  mutating func enter(_ method: ProductMethod, hopeless: Double) throws {
    guard tried.insert(method).inserted else { return }
    if let obstacle = bench.obstacle(to: problem, by: method) { return reject(method, .failed(obstacle)) }
    do {
      let run = try trial.run(method)
      let first = try run.seconds(repetitions: ProductTrial.Run.repetitions(of: best.seconds))
      if first > hopeless * best.seconds { return reject(method, .slow(times: first / best.seconds)) }
      let error = check.error(of: try run.values())
      guard error <= check.bound else { return reject(method, .wrong(error: error, bound: check.bound)) }
      entrants.append(
        Entrant(
          method: method, seconds: try run.medianSeconds(), error: error,
          correctness: check.correctness(error)))
    } catch {
      reject(method, .failed("\(error)"))
      if case DeviceError.buildFailed = error { return }
      _ = try trial.run(defaultMethod)
    }
  }

  private mutating func reject(_ method: ProductMethod, _ reason: ProductRejection.Reason) {
    rejections.append(ProductRejection(method: method, reason: reason))
  }

  /// A tile like the best one that has not been tried yet.
  func nextNeighbour() -> ProductMethod? {
    for entrant in entrants.sorted(by: { $0.score > $1.score }) {
      guard case .tile(let tile) = entrant.method else { continue }
      return tile.neighbours.lazy.map { ProductMethod.tile($0) }.first { isWorthTrying($0) }
    }
    return nil
  }

  /// The best methods and the default one in turns; the medians decide.
  mutating func final() throws {
    let ranked = entrants.dropFirst().sorted { $0.score > $1.score }.prefix(Self.finalists)
    var finalists = [entrants[0]] + ranked
    let runs = try finalists.map { try trial.run($0.method) }
    var samples = [[Double]](repeating: [], count: runs.count)
    for _ in 0..<Self.finalRounds {
      for (index, run) in runs.enumerated() {
        let repetitions = ProductTrial.Run.repetitions(of: finalists[index].seconds)
        samples[index].append(try run.seconds(repetitions: repetitions))
      }
    }
    for index in finalists.indices { finalists[index].seconds = samples[index].median }
    entrants[0] = finalists[0]
    winner = Self.winner(of: finalists)
  }

  /// The best of some, if it clearly beats the default, which is the first of them.
  private static func winner(of entrants: [Entrant]) -> Entrant {
    let best = entrants.max { $0.score < $1.score } ?? entrants[0]
    return ClearWin.beats(best.seconds, entrants[0].seconds) ? best : entrants[0]
  }

  var outcome: TunedProduct {
    let winner = winner ?? Self.winner(of: entrants)
    return TunedProduct(
      problem: problem, count: count, method: winner.method, seconds: winner.seconds,
      defaultMethod: defaultMethod, defaultSeconds: entrants[0].seconds, error: winner.error,
      candidates: tried.count, rejections: rejections)
  }
}

extension ProductTile {
  /// Tiles that differ in one number or option, those with compiled sizes and depth in parts included.
  package var neighbours: [ProductTile] {
    var neighbours: [ProductTile] = []
    func add(
      across: Int? = nil, down: Int? = nil, sumsDown: Int? = nil, sumsAcross: Int? = nil, depth: Int? = nil,
      _ change: (inout Options) -> Void = { _ in }
    ) {
      var options = self.options
      change(&options)
      let tile = try? ProductTile(
        itemsAcross: across ?? itemsAcross, itemsDown: down ?? itemsDown,
        sumsDown: sumsDown ?? self.sumsDown, sumsAcross: sumsAcross ?? self.sumsAcross,
        depth: depth ?? self.depth, options: options)
      if let tile, tile != self { neighbours.append(tile) }
    }
    add { $0.hasFixedSizes.toggle() }
    add { $0.isDoubleBuffered.toggle() }
    for (numerator, denominator) in [(2, 1), (1, 2)] {
      add(depth: depth * numerator / denominator)
      add(sumsDown: sumsDown * numerator / denominator)
      add(sumsAcross: sumsAcross * numerator / denominator)
      add(across: itemsAcross * numerator / denominator)
      add(down: itemsDown * numerator / denominator)
      add { $0.parts = $0.parts * numerator / denominator }
    }
    add(across: itemsAcross * 2, down: itemsDown / 2)
    add(across: itemsAcross / 2, down: itemsDown * 2)
    add(sumsDown: sumsDown * 2, sumsAcross: sumsAcross / 2)
    add(sumsDown: sumsDown / 2, sumsAcross: sumsAcross * 2)
    for width in [1, 2, 4] { add { $0.vectorWidth = width } }
    return neighbours
  }
}
