import Foundation

/// Entropies from counts.
///
/// H = (1/N) (Σ n_b ln n_b − Σ n_bc ln n_bc), over bundles b and the samples of label c in them, with 0 · ln 0 = 0: the
/// label's conditional entropy given the bundle, in nats. The authors' public code adds 1e-5 inside the logarithm; this is
/// the definition itself. Terms of equal counts are counted before anything is rounded: pure bundles cancel to exactly 0, and
/// the order of samples, bundles and labels makes no difference in any bit.
enum BundleEntropy {
  static func conditional(
    bundleSizes: some Sequence<Int>, cellSizes: some Sequence<Int>, samples: Int
  ) -> Double {
    guard samples > 0 else { return 0 }
    var surplus: [Int: Int] = [:]
    for size in bundleSizes where size > 1 { surplus[size, default: 0] += 1 }
    for size in cellSizes where size > 1 { surplus[size, default: 0] -= 1 }
    let sum = surplus.filter { $0.value != 0 }.sorted { $0.key < $1.key }.reduce(0.0) { sum, entry in
      sum + Double(entry.value) * Double(entry.key) * log(Double(entry.key))
    }
    return max(0, sum / Double(samples))
  }

  /// n ln n for n from 0 through `last`.
  static func terms(through last: Int) -> [Double] {
    (0...last).map { $0 > 1 ? Double($0) * log(Double($0)) : 0 }
  }
}
