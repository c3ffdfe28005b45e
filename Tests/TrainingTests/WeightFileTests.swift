import Datasets
import Foundation
import Interchange
import Networks
import Training
import XCTest

/// Files with weights, and what they do not say about themselves.
final class WeightFileTests: ConversionTestCase {
  // MARK: - What the file does not say

  func testClassLabels() throws {
    XCTAssertEqual(ClassLabels(count: 3).names, ["0", "1", "2"])
    for dataset in KnownDataset.allCases {
      let labels = try ClassLabels(datasetOrPath: dataset.rawValue)
      XCTAssertEqual(labels, ClassLabels(dataset))
      XCTAssertEqual(labels.names.count, dataset == .cifar100 ? 100 : 10)
      XCTAssertEqual(labels.dataset, dataset)
    }
    XCTAssertEqual(ClassLabels(.cifar10).names[3], "cat")
    let path = "\(folder)/names.txt"
    func write(_ bytes: Data) throws { try bytes.write(to: URL(fileURLWithPath: path)) }
    try write(Data("cat \r\n\tdog\nMöwe, große\n\n \n".utf8))
    XCTAssertEqual(try ClassLabels(datasetOrPath: path).names, ["cat", "dog", "Möwe, große"])
    try write(Data("cat\n\ndog\n".utf8))
    assertThrows(.malformedClassNames(line: 2, found: "nothing"), in: path) {
      _ = try ClassLabels(datasetOrPath: path)
    }
    try write(Data([0x61, 0xff]))
    assertThrows(.malformedClassNames(line: 1, found: "bytes that are not UTF-8"), in: path) {
      _ = try ClassLabels(datasetOrPath: path)
    }
    XCTAssertThrowsError(try ClassLabels(datasetOrPath: "\(folder)/none")) { error in
      XCTAssertEqual((error as? FileError)?.code, ENOENT)
      XCTAssertTrue("\(error)".contains("cifar100"), "\(error)")
    }
  }

  func testDefaultsOfTargets() throws {
    func target(
      _ labels: ClassLabels, classes: Int? = nil, normalization: Normalization? = nil, channels: Int = 3
    ) throws -> ConversionTarget {
      try ConversionTarget(
        model: "resnet20", input: ImageShape(channels: channels, height: 32, width: 32), labels: labels,
        classes: classes, normalization: normalization)
    }
    XCTAssertEqual(try target(ClassLabels(count: 4)).network.classes, 4)
    XCTAssertEqual(try target(ClassLabels(count: 4)).normalization, .imageNet)
    XCTAssertEqual(try target(ClassLabels(.cifar100)).normalization, .cifar100)
    XCTAssertEqual(try target(ClassLabels(.cifar100)).network.classes, 100)
    XCTAssertEqual(try target(ClassLabels(.cifar10), normalization: .imageNet).normalization, .imageNet)
    XCTAssertEqual(try target(ClassLabels(.mnist), channels: 1).normalization, .mnist)
    XCTAssertEqual(try target(ClassLabels(.mnist), channels: 1).network.name, "resnet20")
    assertThrows(.wrongClassCount(expected: 10, found: 100), in: nil) {
      _ = try target(ClassLabels(.cifar100), classes: 10)
    }
    assertThrows(.wrongChannelCount(expected: 1, found: 3), in: nil) {
      _ = try target(ClassLabels(count: 10), channels: 1)
    }
    XCTAssertThrowsError(try ConversionTarget(model: "resnet21", input: image, labels: ClassLabels(count: 1)))
  }

  // MARK: - Files

  func testKindsOfFiles() throws {
    let target = try target()
    let tensors = try tensors(of: target.network)
    let foreign = "\(folder)/foreign"
    try SafeTensorsFile(tensors: tensors, metadata: ["format": "pt", "architecture": "{}"]).write(to: foreign)
    guard case .foreign(let found) = try WeightFile(path: foreign) else { return XCTFail("foreign") }
    XCTAssertEqual(Set(found.map(\.name)), Set(tensors.map(\.name)))
    let own = "\(folder)/own.pt"
    let checkpoint = try convert(tensors, to: target).checkpoint
    try checkpoint.write(to: "\(folder)/own")
    guard case .checkpoint(checkpoint) = try WeightFile(path: "\(folder)/own") else { return XCTFail("own") }
    try FileManager.default.copyItem(atPath: "\(folder)/own", toPath: own)
    XCTAssertThrowsError(try WeightFile(path: own)) { XCTAssertTrue($0 is PyTorchFileError, "\($0)") }
    try Data("text".utf8).write(to: URL(fileURLWithPath: "\(folder)/text"))
    XCTAssertThrowsError(try WeightFile(path: "\(folder)/text")) { XCTAssertTrue($0 is SafeTensorsError) }
    XCTAssertThrowsError(try WeightFile(path: "\(folder)/none.pt")) { XCTAssertTrue($0 is FileError) }
  }

  func testACheckpointsTrainingIsDropped() throws {
    let target = try target()
    let weights = try convert(tensors(of: target.network), to: target).checkpoint
    var trained = weights
    trained.progress = TrainingProgress(epoch: 3, seed: 4)
    for name in trained.state.momentum.keys {
      trained.state.momentum[name] = trained.state.momentum[name]?.map { $0 + 1 }
    }
    let conversion = try Conversion(weightsOf: trained)
    XCTAssertEqual(conversion.checkpoint, weights)
    XCTAssertEqual(conversion.ignored.count, weights.state.parameters.count)
    XCTAssertEqual(try Conversion(weightsOf: weights).ignored, [])
    let path = "\(folder)/a.safetensors"
    try conversion.checkpoint.write(to: path)
    XCTAssertEqual(
      Set(try SafeTensorsFile(path: path).tensors.map(\.name)),
      Set(weights.state.parameters.keys).union(weights.state.statistics.keys))
  }

  func testThePublishedResNet20() throws {
    let path = try PublishedWeights.resNet20()
    guard case .foreign(let tensors) = try WeightFile(path: path) else { return XCTFail("no foreign file") }
    let target = try ConversionTarget(model: "resnet20", input: image, labels: ClassLabels(.cifar10))
    let table = try ParameterTable(target.network)
    XCTAssertEqual(tensors.count, 97)
    XCTAssertEqual(
      Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.shape) }),
      Dictionary(uniqueKeysWithValues: (table.parameters + table.statistics).map { ($0.name, $0.shape) }))
    let state = try Conversion(of: tensors, source: path, to: target).checkpoint.state
    for tensor in tensors {
      XCTAssertEqual(state.parameters[tensor.name] ?? state.statistics[tensor.name], try tensor.values())
    }
    let other = try ConversionTarget(model: "resnet32", input: image, labels: ClassLabels(.cifar10))
    XCTAssertThrowsError(try Conversion(of: tensors, source: path, to: other)) { error in
      guard case .mismatch("resnet32", let missing, [], [])? = (error as? ConversionError)?.problem else {
        return XCTFail("\(error)")
      }
      XCTAssertEqual(missing.count, 60)
    }
  }
}
