import Bundles

extension BundleMeasurement.Resolution: CustomStringConvertible {
  public var description: String {
    switch self {
    case .exact: "exact"
    case .reference(let version, .float32): "reference:\(version.rawValue)"
    case .reference(let version, let format): "reference:\(version.rawValue):\(format.rawValue)"
    case .perWeight(.minimum): "per-weight"
    case .perWeight(.median): "per-weight:median"
    case .tolerance(let width): "tolerance:\(width)"
    case .relativeTolerance(let share): "relative-tolerance:\(share)"
    }
  }

  /// Reads what `description` writes; parts that have a default may be left out. nil for anything else.
  public init?(parsing text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch (parts[0], parts.count) {
    case ("exact", 1): self = .exact
    case ("per-weight", 1): self = .perWeight(.minimum)
    case ("per-weight", 2):
      guard let reader = WeightResolution.Reader(rawValue: parts[1]) else { return nil }
      self = .perWeight(reader)
    case ("tolerance", 2), ("relative-tolerance", 2):
      guard let width = Float(parts[1]), width > 0, width.isFinite else { return nil }
      self = parts[0] == "tolerance" ? .tolerance(width) : .relativeTolerance(width)
    case ("reference", 1...3):
      var (version, format) = (ReferenceVersion.networkMaximum, FloatFormat.float32)
      for part in parts.dropFirst() {
        if let named = ReferenceVersion(rawValue: part) {
          version = named
        } else if let named = FloatFormat(rawValue: part) {
          format = named
        } else {
          return nil
        }
      }
      self = .reference(version, format)
    default: return nil
    }
  }
}
