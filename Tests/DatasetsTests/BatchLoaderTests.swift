import Datasets
import Foundation
import Randomness
import XCTest

final class BatchLoaderTests: DatasetTestCase {
  /// What a loader delivered, copied.
  private struct Copy: Equatable {
    var step: Int
    var images: [UInt32]
    var labels: [Int32]
    var indices: [Int]
  }

  private let normalization = Normalization.cifar10

  private func dataset(count: Int = 50) throws -> ImageDataset {
    var random = RandomStream(seed: 1, stream: .test)
    return try ImageDataset(
      name: "noise", classes: ["a", "b", "c"], channels: 3, height: 7, width: 9,
      images: (0..<count * 3 * 7 * 9).map { _ in UInt8(random.integer(below: 256)) },
      labels: (0..<count).map { _ in Int32(random.integer(below: 3)) })
  }

  private func loader(
    _ purpose: BatchSampler.Purpose = .training, augmentation: Augmentation = .cropFlip(padding: 4),
    epoch: Int = 2,
    start: Int = 0, depth: Int = 3, workers: Int = 1
  ) throws -> BatchLoader {
    let dataset = try dataset()
    return try BatchLoader(
      dataset: dataset, normalization: normalization, augmentation: augmentation,
      sampler: BatchSampler(count: dataset.count, batchSize: 8, purpose: purpose, seed: 11), epoch: epoch,
      startingAtStep: start, prefetchDepth: depth, workers: workers)
  }

  private func copies(_ loader: BatchLoader) throws -> [Copy] {
    var copies: [Copy] = []
    while let batch = try loader.next() {
      copies.append(
        Copy(
          step: batch.step, images: batch.images.map(\.bitPattern), labels: Array(batch.labels),
          indices: Array(batch.indices)))
    }
    return copies
  }

  func testTrainingBatchesAgainstAPlainLoop() throws {
    let dataset = try dataset()
    let images = try XCTUnwrap(dataset.images)
    let sampler = try BatchSampler(count: 50, batchSize: 8, purpose: .training, seed: 11)
    let order = sampler.order(epoch: 2)
    let batches = try copies(loader())
    XCTAssertEqual(batches.map(\.step), [0, 1, 2, 3, 4, 5])
    for batch in batches {
      let indices = Array(order[batch.step * 8..<batch.step * 8 + 8])
      XCTAssertEqual(batch.indices, indices)
      XCTAssertEqual(batch.labels, indices.map { dataset.labels[$0] })
      XCTAssertEqual(batch.images, indices.flatMap { reference(images, $0, epoch: 2) })
    }
  }

  /// Pads, crops, flips and normalises one image, pixel by pixel.
  private func reference(_ images: [UInt8], _ index: Int, epoch: UInt32) -> [UInt32] {
    var random = RandomStream(seed: 11, stream: .augmentation, epoch: epoch, index: UInt64(index))
    let top = random.integer(below: 9)
    let left = random.integer(below: 9)
    let isFlipped = random.integer(below: 2) == 1
    var values: [UInt32] = []
    for channel in 0..<3 {
      for row in 0..<7 {
        for column in 0..<9 {
          let y = row + top - 4
          let x = (isFlipped ? 8 - column : column) + left - 4
          let isInside = (0..<7).contains(y) && (0..<9).contains(x)
          let pixel = isInside ? images[((index * 3 + channel) * 7 + y) * 9 + x] : 0
          let value =
            (Float(pixel) / 255 - normalization.mean[channel]) / normalization.standardDeviation[channel]
          values.append(value.bitPattern)
        }
      }
    }
    return values
  }

  func testEvaluationBatches() throws {
    let dataset = try dataset()
    let batches = try copies(loader(.evaluation, augmentation: .none, epoch: 0))
    XCTAssertEqual(batches.map(\.indices.count), [8, 8, 8, 8, 8, 8, 2])
    XCTAssertEqual(batches.flatMap(\.indices), Array(0..<50))
    XCTAssertEqual(batches.flatMap(\.labels), dataset.labels)
    let table = normalization.lookupTable
    let expected = try XCTUnwrap(dataset.images).enumerated().map {
      table[$0 / 63 % 3 * 256 + Int($1)].bitPattern
    }
    XCTAssertEqual(batches.flatMap(\.images), expected)
  }

  func testWorkersAndDepthDoNotMatter() throws {
    let expected = try copies(loader())
    for (depth, workers) in [(1, 1), (1, 3), (2, 3), (10, 3), (3, 16)] {
      XCTAssertEqual(try copies(loader(depth: depth, workers: workers)), expected)
    }
  }

