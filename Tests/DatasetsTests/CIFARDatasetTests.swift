import Datasets
import XCTest

final class CIFARDatasetTests: DatasetTestCase {
  private func record(_ labels: [UInt8], _ pixel: UInt8) -> [UInt8] {
    labels + (0..<3072).map { pixel &+ UInt8($0 / 1024) }
  }

  private func writeCIFAR10(in folder: String = "") throws {
    for batch in 1...5 {
      let label = UInt8(batch)
      try write(
        record([label], 10 * label) + record([0], 10 * label + 5), to: "\(folder)data_batch_\(batch).bin")
    }
  }

  private func load10() throws -> ImageDataset {
    try DataSource.cifar10(directory: directory).load(split: .train)
  }

  func testReadsCIFAR10() throws {
    try writeCIFAR10()
    let dataset = try load10()
    XCTAssertEqual([dataset.count, dataset.channels, dataset.height, dataset.width], [10, 3, 32, 32])
    XCTAssertEqual(dataset.labels, [1, 0, 2, 0, 3, 0, 4, 0, 5, 0])
    XCTAssertEqual(dataset.classes[8], "ship")
    let images = try XCTUnwrap(dataset.images)
    XCTAssertEqual(images.count, 10 * 3072)
    XCTAssertEqual(
      [0, 1023, 1024, 2048, 3072, 9 * 3072].map { images[$0] }, [10, 10, 11, 12, 15, 55])
  }

  func testReadsTheArchivesFolderAndItsClassNames() throws {
    try writeCIFAR10(in: "cifar-10-batches-bin/")
    let names = (0..<10).map { "class \($0)" }
    try write(
      Array((names.joined(separator: "\r\n") + "\n\n").utf8), to: "cifar-10-batches-bin/batches.meta.txt")
    XCTAssertEqual(try load10().classes, names)
    let path = try write(Array("one\ntwo\n".utf8), to: "batches.meta.txt")
    assertThrows(
      .malformed(file: path, byte: 8, record: nil, expected: "10 class names, one per line", found: "2")
    ) { try load10() }
  }

  func testReadsCIFAR100() throws {
    try write(gzip(record([19, 99], 1) + record([0, 41], 2)), to: "cifar-100-binary/test.bin.gz")
    let dataset = try DataSource.cifar100(directory: directory).load(split: .test)
    XCTAssertEqual(dataset.labels, [99, 41])
    XCTAssertEqual(dataset.labels.map { dataset.classes[Int($0)] }, ["worm", "lawn_mower"])
    XCTAssertEqual(dataset.classes.count, 100)
    XCTAssertEqual(dataset.images?[3071...3072], [3, 2])
  }

  func testMissingBatch() throws {
    try writeCIFAR10()
    try FileManager.default.removeItem(atPath: "\(directory)/data_batch_4.bin")
    let paths = ["", "/cifar-10-batches-bin"].flatMap { folder in
      ["", ".gz"].map { "\(directory)\(folder)/data_batch_4.bin\($0)" }
    }
    assertThrows(.missingFile(directory: directory, tried: paths)) { try load10() }
  }

  func testTruncatedRecord() throws {
    try writeCIFAR10()
    let path = try write(Array((record([1], 0) + record([1], 0)).dropLast(3000)), to: "data_batch_2.bin")
    assertThrows(
      .malformed(
        file: path, byte: 3146, record: 1, expected: "3073 bytes per record",
        found: "the end after 73 of them")
    ) { try load10() }
  }

  func testEmptyFile() throws {
    try writeCIFAR10()
    let path = try write([], to: "data_batch_2.bin")
    assertThrows(
      .malformed(
        file: path, byte: 0, record: 0, expected: "3073 bytes per record", found: "the end after 0 of them")
    ) { try load10() }
  }

  func testOversizedFile() throws {
    try writeCIFAR10()
    let path = try write([UInt8](repeating: 0, count: 10_000 * 3073 + 1), to: "data_batch_3.bin")
    assertThrows(
      .malformed(
        file: path, byte: 30_730_000, record: nil,
        expected: "the end of the file after 10000 records of 3073 bytes", found: "more bytes")
    ) { try load10() }
  }

  func testLabelsOutOfRange() throws {
    try writeCIFAR10()
    let batch = try write(record([9], 0) + record([10], 0), to: "data_batch_5.bin")
    assertThrows(.malformed(file: batch, byte: 3073, record: 1, expected: "a label in 0…9", found: "10")) {
      try load10()
    }
    let coarse = try write(record([20, 0], 0), to: "train.bin")
    assertThrows(
      .malformed(file: coarse, byte: 0, record: 0, expected: "a coarse label in 0…19", found: "20")
    ) {
      try DataSource.cifar100(directory: directory).load(split: .train)
    }
    let fine = try write(record([1, 99], 0) + record([2, 100], 0), to: "test.bin")
    assertThrows(
      .malformed(file: fine, byte: 3075, record: 1, expected: "a fine label in 0…99", found: "100")
    ) {
      try DataSource.cifar100(directory: directory).load(split: .test)
    }
  }
}
