/// A convolution's sizes as its gpu kernels take them: the arguments named CONVOLUTION in
/// Kernels/gpu/convolution_sizes.cl.
struct ConvolutionSizes {
  private let sizes: [(name: String, value: Int)]

  init(_ problem: ConvolutionProblem) {
    let (input, output) = (problem.input, problem.output)
    sizes = [
      ("batch", input.batch), ("channels", input.channels), ("height", input.height), ("width", input.width),
      ("outputs", output.channels), ("output_height", output.height), ("output_width", output.width),
      ("kernel_height", problem.kernel.height), ("kernel_width", problem.kernel.width),
      ("stride_y", problem.stride.height), ("stride_x", problem.stride.width),
      ("padding_y", problem.padding.height), ("padding_x", problem.padding.width),
      ("dilation_y", problem.dilation.height), ("dilation_x", problem.dilation.width),
    ]
  }

  var arguments: [Argument] { sizes.map { .int($0.value) } }

  /// For a program that serves this problem only.
  var definitions: [String] { sizes.map { "SIZE_\($0.name)=\($0.value)" } }
}
