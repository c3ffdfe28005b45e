extension Operation {
  /// The feature maps that it writes or adds to.
  var writtenActivations: [Tensor] {
    switch self {
    case .importActivation(_, let maps), .convolutionForward(_, _, _, _, let maps),
      .convolutionBackwardData(_, _, _, let maps, _), .poolingForward(_, _, let maps),
      .poolingBackward(_, _, _, let maps, _), .globalAveragePoolBackward(_, _, let maps, _),
      .shortcutForward(_, _, let maps), .shortcutBackward(_, _, let maps, _):
      [maps]
    case .epilogueForward(_, let operands): [operands.output]
    case .epilogueBackward(_, _, let gradients): [gradients.input] + (gradients.residual.map { [$0] } ?? [])
    case .exportActivation, .convolutionBackwardWeights, .batchNormStatistics, .globalAveragePoolForward,
      .linearForward, .linearBackward, .softmaxCrossEntropy, .labelRanks, .recordMetrics,
      .activationHash, .stochasticGradientDescent, .adam:
      []
    }
  }
}
