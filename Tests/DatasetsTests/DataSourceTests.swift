import Datasets
import Foundation
import XCTest

final class DataSourceTests: DatasetTestCase {
  func testUnderstandsTheGrammar() throws {
    let sources: [DataSource] = [
      .sample, .mnist(directory: "a"), .fashionMNIST(directory: "/b"), .cifar10(directory: "c=d"),
      .cifar100(directory: "../e f"), .folder(directory: "g"),
    ]
    let texts = ["sample", "mnist=a", "fashion-mnist=/b", "cifar10=c=d", "cifar100=../e f", "folder=g"]
    XCTAssertEqual(sources.map(\.description), texts)
    XCTAssertEqual(try texts.map(DataSource.init(parsing:)), sources)
    XCTAssertEqual(
      try DataSource(parsing: "mnist=~/data"),
      .mnist(directory: FileManager.default.homeDirectoryForCurrentUser.path + "/data"))
  }

  func testNamesTheNearestKnownOne() {
    let forms =
      "one of sample, mnist=DIR, fashion-mnist=DIR, cifar10=DIR, cifar100=DIR, folder=DIR; did you mean "
    for (text, nearest) in [
      ("cifar=x", "cifar10"), ("CIFAR-100=x", "cifar100"), ("fashionmnist=x", "fashion-mnist"),
      ("minst=", "mnist"),
      ("samples", "sample"), ("folders=x", "folder"), ("", "mnist"),
    ] {
      XCTAssertThrowsError(try DataSource(parsing: text)) { error in
        guard case .notUnderstood(text, let expected) = error as? DatasetError else {
          return XCTFail("\(error)")
        }
        XCTAssertEqual(expected, forms + nearest + "?")
      }
    }
  }

  func testDirectoriesWhereTheyBelong() {
    assertThrows(.notUnderstood(text: "mnist", expected: "mnist=DIR with the directory of its files")) {
      try DataSource(parsing: "mnist")
    }
    assertThrows(.notUnderstood(text: "cifar10=", expected: "cifar10=DIR with the directory of its files")) {
      try DataSource(parsing: "cifar10=")
    }
    assertThrows(
      .notUnderstood(text: "sample=x", expected: "sample alone: its images are part of the program")
    ) {
      try DataSource(parsing: "sample=x")
    }
  }

  func testErrorsSayWhereAndWhatToDo() {
    XCTAssertEqual(
      "\(DatasetError.malformed(file: "a.bin", byte: 7, record: 2, expected: "x", found: "y"))",
      "a.bin: byte 7, record 2: expected x, found y; get the file again from its official source")
    XCTAssertEqual(
      "\(DatasetError.notUnderstood(text: "minst", expected: "mnist"))",
      "cannot understand \"minst\": expected mnist")
  }

  func testTheSampleIsBalanced() throws {
    for (split, perClass) in [(Split.train, 600), (.test, 100)] {
      let dataset = try DataSource.sample.load(split: split)
      XCTAssertEqual(dataset.name, "sample")
      XCTAssertEqual(
        [dataset.count, dataset.channels, dataset.height, dataset.width], [10 * perClass, 1, 28, 28])
      var counts = [Int](repeating: 0, count: 10)
      for label in dataset.labels { counts[Int(label)] += 1 }
      XCTAssertEqual(counts, Array(repeating: perClass, count: 10))
      XCTAssertEqual(dataset.classes.last, "Ankle boot")
    }
  }

  func testTheSampleIsTheFirstOfEachClassOfFashionMNIST() throws {
    let data = try realData("fashion-mnist/train-images-idx3-ubyte.gz")
    for (split, perClass) in [(Split.train, 600), (.test, 100)] {
      let official = try DataSource.fashionMNIST(directory: "\(data)/fashion-mnist").load(split: split)
      XCTAssertEqual(official.count, split == .train ? 60_000 : 10_000)
      var taken = [Int](repeating: 0, count: 10)
      let chosen = official.labels.indices.filter { index in
        taken[Int(official.labels[index])] += 1
        return taken[Int(official.labels[index])] <= perClass
      }
      let expected = official.subset(chosen)
      let sample = try DataSource.sample.load(split: split)
      XCTAssertEqual(sample.images, expected.images)
      XCTAssertEqual(sample.labels, expected.labels)
      if split == .train { assertMeasures(official, .fashionMNIST, accuracy: 1e-6) }
    }
  }

  func testRealCIFAR10() throws {
    let data = try realData("cifar10/data_batch_1.bin")
    let source = DataSource.cifar10(directory: "\(data)/cifar10")
    let (train, test) = try (source.load(split: .train), source.load(split: .test))
    XCTAssertEqual([train.count, test.count], [50_000, 10_000])
    XCTAssertEqual(train.classes[9], "truck")
    for label in 0..<Int32(10) {
      XCTAssertEqual(train.labels.filter { $0 == label }.count, 5_000)
      XCTAssertEqual(test.labels.filter { $0 == label }.count, 1_000)
    }
    assertMeasures(train, .cifar10, accuracy: 1e-5)
  }

  private func assertMeasures(_ dataset: ImageDataset, _ expected: Normalization, accuracy: Float) {
    guard let measured = try? Normalization(measuring: dataset) else { return XCTFail("not measured") }
    for (value, published) in zip(
      measured.mean + measured.standardDeviation, expected.mean + expected.standardDeviation)
    {
      XCTAssertEqual(value, published, accuracy: accuracy)
    }
  }
}
