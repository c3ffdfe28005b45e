extension ProductTuner {
  /// How much of the tuner's time the library's parameters may take.
  private static let libraryShare = 0.15
  private static let rounds = 3

  /// Finds the parameters of the library's kernel by which the products that it computes by default take least time
  /// together, and leaves them in force on the bench. Sets whose result is wrong or unsteady are out; the library's own
  /// parameters stay unless they are clearly beaten.
  /// - Parameters:
  ///   - candidates: what to try; nil for what suits large GPUs, until a share of the tuner's time is over.
  ///   - progress: as for ``run(progress:)``.
  /// - Returns: nil where the device has no library that works, or its kernel for large matrices computes no problem.
  /// - Throws: ``TuningError/wrongDefault(problem:error:bound:)`` where the library is wrong by its own parameters,
  ///   ``DeviceError`` where the device fails by them.
  package func tuneLibrary(
    candidates: [LibraryParameters]? = nil, progress: (Double, String) -> Void = { _, _ in }
  ) throws -> TunedLibrary? {
    guard bench.hasLibrary, bench.runtime.library.isUsable else { return nil }
    let served = try problems.filter {
      try bench.defaultMethod(for: $0.problem) == .library
        && $0.problem.dependsOnParameters(of: bench.runtime.library)
    }
    if served.isEmpty { return nil }
    progress(done, "CLBlast's own parameters")
    let comparison = try LibraryComparison(served, on: bench)
    var contest = LibraryContest(ownSeconds: try comparison.ownSeconds())
    guard bench.runtime.library.trialFailure == nil else {
      _ = bench.runtime.library.settle(nil)
      return nil
    }
    let own = try OpenCLDevices.libraryParametersInForce(on: bench.runtime.device.index)
    let sets =
      candidates.map { AnySequence($0) } ?? AnySequence(LibraryParameters.candidates(for: bench.limits))
    // What was found before has to win again.
    if let parameters = known.choice.library { try comparison.enter(parameters, in: &contest) }
    for parameters in sets where parameters != own && parameters != known.choice.library {
      if candidates == nil, done > Self.libraryShare { break }
      progress(done, "CLBlast's parameters: \(parameters)")
      try comparison.enter(parameters, in: &contest)
    }
    return try conclude(contest, comparison)
  }

  private func conclude(_ contest: LibraryContest, _ comparison: LibraryComparison) throws -> TunedLibrary {
    var winner = contest.challenger
    var (samples, own): ([Double], [Double]) = ([], [contest.ownSeconds])
    if let challenger = winner {
      own = []
      for _ in 0..<Self.rounds {
        own.append(try comparison.ownSeconds())
        if case .success(let seconds) = try comparison.seconds(challenger, in: contest) {
          samples.append(seconds)
        }
      }
      let isSteady = samples.count == Self.rounds
      if !isSteady || !LibraryContest.holds(challenger: samples, own: own) { winner = nil }
    }
    if !bench.runtime.library.settle(winner) { winner = nil }
    return TunedLibrary(
      parameters: winner, seconds: winner == nil ? own.median : samples.median, ownSeconds: own.median,
      candidates: contest.entrants.count + contest.rejections.count,
      rejections: contest.rejections)
  }
}

extension ProductProblem {
  /// Whether the library computes it by the kernel that has parameters: see ``MatrixLibrary/suits(_:)`` for batches.
  fileprivate func dependsOnParameters(of library: MatrixLibrary) throws -> Bool {
    switch self {
    case .matrices(1, let rows, let columns, let depth, _, _):
      try library.usesLargeKernel(rows: rows, columns: columns, depth: depth)
    case .convolution(_, let problem) where problem.input.batch == 1:
      try library.usesLargeKernel(
        rows: problem.outputChannels, columns: problem.output.pixels, depth: problem.input.channels)
    default: false
    }
  }
}

/// The products of a step that the library computes, to be computed by one set of its parameters after another.
private struct LibraryComparison {
  private let bench: ProductBench
  private let subjects: [Subject]

  private struct Subject {
    let trial: ProductTrial
    let count: Int
    let check: ProductCheck
  }

  /// What became of a set of parameters.
  enum Outcome {
    case success(Double)
    case rejected(ProductRejection.Reason)
  }

  /// Takes the results by the library's own parameters as what others have to agree with.
  init(_ problems: [(problem: ProductProblem, count: Int)], on bench: ProductBench) throws {
    self.bench = bench
    bench.runtime.library.tryOut(nil)
    subjects = try problems.map { problem, count in
      let trial = try ProductTrial(problem, on: bench)
      let reference = try trial.run(.library).values()
      return Subject(
        trial: trial, count: count,
        check: try ProductCheck(trial, reference: reference, precision: bench.information.precision))
    }
  }

  /// The seconds of a step's products by the library's own parameters.
  func ownSeconds() throws -> Double {
    bench.runtime.library.tryOut(nil)
    return try subjects.reduce(0) { sum, subject in
      sum + Double(subject.count) * (try subject.trial.run(.library).medianSeconds())
    }
  }

  func enter(_ parameters: LibraryParameters, in contest: inout LibraryContest) throws {
    switch try seconds(parameters, in: contest) {
    case .success(let seconds): contest.enter(parameters, seconds: seconds)
    case .rejected(let reason): contest.reject(reason)
    }
  }

  /// Runs every product, checks its result and times it, until the set has no hope of winning.
  /// - Throws: where the library's own parameters fail too, after a set has failed: then it was not the set.
  func seconds(_ parameters: LibraryParameters, in contest: LibraryContest) throws -> Outcome {
    bench.runtime.library.tryOut(parameters)
    do {
      var total = 0.0
      for subject in subjects {
        let run = try subject.trial.run(.library)
        if let failure = bench.runtime.library.trialFailure { return .rejected(.failed(failure)) }
        let error = subject.check.error(of: try run.values())
        guard error <= subject.check.bound else {
          return .rejected(.wrong(error: error, bound: subject.check.bound))
        }
        total += Double(subject.count) * (try run.medianSeconds())
        if let times = contest.hopelessness(of: total) { return .rejected(.slow(times: times)) }
      }
      if let failure = bench.runtime.library.trialFailure { return .rejected(.failed(failure)) }
      return .success(total)
    } catch {
      _ = try ownSeconds()
      return .rejected(.failed("\(error)"))
    }
  }
}
