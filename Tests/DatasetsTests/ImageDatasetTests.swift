import Datasets
import Foundation
import XCTest

final class ImageDatasetTests: DatasetTestCase {
  private func numbered(_ count: Int) throws -> ImageDataset {
    try ImageDataset(
      name: "numbered", classes: ["even", "odd"], channels: 1, height: 1, width: 2,
      images: (0..<count).flatMap { [UInt8($0), UInt8($0)] }, labels: (0..<Int32(count)).map { $0 % 2 })
  }

  private func numbers(_ dataset: ImageDataset) throws -> [Int] {
    let images = try XCTUnwrap(dataset.images)
    return stride(from: 0, to: images.count, by: 2).map { Int(images[$0]) }
  }

  func testSubset() throws {
    let part = try numbered(10).subset([7, 2, 7])
    XCTAssertEqual(part.images, [7, 7, 2, 2, 7, 7])
    XCTAssertEqual(part.labels, [1, 0, 1])
    XCTAssertEqual(part.count, 3)
  }

  func testLimitsAreFixedAndNested() throws {
    let dataset = try numbered(200)
    let small = try numbers(dataset.limited(to: 20))
    let large = try numbers(dataset.limited(to: 50))
    XCTAssertEqual(small.count, 20)
    XCTAssertEqual(small, small.sorted())
    XCTAssertNotEqual(small, Array(0..<20))
    XCTAssertTrue(Set(small).isSubset(of: large))
    XCTAssertEqual(try dataset.limited(to: 20), try dataset.limited(to: 20))
    XCTAssertEqual(try dataset.limited(to: 200), dataset)
    for limit in [-1, 0, 201] {
      assertThrows(
        .invalidRequest(
          expected: "a limit in 1…200, the number of images of data set numbered", found: "\(limit)")
      ) { try dataset.limited(to: limit) }
    }
  }

  func testDrawsAreFixedAndDisjointAsLongAsThereAreImages() throws {
    let dataset = try numbered(200)
    let draws = try (0..<5).map { try numbers(dataset.draw($0, of: 60)) }
    XCTAssertEqual(draws[0], try numbers(dataset.limited(to: 60)))
    XCTAssertEqual(Set(draws[0] + draws[1] + draws[2]).count, 180)
    for draw in draws {
      XCTAssertEqual(draw, draw.sorted())
      XCTAssertEqual(Set(draw).count, 60)
    }
    XCTAssertEqual(Set(draws).count, 5)
    XCTAssertEqual(try dataset.draw(4, of: 60), try dataset.draw(4, of: 60))
    XCTAssertEqual(try dataset.draw(0, of: 200), dataset)
    for (draw, size) in [(1, 200), (-1, 10), (1, 0), (0, 201), (.max, 200)] {
      XCTAssertThrowsError(try dataset.draw(draw, of: size))
    }
  }

  func testTrainingParts() throws {
    let dataset = try numbered(200)
    let limited = try dataset.limited(to: 50)
    XCTAssertEqual(try dataset.trainingParts(limit: nil, validationFraction: 0).training, dataset)
    let parts = try dataset.trainingParts(limit: 50, validationFraction: 0.2)
    XCTAssertEqual(parts.training, try limited.validationSplit(0.2).training)
    XCTAssertEqual(parts.validation, try limited.validationSplit(0.2).validation)
    XCTAssertNil(try dataset.trainingParts(limit: 50, validationFraction: 0).validation)
  }

  func testValidationSplitIsFixedAndDisjoint() throws {
    let dataset = try numbered(200)
    let (training, validation) = try dataset.validationSplit(0.1)
    XCTAssertEqual([training.count, validation.count], [180, 20])
    XCTAssertEqual(try (numbers(training) + numbers(validation)).sorted(), Array(0..<200))
    XCTAssertEqual(try numbers(validation), try numbers(validation).sorted())
    XCTAssertNotEqual(try numbers(validation), try numbers(dataset.limited(to: 20)))
    XCTAssertEqual(try dataset.validationSplit(0.1).validation, validation)
    for fraction in [0, 1, -0.5, 2, 0.001, 0.999, .nan, .infinity] {
      XCTAssertThrowsError(try dataset.validationSplit(fraction))
    }
  }

  func testContradictionsAreErrors() {
    assertThrows(.invalidRequest(expected: "2 images of 1×2×2 bytes in data set x", found: "7 bytes")) {
      try ImageDataset(
        name: "x", classes: ["a"], channels: 1, height: 2, width: 2, images: Array(repeating: 0, count: 7),
        labels: [0, 0])
    }
    assertThrows(.invalidRequest(expected: "a label in 0..<1 for image 1 of data set x", found: "1")) {
      try ImageDataset(
        name: "x", classes: ["a"], channels: 1, height: 1, width: 1, images: [0, 0], labels: [0, 1])
    }
    assertThrows(.invalidRequest(expected: "images of at least 1×1×1 in data set x", found: "0×1×1")) {
      try ImageDataset(name: "x", classes: ["a"], channels: 0, height: 1, width: 1, images: [], labels: [0])
    }
  }

  func testMeasuredNormalization() throws {
    let dataset = try ImageDataset(
      name: "x", classes: ["a"], channels: 2, height: 1, width: 2, images: [0, 255, 51, 51, 0, 255, 51, 51],
      labels: [0, 0])
    let measured = try Normalization(measuring: dataset)
    XCTAssertEqual(measured.mean, [0.5, 0.2])
    XCTAssertEqual(measured.standardDeviation, [0.5, 1])
  }

  func testLookupTable() throws {
    let normalization = try Normalization(mean: [0.25, 0.5], standardDeviation: [0.5, 2])
    let table = normalization.lookupTable
    XCTAssertEqual(table.count, 512)
    XCTAssertEqual([0, 255, 256, 511].map { table[$0] }, [-0.5, 1.5, -0.25, 0.25])
    XCTAssertEqual(table[100], (Float(100) / 255 - 0.25) / 0.5)
  }

  func testNormalizationsAreChecked() throws {
    XCTAssertThrowsError(try Normalization(mean: [], standardDeviation: []))
    XCTAssertThrowsError(try Normalization(mean: [0], standardDeviation: [1, 1]))
    XCTAssertThrowsError(try Normalization(mean: [0], standardDeviation: [0]))
    XCTAssertThrowsError(try Normalization(mean: [.nan], standardDeviation: [1]))
    let encoded = try JSONEncoder().encode(Normalization.cifar10)
    XCTAssertEqual(try JSONDecoder().decode(Normalization.self, from: encoded), .cifar10)
    let wrong = Data(#"{"mean": [0.5], "standardDeviation": [-1]}"#.utf8)
    XCTAssertThrowsError(try JSONDecoder().decode(Normalization.self, from: wrong))
  }
}
