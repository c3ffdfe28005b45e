extension GPULowering {
  /// Loss, ranks and metrics.
  mutating func lowerClassification(_ operation: Operation) {
    switch operation {
    case .softmaxCrossEntropy(let problem, let logits, let labels, let losses, let gradient):
      softmaxCrossEntropy(
        problem, logits: logits, labels: labels, losses: losses, gradient: gradient, ranks: nil)
    case .labelRanks(let problem, let logits, let labels, let ranks):
      reduce(
        "classification", "label_ranks",
        [argument(logits), argument(labels), argument(ranks), .int(problem.classes)], groups: problem.batch)
    case .recordMetrics(let problem, let losses, let ranks, let metrics):
      reduce(
        "classification", "record_metrics",
        [
          argument(losses), argument(ranks), argument(metrics), .int(problem.batch),
          .int(count(of: metrics) / 4), .scalar(.metricsRow),
        ], groups: 1)
    default: break
    }
  }

  /// - Parameter ranks: where the labels' ranks go too; nil where nobody wants them.
  mutating func softmaxCrossEntropy(
    _ problem: ClassificationProblem, logits: Tensor, labels: Tensor, losses: Tensor, gradient: Tensor?,
    ranks: Tensor?
  ) {
    reduce(
      "classification", "softmax_cross_entropy",
      [
        argument(logits), argument(labels), argument(losses), argument(gradient, standIn: losses),
        argument(ranks, standIn: losses), .flag(gradient != nil), .flag(ranks != nil), .int(problem.batch),
        .int(problem.classes), .float(problem.labelSmoothing),
      ], groups: problem.batch)
  }
}
