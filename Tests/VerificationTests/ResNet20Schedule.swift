import Devices
import Verification

/// One training step of the golden ResNet-20 as a schedule, written out by hand.
///
/// Every parameter `NAME` is a buffer of that name and has its gradient in `NAME.gradient` and its momentum in
/// `NAME.momentum`; `images`, `labels`, `logits` and `losses` are buffers too.
struct ResNet20Schedule {
  private(set) var schedule = Schedule()
  private(set) var counts: [BufferName: Int] = [:]

  private let problem: GoldenResNetStep.Problem
  private var backward: [Operation] = []
  private var tensors: [String: Tensor] = [:]

  init(_ problem: GoldenResNetStep.Problem) throws {
    self.problem = problem
    let image = ActivationShape(
      batch: problem.batch, channels: problem.image[0], height: problem.image[1], width: problem.image[2])
    let images = schedule.activation("image maps", image)
    schedule.append(.importActivation(from: buffer("images", image.count), to: images))

    var maps = try unit("conv1", "bn1", Maps(value: images, gradient: nil, shape: image), 16, stride: 1)
    for (stage, width) in [16, 32, 64].enumerated() {
      for index in 0..<3 {
        maps = try block("layer\(stage + 1).\(index)", maps, width, stride: stage > 0 && index == 0 ? 2 : 1)
      }
    }
    head(maps)
    for operation in backward.reversed() { schedule.append(operation) }
    update()
  }

  /// Feature maps and where their gradient goes.
  private struct Maps {
    var value: Tensor
    var gradient: Tensor?
    var shape: ActivationShape
  }

  private mutating func buffer(_ name: String, _ count: Int) -> Tensor {
    if let tensor = tensors[name] { return tensor }
    counts[BufferName(name)] = count
    let tensor = schedule.external(BufferName(name), name, count: count)
    tensors[name] = tensor
    return tensor
  }

  private mutating func block(_ name: String, _ input: Maps, _ width: Int, stride: Int) throws -> Maps {
    let inner = try unit("\(name).conv1", "\(name).bn1", input, width, stride: stride)
    let problem = try ShortcutProblem(
      input: input.shape, outputChannels: width, stride: stride,
      channelOffset: (width - input.shape.channels) / 2)
    let shortcut = schedule.activation("\(name).shortcut", problem.output)
    let shortcutGradient = schedule.activation("\(name).shortcut gradient", problem.output)
    schedule.append(.shortcutForward(problem, input: input.value, output: shortcut))
    let residual = Maps(value: shortcut, gradient: shortcutGradient, shape: problem.output)
    // Run in reverse, this comes after the second unit, which gives the shortcut's gradient, and before the first,
    // which adds to the input's.
    if let inputGradient = input.gradient {
      backward.append(
        .shortcutBackward(
          problem, outputGradient: shortcutGradient, inputGradient: inputGradient, accumulate: false))
    }
    return try unit("\(name).conv2", "\(name).bn2", inner, width, stride: 1, residual: residual)
  }

