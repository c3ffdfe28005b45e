/// Cells of a fixed width around 0: an activation a is in cell round(a / γ).
public struct CellWidths: Hashable, Sendable {
  /// γ, one per channel, or one for all.
  public let widths: [Float]
  /// What activations are multiplied by: 1 / γ, but at most 2^64, so that activations up to 2^63 do not overflow.
  public let scales: [Float]

  /// The narrowest cell: 5.4e-20.
  public static let narrowest: Float = 0x1p-64

  /// - Parameter widths: Finite, above 0. A layer's elements are split evenly among them: as many as the layer has
  ///   channels, or as it has elements.
  /// - Throws: `BundleError.outOfRange` for no width, or one that is not above 0 or not finite.
  public init(_ widths: [Float]) throws {
    guard !widths.isEmpty else {
      throw BundleError.outOfRange(parameter: "cell widths", expected: "at least one", found: "none")
    }
    if let wrong = widths.first(where: { !($0 > 0 && $0.isFinite) }) {
      throw BundleError.outOfRange(
        parameter: "cell width", expected: "a finite number above 0", found: "\(wrong)")
    }
    self.widths = widths
    scales = widths.map { 1 / max($0, Self.narrowest) }
  }

  /// One width for all elements.
  public init(_ width: Float) throws { try self.init([width]) }
}
