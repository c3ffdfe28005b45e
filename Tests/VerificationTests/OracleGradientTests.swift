import Devices
import Verification
import XCTest

/// The oracle's backward functions are the derivatives of its forward functions.
final class OracleGradientTests: XCTestCase {
  func testConvolution() throws {
    let problems = [
      try ConvolutionProblem(
        input: ActivationShape(batch: 2, channels: 2, height: 5, width: 4), outputChannels: 3,
        kernel: Extent(3), padding: Extent(1)),
      try ConvolutionProblem(
        input: ActivationShape(batch: 1, channels: 3, height: 6, width: 7), outputChannels: 2,
        kernel: Extent(height: 2, width: 3), stride: Extent(height: 2, width: 3),
        padding: Extent(height: 3, width: 1), dilation: Extent(height: 2, width: 1)),
    ]
    for problem in problems {
      let input = madeUp(problem.input.count, seed: 1)
      let weights = madeUp(problem.weightCount, seed: 2)
      let bias = madeUp(problem.outputChannels, seed: 3)
      let gradient = madeUp(problem.output.count, seed: 4)
      func loss(_ input: [Double], _ weights: [Double], _ bias: [Double]) -> Double {
        inner(Oracle.convolutionForward(problem, input: input, weights: weights, bias: bias), gradient)
      }
      assertGradient(
        Oracle.convolutionBackwardData(problem, outputGradient: gradient, weights: weights),
        of: { loss($0, weights, bias) }, at: input, "\(problem) input")
      let backward = Oracle.convolutionBackwardWeights(problem, input: input, outputGradient: gradient)
      assertGradient(backward.weights, of: { loss(input, $0, bias) }, at: weights, "\(problem) weights")
      assertGradient(backward.bias, of: { loss(input, weights, $0) }, at: bias, "\(problem) bias")
    }
  }

  func testPoolingGlobalPoolingAndShortcut() throws {
    let shape = ActivationShape(batch: 2, channels: 3, height: 5, width: 6)
    let input = madeUp(shape.count, seed: 5)
    for kind in [PoolingProblem.Kind.maximum, .average] {
      let problem = try PoolingProblem(
        kind: kind, input: shape, kernel: Extent(3), stride: Extent(2), padding: Extent(1))
      let gradient = madeUp(problem.output.count, seed: 6)
      assertGradient(
        Oracle.poolingBackward(problem, input: input, outputGradient: gradient),
        of: { inner(Oracle.poolingForward(problem, input: $0), gradient) }, at: input, "\(kind)")
    }
    let means = madeUp(shape.batch * shape.channels, seed: 7)
    assertGradient(
      Oracle.globalAveragePoolBackward(shape, outputGradient: means),
      of: { inner(Oracle.globalAveragePoolForward(shape, input: $0), means) }, at: input)
    for channels in [[-1, -1, 0, 1, 2, -1, -1], [1, 2], [2, -1, 0, 1], [-1, 1]] {
      let problem = try ShortcutProblem(input: shape, stride: 2, channels: channels)
      let gradient = madeUp(problem.output.count, seed: 8)
      assertGradient(
        Oracle.shortcutBackward(problem, outputGradient: gradient),
        of: { inner(Oracle.shortcutForward(problem, input: $0), gradient) }, at: input, "\(channels)")
    }
  }

  func testLinear() {
    let problem = LinearProblem(batch: 3, inputs: 4, outputs: 5)
    let input = madeUp(12, seed: 9)
    let weights = madeUp(20, seed: 10)
    let bias = madeUp(5, seed: 11)
    let gradient = madeUp(15, seed: 12)
    func loss(_ input: [Double], _ weights: [Double], _ bias: [Double]) -> Double {
      inner(Oracle.linearForward(problem, input: input, weights: weights, bias: bias), gradient)
    }
    let backward = Oracle.linearBackward(
      problem, input: input, weights: weights, outputGradient: gradient)
    assertGradient(backward.input, of: { loss($0, weights, bias) }, at: input, "input")
    assertGradient(backward.weights, of: { loss(input, $0, bias) }, at: weights, "weights")
    assertGradient(backward.bias, of: { loss(input, weights, $0) }, at: bias, "bias")
  }

  func testSoftmaxCrossEntropy() {
    for smoothing in [Float(0), 0.25] {
      let problem = ClassificationProblem(batch: 3, classes: 4, labelSmoothing: smoothing)
      let logits = madeUp(12, seed: 13)
      let labels: [Double] = [2, -1, 0]
      let result = Oracle.softmaxCrossEntropy(problem, logits: logits, labels: labels)
      XCTAssertEqual(result.losses[1], 0)
      assertGradient(
        result.logitsGradient,
        of: { Oracle.softmaxCrossEntropy(problem, logits: $0, labels: labels).losses.reduce(0, +) / 3 },
        at: logits, "smoothing \(smoothing)")
    }
  }
}
