/// Turns images of a data set into what a network sees. Each thread has one of its own, whose memory it reuses.
struct ImageRenderer {
  private let dataset: ImageDataset
  private var raster = Raster()
  private var resampler = Resampler()
  /// An image of the final size, shape [channels, height, width].
  private var planes: [UInt8]
  private var colors: [Float] = []

  init(_ dataset: ImageDataset) {
    self.dataset = dataset
    planes = [UInt8](repeating: 0, count: dataset.bytesPerImage)
  }

  /// Hands the bytes of an image as evaluation sees it to `body`, and the size that it had before.
  ///
  /// - Throws: `DatasetError.badImage` or `DatasetError.unreadable`.
  mutating func render(
    _ index: Int, _ body: (UnsafeBufferPointer<UInt8>, (width: Int, height: Int)) -> Void
  ) throws(DatasetError) {
    try render(index, resizedCrop: { _, _ in nil }, body)
  }

  /// Hands the bytes of an image to `body` after a resized crop, if there is one, and the size that it had before.
  ///
  /// - Parameter resizedCrop: The change of an image of a certain width and height; nil for what evaluation sees.
  mutating func render(
    _ index: Int, resizedCrop: (Int, Int) -> Augmentation.ResizedCrop?,
    _ body: (UnsafeBufferPointer<UInt8>, (width: Int, height: Int)) -> Void
  ) throws(DatasetError) {
    let size: (width: Int, height: Int)
    switch dataset.store {
    case .memory(let images):
      size = (dataset.width, dataset.height)
      let start = index * dataset.bytesPerImage
      guard let crop = resizedCrop(dataset.width, dataset.height) else {
        images.withUnsafeBufferPointer { images in
          body(UnsafeBufferPointer(rebasing: images[start..<start + dataset.bytesPerImage]), size)
        }
        return
      }
      resize(images, from: start, crop: crop)
    case .files(let paths, let root):
      let image = try EncodedImage(file: "\(root)/\(paths[index])")
      size = (image.width, image.height)
      try decode(image, crop: resizedCrop(image.width, image.height))
    }
    planes.withUnsafeBufferPointer { body($0, size) }
  }

  /// Resizes a part of an image in memory, plane by plane.
  private mutating func resize(_ images: [UInt8], from start: Int, crop: Augmentation.ResizedCrop) {
    let plane = dataset.height * dataset.width
    planes.withUnsafeMutableBufferPointer { planes in
      images.withUnsafeBufferPointer { images in
        guard let source = images.baseAddress, let target = planes.baseAddress else { return }
        for channel in 0..<dataset.channels {
          resampler.resample(
            source + start + channel * plane, sourceWidth: dataset.width, sourceHeight: dataset.height,
            channels: 1, region: crop.region, isFlipped: crop.isFlipped, into: target + channel * plane,
            width: dataset.width, height: dataset.height)
        }
      }
      crop.jitter?.apply(to: planes, channels: dataset.channels, reusing: &colors)
    }
  }

  /// Decodes an image, no larger than necessary, and resizes a part of it: the centre if there is no `crop`.
  private mutating func decode(_ image: EncodedImage, crop: Augmentation.ResizedCrop?) throws(DatasetError) {
    let region =
      crop?.region ?? .center(width: image.width, height: image.height, size: dataset.height)
    let eighths = image.eighths(for: region, size: dataset.height)
    try image.decode(eighths: eighths, into: &raster)
    // The raster's last column and row may stand for a part of a pixel only: its size rounded up says nothing of the scale.
    let scaled = region.scaled(by: Double(eighths) / 8)
    planes.withUnsafeMutableBufferPointer { planes in
      raster.pixels.withUnsafeBufferPointer { pixels in
        guard let source = pixels.baseAddress, let target = planes.baseAddress else { return }
        resampler.resample(
          source, sourceWidth: raster.width, sourceHeight: raster.height, channels: 3, region: scaled,
          isFlipped: crop?.isFlipped ?? false, into: target, width: dataset.width, height: dataset.height)
      }
      crop?.jitter?.apply(to: planes, channels: dataset.channels, reusing: &colors)
    }
  }
}
