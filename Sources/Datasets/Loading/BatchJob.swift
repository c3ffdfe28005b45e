/// The work of a loader's threads: everything that decides what is in a batch, and the ring to put it in.
struct BatchJob: Sendable {
  let ring: BatchRing
  private let dataset: ImageDataset
  private let encoder: ImageEncoder
  private let augmentation: Augmentation
  private let sampler: BatchSampler
  private let epoch: Int
  private let order: [Int]

  init(
    dataset: ImageDataset, normalization: Normalization, augmentation: Augmentation, sampler: BatchSampler,
    epoch: Int, ring: BatchRing
  ) {
    self.ring = ring
    self.dataset = dataset
    self.augmentation = augmentation
    self.sampler = sampler
    self.epoch = epoch
    encoder = ImageEncoder(
      channels: dataset.channels, height: dataset.height, width: dataset.width, normalization: normalization)
    order = sampler.order(epoch: epoch)
  }

  /// Fills batches until there are none left or the ring is stopped.
  func run() {
    while let step = ring.claim() {
      fill(step)
      ring.finish(step)
    }
  }

  /// The batch of a step that has been taken from the ring.
  func batch(_ step: Int) -> Batch {
    let indices = order[sampler.places(step: step)]
    let (images, labels) = ring.memory(of: step)
    return Batch(
      step: step, images: UnsafeBufferPointer(rebasing: images[..<(indices.count * ring.imageFloats)]),
      labels: UnsafeBufferPointer(rebasing: labels[..<indices.count]), indices: indices, ring: ring)
  }

  private func fill(_ step: Int) {
    let (images, labels) = ring.memory(of: step)
    let size = dataset.bytesPerImage
    dataset.images.withUnsafeBufferPointer { bytes in
      for (position, index) in order[sampler.places(step: step)].enumerated() {
        encoder.encode(
          UnsafeBufferPointer(rebasing: bytes[index * size..<(index + 1) * size]),
          crop: augmentation.crop(seed: sampler.seed, epoch: epoch, index: index),
          into: UnsafeMutableBufferPointer(rebasing: images[position * size..<(position + 1) * size]))
        labels[position] = dataset.labels[index]
      }
    }
  }
}