  /// Convolution, batch norm, optional residual, ReLU.
  private mutating func unit(
    _ convolution: String, _ norm: String, _ input: Maps, _ width: Int, stride: Int, residual: Maps? = nil
  ) throws -> Maps {
    let problem = try ConvolutionProblem(
      input: input.shape, outputChannels: width, kernel: Extent(3), stride: Extent(stride),
      padding: Extent(1))
    let shape = problem.output
    let weights = buffer("\(convolution).weight", problem.weightCount)
    let convolved = schedule.activation(convolution, shape)
    let convolvedGradient = schedule.activation("\(convolution) gradient", shape)
    let output = schedule.activation(norm, shape)
    let outputGradient = schedule.activation("\(norm) gradient", shape)
    schedule.append(
      .convolutionForward(problem, input: input.value, weights: weights, bias: nil, output: convolved))
    let statistics = Epilogue.NormalisationOperands(
      mean: schedule.vector("\(norm) mean", count: width),
      variance: schedule.vector("\(norm) variance", count: width), scale: buffer("\(norm).weight", width),
      shift: buffer("\(norm).bias", width))
    let running = RunningStatistics(
      mean: buffer("\(norm).running_mean", width), variance: buffer("\(norm).running_var", width))
    schedule.append(
      .batchNormStatistics(
        shape, groups: 1, input: convolved, mean: statistics.mean, variance: statistics.variance,
        running: running))
    let epilogue = Epilogue(
      shape: shape, normalisation: Epilogue.Normalisation(), residual: residual != nil, reluAfter: true)
    let operands = Epilogue.Operands(
      input: convolved, normalisation: statistics, residual: residual?.value, output: output)
    schedule.append(.epilogueForward(epilogue, operands))

    if let inputGradient = input.gradient {
      backward.append(
        .convolutionBackwardData(
          problem, outputGradient: convolvedGradient, weights: weights, inputGradient: inputGradient,
          accumulate: residual == nil))
    }
    backward.append(
      .convolutionBackwardWeights(
        problem, input: input.value, outputGradient: convolvedGradient,
        weightsGradient: buffer("\(convolution).weight.gradient", problem.weightCount), biasGradient: nil))
    backward.append(
      .epilogueBackward(
        epilogue, operands,
        Epilogue.Gradients(
          output: outputGradient, input: convolvedGradient, scale: buffer("\(norm).weight.gradient", width),
          shift: buffer("\(norm).bias.gradient", width), residual: residual?.gradient)))
    return Maps(value: output, gradient: outputGradient, shape: shape)
  }

  private mutating func head(_ maps: Maps) {
    let linear = LinearProblem(batch: problem.batch, inputs: maps.shape.channels, outputs: problem.classes)
    let classification = ClassificationProblem(batch: problem.batch, classes: problem.classes)
    let count = problem.batch * problem.classes
    let pooled = schedule.vector("pooled", count: linear.batch * linear.inputs)
    let pooledGradient = schedule.vector("pooled gradient", count: linear.batch * linear.inputs)
    let logitsGradient = schedule.vector("logits gradient", count: count)
    let weights = buffer("linear.weight", linear.outputs * linear.inputs)
    let bias = buffer("linear.bias", linear.outputs)
    let logits = buffer("logits", count)
    schedule.append(.globalAveragePoolForward(maps.shape, input: maps.value, output: pooled))
    schedule.append(.linearForward(linear, input: pooled, weights: weights, bias: bias, output: logits))
    schedule.append(
      .softmaxCrossEntropy(
        classification, logits: logits, labels: buffer("labels", problem.batch),
        losses: buffer("losses", problem.batch), logitsGradient: logitsGradient))
    if let gradient = maps.gradient {
      backward.append(
        .globalAveragePoolBackward(
          maps.shape, outputGradient: pooledGradient, inputGradient: gradient, accumulate: false))
    }
    backward.append(
      .linearBackward(
        linear, input: pooled, weights: weights, outputGradient: logitsGradient,
        inputGradient: pooledGradient,
        weightsGradient: buffer("linear.weight.gradient", linear.outputs * linear.inputs),
        biasGradient: buffer("linear.bias.gradient", linear.outputs)))
  }

  private mutating func update() {
    let names = counts.keys.map(\.description).filter { $0.hasSuffix(".gradient") }.sorted()
    for gradient in names {
      let name = String(gradient.dropLast(".gradient".count))
      let count = counts[BufferName(name)] ?? 0
      let sgd = SGDProblem(
        count: count, momentum: problem.momentum, nesterov: false, weightDecay: problem.weightDecay)
      schedule.append(
        .stochasticGradientDescent(
          sgd, parameters: buffer(name, count), gradients: buffer(gradient, count),
          momentum: buffer("\(name).momentum", count)))
    }
  }
}
