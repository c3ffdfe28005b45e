/// How pixels along one axis make up the pixels of a resized image: weighted means, a triangle as wide as two pixels of
/// the coarser of the two images. So a smaller image has no moiré, and a larger one is interpolated linearly.
struct ResamplingWeights {
  /// The number of pixels that each output is made of; some may have weight 0.
  let taps: Int
  /// The first of them for each output; all of them exist.
  let starts: [Int]
  /// The weights, shape [outputs, taps]; those of an output add up to 1.
  let values: [Float]

  /// - Parameters:
  ///   - length: The number of pixels there are.
  ///   - start: Where the part to resize begins, from 0.
  ///   - extent: How many pixels long it is; positive, and ends within `length`.
  ///   - outputs: The number of pixels to make of it.
  init(length: Int, start: Double, extent: Double, outputs: Int) {
    let scale = extent / Double(outputs)
    let radius = max(scale, 1)
    let taps = min(length, Int((2 * radius).rounded(.up)) + 1)
    var starts: [Int] = []
    var values = [Float](repeating: 0, count: outputs * taps)
    for output in 0..<outputs {
      let center = start + (Double(output) + 0.5) * scale
      let first = max(0, min(length - 1, Int(center - radius + 0.5)))
      let end = max(first + 1, min(length, Int(center + radius + 0.5)))
      let origin = min(first, length - taps)
      let weights = (first..<end).map { max(0, 1 - abs(Double($0) + 0.5 - center) / radius) }
      let total = weights.reduce(0, +)
      for (tap, weight) in weights.enumerated() {
        values[output * taps + first - origin + tap] = Float(weight / total)
      }
      starts.append(origin)
    }
    self.taps = taps
    self.starts = starts
    self.values = values
  }
}
