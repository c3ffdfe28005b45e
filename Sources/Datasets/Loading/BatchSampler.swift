import Randomness

/// Which images make up which batch: a pure function of (seed, epoch, step).
public struct BatchSampler: Sendable, Equatable {
  /// What the batches are for.
  public enum Purpose: Sendable {
    /// Every epoch has its own random order; images that do not fill a last batch are left out.
    case training
    /// The original order; every image is seen, and the last batch may be smaller.
    case evaluation
  }

  /// The number of images of the data set.
  public let count: Int
  /// The number of images of a full batch.
  public let batchSize: Int
  /// What the batches are for.
  public let purpose: Purpose
  /// The seed of the run: it decides on order and augmentation.
  public let seed: UInt64

  /// - Throws: `DatasetError.invalidRequest` if `batchSize` is below 1, if there are no images, or if training
  ///   has fewer images than one batch.
  public init(count: Int, batchSize: Int, purpose: Purpose, seed: UInt64 = 0) throws {
    let largest = purpose == .training ? count : Int.max
    guard count > 0, batchSize >= 1, batchSize <= largest else {
      throw DatasetError.invalidRequest(
        expected: "a batch size of at least 1"
          + (purpose == .training
            ? " and at most \(count), the number of training images" : " and at least one image"),
        found: "batch size \(batchSize) for \(count) images")
    }
    self.count = count
    self.batchSize = batchSize
    self.purpose = purpose
    self.seed = seed
  }

  /// The number of batches of an epoch.
  public var stepsPerEpoch: Int {
    let full = count / batchSize
    return purpose == .evaluation && count % batchSize > 0 ? full + 1 : full
  }

  /// All images in the order of an epoch: a permutation of 0..<count.
  public func order(epoch: Int) -> [Int] {
    switch purpose {
    case .evaluation: return Array(0..<count)
    case .training:
      var random = RandomStream(seed: seed, stream: .shuffle, epoch: UInt32(truncatingIfNeeded: epoch))
      return random.shuffledIndices(count: count)
    }
  }

  /// The places in an epoch's order that make up a batch.
  ///
  /// - Parameter step: In 0..<stepsPerEpoch.
  public func places(step: Int) -> Range<Int> {
    step * batchSize..<min(count, (step + 1) * batchSize)
  }
}
