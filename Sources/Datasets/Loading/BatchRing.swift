import Foundation

/// The memory of a few batches, handed round between workers that fill it and one consumer that reads it.
///
/// Step s lives in slot (s − first) mod slots. A worker claims the next piece of the next step as soon as the step's
/// slot is free, fills it without holding the lock, and marks it done; the consumer takes the steps strictly in order.
///
/// `@unchecked Sendable`: `condition` protects every variable. The memory of a slot needs no lock, as each part of it
/// has one owner at a time: the worker from claim to finish, then the consumer until it takes the following step.
final class BatchRing: @unchecked Sendable {
  /// Some neighbouring images of a batch, which one worker fills.
  struct Piece {
    let step: Int
    /// Places in the batch; those of the last piece may lie beyond its end.
    let positions: Range<Int>
  }

  /// What is known about the step in a slot.
  private struct Slot {
    var piecesLeft: Int
    /// The failure of its first piece that has one, and where that piece starts.
    var failure: (position: Int, error: DatasetError)?
  }

  let imageFloats: Int
  private let first: Int
  private let end: Int
  private let batchSize: Int
  private let slotCount: Int
  private let pieceSize: Int
  private let piecesPerStep: Int
  private let images: UnsafeMutableBufferPointer<Float>
  private let labels: UnsafeMutableBufferPointer<Int32>

  private let condition = NSCondition()
  private var slots: [Slot]
  private var stepToFill: Int
  private var pieceToFill = 0
  private var nextToTake: Int
  private var isHolding = false
  private var isStopped = false

  /// - Parameters:
  ///   - steps: The steps to go through.
  ///   - slots: The number of batches in memory, at least 2.
  ///   - batchSize: Images of a batch.
  ///   - pieceSize: Images that a worker fills at a time, at least 1.
  ///   - imageFloats: Numbers of an image.
  /// - Throws: `DatasetError.invalidRequest` if there is no memory for that.
  init(
    steps: Range<Int>, slots: Int, batchSize: Int, pieceSize: Int, imageFloats: Int
  ) throws(DatasetError) {
    self.imageFloats = imageFloats
    self.batchSize = batchSize
    self.pieceSize = pieceSize
    slotCount = slots
    piecesPerStep = (batchSize + pieceSize - 1) / pieceSize
    first = steps.lowerBound
    end = steps.upperBound
    stepToFill = first
    nextToTake = first
    self.slots = Array(repeating: Slot(piecesLeft: piecesPerStep), count: slots)
    let floats = slots * batchSize * imageFloats
    let bytes = floats * MemoryLayout<Float>.stride
    guard bytes <= ProcessInfo.processInfo.physicalMemory, let memory = calloc(bytes, 1) else {
      throw .invalidRequest(
        expected: "batches that fit the memory",
        found: "\(slots) batches of \(batchSize) images, \(bytes) bytes; choose a smaller batch size")
    }
    images = UnsafeMutableBufferPointer(
      start: memory.bindMemory(to: Float.self, capacity: floats), count: floats)
    labels = .allocate(capacity: slots * batchSize)
    labels.initialize(repeating: 0)
  }

  deinit {
    free(images.baseAddress)
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

  /// Waits for a free slot and returns the piece to fill there; nil when there is nothing left to do.
  func claim() -> Piece? {
    condition.withLock {
      while !isStopped, stepToFill < end, stepToFill >= firstHeld + slotCount { condition.wait() }
      guard !isStopped, stepToFill < end else { return nil }
      let start = pieceToFill * pieceSize
      let piece = Piece(step: stepToFill, positions: start..<start + pieceSize)
      pieceToFill += 1
      if pieceToFill == piecesPerStep {
        stepToFill += 1
        pieceToFill = 0
      }
      return piece
    }
  }

  /// Hands a filled piece over, or the reason why it cannot be filled.
  func finish(_ piece: Piece, failure: DatasetError? = nil) {
    condition.withLock {
      let slot = slot(of: piece.step)
      let position = piece.positions.lowerBound
      if let failure, position < slots[slot].failure?.position ?? .max {
        slots[slot].failure = (position, failure)
      }
      slots[slot].piecesLeft -= 1
      if slots[slot].piecesLeft == 0 { condition.broadcast() }
    }
  }

  /// Gives the step taken before back, waits for the next one and returns it; nil at the end or after `stop`.
  ///
  /// - Throws: What the step's first piece that failed did; the ring is then stopped.
  func take() throws(DatasetError) -> Int? {
    let taken: Result<Int?, DatasetError> = condition.withLock {
      if isHolding {
        isHolding = false
        condition.broadcast()
      }
      guard nextToTake < end else { return .success(nil) }
      let slot = slot(of: nextToTake)
      while !isStopped, slots[slot].piecesLeft > 0 { condition.wait() }
      guard !isStopped else { return .success(nil) }
      if let failure = slots[slot].failure {
        isStopped = true
        condition.broadcast()
        return .failure(failure.error)
      }
      slots[slot].piecesLeft = piecesPerStep
      isHolding = true
      defer { nextToTake += 1 }
      return .success(nextToTake)
    }
    return try taken.get()
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

  private func slot(of step: Int) -> Int { (step - first) % slotCount }
}
