import Datasets
import Foundation
import XCTest

final class ImageFolderTests: DatasetTestCase {
  /// Writes images of one colour each, by their paths.
  private func write(_ images: [String: [UInt8]]) throws {
    for (path, color) in images { try write([UInt8](png(width: 5, height: 4, color: color)), to: path) }
  }

  private func link(_ path: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(directory)/\(path)", withDestinationPath: target)
  }

  private func load(
    _ split: Split = .train, size: Int = 2, onBadImage: BadImagePolicy = .fail
  ) throws -> ImageDataset {
    try DataSource.folder(directory: directory).load(split: split, imageSize: size, onBadImage: onBadImage)
  }

  /// The paths of a data set's files below the test's directory.
  private func paths(_ dataset: ImageDataset) throws -> [String] {
    try XCTUnwrap(dataset.files).map { String($0.dropFirst(directory.count + 1)) }
  }

  func testClassesAndFilesAreInByteOrder() throws {
    let names = [
      "train/2/b.png", "train/2/a/z.png", "train/10/x.png", "train/10/X.JPG", "train/é/1.jpeg",
      "train/Z/1.png",
    ]
    try write(Dictionary(uniqueKeysWithValues: names.map { ($0, [1, 2, 3]) }))
    let dataset = try load()
    XCTAssertEqual(dataset.name, "folder")
    XCTAssertEqual(dataset.classes, ["10", "2", "Z", "é"])
    XCTAssertEqual(
      try paths(dataset),
      [
        "train/10/X.JPG", "train/10/x.png", "train/2/a/z.png", "train/2/b.png", "train/Z/1.png",
        "train/é/1.jpeg",
      ])
    XCTAssertEqual(dataset.labels, [0, 0, 1, 1, 2, 3])
    XCTAssertEqual([dataset.count, dataset.channels, dataset.height, dataset.width], [6, 3, 2, 2])
    XCTAssertNil(dataset.images)
    XCTAssertFalse(dataset.isInMemory)
  }

  func testOtherFilesAreNotSeen() throws {
    try write(["train/a/1.png": [0, 0, 0], "train/b/1.png": [0, 0, 0]])
    for name in ["train/a/.2.png", "train/a/note.txt", "train/.c/1.png", "train/a/.d/1.png", "train/1.png"] {
      try write([1], to: name)
    }
    XCTAssertEqual(try paths(load()), ["train/a/1.png", "train/b/1.png"])
  }

  func testLinksAreFollowedWithoutGoingInCircles() throws {
    try write(["elsewhere/1.png": [0, 0, 0], "train/a/deep/2.png": [0, 0, 0], "train/a/0.png": [0, 0, 0]])
    try link("train/b", to: "../elsewhere")
    try link("train/a/up", to: "..")
    try link("train/a/deep/self", to: ".")
    try link("train/a/more", to: "../../elsewhere")
    try link("train/a/again.png", to: "0.png")
    let dataset = try load()
    XCTAssertEqual(dataset.classes, ["a", "b"])
    XCTAssertEqual(
      try paths(dataset).filter { $0.hasPrefix("train/a/") && !$0.hasPrefix("train/a/up/") },
      ["train/a/0.png", "train/a/again.png", "train/a/deep/2.png", "train/a/more/1.png"])
    XCTAssertEqual(try paths(dataset).last, "train/b/1.png")
    XCTAssertLessThan(dataset.count, 10)
  }

  func testADanglingLinkIsNamed() throws {
    try write(["train/a/1.png": [0, 0, 0]])
    let path = "\(directory)/train/a/2.png"
    try link("train/a/2.png", to: "nowhere")
    assertThrows(.unreadable(file: path, reason: "No such file or directory")) { try load() }
  }

  func testAFolderThatCannotBeReachedIsNamed() throws {
    try write(["train/a/1.png": [0, 0, 0], "train/c/1.png": [0, 0, 0], "val/a/1.png": [0, 0, 0]])
    for (path, target, reason) in [
      ("train/b", "nowhere", "No such file or directory"),
      ("train/b", "b", "Too many levels of symbolic links"),
      ("train/a/deep", "nowhere", "No such file or directory"),
    ] {
      try link(path, to: target)
      assertThrows(.unreadable(file: "\(directory)/\(path)", reason: reason)) { try load() }
      try FileManager.default.removeItem(atPath: "\(directory)/\(path)")
    }
    let test = "\(directory)/test"
    try link("test", to: "nowhere")
    assertThrows(.unreadable(file: test, reason: "No such file or directory")) { try load(.test) }
    try FileManager.default.removeItem(atPath: test)
    try FileManager.default.removeItem(atPath: "\(directory)/train")
    try link("train", to: "nowhere")
    assertThrows(.unreadable(file: "\(directory)/train", reason: "No such file or directory")) {
      try load(.test)
    }
  }

