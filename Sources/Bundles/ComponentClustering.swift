/// Bundles as connected components: samples that differ by at most γ in every element are joined, and so are those that a
/// chain of joined ones links.
///
/// The definition of a bundle is a distance, which is not transitive; this is its transitive closure, and does not depend on
/// the order of samples. Ours.
public enum ComponentClustering {
  /// Takes N² D comparisons at worst; samples are sorted by the element that spreads most, so that few pairs are compared
  /// where there are many bundles, and pairs already joined are not.
  ///
  /// - Parameters:
  ///   - widths: γ per channel, or one for all.
  ///   - groups: One per sample: those with equal groups are joined from the start.
  /// - Returns: each sample's bundle, 0, 1, … in order of first appearance. A sample with NaN is joined by its group alone.
  /// - Throws: `BundleError` where there are not as many groups as samples, where the widths do not split the elements
  ///   evenly, and for a width below 0 or NaN.
  public static func bundles(
    of activations: ActivationMatrix, widths: [Float], joining groups: [Int]? = nil
  ) throws -> [Int] {
    if let wrong = widths.first(where: { !($0 >= 0) }) {
      throw BundleError.outOfRange(parameter: "cell width", expected: "from 0", found: "\(wrong)")
    }
    if let groups, groups.count != activations.samples {
      throw BundleError.wrongCount(of: "groups", expected: activations.samples, found: groups.count)
    }
    guard !widths.isEmpty else {
      throw BundleError.outOfRange(parameter: "cell widths", expected: "at least one", found: "none")
    }
    let area = try ResolutionModel.area(features: activations.features, channels: widths.count)
    var components = DisjointSets(count: activations.samples)
    if let groups { components.join(equal: groups) }
    activations.values.withUnsafeBufferPointer { values in
      Neighbours(values: values, activations: activations, widths: widths, area: area).join(&components)
    }
    return BundlePartition.numbered((0..<activations.samples).map { components.root($0) })
  }
}

/// Finds the pairs of samples that differ by at most γ in every element.
private struct Neighbours {
  let values: UnsafeBufferPointer<Float>
  let activations: ActivationMatrix
  let widths: [Float]
  /// Elements per width.
  let area: Int

  func join(_ components: inout DisjointSets) {
    let features = activations.features
    let samples = (0..<activations.samples).filter { sample in
      !(0..<features).contains { values[sample * features + $0].isNaN }
    }
    guard samples.count > 1 else { return }
    let axis = widestElement(samples)
    let width = widths[axis / area]
    func position(_ sample: Int) -> Float { values[sample * features + axis] }
    let order = samples.sorted { (position($0), $0) < (position($1), $1) }
    for (rank, one) in order.enumerated() {
      for other in order[(rank + 1)...] {
        // The difference of equal infinities is NaN, and not above the width.
        if position(other) - position(one) > width { break }
        if components.root(one) != components.root(other), areNeighbours(one, other) {
          components.join(one, other)
        }
      }
    }
  }

  private func areNeighbours(_ one: Int, _ other: Int) -> Bool {
    let (first, second) = (one * activations.features, other * activations.features)
    for element in 0..<activations.features {
      let (a, b) = (values[first + element], values[second + element])
      if a != b, !((a - b).magnitude <= widths[element / area]) { return false }
    }
    return true
  }

  /// The element whose range is the most cell widths.
  private func widestElement(_ samples: [Int]) -> Int {
    let features = activations.features
    var best = (element: 0, spread: -Float.infinity)
    for element in 0..<features {
      var low = Float.infinity
      var high = -Float.infinity
      for sample in samples {
        low = min(low, values[sample * features + element])
        high = max(high, values[sample * features + element])
      }
      let spread = (high - low) / max(widths[element / area], .leastNormalMagnitude)
      if spread > best.spread { best = (element, spread) }
    }
    return best.element
  }
}

/// Sets of samples, of which any two can be joined (union–find).
private struct DisjointSets {
  private var parent: [Int]
  private var size: [Int]

  init(count: Int) {
    parent = Array(0..<count)
    size = Array(repeating: 1, count: count)
  }

  /// The sample that stands for another's set.
  mutating func root(_ sample: Int) -> Int {
    var sample = sample
    while parent[sample] != sample {
      parent[sample] = parent[parent[sample]]
      sample = parent[sample]
    }
    return sample
  }

  mutating func join(_ one: Int, _ other: Int) {
    let (first, second) = (root(one), root(other))
    guard first != second else { return }
    let (smaller, larger) = size[first] < size[second] ? (first, second) : (second, first)
    parent[smaller] = larger
    size[larger] += size[smaller]
  }

  mutating func join(equal groups: [Int]) {
    var first: [Int: Int] = [:]
    for (sample, group) in groups.enumerated() {
      if let leader = first[group] { join(leader, sample) } else { first[group] = sample }
    }
  }
}
