import Devices

extension ProblemGrid {
  /// Several operators in a row, whose feature maps share memory.
  static func chains() -> [any OperatorProblem] {
    let chains = [
      ChainCases(batch: 2, widths: [3, 5, 9], image: 9),
      ChainCases(batch: 4, widths: [3, 16, 17, 16], image: 16),
      ChainCases(batch: 3, widths: [1, 20, 15, 33, 7], image: 14),
      // Batches of so many images that each work-item of a convolution writes whole planes.
      ChainCases(batch: 75, widths: [3, 16, 40], image: 6),
      ChainCases(batch: 75, widths: [16, 40], image: 6, stride: 2),
    ]
    let halos = HaloCases.Producer.allCases.flatMap { producer in
      [(2, 3, 5, 4), (1, 17, 7, 8)].map { batch, channels, height, width in
        HaloCases(
          producer: producer,
          shape: ActivationShape(batch: batch, channels: channels, height: height, width: width))
      }
    }
    // Images so large that a work-item writes a part of one.
    let parts = [HaloCases.Producer.convolutionForward, .convolutionBackwardData].map {
      HaloCases(producer: $0, shape: ActivationShape(batch: 2, channels: 17, height: 25, width: 40))
    }
    return chains + halos + parts
  }
}