  func testOnlyWhatIsUsedMustBeReachable() throws {
    try write(["train/a/1.png": [0, 0, 0]])
    try link("latest", to: "nowhere")
    XCTAssertEqual(try load().count, 1)
    assertThrows(
      .malformedFolder(
        directory,
        expected: "a folder test or val or validation with one folder of images per class, such as "
          + "test/cat/1.jpg", found: "only train")
    ) { try load(.test) }
  }

  func testTheTestSplitHasOtherNames() throws {
    try write(["train/a/1.png": [0, 0, 0], "validation/a/1.png": [0, 0, 0]])
    XCTAssertEqual(try paths(load(.test)), ["validation/a/1.png"])
    try write(["val/a/2.png": [0, 0, 0]])
    XCTAssertEqual(try paths(load(.test)), ["val/a/2.png"])
    try write(["test/a/3.png": [0, 0, 0]])
    XCTAssertEqual(try paths(load(.test)), ["test/a/3.png"])
  }

  func testMissingFolders() throws {
    let nowhere = "\(directory)/nowhere"
    assertThrows(.unreadable(file: nowhere, reason: "No such file or directory")) {
      try DataSource.folder(directory: nowhere).load(split: .train)
    }
    let layout = "with one folder of images per class, such as"
    assertThrows(
      .malformedFolder(directory, expected: "a folder train \(layout) train/cat/1.jpg", found: "no folder")
    ) { try load() }
    try write([
      "cat/1.png": [0, 0, 0], "dog/1.png": [0, 0, 0], "elk/1.png": [0, 0, 0], "fox/1.png": [0, 0, 0],
    ])
    assertThrows(
      .malformedFolder(
        directory, expected: "a folder test or val or validation \(layout) test/cat/1.jpg",
        found: "only cat, dog, elk and 1 more")
    ) { try load(.test) }
    try write(["train/1.png": [0, 0, 0]])
    assertThrows(
      .malformedFolder(
        "\(directory)/train", expected: "one folder of images per class, such as cat/1.jpg", found: "none")
    ) { try load() }
  }

  func testEmptyClasses() throws {
    try write(["train/a/1.png": [0, 0, 0]])
    try write([1], to: "train/b/c/note.txt")
    assertThrows(
      .malformedFolder(
        "\(directory)/train/b", expected: "at least one image (.jpg, .jpeg or .png) of that class",
        found: "none")
    ) { try load() }
  }

  func testClassesOfUnreadableTypes() throws {
    try write(["train/a/1.png": [0, 0, 0]])
    func check(_ found: String) {
      assertThrows(
        .malformedFolder(
          "\(directory)/train/b", expected: "at least one image (.jpg, .jpeg or .png) of that class",
          found: found)
      ) { try load() }
    }
    try write([1], to: "train/b/1.webp")
    check("1 .webp file; convert it to JPEG or PNG")
    for index in 2...12 { try write([1], to: "train/b/deep/\(index).WebP") }
    check("12 .webp files; convert them to JPEG or PNG")
    for name in ["1.tiff", "2.tif", "3.tiff", "4.bmp", "note.txt", "webp"] {
      try write([1], to: "train/b/\(name)")
    }
    check("12 .webp, 2 .tiff, 1 .bmp, 1 .tif files; convert them to JPEG or PNG")
    try write(["train/b/1.png": [0, 0, 0]])
    XCTAssertEqual(try load().count, 2)
  }

  func testTheTestSplitHasTheClassesOfTheTrainingSplit() throws {
    try write(["train/a/1.png": [0, 0, 0], "train/b/1.png": [0, 0, 0], "test/b/1.png": [0, 0, 0]])
    let expected = "the 2 classes of \(directory)/train"
    assertThrows(.malformedFolder("\(directory)/test", expected: expected, found: "no a")) { try load(.test) }
    try write(["test/c/1.png": [0, 0, 0]])
    assertThrows(.malformedFolder("\(directory)/test", expected: expected, found: "no a, also c")) {
      try load(.test)
    }
    try FileManager.default.removeItem(atPath: "\(directory)/train")
    XCTAssertEqual(try load(.test).classes, ["b", "c"])
  }

  func testImpossibleSizes() throws {
    try write(["train/a/1.png": [0, 0, 0]])
    for size in [0, -1, 4097, .max] {
      assertThrows(.invalidRequest(expected: "an image size in 1…4096", found: "\(size)")) {
        try load(size: size)
      }
    }
  }

  func testPartsOfAFolder() throws {
    try write(
      Dictionary(
        uniqueKeysWithValues: (0..<40).map { ("train/\($0 % 4)/\($0 + 10).png", [UInt8($0), 0, 0]) }))
    let dataset = try load()
    let all = try paths(dataset)
    let part = dataset.subset([7, 2, 7])
    XCTAssertEqual(try paths(part), [all[7], all[2], all[7]])
    XCTAssertEqual(part.labels, [dataset.labels[7], dataset.labels[2], dataset.labels[7]])
    let limited = try dataset.limited(to: 20)
    XCTAssertEqual(try limited.limited(to: 20), limited)
    XCTAssertEqual(limited.count, 20)
    let (training, validation) = try dataset.validationSplit(0.25)
    XCTAssertEqual(validation.count, 10)
    XCTAssertEqual(Set(try paths(training)).union(try paths(validation)), Set(all))
  }

