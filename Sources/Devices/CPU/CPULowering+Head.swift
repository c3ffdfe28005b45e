extension CPULowering {
  mutating func lowerHead(_ operation: Operation) {
    switch operation {
    case .linearForward(let problem, let input, let weights, let bias, let output):
      multiply(
        schedule[output].name,
        a: Matrix(input, rowStride: problem.inputs, columnStride: 1),
        b: Matrix(weights, rowStride: 1, columnStride: problem.inputs), bias: bias, c: output,
        m: problem.batch, n: problem.outputs, k: problem.inputs)
    case .linearBackward(
      let problem, let input, let weights, let outputGradient, let inputGradient, let weightsGradient,
      let biasGradient):
      linearBackward(
        problem, input, weights, outputGradient, inputGradient, weightsGradient, biasGradient)
    case .softmaxCrossEntropy(let problem, let logits, let labels, let losses, let gradient):
      program.launch(
        kernel("classification", "softmax_cross_entropy"),
        [
          argument(logits), argument(labels), argument(losses), argument(gradient ?? losses),
          .int(gradient == nil ? 0 : 1), .int(problem.batch), .int(problem.classes),
          .float(problem.labelSmoothing),
        ], global: GridSize(problem.batch))
    case .labelRanks(let problem, let logits, let labels, let ranks):
      program.launch(
        kernel("classification", "label_ranks"),
        [argument(logits), argument(labels), argument(ranks), .int(problem.classes)],
        global: GridSize(problem.batch))
    case .recordMetrics(let problem, let losses, let ranks, let metrics):
      program.launch(
        kernel("classification", "record_metrics"),
        [
          argument(losses), argument(ranks), argument(metrics), .scalar(.metricsRow),
          .int(words(of: metrics) / 4),
          .int(problem.batch),
        ], global: GridSize(1))
    case .stochasticGradientDescent, .adam: lowerOptimiser(operation)
    default: break
    }
  }

  private mutating func lowerOptimiser(_ operation: Operation) {
    let chunk = 4096
    switch operation {
    case .stochasticGradientDescent(let problem, let parameters, let gradients, let momentum):
      program.launch(
        kernel("optimizer", "stochastic_gradient_descent"),
        [
          argument(parameters), argument(gradients), argument(momentum), .int(problem.count), .int(chunk),
          .int(problem.nesterov ? 1 : 0), .float(problem.momentum), .float(problem.weightDecay),
          .scalar(.learningRate),
        ], global: GridSize(problem.count.dividedRoundingUp(by: chunk)))
    case .adam(let problem, let parameters, let gradients, let firstMoment, let secondMoment):
      program.launch(
        kernel("optimizer", "adam"),
        [
          argument(parameters), argument(gradients), argument(firstMoment), argument(secondMoment),
          .int(problem.count), .int(chunk),
        ] + problem.constants, global: GridSize(problem.count.dividedRoundingUp(by: chunk)))
    default: break
    }
  }

  private mutating func linearBackward(
    _ problem: LinearProblem, _ input: Tensor, _ weights: Tensor, _ outputGradient: Tensor,
    _ inputGradient: Tensor?, _ weightsGradient: Tensor, _ biasGradient: Tensor?
  ) {
    multiply(
      schedule[weightsGradient].name, a: Matrix(outputGradient, rowStride: 1, columnStride: problem.outputs),
      b: Matrix(input, rowStride: problem.inputs, columnStride: 1), bias: nil, c: weightsGradient,
      m: problem.outputs, n: problem.inputs, k: problem.batch)
    if let inputGradient {
      multiply(
        schedule[inputGradient].name,
        a: Matrix(outputGradient, rowStride: problem.outputs, columnStride: 1),
        b: Matrix(weights, rowStride: problem.inputs, columnStride: 1), bias: nil, c: inputGradient,
        m: problem.batch, n: problem.inputs, k: problem.outputs)
    }
    if let biasGradient {
      program.launch(
        kernel("gemm", "sum_columns"),
        [
          argument(outputGradient), argument(biasGradient), .int(problem.batch), .int(problem.outputs),
        ], global: GridSize(problem.outputs))
    }
  }

  /// A plain matrix and how far apart its elements are, in words.
  private struct Matrix {
    var tensor: Tensor
    var rowStride: Int
    var columnStride: Int

    init(_ tensor: Tensor, rowStride: Int, columnStride: Int) {
      self.tensor = tensor
      self.rowStride = rowStride
      self.columnStride = columnStride
    }
  }

  /// `c [m, n] = a [m, k] · b [k, n] + bias`, with b packed into panels of 32 columns.
  private mutating func multiply(
    _ name: String, a: Matrix, b: Matrix, bias: Tensor?, c: Tensor, m: Int, n: Int, k: Int
  ) {
    let panels = n.dividedRoundingUp(by: 32)
    let packed = program.addSlot("panels for " + name, words: panels * k * 32)
    program.launch(
      kernel("gemm", "pack_panels"),
      [
        argument(b.tensor), .slot(packed), .int(k), .int(n), .int(b.rowStride), .int(b.columnStride),
      ], global: GridSize(panels))
    program.launch(
      kernel("gemm", "gemm"),
      [
        argument(a.tensor), .slot(packed), argument(bias ?? a.tensor), argument(c),
        .int(bias == nil ? 0 : 1), .int(m), .int(n), .int(k), .int(a.rowStride), .int(a.columnStride),
      ], global: GridSize(panels, m.dividedRoundingUp(by: 12)))
  }
}
