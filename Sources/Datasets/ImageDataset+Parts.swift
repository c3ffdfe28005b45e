import Randomness

extension ImageDataset {
  /// `limit` pseudo-random images in their original order: the same ones in every run, whatever its seed. A
  /// smaller limit keeps a part of what a larger one keeps.
  ///
  /// - Throws: `DatasetError.invalidRequest` unless `limit` is in 1…count.
  public func limited(to limit: Int) throws -> ImageDataset {
    guard limit >= 1, limit <= count else {
      throw DatasetError.invalidRequest(
        expected: "a limit in 1…\(count), the number of images of data set \(name)", found: "\(limit)")
    }
    return subset(fixedOrder(.subset).prefix(limit).sorted())
  }

  /// Two parts without a common image, each in the original order: `fraction` of the images, rounded and drawn
  /// pseudo-randomly, for validation, and the others for training. The same in every run, whatever its seed.
  ///
  /// - Throws: `DatasetError.invalidRequest` if `fraction` is not in (0, 1) or leaves a part empty.
  public func validationSplit(_ fraction: Double) throws -> (training: ImageDataset, validation: ImageDataset)
  {
    let held = fraction > 0 && fraction < 1 ? Int((fraction * Double(count)).rounded()) : 0
    guard held > 0, held < count else {
      throw DatasetError.invalidRequest(
        expected:
          "a validation fraction between 0 and 1 that leaves images in both parts of data set \(name) "
          + "with its \(count) images", found: "\(fraction)")
    }
    let order = fixedOrder(.split)
    return (subset(order.dropFirst(held).sorted()), subset(order.prefix(held).sorted()))
  }

  private func fixedOrder(_ stream: StreamIdentifier) -> [Int] {
    var random = RandomStream(seed: 0, stream: stream)
    return random.shuffledIndices(count: count)
  }
}
