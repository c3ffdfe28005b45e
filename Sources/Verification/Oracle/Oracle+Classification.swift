import Devices
import Foundation

extension Oracle {
  /// - Returns: the loss of each example and the gradient of their mean.
  public static func softmaxCrossEntropy(
    _ problem: ClassificationProblem, logits: [Double], labels: [Double]
  ) -> (losses: [Double], logitsGradient: [Double]) {
    let smoothing = Double(problem.labelSmoothing)
    var losses = [Double](repeating: 0, count: problem.batch)
    var gradient = [Double](repeating: 0, count: logits.count)
    for n in 0..<problem.batch where labels[n] >= 0 {
      let classes = n * problem.classes..<(n + 1) * problem.classes
      let largest = logits[classes].max() ?? 0
      let logarithm = largest + log(logits[classes].reduce(0) { $0 + exp($1 - largest) })
      for index in classes {
        let hit = index - classes.lowerBound == Int(labels[n])
        let target = (hit ? 1 - smoothing : 0) + smoothing / Double(problem.classes)
        losses[n] += target * (logarithm - logits[index])
        gradient[index] = (exp(logits[index] - logarithm) - target) / Double(problem.batch)
      }
    }
    return (losses, gradient)
  }

  /// - Returns: the number of classes that outrank each label; −1 for ignored examples.
  public static func labelRanks(
    _ problem: ClassificationProblem, logits: [Double], labels: [Double]
  ) -> [Double] {
    (0..<problem.batch).map { n in
      if labels[n] < 0 { return -1 }
      let row = Array(logits[n * problem.classes..<(n + 1) * problem.classes])
      let label = Int(labels[n])
      return Double(row.indices.count { outranks($0, label, in: row) })
    }
  }

  private static func outranks(_ other: Int, _ label: Int, in row: [Double]) -> Bool {
    switch (row[other].isNaN, row[label].isNaN) {
    case (true, false): false
    case (false, true): true
    case (true, true): other < label
    case (false, false): row[other] > row[label] || (row[other] == row[label] && other < label)
    }
  }

  /// - Returns: `metrics` `[rows, 4]` with one row replaced: sum of losses, top-1 hits, top-5 hits, examples that are not
  ///   ignored.
  public static func recordMetrics(
    row: Int, losses: [Double], ranks: [Double], metrics: [Double]
  ) -> [Double] {
    var result = metrics
    let values = [
      losses.reduce(0, +), Double(ranks.count { $0 == 0 }), Double(ranks.count { $0 >= 0 && $0 < 5 }),
      Double(ranks.count { $0 >= 0 }),
    ]
    result.replaceSubrange(row * 4..<(row + 1) * 4, with: values)
    return result
  }
}
