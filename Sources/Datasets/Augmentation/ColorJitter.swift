import Randomness

/// A random change of an image's colours: brightness, contrast and saturation by factors in 0.6…1.4, and the hue by up
/// to a tenth of its circle, in random order.
package struct ColorJitter {
  /// One of the four changes, with its strength.
  package enum Step: Equatable {
    /// Multiplies every value.
    case brightness(Float)
    /// Multiplies the difference of every value from the mean grey of the image.
    case contrast(Float)
    /// Multiplies the difference of every value from the grey of its pixel.
    case saturation(Float)
    /// Turns the hue by a part of its circle.
    case hue(Float)
  }

  package let steps: [Step]

  private static let factors: Range<Float> = 0.6..<1.4
  private static let turns: Range<Float> = -0.1..<0.1

  package init(steps: [Step]) { self.steps = steps }

  package init(_ random: inout RandomStream) {
    let order = random.shuffledIndices(count: 4)
    let steps: [Step] = [
      .brightness(random.uniform(in: Self.factors)), .contrast(random.uniform(in: Self.factors)),
      .saturation(random.uniform(in: Self.factors)), .hue(random.uniform(in: Self.turns)),
    ]
    self.steps = order.map { steps[$0] }
  }

  /// Changes an image. Values stay in 0…255 after every step and are rounded after the last. Grey images have
  /// brightness and contrast only.
  ///
  /// - Parameters:
  ///   - image: Bytes of shape [channels, plane].
  ///   - values: Memory to reuse.
  package func apply(
    to image: UnsafeMutableBufferPointer<UInt8>, channels: Int, reusing values: inout [Float]
  ) {
    if values.count < image.count { values = [Float](repeating: 0, count: image.count) }
    let plane = image.count / channels
    values.withUnsafeMutableBufferPointer { values in
      for index in image.indices { values[index] = Float(image[index]) }
      let pixels = ColorPlanes(UnsafeMutableBufferPointer(rebasing: values[..<image.count]), plane: plane)
      for step in steps { pixels.apply(step) }
      for index in image.indices { image[index] = UInt8(values[index] + 0.5) }
    }
  }
}

/// The values of an image while its colours change.
private struct ColorPlanes {
  private let values: UnsafeMutableBufferPointer<Float>
  private let plane: Int

  init(_ values: UnsafeMutableBufferPointer<Float>, plane: Int) {
    self.values = values
    self.plane = plane
  }

  private var hasColors: Bool { values.count == 3 * plane }

  func apply(_ step: ColorJitter.Step) {
    switch step {
    case .brightness(let factor):
      for index in values.indices { values[index] = min(255, values[index] * factor) }
    case .contrast(let factor):
      let offset = (1 - factor) * meanGrey
      for index in values.indices {
        values[index] = min(255, max(0, values[index] * factor + offset))
      }
    case .saturation(let factor):
      if hasColors { saturate(factor) }
    case .hue(let turn):
      if hasColors { turnHue(turn) }
    }
  }

  private func grey(_ pixel: Int) -> Float {
    guard hasColors else { return values[pixel] }
    return 0.299 * values[pixel] + 0.587 * values[plane + pixel] + 0.114 * values[2 * plane + pixel]
  }

  private var meanGrey: Float {
    Float((0..<plane).reduce(0.0) { $0 + Double(grey($1)) } / Double(plane))
  }

  private func saturate(_ factor: Float) {
    for pixel in 0..<plane {
      let offset = (1 - factor) * grey(pixel)
      for index in stride(from: pixel, to: values.count, by: plane) {
        values[index] = min(255, max(0, values[index] * factor + offset))
      }
    }
  }

  /// In the hexagon of hues red lies at 0, green at 2 and blue at 4, and a colour's largest and smallest value stay.
  private func turnHue(_ turn: Float) {
    for pixel in 0..<plane {
      let (red, green, blue) = (values[pixel], values[plane + pixel], values[2 * plane + pixel])
      let largest = max(red, green, blue)
      let range = largest - min(red, green, blue)
      guard range > 0 else { continue }
      var hue: Float
      if largest == red {
        hue = (green - blue) / range
      } else if largest == green {
        hue = 2 + (blue - red) / range
      } else {
        hue = 4 + (red - green) / range
      }
      hue += 6 * turn
      hue += hue < 0 ? 6 : hue < 6 ? 0 : -6
      /// The value of the colour that lies at `6 − distance`.
      func value(_ distance: Float) -> Float {
        var position = hue + distance
        if position >= 6 { position -= 6 }
        return largest - range * max(0, min(position, 4 - position, 1))
      }
      values[pixel] = value(5)
      values[plane + pixel] = value(3)
      values[2 * plane + pixel] = value(1)
    }
  }
}
