import Devices

extension Oracle {
  /// The tensors that an epilogue reads.
  public struct EpilogueOperands: Sendable {
    public var input: [Double]
    public var normalisation: NormalisationOperands?
    public var gate: [Double]?
    public var residual: [Double]?

    public init(
      input: [Double], normalisation: NormalisationOperands? = nil, gate: [Double]? = nil,
      residual: [Double]? = nil
    ) {
      self.input = input
      self.normalisation = normalisation
      self.gate = gate
      self.residual = residual
    }
  }

  /// Statistics `[groups, channels]`, scale and shift `[channels]`.
  public struct NormalisationOperands: Sendable {
    public var mean: [Double]
    public var variance: [Double]
    public var scale: [Double]
    public var shift: [Double]

    public init(mean: [Double], variance: [Double], scale: [Double], shift: [Double]) {
      self.mean = mean
      self.variance = variance
      self.scale = scale
      self.shift = shift
    }
  }

  /// The gradients of everything that an epilogue reads; empty for what it does not have.
  public struct EpilogueGradients: Sendable {
    public var input: [Double]
    public var scale: [Double]
    public var shift: [Double]
    public var gate: [Double]
    public var residual: [Double]
    /// See ``Oracle/Outcome/nearestKink``.
    public var nearestKink = Double.infinity
  }

  public static func epilogueForward(_ epilogue: Epilogue, _ operands: EpilogueOperands) -> [Double] {
    let pass = EpiloguePass(epilogue, operands)
    return operands.input.indices.map { pass.stages($0).output }
  }

  public static func epilogueBackward(
    _ epilogue: Epilogue, _ operands: EpilogueOperands, outputGradient: [Double]
  ) -> EpilogueGradients {
    let pass = EpiloguePass(epilogue, operands)
    let channels = epilogue.normalisation == nil ? 0 : epilogue.shape.channels
    var result = EpilogueGradients(
      input: outputGradient, scale: Array(repeating: 0, count: channels),
      shift: Array(repeating: 0, count: channels),
      gate: Array(repeating: 0, count: epilogue.gate?.count(channels: epilogue.shape.channels) ?? 0),
      residual: epilogue.residual ? outputGradient : [])
    for index in outputGradient.indices {
      let stages = pass.stages(index)
      var gradient = outputGradient[index]
      if epilogue.reluAfter {
        result.nearestKink = nearest(result.nearestKink, stages.sum)
        if stages.sum <= 0 { gradient = 0 }
      }
      if epilogue.residual { result.residual[index] = gradient }
      if let gate = operands.gate {
        let opens = pass.opensAtZero(stages, gate: gate[pass.gateRow(index)])
        result.gate[pass.gateRow(index)] += (opens ? outputGradient[index] : gradient) * stages.rectified
        gradient *= gate[pass.gateRow(index)]
      }
      if epilogue.reluBefore {
        result.nearestKink = nearest(result.nearestKink, stages.normalised)
        if stages.normalised <= 0 { gradient = 0 }
      }
      if epilogue.normalisation != nil {
        result.scale[pass.channel(index)] += gradient * stages.standardised
        result.shift[pass.channel(index)] += gradient
      }
      result.input[index] = gradient
    }
    result.input = pass.normalisationBackward(result.input)
    return result
  }

  /// A ReLU's argument of exactly zero is zero on every device.
  private static func nearest(_ kink: Double, _ argument: Double) -> Double {
    argument == 0 ? kink : min(kink, argument.magnitude)
  }
}

/// The values of an epilogue's stages at each element.
private struct EpiloguePass {
  struct Stages {
    /// `(x − mean) / sqrt(variance + epsilon)`.
    var standardised: Double
    var normalised: Double
    var rectified: Double
    var sum: Double
    var output: Double
  }

  private let epilogue: Epilogue
  private let operands: Oracle.EpilogueOperands
  private let statisticsRows: Oracle.Groups
  private let gateRows: Oracle.Groups

  init(_ epilogue: Epilogue, _ operands: Oracle.EpilogueOperands) {
    self.epilogue = epilogue
    self.operands = operands
    statisticsRows = Oracle.Groups(epilogue.shape, epilogue.normalisation?.groups ?? 1)
    gateRows = Oracle.Groups(epilogue.shape, epilogue.gate?.groups ?? 1)
  }

  func channel(_ index: Int) -> Int { statisticsRows.channel(index) }

  /// The position of an element's gate.
  func gateRow(_ index: Int) -> Int {
    epilogue.gate?.perBranch == true ? gateRows.group(index) : gateRows.row(index)
  }

  /// Whether the last ReLU would pass what a closed gate adds by opening; see ``Epilogue/residualIsNonnegative``.
  func opensAtZero(_ stages: Stages, gate: Double) -> Bool {
    epilogue.residualIsNonnegative && epilogue.reluAfter && gate == 0 && stages.sum == 0
      && stages.rectified > 0
  }

  func stages(_ index: Int) -> Stages {
    var standardised = operands.input[index]
    var normalised = standardised
    if let normalisation = operands.normalisation {
      standardised = (standardised - normalisation.mean[statisticsRows.row(index)]) * inverseDeviation(index)
      normalised =
        normalisation.scale[channel(index)] * standardised + normalisation.shift[channel(index)]
    }
    let rectified = epilogue.reluBefore ? max(normalised, 0) : normalised
    let gated = operands.gate.map { $0[gateRow(index)] * rectified } ?? rectified
    let sum = operands.residual.map { gated + $0[index] } ?? gated
    return Stages(
      standardised: standardised, normalised: normalised, rectified: rectified, sum: sum,
      output: epilogue.reluAfter ? max(sum, 0) : sum)
  }

  /// From the gradient of the normalised values to that of the input.
  func normalisationBackward(_ gradient: [Double]) -> [Double] {
    guard let normalisation = epilogue.normalisation, let values = operands.normalisation else {
      return gradient
    }
    let standardised = gradient.indices.map { stages($0).standardised }
    let elements = Double(statisticsRows.elements)
    let sums = statisticsRows.sums(gradient)
    let products = statisticsRows.sums(zip(gradient, standardised).map { $0 * $1 })
    return gradient.indices.map { index in
      let row = statisticsRows.row(index)
      // Statistics that depend on the input take its mean and its projection on the standardised values away.
      let constantPart =
        normalisation.statisticsAreConstant
        ? 0 : (sums[row] + standardised[index] * products[row]) / elements
      return values.scale[channel(index)] * inverseDeviation(index) * (gradient[index] - constantPart)
    }
  }

  private func inverseDeviation(_ index: Int) -> Double {
    guard let normalisation = epilogue.normalisation, let values = operands.normalisation else { return 1 }
    return 1 / (values.variance[statisticsRows.row(index)] + Double(normalisation.epsilon)).squareRoot()
  }
}
