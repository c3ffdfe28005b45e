/// The activations of some samples at one layer.
public struct ActivationMatrix: Hashable, Sendable {
  public let samples: Int
  /// Elements per sample: channels · height · width.
  public let features: Int
  /// `[samples, features]`, a sample's elements in the order channel, row, column.
  public let values: [Float]

  /// - Throws: `BundleError.wrongCount` where the values are not so many; `outOfRange` for no features, or too many.
  public init(samples: Int, features: Int, values: [Float]) throws {
    guard samples >= 0, features > 0, features <= Int(UInt32.max) else {
      throw BundleError.outOfRange(
        parameter: "activations", expected: "samples from 0, features from 1 to 2^32 - 1",
        found: "[\(samples), \(features)]")
    }
    let (count, overflow) = samples.multipliedReportingOverflow(by: features)
    guard !overflow, values.count == count else {
      throw BundleError.wrongCount(
        of: "activations of \(samples) samples", expected: overflow ? .max : count, found: values.count)
    }
    self.samples = samples
    self.features = features
    self.values = values
  }

  /// The same from one array per sample.
  ///
  /// - Throws: `BundleError.wrongCount` where samples differ in length; `outOfRange` for no samples, as their length is not
  ///   known.
  public init(_ rows: [[Float]]) throws {
    let features = rows.first?.count ?? 0
    if let wrong = rows.first(where: { $0.count != features }) {
      throw BundleError.wrongCount(of: "features per sample", expected: features, found: wrong.count)
    }
    try self.init(samples: rows.count, features: features, values: Array(rows.joined()))
  }

  @inline(__always)
  func mapRows<Result>(_ body: (UnsafeBufferPointer<Float>) -> Result) -> [Result] {
    values.withUnsafeBufferPointer { values in
      (0..<samples).map { sample in
        body(UnsafeBufferPointer(rebasing: values[(sample * features)..<((sample + 1) * features)]))
      }
    }
  }
}