  func testBadImagesAreLeftOutAndListed() throws {
    try write(
      Dictionary(
        uniqueKeysWithValues: (0..<20).map { ("train/\($0 % 2)/\($0 + 10).png", [UInt8($0), 0, 0]) }))
    try write(Array("text".utf8), to: "train/0/14.png")
    try write([], to: "train/1/15.png")
    let dataset = try load(onBadImage: .skip)
    XCTAssertEqual(dataset.count, 18)
    XCTAssertEqual(
      dataset.skippedImages,
      [
        BadImage(file: "\(directory)/train/0/14.png", reason: "it is neither JPEG nor PNG"),
        BadImage(file: "\(directory)/train/1/15.png", reason: "the file is empty"),
      ])
    XCTAssertFalse(try paths(dataset).contains("train/0/14.png"))
    XCTAssertEqual(try dataset.limited(to: 3).skippedImages, dataset.skippedImages)
    XCTAssertEqual(try load().count, 20, "listing does not decode")
    assertThrows(.badImage(file: "\(directory)/train/0/14.png", reason: "it is neither JPEG nor PNG")) {
      try Normalization(measuring: load())
    }
  }

  func testAFolderOfBadImagesOnly() throws {
    try write([1], to: "train/a/1.png")
    XCTAssertThrowsError(try load(onBadImage: .skip)) { error in
      guard case .malformedFolder(_, _, let found) = error as? DatasetError else {
        return XCTFail("\(error)")
      }
      XCTAssertTrue(found.contains("train/a/1.png: it is neither JPEG nor PNG"), found)
    }
  }

  func testAClassOfBadImagesOnly() throws {
    try write(["train/a/1.png": [0, 0, 0], "train/bc/1.png": [0, 0, 0]])
    try write([1], to: "train/b/1.png")
    try write([], to: "train/b/deep/2.png")
    try write([], to: "train/bc/2.png")
    assertThrows(
      .malformedFolder(
        "\(directory)/train/b", expected: "at least one image of that class that can be decoded",
        found: "2 bad ones, such as \(directory)/train/b/1.png: it is neither JPEG nor PNG")
    ) { try load(onBadImage: .skip) }
    try write(["train/b/3.png": [0, 0, 0]])
    XCTAssertEqual(try load(onBadImage: .skip).labels, [0, 1, 2])
  }

  func testMeasuredNormalization() throws {
    try write(["train/a/1.png": [0, 51, 255], "train/b/1.png": [255, 51, 0]])
    let measured = try Normalization(measuring: load(size: 8))
    XCTAssertEqual(measured.mean, [0.5, 0.2, 0.5])
    XCTAssertEqual(measured.standardDeviation, [0.5, 1, 0.5])
    XCTAssertEqual(DataSource.folder(directory: directory).normalization, .imageNet)
  }

  func testSummary() throws {
    try write(["train/a/1.png": [0, 51, 255], "train/b/1.png": [255, 51, 0], "train/b/3.png": [0, 0, 0]])
    try write([UInt8](png(width: 9, height: 1, color: [0, 0, 0])), to: "train/b/3.png")
    try write([], to: "train/b/2.png")
    let source = DataSource.folder(directory: directory)
    let summary = try DatasetSummary(source, split: .train, imageSize: 8, onBadImage: .skip)
    XCTAssertEqual(summary.classes.map(\.name), ["a", "b"])
    XCTAssertEqual(summary.classes.map(\.count), [1, 3])
    XCTAssertEqual([summary.count, summary.channels, summary.height, summary.width], [4, 3, 8, 8])
    XCTAssertEqual([summary.widths?.minimum, summary.widths?.maximum], [5, 9])
    XCTAssertEqual([summary.widths?.median, summary.heights?.median], [5, 4])
    XCTAssertEqual(
      summary.badImages, [BadImage(file: "\(directory)/train/b/2.png", reason: "the file is empty")])
    XCTAssertEqual(summary.measured?.mean.map { ($0 * 255).rounded() }, [85, 34, 85])
    XCTAssertThrowsError(try DatasetSummary(source, split: .train))
    let sample = try DatasetSummary(.sample, split: .test)
    XCTAssertEqual(sample.count, 1000)
    XCTAssertEqual([sample.widths?.minimum, sample.heights?.maximum], [28, 28])
    XCTAssertEqual(sample.measured, try Normalization(measuring: DataSource.sample.load(split: .test)))
  }
}
