import Datasets
import Devices
import ModelZoo
import Networks
import Training
import XCTest

/// Same seed, same instruction set: same bits, whatever the threads, the runtime and what scratch memory held.
final class DeterminismTests: XCTestCase {
  /// The state after `steps` steps on the sample.
  private func train(
    _ request: DeviceRequest, threads: Int, steps: Int = 20, poison: Bool = false
  ) throws -> ModelState {
    try stateAfterTraining(
      on: DeviceCatalog.open(request, threads: threads).device, workers: threads, steps: steps, poison: poison
    )
  }

  func testThreadsDoNotMatter() throws {
    XCTAssertEqual(try train(.cpu(nil), threads: 1), try train(.cpu(nil), threads: 2))
    XCTAssertEqual(try train(.cpu(nil), threads: 1, steps: 5), try train(.cpu(nil), threads: 3, steps: 5))
  }

  func testScratchMemoryDoesNotMatter() throws {
    XCTAssertEqual(
      try train(.cpu(nil), threads: 2, steps: 3), try train(.cpu(nil), threads: 2, steps: 3, poison: true))
  }

  func testOpenCLGivesTheFallbacksBits() throws {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
    XCTAssertEqual(
      try train(.openCL(index: nil, family: .cpu), threads: 2), try train(.cpu(nil), threads: 2))
  }

  func testAnotherSeedGivesOtherBits() throws {
    let state = try train(.cpu(nil), threads: 2, steps: 1)
    let data = try DataSource.sample.load(split: .train)
    let network = try ModelZoo.network(
      "resnet20:width=0.7",
      input: ImageShape(channels: data.channels, height: data.height, width: data.width),
      classes: data.classes.count)
    let session = try TrainingSession(
      network: network, device: try DeviceCatalog.open(.cpu(nil), threads: 1).device, batchSize: 16,
      optimizer: OptimizerConfiguration(), labelSmoothing: 0)
    try session.initialise(seed: 8)
    XCTAssertNotEqual(try session.state().parameters["conv1.weight"], state.parameters["conv1.weight"])
  }

  /// A plan for another width, batch and image size compiles nothing: kernels take sizes at run time.
  func testOtherSizesBuildNoProgram() throws {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
    for family in DeviceRequest.Family.allCases {
      let device = try DeviceCatalog.open(.openCL(index: nil, family: family)).device
      func open(_ model: String, size: Int, batch: Int) throws {
        let network = try ModelZoo.network(
          model, input: ImageShape(channels: 3, height: size, width: size), classes: 10)
        _ = try TrainingSession(
          network: network, device: device, batchSize: batch, optimizer: OptimizerConfiguration(),
          labelSmoothing: 0)
      }
      try open("resnet20", size: 32, batch: 4)
      let builds = device.programBuilds
      XCTAssertGreaterThan(builds, 0)
      try open("resnet20:width=0.37", size: 27, batch: 3)
      XCTAssertEqual(device.programBuilds, builds, family.rawValue)
    }
  }
}
