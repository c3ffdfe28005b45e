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

  /// Fills pieces of batches until there are none left or the ring is stopped.
  func run() {
    var renderer = ImageRenderer(dataset)
    while let piece = ring.claim() {
      do throws(DatasetError) {
        try fill(piece, with: &renderer)
        ring.finish(piece)
      } catch {
        ring.finish(piece, failure: error)
      }
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

  private func fill(_ piece: BatchRing.Piece, with renderer: inout ImageRenderer) throws(DatasetError) {
    let (images, labels) = ring.memory(of: piece.step)
    let size = dataset.bytesPerImage
    let places = sampler.places(step: piece.step)
    for position in piece.positions.clamped(to: 0..<places.count) {
      let index = order[places.lowerBound + position]
      let output = UnsafeMutableBufferPointer(rebasing: images[position * size..<(position + 1) * size])
      let crop = augmentation.crop(seed: sampler.seed, epoch: epoch, index: index)
      try renderer.render(
        index,
        resizedCrop: { width, height in
          augmentation.resizedCrop(
            width: width, height: height, seed: sampler.seed, epoch: epoch, index: index)
        }
      ) { bytes, _ in encoder.encode(bytes, crop: crop, into: output) }
      labels[position] = dataset.labels[index]
    }
  }
}
