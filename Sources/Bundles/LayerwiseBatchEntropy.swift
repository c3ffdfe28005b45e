import Foundation

/// Layerwise batch entropy: h = (1/D) Σ ½ ln(π e σ² + 1) over a layer's units, of the variance σ² of each over the batch.
///
/// From 0, and 0 only where the layer is constant. It does not know labels: it sees a collapse, not a conflict. After Peer et
/// al., arXiv 2208.01134.
public enum LayerwiseBatchEntropy {
  /// - Parameter variances: One per unit; the tiny negative ones that rounding leaves count as 0.
  /// - Returns: nats; nil without units, or where a variance is NaN or infinite.
  public static func value(variances: some Collection<Double>) -> Double? {
    guard !variances.isEmpty, variances.allSatisfy(\.isFinite) else { return nil }
    let sum = variances.reduce(0.0) { $0 + log1p(.pi * M_E * max(0, $1)) / 2 }
    return sum / Double(variances.count)
  }
}
