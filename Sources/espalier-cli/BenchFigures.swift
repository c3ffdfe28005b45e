import Espalier
import Foundation

extension Double {
  func formatted(decimals: Int) -> String { String(format: "%.\(decimals)f", self) }

  /// A part of a whole.
  var percent: String { "\((100 * self).formatted(decimals: 1)) %" }
}

extension StepFigures {
  /// Prints the figures.
  ///
  /// - Parameters:
  ///   - step: What was timed.
  ///   - operations: How ``gflops`` counts.
  func show(json asJSON: Bool, step: String, operations: String) throws {
    if asJSON { return try Console.result(json) }
    let rows = [
      [step, "\(medianMilliseconds.formatted(decimals: 1)) ms"],
      ["images per second", imagesPerSecond.formatted(decimals: 1)],
      [operations, "\(gflops.formatted(decimals: 1)) GFLOP/s"],
      ["launches per step", "\(launches)"],
      ["peak memory", "\(peakMemoryBytes >> 20) MiB"],
    ]
    try Console.result(TextTable(header: [model, "batch \(batchSize)"], rows: rows).text)
  }
}
