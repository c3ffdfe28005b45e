import Devices
import Training
import XCTest

/// fp16 is for evaluation.
final class HalfPrecisionTests: TrainingTestCase {
  func testItEvaluatesAndDoesNotTrain() throws {
    try requireOpenCL()
    let device = try DeviceCatalog.open(.openCL(index: 0, family: .gpu), precision: .float16).device
    XCTAssertNoThrow(try TrainingSession(evaluating: tinyNetwork(), device: device, batchSize: 2))
    XCTAssertThrowsError(
      try TrainingSession(
        network: tinyNetwork(), device: device, batchSize: 2, optimizer: OptimizerConfiguration(),
        labelSmoothing: 0)
    ) { error in
      guard case .unavailable = error as? DeviceError else { return XCTFail("\(error)") }
      XCTAssertTrue("\(error)".contains("it is for evaluation"), "\(error)")
    }
  }
}
