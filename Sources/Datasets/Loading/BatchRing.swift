import Foundation

/// The memory of a few batches, handed round between workers that fill it and one consumer that reads it.
///
/// Step s lives in slot (s − first) mod slots. A worker claims the next step as soon as its slot is free, fills it
/// without holding the lock, and marks it ready; the consumer takes the steps strictly in order.
///
/// `@unchecked Sendable`: `condition` protects every variable. The memory of a slot needs no lock, as it has one
/// owner at a time: the worker from claim to ready, then the consumer until it takes the following step.
final class BatchRing: @unchecked Sendable {
  let imageFloats: Int
  private let first: Int
  private let end: Int
  private let slots: Int
  private let batchSize: Int
  private let images: UnsafeMutableBufferPointer<Float>
  private let labels: UnsafeMutableBufferPointer<Int32>

  private let condition = NSCondition()
  private var isReady: [Bool]
  private var nextToFill: Int
  private var nextToTake: Int
  private var isHolding = false
  private var isStopped = false

  /// - Parameters:
  ///   - steps: The steps to go through.
  ///   - slots: The number of batches in memory, at least 2.
  ///   - batchSize: Images of a batch.
  ///   - imageFloats: Numbers of an image.
  init(steps: Range<Int>, slots: Int, batchSize: Int, imageFloats: Int) {
    self.imageFloats = imageFloats
    self.slots = slots
    self.batchSize = batchSize
    first = steps.lowerBound
    end = steps.upperBound
    nextToFill = first
    nextToTake = first
    isReady = Array(repeating: false, count: slots)
    images = .allocate(capacity: slots * batchSize * imageFloats)
    images.initialize(repeating: 0)
    labels = .allocate(capacity: slots * batchSize)
    labels.initialize(repeating: 0)
  }

  deinit {
    images.deallocate()
    labels.deallocate()
  }

  /// The memory of a step for images, shape [batchSize, imageFloats], and for labels, shape [batchSize].
  func memory(
    of step: Int
  ) -> (images: UnsafeMutableBufferPointer<Float>, labels: UnsafeMutableBufferPointer<Int32>) {
    let slot = slot(of: step)
    let floats = batchSize * imageFloats
    return (
      UnsafeMutableBufferPointer(rebasing: images[slot * floats..<(slot + 1) * floats]),
      UnsafeMutableBufferPointer(rebasing: labels[slot * batchSize..<(slot + 1) * batchSize])
    )
  }

  /// Waits for a free slot and returns the step to fill it with; nil when there is nothing left to do.
  func claim() -> Int? {
    condition.withLock {
      while !isStopped, nextToFill < end, nextToFill >= firstHeld + slots { condition.wait() }
      guard !isStopped, nextToFill < end else { return nil }
      defer { nextToFill += 1 }
      return nextToFill
    }
  }

  /// Hands a filled step over.
  func finish(_ step: Int) {
    condition.withLock {
      isReady[slot(of: step)] = true
      condition.broadcast()
    }
  }

  /// Gives the step taken before back, waits for the next one and returns it; nil at the end or after `stop`.
  func take() -> Int? {
    condition.withLock {
      if isHolding {
        isHolding = false
        condition.broadcast()
      }
      guard nextToTake < end else { return nil }
      let slot = slot(of: nextToTake)
      while !isStopped, !isReady[slot] { condition.wait() }
      guard !isStopped else { return nil }
      isReady[slot] = false
      isHolding = true
      defer { nextToTake += 1 }
      return nextToTake
    }
  }

  /// Makes every `claim` and `take`, waiting or to come, return nil.
  func stop() {
    condition.withLock {
      isStopped = true
      condition.broadcast()
    }
  }

  /// The first step whose memory is in use or promised.
  private var firstHeld: Int { isHolding ? nextToTake - 1 : nextToTake }

  private func slot(of step: Int) -> Int { (step - first) % slots }
}
