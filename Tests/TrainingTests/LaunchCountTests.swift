import Devices
import ModelZoo
import Networks
import Training
import XCTest

/// How many kernels a step launches where one launch does the work of several, on the first OpenCL device.
final class LaunchCountTests: XCTestCase {
  override func setUpWithError() throws { try requireOpenCL() }

  private func session(_ model: String, batchSize: Int, merging: Bool) throws -> TrainingSession {
    let network = try ModelZoo.network(
      model, input: ImageShape(channels: 3, height: 32, width: 32), classes: 10)
    return try TrainingSession(
      network: network,
      device: OpenCLDevices.open(0, choice: ProductChoice(), mergesLaunches: merging), batchSize: batchSize,
      optimizer: OptimizerConfiguration(), labelSmoothing: 0)
  }

  private func launches(_ model: String, batchSize: Int = 2, merging: Bool = true) throws -> Int? {
    try session(model, batchSize: batchSize, merging: merging).trainingLaunches
  }

  /// With tiles of their own, by which a convolution takes the statistics of its output.
  func testLaunchesOfASmallResNet() throws {
    XCTAssertEqual(try launches("resnet20:width=0.25", merging: false), 186)
    XCTAssertEqual(try launches("resnet20:width=0.25"), 148)
    XCTAssertEqual(try launches("resnet56:width=0.25", merging: false), 510)
    XCTAssertEqual(try launches("resnet56:width=0.25"), 402)
    XCTAssertEqual(try session("resnet20:width=0.25", batchSize: 2, merging: true).evaluationLaunches, 46)
  }

  /// The first stage's maps are summed in more chunks than an item adds up for itself.
  func testLaunchesOfALargerBatch() throws {
    XCTAssertEqual(try launches("resnet20:width=0.25", batchSize: 64), 155)
  }

  func testEveryLaunchTellsWhatItIsFor() throws {
    let launches = try session("resnet20:width=0.25", batchSize: 2, merging: true).profileTrainingStep()
    XCTAssertTrue(launches.allSatisfy { $0.purpose != nil })
    let sums = launches.filter { $0.kernel == "sum_parts_of_arrays" }
    XCTAssertEqual(
      sums.map(\.purpose), [LaunchPurpose(operation: "convolutionBackwardWeights", tensor: "gradients")])
  }

  func testStatesAreTheSameBits() throws {
    let states = try [(true, true), (false, false)].map { merging, poison in
      try stateAfterTraining(
        on: OpenCLDevices.open(0, choice: ProductChoice(), mergesLaunches: merging), workers: 1, steps: 3,
        poison: poison)
    }
    XCTAssertEqual(states[0], states[1])
  }
}
