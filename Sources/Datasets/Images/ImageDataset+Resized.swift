extension ImageDataset {
  /// The images with `size` rows and columns, stretched or shrunk by bilinear interpolation whose window grows as an image
  /// shrinks. Those in files are resized when they are read, and are none of this function's business.
  ///
  /// - Throws: `DatasetError.invalidRequest` for a size out of range.
  func resized(to size: Int) throws -> ImageDataset {
    guard (1...DataSource.largestImageSize).contains(size) else {
      throw DatasetError.invalidRequest(
        expected: "an image size in 1…\(DataSource.largestImageSize)", found: "\(size)")
    }
    guard let images, height != size || width != size else { return self }
    var resized = [UInt8](repeating: 0, count: count * channels * size * size)
    var resampler = Resampler()
    let region = ImageRegion(left: 0, top: 0, width: Double(width), height: Double(height))
    images.withUnsafeBufferPointer { images in
      resized.withUnsafeMutableBufferPointer { resized in
        guard let source = images.baseAddress, let target = resized.baseAddress else { return }
        for plane in 0..<count * channels {
          resampler.resample(
            source + plane * height * width, sourceWidth: width, sourceHeight: height, channels: 1,
            region: region, isFlipped: false, into: target + plane * size * size, width: size, height: size)
        }
      }
    }
    return ImageDataset(
      name: name, classes: classes, channels: channels, height: size, width: size, labels: labels,
      store: .memory(resized), skippedImages: skippedImages)
  }
}
