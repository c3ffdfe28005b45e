extension GPULowering {
  mutating func linearForward(
    _ problem: LinearProblem, input: Tensor, weights: Tensor, bias: Tensor?, output: Tensor
  ) {
    multiply(
      GEMM(
        m: problem.batch, n: problem.outputs, k: problem.inputs,
        a: GEMM.Matrix(slot: slot(input), leadingDimension: problem.inputs),
        b: GEMM.Matrix(slot: slot(weights), leadingDimension: problem.inputs, transposed: true),
        c: GEMM.Matrix(slot: slot(output), leadingDimension: problem.outputs)))
    if let bias { addBias(bias, to: output, channels: problem.outputs, area: 1) }
  }

  mutating func linearBackward(
    _ problem: LinearProblem, input: Tensor, weights: Tensor, outputGradient: Tensor, inputGradient: Tensor?,
    weightsGradient: Tensor, biasGradient: Tensor?
  ) {
    if let inputGradient {
      multiply(
        GEMM(
          m: problem.batch, n: problem.inputs, k: problem.outputs,
          a: GEMM.Matrix(slot: slot(outputGradient), leadingDimension: problem.outputs),
          b: GEMM.Matrix(slot: slot(weights), leadingDimension: problem.inputs),
          c: GEMM.Matrix(slot: slot(inputGradient), leadingDimension: problem.inputs)))
    }
    multiply(
      GEMM(
        m: problem.outputs, n: problem.inputs, k: problem.batch,
        a: GEMM.Matrix(slot: slot(outputGradient), leadingDimension: problem.outputs, transposed: true),
        b: GEMM.Matrix(slot: slot(input), leadingDimension: problem.inputs),
        c: GEMM.Matrix(slot: slot(weightsGradient), leadingDimension: problem.inputs)))
    if let biasGradient {
      let shape = ActivationShape(batch: problem.batch, channels: problem.outputs, height: 1, width: 1)
      channelSums(shape, of: outputGradient, into: biasGradient)
    }
  }
}
