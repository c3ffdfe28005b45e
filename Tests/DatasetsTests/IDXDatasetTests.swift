import Datasets
import XCTest

final class IDXDatasetTests: DatasetTestCase {
  private var images: String { "\(directory)/train-images-idx3-ubyte" }
  private var labels: String { "\(directory)/train-labels-idx1-ubyte" }

  private func load() throws -> ImageDataset {
    try DataSource.mnist(directory: directory).load(split: .train)
  }

  private func writeImages(_ count: UInt32) throws {
    try write(idx([count, 2, 3], (0..<UInt8(count * 6)).map { $0 }), to: "train-images-idx3-ubyte")
  }

  func testReadsASplit() throws {
    try writeImages(2)
    try write(gzip(idx([2], [9, 4])), to: "train-labels-idx1-ubyte.gz")
    let dataset = try load()
    XCTAssertEqual(dataset.name, "mnist")
    XCTAssertEqual(dataset.classes, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
    XCTAssertEqual([dataset.count, dataset.channels, dataset.height, dataset.width], [2, 1, 2, 3])
    XCTAssertEqual(dataset.images, Array(0..<12))
    XCTAssertEqual(dataset.labels, [9, 4])
  }

  func testReadsTheTestSplit() throws {
    try write(idx([1, 1, 1], [7]), to: "t10k-images-idx3-ubyte")
    try write(idx([1], [3]), to: "t10k-labels-idx1-ubyte")
    let dataset = try DataSource.fashionMNIST(directory: directory).load(split: .test)
    XCTAssertEqual(dataset.images, [7])
    XCTAssertEqual(dataset.classes[Int(dataset.labels[0])], "Dress")
  }

  func testMissingFileNamesWhatWouldServe() throws {
    try writeImages(2)
    assertThrows(.missingFile(directory: directory, tried: [labels, labels + ".gz"])) { try load() }
  }

  func testCountMismatch() throws {
    try writeImages(2)
    try write(idx([3], [1, 2, 3]), to: "train-labels-idx1-ubyte")
    assertThrows(.countMismatch(imageFile: images, images: 2, labelFile: labels, labels: 3)) { try load() }
  }

  func testLabelOutOfRange() throws {
    try writeImages(3)
    try write(idx([3], [1, 10, 3]), to: "train-labels-idx1-ubyte")
    assertThrows(.malformed(file: labels, byte: 9, record: 1, expected: "a label in 0…9", found: "10")) {
      try load()
    }
  }

  func testWrongRanks() throws {
    try write(idx([2, 6], Array(repeating: 0, count: 12)), to: "train-images-idx3-ubyte")
    try write(idx([2], [1, 2]), to: "train-labels-idx1-ubyte")
    assertThrows(
      .malformed(
        file: images, byte: 3, record: nil,
        expected: "three dimensions (images, rows, columns), none of them 0", found: "[2, 6]")
    ) { try load() }
    try writeImages(2)
    try write(idx([2, 1], [1, 2]), to: "train-labels-idx1-ubyte")
    assertThrows(
      .malformed(file: labels, byte: 3, record: nil, expected: "one dimension (labels)", found: "[2, 1]")
    ) { try load() }
  }

  func testNoImages() throws {
    try writeImages(0)
    try write(idx([0], []), to: "train-labels-idx1-ubyte")
    XCTAssertThrowsError(try load())
  }
}
