/// Bundles by walking over the samples: the first that is in none leads a new one, which takes in all that are like it.
///
/// How the authors' public code finds bundles, written anew: each leader is compared with all samples in all elements, so
/// it takes K · N · D comparisons where hashes take N · D. Here for tests and for comparing times.
public enum LeaderClustering {
  /// Samples with equal words are alike: equality in all elements is transitive, so these are the cells.
  ///
  /// - Returns: each sample's bundle, 0, 1, … in order of first appearance.
  /// - Throws: `BundleError.wrongCount` where the cell widths do not split the elements evenly.
  public static func bundles(of activations: ActivationMatrix, resolution: ResolutionModel) throws -> [Int] {
    let features = activations.features
    return try resolution.words(of: activations).withUnsafeBufferPointer { words in
      bundles(samples: activations.samples) { leader, sample in
        var equal = 0
        for element in 0..<features {
          equal &+= words[leader &* features &+ element] == words[sample &* features &+ element] ? 1 : 0
        }
        return equal == features
      }
    }
  }

  /// Samples that differ by at most γ in every element are alike. That is not transitive: which bundles come out depends on
  /// the order of the samples.
  ///
  /// - Returns: each sample's bundle, 0, 1, … in order of first appearance.
  /// - Throws: `BundleError.outOfRange` for a tolerance below 0 or NaN.
  public static func bundles(of activations: ActivationMatrix, tolerance: Float) throws -> [Int] {
    guard tolerance >= 0 else {
      throw BundleError.outOfRange(parameter: "tolerance", expected: "from 0", found: "\(tolerance)")
    }
    let features = activations.features
    return activations.values.withUnsafeBufferPointer { values in
      bundles(samples: activations.samples) { leader, sample in
        (0..<features).allSatisfy { element in
          let one = values[leader * features + element]
          let other = values[sample * features + element]
          return one == other || (one - other).magnitude <= tolerance
        }
      }
    }
  }

  @inline(__always)
  private static func bundles(samples: Int, areAlike: (Int, Int) -> Bool) -> [Int] {
    var bundle = [Int](repeating: -1, count: samples)
    var count = 0
    for leader in 0..<samples where bundle[leader] < 0 {
      bundle[leader] = count
      for sample in 0..<samples where areAlike(leader, sample) && bundle[sample] < 0 {
        bundle[sample] = count
      }
      count += 1
    }
    return bundle
  }
}
