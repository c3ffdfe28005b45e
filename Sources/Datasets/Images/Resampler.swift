/// Resizes parts of images, with memory that it reuses.
package struct Resampler {
  /// The columns of the source that make up the result, under one of its rows; and a little more.
  private var row: [Float] = []

  package init() {}

  /// Resizes a part of an image.
  ///
  /// - Parameters:
  ///   - source: Bytes of shape [sourceHeight, sourceWidth, channels].
  ///   - region: The part of it, within its bounds.
  ///   - isFlipped: Whether left and right change places.
  ///   - target: Receives bytes of shape [channels, height, width].
  package mutating func resample(
    _ source: UnsafePointer<UInt8>, sourceWidth: Int, sourceHeight: Int, channels: Int, region: ImageRegion,
    isFlipped: Bool, into target: UnsafeMutablePointer<UInt8>, width: Int, height: Int
  ) {
    let columns = ResamplingWeights(
      length: sourceWidth, start: region.left, extent: region.width, outputs: width)
    let rows = ResamplingWeights(
      length: sourceHeight, start: region.top, extent: region.height, outputs: height)
    let first = columns.starts.first ?? 0
    let count = ((columns.starts.last ?? 0) + columns.taps - first) * channels
    if row.count < count + 3 { row = [Float](repeating: 0, count: count + 3) }
    row.withUnsafeMutableBufferPointer { row in
      guard let row = row.baseAddress else { return }
      for y in 0..<height {
        Self.blendRows(
          source + (rows.starts[y] * sourceWidth + first) * channels, stride: sourceWidth * channels,
          weights: rows, output: y, into: row, count: count)
        Self.blendColumns(
          row, first: first, channels: channels, weights: columns, isFlipped: isFlipped,
          into: target + y * width, width: width, plane: width * height)
      }
    }
  }

  /// The weighted mean of the rows that make up one row of the result.
  private static func blendRows(
    _ source: UnsafePointer<UInt8>, stride: Int, weights: ResamplingWeights, output: Int,
    into row: UnsafeMutablePointer<Float>, count: Int
  ) {
    for tap in 0..<weights.taps {
      let weight = weights.values[output * weights.taps + tap]
      let pixels = source + tap * stride
      if tap == 0 {
        for index in 0..<count { row[index] = weight * Float(pixels[index]) }
      } else if weight != 0 {
        for index in 0..<count { row[index] += weight * Float(pixels[index]) }
      }
    }
  }

  /// The weighted means of a row's pixels, which start at column `first`, rounded to bytes.
  private static func blendColumns(
    _ row: UnsafePointer<Float>, first: Int, channels: Int, weights: ResamplingWeights, isFlipped: Bool,
    into target: UnsafeMutablePointer<UInt8>, width: Int, plane: Int
  ) {
    weights.values.withUnsafeBufferPointer { values in
      for x in 0..<width {
        let column = isFlipped ? width - 1 - x : x
        let pixels = UnsafeRawPointer(row + (weights.starts[x] - first) * channels)
        // Four numbers at a time, of which `channels` count.
        var sum = SIMD4<Float>(repeating: 0.5)
        for tap in 0..<weights.taps {
          let pixel = pixels.loadUnaligned(fromByteOffset: 4 * tap * channels, as: SIMD4<Float>.self)
          sum += values[x * weights.taps + tap] * pixel
        }
        for channel in 0..<channels {
          target[channel * plane + column] = UInt8(min(255, max(0, sum[channel])))
        }
      }
    }
  }
}
