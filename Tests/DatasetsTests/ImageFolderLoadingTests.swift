import Datasets
import Foundation
import Randomness
import XCTest

/// Batches of images that come from files.
final class ImageFolderLoadingTests: DatasetTestCase {
  /// Bytes stay as they are, times 1/255.
  private func plain() throws -> Normalization {
    try Normalization(mean: [0, 0, 0], standardDeviation: [1, 1, 1])
  }

  private func copy(_ name: String, to path: String) throws {
    try write([UInt8](Fixture.bytes(name)), to: path)
  }

  /// A folder with photographs and other images in two classes.
  private func makeFolder() throws -> DataSource {
    for number in 1...4 { try copy("photo-\(number).jpg", to: "train/photo/\(number).jpg") }
    for name in ["color.png", "grey.jpg", "cmyk.jpg", "palette.png", "large.png", "one-pixel.png"] {
      try copy(name, to: "train/synthetic/\(name)")
    }
    return .folder(directory: directory)
  }

  private func loader(
    _ dataset: ImageDataset, _ purpose: BatchSampler.Purpose = .evaluation,
    augmentation: Augmentation = .none, start: Int = 0, depth: Int = 3, workers: Int? = nil
  ) throws -> BatchLoader {
    try BatchLoader(
      dataset: dataset, normalization: plain(), augmentation: augmentation,
      sampler: BatchSampler(count: dataset.count, batchSize: 3, purpose: purpose, seed: 2), epoch: 1,
      startingAtStep: start, prefetchDepth: depth, workers: workers)
  }

  /// The bytes of all batches.
  private func bytes(_ loader: BatchLoader) throws -> [[UInt8]] {
    var batches: [[UInt8]] = []
    while let batch = try loader.next() { batches.append(batch.images.map { UInt8(($0 * 255).rounded()) }) }
    return batches
  }

  func testEvaluationSeesWhatPillowMakes() throws {
    for (name, size) in [
      ("large.png", 32), ("large.png", 72), ("photo-1.jpg", 32), ("photo-2.jpg", 32), ("photo-3.jpg", 32),
      ("photo-4.jpg", 32),
    ] {
      try? FileManager.default.removeItem(atPath: "\(directory)/train")
      try copy(name, to: "train/a/\(name)")
      let dataset = try DataSource.folder(directory: directory).load(split: .train, imageSize: size)
      let found = try bytes(loader(dataset))[0]
      let expected = try Fixture.expected("\(name).\(size)")
      let plane = size * size
      let errors = expected.pixels.indices.map {
        abs(Int(expected.pixels[$0]) - Int(found[$0 % 3 * plane + $0 / 3]))
      }
      XCTAssertEqual(errors.count, 3 * plane)
      XCTAssertLessThanOrEqual(errors.max() ?? 255, 2, name)
      XCTAssertLessThan(Double(errors.reduce(0, +)) / Double(errors.count), 0.5, name)
    }
  }

  func testWorkersAndDepthAndTheFirstStepDoNotMatter() throws {
    let dataset = try makeFolder().load(split: .train, imageSize: 24)
    for augmentation in [Augmentation.none, .cropFlip(padding: 4), .resizedCropFlip, .resizedCropFlipJitter] {
      let expected = try bytes(loader(dataset, .training, augmentation: augmentation, workers: 1))
      XCTAssertEqual(expected.count, 3)
      for (depth, workers) in [(1, 3), (3, 8), (10, 2), (3, nil)] {
        let again = try bytes(
          loader(dataset, .training, augmentation: augmentation, depth: depth, workers: workers))
        XCTAssertEqual(again, expected, "\(augmentation)")
      }
      let rest = try bytes(loader(dataset, .training, augmentation: augmentation, start: 2))
      XCTAssertEqual(rest, [expected[2]])
    }
  }

  func testAugmentationsDiffer() throws {
    let dataset = try makeFolder().load(split: .train, imageSize: 24)
    let augmentations = [Augmentation.none, .cropFlip(padding: 4), .resizedCropFlip, .resizedCropFlipJitter]
    let batches = try augmentations.map { try bytes(loader(dataset, .training, augmentation: $0)) }
    XCTAssertEqual(Set(batches).count, 4)
  }

