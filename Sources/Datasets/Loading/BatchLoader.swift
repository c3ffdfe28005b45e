import Foundation

/// Prepares the batches of one epoch on background threads, ahead of their use, and delivers them in order.
///
/// What it delivers depends on its arguments alone: not on the number of workers, their speed, or the step it starts
/// at. It allocates the memory of its batches once. Use it from one thread.
///
/// ```swift
/// let sampler = try BatchSampler(count: dataset.count, batchSize: 128, purpose: .training, seed: 1)
/// let loader = try BatchLoader(
///   dataset: dataset, normalization: .cifar10, augmentation: .cropFlip(padding: 4), sampler: sampler, epoch: 0)
/// while let batch = try loader.next() { … }
/// ```
public final class BatchLoader {
  /// The time `next()` has waited for batches that were not ready, in seconds.
  public private(set) var secondsWaited = 0.0

  private let job: BatchJob

  /// Starts to prepare batches.
  ///
  /// - Parameters:
  ///   - dataset: The images.
  ///   - normalization: Has a mean and a standard deviation for each of the images' channels.
  ///   - augmentation: Changes images by the sampler's seed, the epoch and each image's place in the data set.
  ///   - sampler: Decides which images make up which batch; made for as many images as there are.
  ///   - epoch: The epoch, from 0.
  ///   - startingAtStep: The first step to deliver, to go on within an epoch.
  ///   - prefetchDepth: How many batches may be ready ahead of use, at least 1.
  ///   - workers: How many threads prepare batches, at least 1; nil for one per core where images are decoded or
  ///     resized, else 1.
  /// - Throws: `DatasetError.invalidRequest` if the arguments do not fit each other.
  public init(
    dataset: ImageDataset, normalization: Normalization, augmentation: Augmentation = .none,
    sampler: BatchSampler, epoch: Int, startingAtStep: Int = 0, prefetchDepth: Int = 3,
    workers: Int? = nil
  ) throws {
    try Self.check(normalization.mean.count == dataset.channels) {
      (
        "a normalisation of \(dataset.channels) channels for data set \(dataset.name)",
        "\(normalization.mean.count)"
      )
    }
    try Self.check(sampler.count == dataset.count) {
      ("a sampler of \(dataset.count) images for data set \(dataset.name)", "one of \(sampler.count)")
    }
    try Self.check((0...sampler.stepsPerEpoch).contains(startingAtStep)) {
      ("a first step in 0…\(sampler.stepsPerEpoch)", "\(startingAtStep)")
    }
    let isCheap = dataset.isInMemory && !augmentation.resizes
    let workers = workers ?? (isCheap ? 1 : ProcessInfo.processInfo.activeProcessorCount)
    try Self.check(epoch >= 0 && prefetchDepth >= 1 && workers >= 1) {
      (
        "an epoch from 0, a prefetch depth and a number of workers from 1",
        "epoch \(epoch), depth \(prefetchDepth), \(workers) workers"
      )
    }
    if case .cropFlip(let padding) = augmentation {
      try Self.check(padding >= 0) { ("a padding from 0", "\(padding)") }
    }
    job = BatchJob(
      dataset: dataset, normalization: normalization, augmentation: augmentation, sampler: sampler,
      epoch: epoch,
      ring: try BatchRing(
        steps: startingAtStep..<sampler.stepsPerEpoch, slots: prefetchDepth + 1,
        batchSize: min(sampler.batchSize, dataset.count), pieceSize: isCheap ? 64 : 4,
        imageFloats: dataset.bytesPerImage))
    for _ in 0..<workers {
      Thread.detachNewThread { [job] in job.run() }
    }
  }

  deinit {
    stop()
  }

  /// The next batch, valid until the next call; nil at the end of the epoch, after `stop()` and after an error.
  ///
  /// - Throws: `DatasetError.badImage` or `DatasetError.unreadable` about the first image of the batch that cannot be
  ///   had. Batches before it are not affected.
  public func next() throws(DatasetError) -> Batch? {
    let start = ContinuousClock.now
    defer { secondsWaited += (ContinuousClock.now - start) / .seconds(1) }
    return try job.ring.take().map(job.batch)
  }

  /// Ends the preparation of batches: `next()` returns nil from now on. Returns at once.
  public func stop() {
    job.ring.stop()
  }

  private static func check(_ condition: Bool, _ otherwise: () -> (expected: String, found: String)) throws {
    guard condition else {
      let (expected, found) = otherwise()
      throw DatasetError.invalidRequest(expected: expected, found: found)
    }
  }
}
