import Networks
import Randomness

/// Values that are neither zero nor alike: processors multiply some numbers faster than others.
enum RandomValues {
  /// `count` numbers in -1..<1 that begin anew after a prime number of them, as drawing takes longer than computing.
  static func make(count: Int, index: UInt64 = 0) -> [Float] {
    var random = RandomStream(seed: 1, stream: .test, index: index)
    let drawn = (0..<Swift.min(count, 65_521)).map { _ in random.uniform(in: Float(-1)..<1) }
    return [Float](unsafeUninitializedCapacity: count) { values, initialized in
      for position in 0..<count { values[position] = drawn[position % drawn.count] }
      initialized = count
    }
  }
}

/// A batch of random images with labels.
struct RandomBatch {
  let images: [Float]
  let labels: [Int32]

  init(for network: Network, batchSize: Int) {
    let input = network.input
    images = RandomValues.make(count: batchSize * input.channels * input.height * input.width)
    var random = RandomStream(seed: 1, stream: .test, index: 1)
    labels = (0..<batchSize).map { _ in Int32(random.integer(below: network.classes)) }
  }

  func withPointers(_ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Int32>) throws -> Void) rethrows
  {
    try images.withUnsafeBufferPointer { images in
      try labels.withUnsafeBufferPointer { try body(images, $0) }
    }
  }
}
