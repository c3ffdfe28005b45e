import Devices

extension Oracle {
  public static func linearForward(
    _ problem: LinearProblem, input: [Double], weights: [Double], bias: [Double]? = nil
  ) -> [Double] {
    var output = [Double](repeating: 0, count: problem.batch * problem.outputs)
    for n in 0..<problem.batch {
      for k in 0..<problem.outputs {
        var sum = bias?[k] ?? 0
        for c in 0..<problem.inputs { sum += input[n * problem.inputs + c] * weights[k * problem.inputs + c] }
        output[n * problem.outputs + k] = sum
      }
    }
    return output
  }

  public static func linearBackward(
    _ problem: LinearProblem, input: [Double], weights: [Double], outputGradient: [Double]
  ) -> (input: [Double], weights: [Double], bias: [Double]) {
    var inputGradient = [Double](repeating: 0, count: input.count)
    var weightsGradient = [Double](repeating: 0, count: weights.count)
    var biasGradient = [Double](repeating: 0, count: problem.outputs)
    for n in 0..<problem.batch {
      for k in 0..<problem.outputs {
        let gradient = outputGradient[n * problem.outputs + k]
        biasGradient[k] += gradient
        for c in 0..<problem.inputs {
          inputGradient[n * problem.inputs + c] += gradient * weights[k * problem.inputs + c]
          weightsGradient[k * problem.inputs + c] += gradient * input[n * problem.inputs + c]
        }
      }
    }
    return (inputGradient, weightsGradient, biasGradient)
  }
}
