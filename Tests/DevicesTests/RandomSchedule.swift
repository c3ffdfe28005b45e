import Devices
import Randomness

/// Operations of a training step in any order, on feature maps of one shape. Operands in the same buffer lie anywhere in it:
/// what one operation writes others read, overwrite in part or leave alone.
struct RandomSchedule {
  var schedule = Schedule()
  /// In words.
  var buffers: [(name: BufferName, count: Int)]

  init(schedule: Schedule, buffers: [(name: BufferName, count: Int)]) {
    self.schedule = schedule
    self.buffers = buffers
  }

  init(seed: UInt64) throws {
    var builder = Builder(seed: seed)
    try builder.build()
    self.init(schedule: builder.schedule, buffers: builder.buffers)
  }

  private struct Builder {
    var schedule = Schedule()
    let buffers: [(name: BufferName, count: Int)]
    private var random: RandomStream
    private let shape: ActivationShape
    private let weights: Int
    /// Written already.
    private var maps: [Tensor] = []
    private let classes = 9

    init(seed: UInt64) {
      random = RandomStream(seed: seed, stream: .test)
      // Sums over images in one chunk, in several, and in more than an item adds up for itself.
      shape =
        switch seed % 8 {
        case 0: ActivationShape(batch: 9, channels: 2, height: 65, width: 65)
        case 1, 2: ActivationShape(batch: 4, channels: 3, height: 33, width: 40)
        default: ActivationShape(batch: 3, channels: 5, height: 7, width: 6)
        }
      weights = 9 * shape.channels * shape.channels
      let logits = shape.batch * classes
      buffers = [
        ("images", 2 * shape.count), ("parameters", 4 * weights), ("gradients", 8 * weights),
        ("biases", 4 * shape.channels), ("momentum", 4 * weights), ("gates", shape.batch * shape.channels),
        ("gate gradients", shape.batch * shape.channels), ("logits", 2 * logits), ("logit gradients", logits),
        ("labels", shape.batch), ("losses", 3 * shape.batch), ("ranks", shape.batch), ("metrics", 4),
      ]
    }

    mutating func build() throws {
      for index in 0..<2 {
        let images = schedule.activation("images \(index)", shape)
        schedule.append(
          .importActivation(
            from: schedule.external("images", "images", offset: index * shape.count, count: shape.count),
            to: images))
        maps.append(images)
      }
      for _ in 0..<(8 + number(12)) {
        switch number(10) {
        case 0...4: try weightsGradient()
        case 5: try convolution()
        case 6: update()
        case 7: normalise()
        case 8: classify()
        default: transfer()
        }
      }
      for map in maps.suffix(2) {
        schedule.append(
          .exportActivation(from: map, to: schedule.external("images", "out", count: shape.count)))
      }
    }

