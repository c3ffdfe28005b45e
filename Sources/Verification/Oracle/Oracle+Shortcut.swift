import Devices

extension Oracle {
  public static func shortcutForward(_ problem: ShortcutProblem, input: [Double]) -> [Double] {
    var output = [Double](repeating: 0, count: problem.output.count)
    forEachCopy(problem) { from, to in output[to] = input[from] }
    return output
  }

  /// - Returns: the gradient of the input.
  public static func shortcutBackward(_ problem: ShortcutProblem, outputGradient: [Double]) -> [Double] {
    var gradient = [Double](repeating: 0, count: problem.input.count)
    forEachCopy(problem) { from, to in gradient[from] = outputGradient[to] }
    return gradient
  }

  /// Calls `body` for every element of the input that reaches the output.
  private static func forEachCopy(_ problem: ShortcutProblem, _ body: (_ from: Int, _ to: Int) -> Void) {
    let output = problem.output
    for n in 0..<output.batch {
      for (c, channel) in problem.channels.enumerated() where channel >= 0 {
        for y in 0..<output.height {
          for x in 0..<output.width {
            body(
              problem.input.index(n, channel, y * problem.stride, x * problem.stride),
              output.index(n, c, y, x))
          }
        }
      }
    }
  }
}
