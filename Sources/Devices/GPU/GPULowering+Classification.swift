extension GPULowering {
  /// Loss, ranks and metrics.
  mutating func lowerClassification(_ operation: Operation) {
    switch operation {
    case .softmaxCrossEntropy(let problem, let logits, let labels, let losses, let gradient):
      reduce(
        "classification", "softmax_cross_entropy",
        [
          argument(logits), argument(labels), argument(losses), argument(gradient, standIn: losses),
          .flag(gradient != nil), .int(problem.batch), .int(problem.classes), .float(problem.labelSmoothing),
        ], groups: problem.batch)
    case .labelRanks(let problem, let logits, let labels, let ranks):
      reduce(
        "classification", "label_ranks",
        [argument(logits), argument(labels), argument(ranks), .int(problem.classes)], groups: problem.batch)
    case .recordMetrics(let problem, let losses, let ranks, let metrics):
      reduce(
        "classification", "record_metrics",
        [
          argument(losses), argument(ranks), argument(metrics), .int(problem.batch),
          .int(words(of: metrics) / 4), .scalar(.metricsRow),
        ], groups: 1)
    default: break
    }
  }
}
