import Devices

extension Oracle {
  /// - Returns: the output.
  public static func convolutionForward(
    _ problem: ConvolutionProblem, input: [Double], weights: [Double], bias: [Double]? = nil
  ) -> [Double] {
    let shape = problem.output
    var output = [Double](repeating: 0, count: shape.count)
    forEachProduct(problem) { x, w, y in output[y] += input[x] * weights[w] }
    if let bias {
      let area = shape.height * shape.width
      for index in output.indices { output[index] += bias[index / area % shape.channels] }
    }
    return output
  }

  /// - Returns: the gradient of the input.
  public static func convolutionBackwardData(
    _ problem: ConvolutionProblem, outputGradient: [Double], weights: [Double]
  ) -> [Double] {
    var gradient = [Double](repeating: 0, count: problem.input.count)
    forEachProduct(problem) { x, w, y in gradient[x] += outputGradient[y] * weights[w] }
    return gradient
  }

  /// - Returns: the gradients of weights and bias.
  public static func convolutionBackwardWeights(
    _ problem: ConvolutionProblem, input: [Double], outputGradient: [Double]
  ) -> (weights: [Double], bias: [Double]) {
    var weights = [Double](repeating: 0, count: problem.weightCount)
    forEachProduct(problem) { x, w, y in weights[w] += outputGradient[y] * input[x] }
    let shape = problem.output
    let area = shape.height * shape.width
    var bias = [Double](repeating: 0, count: shape.channels)
    for (index, value) in outputGradient.enumerated() { bias[index / area % shape.channels] += value }
    return (weights, bias)
  }

  /// Calls `body` for every product input[x] · weights[w] that is part of output[y].
  ///
  /// A convolution is linear in both factors, so these triples are all that its gradients need as well.
  @inline(__always)
  private static func forEachProduct(
    _ problem: ConvolutionProblem, _ body: (_ x: Int, _ w: Int, _ y: Int) -> Void
  ) {
    let input = problem.input
    let output = problem.output
    let kernel = problem.kernel
    for n in 0..<output.batch {
      for k in 0..<output.channels {
        for c in 0..<input.channels {
          for r in 0..<kernel.height {
            for s in 0..<kernel.width {
              let w = ((k * input.channels + c) * kernel.height + r) * kernel.width + s
              for oy in 0..<output.height {
                let iy = oy * problem.stride.height + r * problem.dilation.height - problem.padding.height
                if iy < 0 || iy >= input.height { continue }
                let inputRow = input.index(n, c, iy, 0)
                let outputRow = output.index(n, k, oy, 0)
                for ox in 0..<output.width {
                  let ix = ox * problem.stride.width + s * problem.dilation.width - problem.padding.width
                  if ix < 0 || ix >= input.width { continue }
                  body(inputRow + ix, w, outputRow + ox)
                }
              }
            }
          }
        }
      }
    }
  }
}

extension ActivationShape {
  /// The row-major position of an element.
  @inline(__always)
  func index(_ n: Int, _ c: Int, _ y: Int, _ x: Int) -> Int {
    ((n * channels + c) * height + y) * width + x
  }
}
