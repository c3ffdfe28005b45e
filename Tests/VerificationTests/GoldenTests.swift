import Verification
import XCTest

/// The embedded goldens, and the oracle against them.
final class GoldenTests: XCTestCase {
  func testOracleAgreesWithPyTorch() throws {
    let report = try OracleCheck.run()
    XCTAssertGreaterThan(report.passed, 500)
    for result in report.cases where !result.passed {
      let errors = result.tensors.map { "\($0.tensor): \($0.error ?? .infinity)" }
      XCTFail("\(result.name): \(errors.joined(separator: ", "))")
    }
  }

  func testResNetStepHoldsEveryTensor() throws {
    let golden = try GoldenResNetStep.load()
    XCTAssertEqual(golden.parameters.reduce(0) { $0 + $1.values.count }, 269_722)
    XCTAssertEqual(golden.batches.count, golden.problem.steps)
    XCTAssertEqual(golden.logits.count, golden.problem.batch * golden.problem.classes)
    XCTAssertEqual(golden.losses.count, golden.problem.steps)
    XCTAssertEqual(golden.runningStatistics.count, 38)
    XCTAssertEqual(golden.finalRunningStatistics.keys.sorted(), golden.runningStatistics.keys.sorted())
    for parameter in golden.parameters {
      XCTAssertEqual(golden.gradients[parameter.name]?.count, parameter.values.count, parameter.name)
      XCTAssertEqual(golden.finalParameters[parameter.name]?.count, parameter.values.count, parameter.name)
    }
    for batch in golden.batches {
      XCTAssertEqual(batch.images.count, golden.problem.batch * golden.problem.image.reduce(1, *))
      XCTAssertTrue(batch.labels.allSatisfy { (0..<Int32(golden.problem.classes)).contains($0) })
    }
  }
}
