/// Turns the bytes of images into normalised numbers.
struct ImageEncoder: Sendable {
  private let channels: Int
  private let height: Int
  private let width: Int
  private let table: [Float]

  /// - Parameter normalization: Has as many channels as the images.
  init(channels: Int, height: Int, width: Int, normalization: Normalization) {
    self.channels = channels
    self.height = height
    self.width = width
    table = normalization.lookupTable
  }

  /// Writes one image. Both buffers are planar: shape [channels, height, width].
  func encode(
    _ image: UnsafeBufferPointer<UInt8>, crop: Augmentation.Crop?,
    into output: UnsafeMutableBufferPointer<Float>
  ) {
    let plane = height * width
    table.withUnsafeBufferPointer { table in
      for channel in 0..<channels {
        let pixels = UnsafeBufferPointer(rebasing: image[channel * plane..<(channel + 1) * plane])
        let values = UnsafeMutableBufferPointer(rebasing: output[channel * plane..<(channel + 1) * plane])
        let levels = UnsafeBufferPointer(rebasing: table[channel * 256..<(channel + 1) * 256])
        if let crop {
          encodePlane(pixels, crop: crop, levels: levels, into: values)
        } else {
          for index in 0..<plane { values[index] = levels[Int(pixels[index])] }
        }
      }
    }
  }

  private func encodePlane(
    _ pixels: UnsafeBufferPointer<UInt8>, crop: Augmentation.Crop, levels: UnsafeBufferPointer<Float>,
    into values: UnsafeMutableBufferPointer<Float>
  ) {
    values.update(repeating: levels[0])
    let down = crop.top - crop.padding
    let right = crop.left - crop.padding
    let columns = max(0, -right)..<max(0, -right, min(width, width - right))
    for row in max(0, -down)..<max(0, -down, min(height, height - down)) {
      let source = (row + down) * width + right
      if crop.isFlipped {
        let target = row * width + width - 1
        for column in columns { values[target - column] = levels[Int(pixels[source + column])] }
      } else {
        let target = row * width
        for column in columns { values[target + column] = levels[Int(pixels[source + column])] }
      }
    }
  }
}
