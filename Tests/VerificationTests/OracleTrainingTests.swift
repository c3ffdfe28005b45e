import Devices
import Verification
import XCTest

/// The oracle trains a whole ResNet-20 as PyTorch does.
final class OracleTrainingTests: XCTestCase {
  func testThreeStepsOfResNet20() throws {
    let golden = try GoldenResNetStep.load()
    let network = try ResNet20Schedule(golden.problem)
    var buffers = initialBuffers(network, golden)
    for (step, batch) in golden.batches.enumerated() {
      buffers["images"] = batch.images.map(Double.init)
      buffers["labels"] = batch.labels.map(Double.init)
      buffers = try Oracle.run(
        network.schedule, buffers: buffers,
        scalars: Oracle.Scalars(learningRate: golden.problem.learningRate)
      ).buffers
      let loss = try XCTUnwrap(buffers["losses"]).reduce(0, +) / Double(golden.problem.batch)
      // The golden loss is stored in single precision.
      let expected = Double(golden.losses[step])
      XCTAssertEqual(loss, expected, accuracy: 1e-6 * expected)
      if step == 0 {
        assertEqual(buffers, ["logits": golden.logits])
        assertEqual(buffers, golden.gradients, suffix: ".gradient")
        assertEqual(buffers, golden.runningStatistics)
      }
    }
    assertEqual(buffers, golden.finalParameters)
    assertEqual(buffers, golden.finalRunningStatistics)
  }

  private func initialBuffers(
    _ network: ResNet20Schedule, _ golden: GoldenResNetStep
  ) -> [BufferName: [Double]] {
    var buffers: [BufferName: [Double]] = [:]
    for (name, count) in network.counts {
      let value = name.description.hasSuffix(".running_var") ? 1.0 : 0
      buffers[name] = Array(repeating: value, count: count)
    }
    for parameter in golden.parameters {
      buffers[BufferName(parameter.name)] = parameter.values.map(Double.init)
    }
    return buffers
  }

  private func assertEqual(
    _ buffers: [BufferName: [Double]], _ expected: [String: [Float]], suffix: String = "",
    line: UInt = #line
  ) {
    for (name, values) in expected {
      let found = (buffers[BufferName(name + suffix)] ?? []).map { Float($0) }
      let comparison = TensorComparison(found, expected: values.map(Double.init))
      XCTAssertLessThan(comparison.error, 1e-6, name, line: line)
    }
  }
}
