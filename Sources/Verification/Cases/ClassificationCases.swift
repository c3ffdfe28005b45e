import Devices

struct SoftmaxCrossEntropyCases: OperatorProblem {
  var problem: ClassificationProblem
  /// A power of two: the logits' largest magnitude.
  var scale: Float = 1
  var someIgnored = false

  var description: String {
    "\(problem.batch)x\(problem.classes) smoothing \(problem.labelSmoothing) scale \(Int(scale))"
      + (someIgnored ? " with ignored" : "")
  }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    // Without the gradient as in evaluation.
    try [make(origin, gradient: true)] + (origin.isGolden ? [] : [make(origin, gradient: false)])
  }

  private func make(_ origin: CaseOrigin, gradient: Bool) throws -> OperatorCase {
    var builder = CaseBuilder(
      "softmaxCrossEntropy", variant: gradient ? "" : "losses only", from: origin)
    let count = problem.batch * problem.classes
    let logits = try builder.vector("logits", count, .uniform(scale: scale))
    let labels = try builder.vector(
      "labels", problem.batch, .labels(classes: problem.classes, someIgnored: someIgnored))
    let losses = builder.vectorResult("losses", problem.batch, bound: Bound.forward)
    let logitsGradient =
      gradient ? builder.vectorResult("logitsGradient", count, bound: Bound.backward) : nil
    builder.append(
      .softmaxCrossEntropy(
        problem, logits: logits, labels: labels, losses: losses, logitsGradient: logitsGradient))
    return try builder.build()
  }
}

struct LabelRanksCases: OperatorProblem {
  var problem: ClassificationProblem
  var notNumbers = false
  var someIgnored = false

  var description: String {
    "\(problem.batch)x\(problem.classes) with ties" + (notNumbers ? " with NaN" : "")
      + (someIgnored ? " with ignored" : "")
  }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    var builder = CaseBuilder("labelRanks", from: origin)
    let logits = try builder.vector(
      "logits", problem.batch * problem.classes, notNumbers ? .notNumbers : .coarse)
    let labels = try builder.vector(
      "labels", problem.batch, .labels(classes: problem.classes, someIgnored: someIgnored))
    let ranks = builder.vectorResult("ranks", problem.batch, bound: Bound.exact)
    builder.append(.labelRanks(problem, logits: logits, labels: labels, ranks: ranks))
    return [try builder.build()]
  }
}

struct RecordMetricsCases: OperatorProblem {
  var problem: ClassificationProblem
  var rows: Int
  var row: Int

  var description: String { "\(problem.batch) row \(row) of \(rows)" }

  func cases(from origin: CaseOrigin) throws -> [OperatorCase] {
    var builder = CaseBuilder("recordMetrics", from: origin)
    let losses = try builder.vector("losses", problem.batch, .losses)
    let ranks = try builder.vector("ranks", problem.batch, .ranks(classes: problem.classes))
    let metrics = try builder.vectorUpdated("metrics", rows * 4, bound: Bound.forward)
    builder.append(.recordMetrics(problem, losses: losses, ranks: ranks, metrics: metrics))
    return [try builder.build(scalars: Oracle.Scalars(metricsRow: Int32(row)))]
  }
}
