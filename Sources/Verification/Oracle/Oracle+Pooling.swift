import Devices

extension Oracle {
  public static func poolingForward(_ problem: PoolingProblem, input: [Double]) -> [Double] {
    let area = Double(problem.kernel.height * problem.kernel.width)
    var output: [Double] = []
    output.reserveCapacity(problem.output.count)
    forEachWindow(problem) { window in
      switch problem.kind {
      case .maximum: output.append(input[largest(of: input, at: window)])
      case .average: output.append(window.reduce(0) { $0 + input[$1] } / area)
      }
    }
    return output
  }

  /// - Returns: the gradient of the input.
  public static func poolingBackward(
    _ problem: PoolingProblem, input: [Double], outputGradient: [Double]
  ) -> [Double] {
    let area = Double(problem.kernel.height * problem.kernel.width)
    var gradient = [Double](repeating: 0, count: problem.input.count)
    var position = 0
    forEachWindow(problem) { window in
      switch problem.kind {
      case .maximum: gradient[largest(of: input, at: window)] += outputGradient[position]
      case .average:
        for index in window { gradient[index] += outputGradient[position] / area }
      }
      position += 1
    }
    return gradient
  }

  public static func globalAveragePoolForward(_ shape: ActivationShape, input: [Double]) -> [Double] {
    let area = shape.height * shape.width
    return (0..<shape.batch * shape.channels).map { plane in
      input[(plane * area)..<((plane + 1) * area)].reduce(0, +) / Double(area)
    }
  }

  /// - Returns: the gradient of the input.
  public static func globalAveragePoolBackward(
    _ shape: ActivationShape, outputGradient: [Double]
  ) -> [Double] {
    let area = shape.height * shape.width
    return (0..<shape.count).map { outputGradient[$0 / area] / Double(area) }
  }

  /// The first position, in row-major order, of the largest element.
  private static func largest(of input: [Double], at window: [Int]) -> Int {
    window.dropFirst().reduce(window[0]) { input[$1] > input[$0] ? $1 : $0 }
  }

  /// Calls `body` with the positions of the input under each window, in the order of the output; never an empty list.
  private static func forEachWindow(_ problem: PoolingProblem, _ body: ([Int]) -> Void) {
    let input = problem.input
    let output = problem.output
    for n in 0..<output.batch {
      for c in 0..<output.channels {
        for oy in 0..<output.height {
          for ox in 0..<output.width {
            let top = oy * problem.stride.height - problem.padding.height
            let left = ox * problem.stride.width - problem.padding.width
            var window: [Int] = []
            for y in max(top, 0)..<min(top + problem.kernel.height, input.height) {
              for x in max(left, 0)..<min(left + problem.kernel.width, input.width) {
                window.append(input.index(n, c, y, x))
              }
            }
            body(window)
          }
        }
      }
    }
  }
}