  func testAnEpochGoesOnWhereItStopped() throws {
    let expected = try copies(loader())
    for start in 0...6 {
      XCTAssertEqual(try copies(loader(start: start, workers: 2)), Array(expected[start...]))
    }
  }

  func testEpochsDiffer() throws {
    let (first, second) = try (copies(loader(epoch: 0)), copies(loader(epoch: 1)))
    XCTAssertNotEqual(first.map(\.indices), second.map(\.indices))
  }

  func testAugmentationDoesNotDependOnTheOrder() throws {
    let augmentation = Augmentation.cropFlip(padding: 4)
    let crops = (0..<500).map { augmentation.crop(seed: 1, epoch: 2, index: $0) }
    XCTAssertEqual(
      (0..<500).reversed().map { augmentation.crop(seed: 1, epoch: 2, index: $0) }, crops.reversed())
    XCTAssertEqual(Set(crops.map { $0?.top }), Set(0...8))
    XCTAssertEqual(Set(crops.map { $0?.left }), Set(0...8))
    XCTAssertEqual(Double(crops.filter { $0?.isFlipped == true }.count), 250, accuracy: 50)
    XCTAssertNil(Augmentation.none.crop(seed: 1, epoch: 2, index: 3))
  }

  func testPaddingWiderThanTheImage() throws {
    let batches = try copies(loader(augmentation: .cropFlip(padding: 40)))
    XCTAssertEqual(batches.count, 6)
  }

  func testStoppingNeverBlocks() throws {
    for workers in [1, 3] {
      for taken in 0..<4 {
        let stopped = try loader(depth: 1, workers: workers)
        for _ in 0..<taken { XCTAssertNotNil(try stopped.next()) }
        stopped.stop()
        XCTAssertNil(try stopped.next())
        let abandoned = try loader(depth: 1, workers: workers)
        for _ in 0..<taken { XCTAssertNotNil(try abandoned.next()) }
      }
    }
  }

  func testABatchOutlivesItsLoader() throws {
    let expected = try copies(loader())[0]
    let batch = try XCTUnwrap(loader().next())
    XCTAssertEqual(batch.images.map(\.bitPattern), expected.images)
    XCTAssertEqual(Array(batch.labels), expected.labels)
  }

  func testWaitingIsMeasured() throws {
    let loader = try loader()
    XCTAssertEqual(loader.secondsWaited, 0)
    _ = try copies(loader)
    XCTAssertGreaterThan(loader.secondsWaited, 0)
    XCTAssertLessThan(loader.secondsWaited, 10)
  }

  func testArgumentsThatDoNotFit() throws {
    let dataset = try dataset()
    let sampler = try BatchSampler(count: 50, batchSize: 8, purpose: .training)
    let other = try BatchSampler(count: 49, batchSize: 8, purpose: .training)
    assertThrows(.invalidRequest(expected: "a normalisation of 3 channels for data set noise", found: "1")) {
      try BatchLoader(dataset: dataset, normalization: .mnist, sampler: sampler, epoch: 0)
    }
    assertThrows(.invalidRequest(expected: "a sampler of 50 images for data set noise", found: "one of 49")) {
      try BatchLoader(dataset: dataset, normalization: .cifar10, sampler: other, epoch: 0)
    }
    assertThrows(.invalidRequest(expected: "a first step in 0…6", found: "7")) {
      try BatchLoader(
        dataset: dataset, normalization: .cifar10, sampler: sampler, epoch: 0, startingAtStep: 7)
    }
    XCTAssertThrowsError(
      try BatchLoader(dataset: dataset, normalization: .cifar10, sampler: sampler, epoch: 0, workers: 0))
    XCTAssertThrowsError(
      try BatchLoader(dataset: dataset, normalization: .cifar10, sampler: sampler, epoch: 0, prefetchDepth: 0)
    )
    XCTAssertThrowsError(
      try BatchLoader(
        dataset: dataset, normalization: .cifar10, augmentation: .cropFlip(padding: -1), sampler: sampler,
        epoch: 0))
  }

  func testAugmentationNames() throws {
    XCTAssertEqual(try Augmentation(parsing: "none"), Augmentation.none)
    XCTAssertEqual(try Augmentation(parsing: "crop-flip"), .cropFlip(padding: 4))
    XCTAssertEqual("\(Augmentation.cropFlip(padding: 4))", "crop-flip")
    assertThrows(
      .notUnderstood(
        text: "cropflip",
        expected: "none, crop-flip, resized-crop-flip, resized-crop-flip-jitter; did you mean crop-flip?")
    ) {
      try Augmentation(parsing: "cropflip")
    }
  }
}
