import Devices

/// A problem as the golden file's JSON states it.
protocol GoldenProblem: Decodable {
  func problem() throws -> any OperatorProblem
}

/// `[batch, channels, height, width]`.
struct GoldenShape: Decodable {
  let shape: ActivationShape

  init(from decoder: any Decoder) throws {
    let sizes = try decoder.singleValueContainer().decode([Int].self)
    guard sizes.count == 4 else {
      throw VerificationError.mismatchedGolden(tensor: "shape", expectedCount: 4, foundCount: sizes.count)
    }
    shape = ActivationShape(batch: sizes[0], channels: sizes[1], height: sizes[2], width: sizes[3])
  }
}

/// `[height, width]`.
struct GoldenExtent: Decodable {
  let extent: Extent

  init(from decoder: any Decoder) throws {
    let sizes = try decoder.singleValueContainer().decode([Int].self)
    guard sizes.count == 2 else {
      throw VerificationError.mismatchedGolden(tensor: "extent", expectedCount: 2, foundCount: sizes.count)
    }
    extent = Extent(height: sizes[0], width: sizes[1])
  }
}

struct GoldenConvolution: GoldenProblem {
  let input: GoldenShape
  let outputChannels: Int
  let kernel: GoldenExtent
  let stride: GoldenExtent
  let padding: GoldenExtent
  let dilation: GoldenExtent
  let bias: Bool

  func problem() throws -> any OperatorProblem {
    ConvolutionCases(
      problem: try ConvolutionProblem(
        input: input.shape, outputChannels: outputChannels, kernel: kernel.extent, stride: stride.extent,
        padding: padding.extent, dilation: dilation.extent), bias: bias)
  }
}

struct GoldenBatchNorm: GoldenProblem {
  let shape: GoldenShape
  let groups: Int
  let momentum: Float

  func problem() -> any OperatorProblem {
    BatchNormCases(shape: shape.shape, groups: groups, momentum: momentum)
  }
}

struct GoldenEpilogue: GoldenProblem {
  struct Normalisation: Decodable {
    let groups: Int
    let statisticsAreConstant: Bool
  }

  struct Gate: Decodable {
    let groups: Int
    let perBranch: Bool
  }

  let shape: GoldenShape
  let epsilon: Float
  let normalisation: Normalisation?
  let reluBefore: Bool
  let gate: Gate?
  let residual: Bool
  let reluAfter: Bool

  func problem() -> any OperatorProblem {
    EpilogueCases(
      epilogue: Epilogue(
        shape: shape.shape,
        normalisation: normalisation.map {
          Epilogue.Normalisation(
            groups: $0.groups, epsilon: epsilon, statisticsAreConstant: $0.statisticsAreConstant)
        }, reluBefore: reluBefore,
        gate: gate.map { Epilogue.Gate(groups: $0.groups, perBranch: $0.perBranch) }, residual: residual,
        reluAfter: reluAfter))
  }
}

struct GoldenPooling: GoldenProblem {
  enum Kind: String, Decodable {
    case maximum
    case average
  }

  let kind: Kind
  let input: GoldenShape
  let kernel: GoldenExtent
  let stride: GoldenExtent
  let padding: GoldenExtent

  func problem() throws -> any OperatorProblem {
    PoolingCases(
      problem: try PoolingProblem(
        kind: kind == .maximum ? .maximum : .average, input: input.shape, kernel: kernel.extent,
        stride: stride.extent, padding: padding.extent))
  }
}

struct GoldenGlobalAveragePool: GoldenProblem {
  let input: GoldenShape

  func problem() -> any OperatorProblem { GlobalAveragePoolCases(shape: input.shape) }
}

struct GoldenShortcut: GoldenProblem {
  let input: GoldenShape
  let outputChannels: Int
  let stride: Int
  let channelOffset: Int

  func problem() throws -> any OperatorProblem {
    ShortcutCases(
      problem: try ShortcutProblem(
        input: input.shape, outputChannels: outputChannels, stride: stride, channelOffset: channelOffset),
      map: "offset \(channelOffset)")
  }
}

struct GoldenLinear: GoldenProblem {
  let batch: Int
  let inputs: Int
  let outputs: Int
  let bias: Bool

  func problem() -> any OperatorProblem {
    LinearCases(problem: LinearProblem(batch: batch, inputs: inputs, outputs: outputs), bias: bias)
  }
}

struct GoldenSoftmaxCrossEntropy: GoldenProblem {
  let batch: Int
  let classes: Int
  let labelSmoothing: Float

  func problem() -> any OperatorProblem {
    SoftmaxCrossEntropyCases(
      problem: ClassificationProblem(batch: batch, classes: classes, labelSmoothing: labelSmoothing))
  }
}

struct GoldenLabelRanks: GoldenProblem {
  let batch: Int
  let classes: Int

  func problem() -> any OperatorProblem {
    LabelRanksCases(problem: ClassificationProblem(batch: batch, classes: classes))
  }
}

struct GoldenStochasticGradientDescent: GoldenProblem {
  let count: Int
  let momentum: Float
  let nesterov: Bool
  let weightDecay: Float
  let learningRate: Float
  let steps: Int

  func problem() -> any OperatorProblem {
    StochasticGradientDescentCases(
      problem: SGDProblem(
        count: count, momentum: momentum, nesterov: nesterov, weightDecay: weightDecay),
      learningRate: learningRate, steps: steps)
  }
}

struct GoldenAdam: GoldenProblem {
  let count: Int
  let beta1: Float
  let beta2: Float
  let epsilon: Float
  let weightDecay: Float
  let isDecoupled: Bool
  let learningRate: Float
  let update: Int

  func problem() -> any OperatorProblem {
    AdamCases(
      problem: AdamProblem(
        count: count, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay,
        isDecoupled: isDecoupled), learningRate: learningRate, update: update)
  }
}
