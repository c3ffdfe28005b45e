import Datasets
import Devices
import Foundation
import Interchange
import Networks
import Training
import XCTest

final class BenchmarkTests: TrainingTestCase {
  // MARK: - Operators

  func testEveryDirectionIsMeasuredOnEveryDevice() throws {
    var requests = InstructionSet.allCases.filter(\.isAvailable).map { DeviceRequest.cpu($0) }
    if !OpenCLDevices.list().isEmpty {
      requests += DeviceRequest.Family.allCases.map { .openCL(index: nil, family: $0) }
    }
    let problem = try ConvolutionProblem(parsing: "mb2ic3ih9iw7oc18kh3sh2ph1")
    for request in requests {
      let device = try DeviceCatalog.open(request, threads: 1).device
      for direction in ConvolutionDirection.allCases {
        let benchmark = try OperatorBenchmark(problem, direction, on: device)
        XCTAssertEqual(benchmark.problem, problem)
        XCTAssertEqual(benchmark.direction, direction)
        XCTAssertGreaterThan(benchmark.seconds, 0, "\(request) \(direction)")
        XCTAssertEqual(benchmark.gflops * benchmark.seconds, problem.flops / 1e9, accuracy: 1e-12)
      }
    }
  }

  func testAProblemBeyondMemoryIsRefused() throws {
    let problem = try ConvolutionProblem(parsing: "mb2147483647ic1024ih1oc1024kh1")
    for direction in ConvolutionDirection.allCases {
      XCTAssertThrowsError(try OperatorBenchmark(problem, direction, on: openFallback())) { error in
        guard case .outOfMemory = error as? DeviceError else { return XCTFail("\(error)") }
      }
    }
  }

  func testOperationsAndBytes() throws {
    let problem = try ConvolutionProblem(parsing: "mb2ic3ih8oc4kh3ph1sh2")
    XCTAssertEqual(problem.flops, 2 * 2 * 4 * 4 * 4 * 3 * 9)
    XCTAssertEqual(problem.minimalBytes(), 4 * (2 * 3 * 64 + 2 * 4 * 16 + 4 * 3 * 9))
    XCTAssertEqual(problem.minimalBytes(.bfloat16), 2 * (2 * 3 * 64 + 2 * 4 * 16) + 4 * 4 * 3 * 9)
  }

  func testRoofline() throws {
    let problem = try ConvolutionProblem(parsing: "mb1ic10ih10oc10kh1")
    // 20,000 operations on 8,400 bytes.
    let peaks: [(MachinePeak, Roofline.Bound, Double)] = [
      (MachinePeak(gflops: 1, gigabytesPerSecond: 1), .compute, 20e-6),
      (MachinePeak(gflops: 20, gigabytesPerSecond: 1), .memory, 8.4e-6),
    ]
    for (peak, bound, shortest) in peaks {
      for seconds in [shortest / 2, shortest, 3 * shortest] {
        let roofline = Roofline(problem, seconds: seconds, peak: peak)
        XCTAssertEqual(roofline.bound, bound)
        XCTAssertEqual(roofline.share, shortest / seconds, accuracy: 1e-12)
      }
    }
  }

  func testListsOfModels() {
    let lists: KeyValuePairs = [
      "resnet20": ["resnet20"], "resnet20,resnet56": ["resnet20", "resnet56"],
      "vgg16:head=3,width=0.25,resnet20": ["vgg16:head=3,width=0.25", "resnet20"],
      "resnet20:shortcut=b,resnet56:shortcut=b,width=2": [
        "resnet20:shortcut=b", "resnet56:shortcut=b,width=2",
      ],
      "a,,b": ["a", "", "b"], "resnet20,width=2": ["resnet20", "width=2"],
    ]
    for (list, models) in lists { XCTAssertEqual(ModelGroup.models(in: list), models, list) }
  }

  func testConvolutionsOfModels() throws {
    let shape = ImageShape(channels: 3, height: 32, width: 32)
    let group = ModelGroup(models: ["resnet20:shortcut=b", "mlp"], input: shape, batchSize: 4)
    let problems = try group.convolutions().map(\.description)
    XCTAssertEqual(problems.count, 21)
    XCTAssertEqual(problems.first, "mb4ic3ih32oc16kh3ph1")
    XCTAssertEqual(
      Set(problems),
      [
        "mb4ic3ih32oc16kh3ph1", "mb4ic16ih32oc16kh3ph1", "mb4ic16ih32oc32kh3sh2ph1",
        "mb4ic16ih32oc32kh1sh2", "mb4ic32ih16oc32kh3ph1", "mb4ic32ih16oc64kh3sh2ph1",
        "mb4ic32ih16oc64kh1sh2", "mb4ic64ih8oc64kh3ph1",
      ])
    XCTAssertThrowsError(try ModelGroup(models: [""], input: shape, batchSize: 1).convolutions())
  }

  func testTheZoosListIsWhole() throws {
    for group in ModelGroup.zoo {
      for problem in try group.convolutions() { XCTAssertEqual(problem.input.batch, group.batchSize) }
    }
  }

  // MARK: - Steps and data

  func testSteps() throws {
    let network = tinyNetwork()
    for (passes, run) in [(3.0, TrainingStepBenchmark.run), (1.0, InferenceBenchmark.run)] {
      let figures = try run(network, openFallback(), 8, 1, 3)
      XCTAssertEqual(figures.steps, 3)
      XCTAssertGreaterThan(figures.launches, 4)
      XCTAssertEqual(figures.model, "tiny")
      XCTAssertEqual(figures.batchSize, 8)
      XCTAssertEqual(figures.device, "cpu:\(InstructionSet.best.rawValue)")
      XCTAssertEqual(figures.imagesPerSecond, 8000 / figures.medianMilliseconds, accuracy: 1e-6)
      // A 3x3 convolution to 4 x 14 x 14, and 4 x 10 weights.
      let macs = Double(try Complexity(network).multiplyAccumulates)
      XCTAssertEqual(figures.gflops * 1e9, 2 * macs * passes * figures.imagesPerSecond, accuracy: 1)
      XCTAssertGreaterThan(figures.peakMemoryBytes, 1 << 20)
    }
  }

  func testDataOverSeveralEpochs() throws {
    let data = try fewImages()
    for (batchSize, batches) in [(256, 3), (100, 7), (32, 8), (64, 1)] {
      let figures = try DataBenchmark(
        data.training, normalization: data.normalization, augmentation: .cropFlip(padding: 4),
        batchSize: batchSize, batches: batches, workers: 2)
      XCTAssertEqual(figures.batches, batches)
      XCTAssertGreaterThan(figures.seconds, 0)
      XCTAssertEqual(figures.imagesPerSecond, figures.batchesPerSecond * Double(batchSize))
    }
    XCTAssertThrowsError(
      try DataBenchmark(
        data.training, normalization: data.normalization, augmentation: .none, batchSize: 257, batches: 1)
    ) { XCTAssertTrue($0 is DatasetError) }
  }
}
