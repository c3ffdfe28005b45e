/// A batch of images, ready for a network.
///
/// Its memory belongs to the loader, which fills it anew after the next call of `next()`: copy what must last.
public struct Batch {
  /// The step of the epoch this is, from 0.
  public let step: Int
  /// The number of images; below the batch size only at the end of an evaluation.
  public let count: Int
  /// Normalised pixels, shape [count, channels, height, width], the last index running fastest.
  public let images: UnsafeBufferPointer<Float>
  /// The class of each image, shape [count].
  public let labels: UnsafeBufferPointer<Int32>
  /// The place of each image in its data set, shape [count].
  public let indices: ArraySlice<Int>

  /// Keeps the memory alive, even if the loader goes first.
  private let ring: BatchRing

  init(
    step: Int, images: UnsafeBufferPointer<Float>, labels: UnsafeBufferPointer<Int32>,
    indices: ArraySlice<Int>,
    ring: BatchRing
  ) {
    self.step = step
    self.count = indices.count
    self.images = images
    self.labels = labels
    self.indices = indices
    self.ring = ring
  }
}
