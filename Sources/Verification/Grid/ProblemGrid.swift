import Devices

/// The problems that the oracle checks: sizes around the widths of vectors and tiles, and those that real networks and
/// pruned ones have.
enum ProblemGrid {
  static let widths = [1, 7, 8, 14, 15, 16, 17, 28, 33]
  static let channels = [1, 3, 15, 16, 17, 20, 33, 48]
  static let batches = [1, 2, 5]

  static func all() throws -> [any OperatorProblem] {
    try transfers() + convolutions() + batchNorms() + epilogues() + poolings() + shortcuts() + vectors()
      + linears() + classifications() + optimisers() + chains()
  }

  private static func transfers() -> [any OperatorProblem] {
    channels.indices.flatMap { index in
      [shape(index), shape(index + 2, channels: index)].map(TransferCases.init(shape:))
    }
  }

  private static func linears() -> [any OperatorProblem] {
    let sizes = [1, 7, 10, 16, 17, 64, 100]
    let batches = [1, 2, 5, 16, 33]
    var problems = [LinearProblem(batch: 128, inputs: 512, outputs: 100)]
    for (index, inputs) in sizes.enumerated() {
      for step in 0...1 {
        problems.append(
          LinearProblem(
            batch: pick(batches, index + step), inputs: inputs, outputs: pick(sizes, index * 3 + 1 + step)))
      }
    }
    return problems.enumerated().map { LinearCases(problem: $1, bias: $0.isMultiple(of: 2)) }
  }

  private static func classifications() -> [any OperatorProblem] {
    func problem(_ batch: Int, _ classes: Int, _ smoothing: Float = 0) -> ClassificationProblem {
      ClassificationProblem(batch: batch, classes: classes, labelSmoothing: smoothing)
    }
    let losses = [(1, 1), (3, 2), (5, 10), (33, 17), (2, 100), (4, 1000)].flatMap { batch, classes in
      [
        SoftmaxCrossEntropyCases(problem: problem(batch, classes)),
        SoftmaxCrossEntropyCases(problem: problem(batch, classes, 0.1), scale: 64, someIgnored: batch > 2),
      ]
    }
    let ranks = [(1, 1), (3, 2), (17, 10), (4, 100)].flatMap { batch, classes in
      [
        LabelRanksCases(problem: problem(batch, classes)),
        LabelRanksCases(problem: problem(batch, classes), notNumbers: true, someIgnored: batch > 2),
      ]
    }
    let metrics = [(1, 1, 0), (7, 3, 2), (128, 2, 1), (1000, 4, 1)].map { batch, rows, row in
      RecordMetricsCases(problem: problem(batch, 10), rows: rows, row: row)
    }
    return losses + ranks + metrics
  }

  private static func optimisers() -> [any OperatorProblem] {
    [1, 15, 17, 1000, 5000].flatMap { count in
      [(Float(0), false), (0.9, false), (0.9, true)].map { momentum, nesterov in
        StochasticGradientDescentCases(
          problem: SGDProblem(count: count, momentum: momentum, nesterov: nesterov, weightDecay: 5e-4))
      }
    } + adams()
  }

  private static func adams() -> [any OperatorProblem] {
    let counts = [1, 15, 16, 17, 1000, 5000].flatMap { count in
      [(1, false), (2, true), (7, false), (1000, true)].map { update, isDecoupled in
        AdamCases(
          problem: AdamProblem(count: count, weightDecay: 0.01, isDecoupled: isDecoupled), update: update)
      }
    }
    let plain = AdamProblem(count: 33, weightDecay: 0, isDecoupled: false)
    var forgetful = plain
    (forgetful.beta1, forgetful.beta2) = (0, 0)
    var coarse = plain
    (coarse.epsilon, coarse.weightDecay, coarse.isDecoupled) = (0.1, 0.1, true)
    return counts + [
      AdamCases(problem: plain, hasZeroGradients: true), AdamCases(problem: coarse, hasZeroGradients: true),
      AdamCases(problem: plain, update: 1_000_000_000), AdamCases(problem: forgetful, update: 3),
    ]
  }

  /// A shape that takes its sizes from the lists, each at its own pace.
  static func shape(_ index: Int, channels channelIndex: Int? = nil) -> ActivationShape {
    ActivationShape(
      batch: pick(batches, index), channels: pick(channels, channelIndex ?? index * 3 + 1),
      height: pick(widths, index * 2 + 1), width: pick(widths, index * 4 + 2))
  }

  static func pick<Element>(_ list: [Element], _ index: Int) -> Element { list[index % list.count] }
}