    private mutating func number(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    private mutating func isChosen(_ percent: Int) -> Bool { number(100) < percent }

    private mutating func anyMap() -> Tensor { maps[number(maps.count)] }

    private mutating func newMap() -> Tensor {
      let map = schedule.activation("maps \(maps.count)", shape)
      maps.append(map)
      return map
    }

    /// Anywhere in a buffer, most often where another tensor of that size may lie.
    private mutating func words(_ buffer: BufferName, _ count: Int) -> Tensor {
      let size = buffers.first { $0.name == buffer }?.count ?? 0
      let offset = isChosen(80) ? number(size / count) * count : number(size - count + 1)
      return schedule.external(buffer, "\(buffer) \(offset)", offset: offset, count: count)
    }

    private mutating func problem() throws -> ConvolutionProblem {
      let kernel = isChosen(70) ? 3 : 1
      return try ConvolutionProblem(
        input: shape, outputChannels: shape.channels, kernel: Extent(kernel), stride: Extent(1),
        padding: Extent(kernel / 2))
    }

    private mutating func weightsGradient() throws {
      let problem = try problem()
      schedule.append(
        .convolutionBackwardWeights(
          problem, input: anyMap(), outputGradient: anyMap(),
          weightsGradient: words("gradients", problem.weightCount),
          biasGradient: isChosen(30) ? words("biases", shape.channels) : nil))
    }

    private mutating func convolution() throws {
      let problem = try problem()
      let input = anyMap()
      schedule.append(
        .convolutionForward(
          problem, input: input,
          weights: words(isChosen(50) ? "gradients" : "parameters", problem.weightCount), bias: nil,
          output: newMap()))
    }

    private mutating func update() {
      let count = 1 + number(2 * weights)
      schedule.append(
        .stochasticGradientDescent(
          SGDProblem(count: count, momentum: 0.5, nesterov: isChosen(50), weightDecay: 0.01),
          parameters: words("parameters", count), gradients: words("gradients", count),
          momentum: words("momentum", count)))
    }

    private mutating func normalise() {
      let groups = isChosen(60) ? 1 : shape.batch
      let gate =
        isChosen(40) ? Epilogue.Gate(groups: isChosen(50) ? 1 : shape.batch, perBranch: isChosen(30)) : nil
      let epilogue = Epilogue(
        shape: shape,
        normalisation: .init(groups: groups, statisticsAreConstant: groups == 1 && isChosen(20)),
        reluBefore: isChosen(30), gate: gate, residual: isChosen(40), reluAfter: isChosen(50))
      let statistics = groups * shape.channels
      let normalisation = Epilogue.NormalisationOperands(
        mean: schedule.vector("mean", count: statistics),
        variance: schedule.vector("variance", count: statistics),
        scale: words("parameters", shape.channels), shift: words("parameters", shape.channels))
      let (input, outputGradient) = (anyMap(), anyMap())
      let operands = Epilogue.Operands(
        input: input, normalisation: normalisation,
        gate: gate.map { words("gates", $0.count(channels: shape.channels)) },
        residual: epilogue.residual ? anyMap() : nil, output: newMap())
      schedule.append(
        .batchNormStatistics(
          shape, groups: groups, input: input, mean: normalisation.mean, variance: normalisation.variance,
          running: nil))
      schedule.append(.epilogueForward(epilogue, operands))
      schedule.append(
        .epilogueBackward(
          epilogue, operands,
          Epilogue.Gradients(
            output: outputGradient, input: newMap(),
            scale: isChosen(80) ? words("gradients", shape.channels) : nil,
            shift: isChosen(80) ? words("biases", shape.channels) : nil,
            gate: gate.flatMap {
              isChosen(80) ? words("gate gradients", $0.count(channels: shape.channels)) : nil
            },
            residual: epilogue.residual && isChosen(70) ? newMap() : nil)))
    }

    private mutating func classify() {
      let problem = ClassificationProblem(batch: shape.batch, classes: classes, labelSmoothing: 0.1)
      let labels = schedule.external("labels", "labels", count: shape.batch)
      let logits = words("logits", shape.batch * classes)
      let losses = words("losses", shape.batch)
      schedule.append(
        .softmaxCrossEntropy(
          problem, logits: logits, labels: labels, losses: losses,
          logitsGradient: isChosen(50) ? words("logit gradients", shape.batch * classes) : nil))
      let ranks = words(isChosen(60) ? "ranks" : "losses", shape.batch)
      schedule.append(
        .labelRanks(
          problem, logits: isChosen(70) ? logits : words("logits", shape.batch * classes), labels: labels,
          ranks: ranks))
      guard isChosen(50) else { return }
      let metrics = schedule.external("metrics", "metrics", count: 4)
      schedule.append(.recordMetrics(problem, losses: losses, ranks: ranks, metrics: metrics))
    }

    /// Gradients as feature maps, and feature maps where gradients are: if there is room for them.
    private mutating func transfer() {
      guard shape.count <= 8 * weights else { return }
      if isChosen(50) {
        schedule.append(.importActivation(from: words("gradients", shape.count), to: newMap()))
      } else {
        schedule.append(.exportActivation(from: anyMap(), to: words("gradients", shape.count)))
      }
    }
  }
}
