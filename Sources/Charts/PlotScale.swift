/// Places the values of a domain along a line of pixels.
struct PlotScale {
  let domain: Domain
  /// The pixels of the domain's low and high end.
  let start: Double
  let end: Double

  /// The pixel of a value, nil where it has no place on the scale. Values outside the domain lie outside the line,
  /// but never so far that arithmetic on pixels suffers.
  func position(_ value: Double) -> Double? {
    domain.share(of: value).map { min(max(start + $0 * (end - start), -1e6), 1e6) }
  }
}