  /// Images of the same pixels, in files and in memory, take the same resized crops.
  func testImagesInMemoryTakeTheSameResizedCrops() throws {
    let (count, side) = (10, 24)
    var random = RandomStream(seed: 1, stream: .test)
    let images = (0..<count).map { _ in (0..<side * side * 3).map { _ in UInt8(random.integer(below: 256)) } }
    for (index, image) in images.enumerated() {
      try write([UInt8](png(width: side, height: side, pixels: image)), to: "train/a/\(index).png")
    }
    let planes = images.flatMap { image in
      (0..<3).flatMap { channel in (0..<side * side).map { image[3 * $0 + channel] } }
    }
    let memory = try ImageDataset(
      name: "memory", classes: ["a"], channels: 3, height: side, width: side, images: planes,
      labels: Array(repeating: 0, count: count))
    let files = try DataSource.folder(directory: directory).load(split: .train, imageSize: side)
    for augmentation in [Augmentation.resizedCropFlip, .resizedCropFlipJitter] {
      let expected = try bytes(loader(files, .training, augmentation: augmentation))
      for workers in [1, 4] {
        let found = try bytes(loader(memory, .training, augmentation: augmentation, workers: workers))
        XCTAssertEqual(found, expected)
      }
    }
  }

  func testGreyImagesInMemoryTakeResizedCrops() throws {
    let dataset = try DataSource.sample.load(split: .test).limited(to: 200)
    func pixels(_ augmentation: Augmentation) throws -> [Float] {
      let loader = try BatchLoader(
        dataset: dataset, normalization: .fashionMNIST, augmentation: augmentation,
        sampler: BatchSampler(count: 200, batchSize: 200, purpose: .training), epoch: 0)
      return try XCTUnwrap(loader.next()).images.map { $0 }
    }
    let batches = try [.none, .resizedCropFlip, .resizedCropFlipJitter].map(pixels)
    XCTAssertEqual(Set(batches).count, 3)
    XCTAssertEqual(batches.map(\.count), [156_800, 156_800, 156_800])
  }

  func testTheFirstBadImageIsNamedWhateverTheWorkers() throws {
    for number in 0..<12 {
      try write([UInt8](png(width: 3, height: 3, color: [9, 9, 9])), to: "train/a/\(number + 10).png")
    }
    for number in [14, 15, 21] { try write([1, 2], to: "train/a/\(number).png") }
    let dataset = try DataSource.folder(directory: directory).load(split: .train, imageSize: 8)
    for workers in [1, 2, 7] {
      let loader = try loader(dataset, workers: workers)
      XCTAssertNotNil(try loader.next())
      let expected = DatasetError.badImage(
        file: "\(directory)/train/a/14.png", reason: "it is neither JPEG nor PNG")
      assertThrows(expected) { try loader.next() }
      XCTAssertNil(try loader.next())
    }
    let readable = try DataSource.folder(directory: directory).load(
      split: .train, imageSize: 8, onBadImage: .skip)
    XCTAssertEqual(try bytes(loader(readable)).map { $0.count / 192 }, [3, 3, 3])
  }

  func testAFileThatDisappears() throws {
    let dataset = try makeFolder().load(split: .train, imageSize: 8)
    try FileManager.default.removeItem(atPath: "\(directory)/train/photo/2.jpg")
    let path = "\(directory)/train/photo/2.jpg"
    assertThrows(.unreadable(file: path, reason: "No such file or directory")) { try bytes(loader(dataset)) }
  }

  func testBatchesThatFitNoMemory() throws {
    try copy("color.png", to: "train/a/1.png")
    let one = try DataSource.folder(directory: directory).load(split: .train, imageSize: 4096)
    let dataset = one.subset(Array(repeating: 0, count: 1_000_000))
    XCTAssertThrowsError(
      try BatchLoader(
        dataset: dataset, normalization: .imageNet,
        sampler: BatchSampler(count: 1_000_000, batchSize: 1_000_000, purpose: .training), epoch: 0)
    ) { error in
      guard case .invalidRequest("batches that fit the memory", _) = error as? DatasetError else {
        return XCTFail("\(error)")
      }
    }
  }

  func testRealPhotographs() throws {
    let data = try realData("clothing/LICENSE")
    let source = DataSource.folder(directory: "\(data)/clothing")
    let (train, test) = try (
      source.load(split: .train, imageSize: 64), source.load(split: .test, imageSize: 64)
    )
    XCTAssertEqual([train.count, test.count], [240, 60])
    XCTAssertEqual(train.classes, test.classes)
    XCTAssertEqual(train.classes.first, "dress")
    let measured = try Normalization(measuring: test)
    for mean in measured.mean { XCTAssertEqual(mean, 0.47, accuracy: 0.1) }
    for deviation in measured.standardDeviation { XCTAssertEqual(deviation, 0.25, accuracy: 0.05) }
  }
}
