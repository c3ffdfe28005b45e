import Devices

extension ProblemGrid {
  /// Chains whose feature maps follow one another in the same memory.
  static func chains() -> [any OperatorProblem] {
    [
      ChainCases(batch: 2, widths: [3, 5, 9], image: 9), ChainCases(batch: 4, widths: [3, 16, 17, 16], image: 16),
      ChainCases(batch: 3, widths: [1, 20, 15, 33, 7], image: 14),
    ]
  }
}
