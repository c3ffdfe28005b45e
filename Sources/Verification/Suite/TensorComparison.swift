/// Compares a tensor that a device computed with what is right.
package struct TensorComparison {
  /// max |a − b| / max |b|, where b is right; infinite for a NaN out of place or for anything but zeros where zeros
  /// are right.
  package let error: Double
  /// The element that is furthest off.
  package let worst: Int?

  package init(_ found: [Float], expected: [Double]) {
    guard found.count == expected.count else {
      error = .infinity
      worst = nil
      return
    }
    var scale = 0.0
    var difference = 0.0
    var position: Int?
    for (index, right) in expected.enumerated() {
      let distance = Self.distance(Double(found[index]), right)
      if !right.isNaN { scale = max(scale, right.magnitude) }
      if distance > difference {
        difference = distance
        position = index
      }
    }
    error = difference == 0 ? 0 : difference / scale
    worst = position
  }

  private static func distance(_ found: Double, _ right: Double) -> Double {
    if found.isNaN || right.isNaN { return found.isNaN == right.isNaN ? 0 : .infinity }
    return found == right ? 0 : (found - right).magnitude
  }
}
