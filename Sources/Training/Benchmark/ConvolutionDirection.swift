import Devices

/// The three convolutions of a training step.
public enum ConvolutionDirection: String, CaseIterable, Hashable, Sendable {
  case forward
  case backwardData = "backward-data"
  case backwardWeights = "backward-weights"
}

extension ConvolutionDirection {
  /// One operation, and what brings its operands into a device's layout. External tensors lie in buffers of their names.
  func schedule(_ problem: ConvolutionProblem) -> Schedule {
    var schedule = Schedule()
    func external(_ name: String, count: Int) -> Tensor {
      schedule.external(BufferName(name), name, count: count)
    }
    func imported(_ name: String, _ shape: ActivationShape) -> Tensor {
      let maps = schedule.activation(name, shape)
      schedule.append(.importActivation(from: external(name, count: shape.count), to: maps))
      return maps
    }
    switch self {
    case .forward:
      schedule.append(
        .convolutionForward(
          problem, input: imported("input", problem.input),
          weights: external("weights", count: problem.weightCount), bias: nil,
          output: schedule.activation("output", problem.output)))
    case .backwardData:
      schedule.append(
        .convolutionBackwardData(
          problem, outputGradient: imported("output gradient", problem.output),
          weights: external("weights", count: problem.weightCount),
          inputGradient: schedule.activation("input gradient", problem.input), accumulate: false))
    case .backwardWeights:
      schedule.append(
        .convolutionBackwardWeights(
          problem, input: imported("input", problem.input),
          outputGradient: imported("output gradient", problem.output),
          weightsGradient: external("weights gradient", count: problem.weightCount), biasGradient: nil))
    }
    return schedule
  }
}
