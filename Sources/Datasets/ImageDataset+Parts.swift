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

  /// A number of the images, drawn pseudo-randomly, the same in every run, in the original order. Draw 0 is
  /// ``limited(to:)``. Draws have no image in common as long as there are images enough; those beyond that may.
  ///
  /// - Throws: `DatasetError.invalidRequest` as ``limited(to:)``, for a draw not in 0..<2^32, and for a draw above 0 of all images,
  ///   which would be the same.
  public func draw(_ number: Int, of size: Int) throws -> ImageDataset {
    if number == 0 { return try limited(to: size) }
    guard number > 0, number < 1 << 32, size >= 1, size < count else {
      throw DatasetError.invalidRequest(
        expected: "draws of fewer images than the \(count) of data set \(name)",
        found: "draw \(number) of \(size)")
    }
    let order = fixedOrder(.subset)
    if number < count / size { return subset(order[(number * size)..<((number + 1) * size)].sorted()) }
    var random = RandomStream(seed: 0, stream: .probeDraws, index: UInt64(number))
    return subset(random.shuffledIndices(count: count).prefix(size).sorted())
  }

  /// The training images of a run and those held out: `limit` of the images, or all for nil, and of these a part for
  /// validation, or none for 0.
  ///
  /// - Throws: `DatasetError.invalidRequest`, as ``limited(to:)`` and ``validationSplit(_:)``.
  public func trainingParts(
    limit: Int?, validationFraction: Double
  ) throws -> (training: ImageDataset, validation: ImageDataset?) {
    let images = try limit.map { try limited(to: $0) } ?? self
    guard validationFraction > 0 else { return (images, nil) }
    let parts = try images.validationSplit(validationFraction)
    return (parts.training, parts.validation)
  }

  private func fixedOrder(_ stream: StreamIdentifier) -> [Int] {
    var random = RandomStream(seed: 0, stream: stream)
    return random.shuffledIndices(count: count)
  }
}
