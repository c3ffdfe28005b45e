import Devices
import Verification
import XCTest

/// What the host computes for Adam, and the oracle at its edges.
final class AdamTests: XCTestCase {
  func testCorrections() {
    let first = AdamCorrection(learningRate: 0.01, beta1: 0.5, beta2: 0.75, update: 1)
    XCTAssertEqual(first, AdamCorrection(learningRate: 0.01, beta1: 0.5, beta2: 0.75, update: 1))
    XCTAssertEqual(first.stepSize, 0.02)
    XCTAssertEqual(first.scale, 2)
    let second = AdamCorrection(learningRate: 0.03, beta1: 0.5, beta2: 0.75, update: 2)
    XCTAssertEqual(second.stepSize, 0.04)
    XCTAssertEqual(second.scale, Float(1 / (1 - 0.75 * 0.75).squareRoot()))
    for update in [100_000, 1_000_000_000, .max] {
      let late = AdamCorrection(learningRate: 0.25, beta1: 0.9, beta2: 0.999, update: update)
      XCTAssertEqual(late.stepSize, 0.25)
      XCTAssertEqual(late.scale, 1)
    }
    // As near to 1 as single precision comes: 1 − β² is 2 · 2^-24, which 1 − Float would have lost.
    let slow = AdamCorrection(learningRate: 1, beta1: 0, beta2: Float(1).nextDown, update: 2)
    XCTAssertEqual(slow.stepSize, 1)
    XCTAssertEqual(slow.scale, Float(0x1p23.squareRoot()), accuracy: 1e-3)
  }

  func testPyTorchsUpdatesAreAmongTheGoldens() throws {
    XCTAssertEqual(try OperatorSuite(filter: "adam/golden").caseNames.count, 17)
    XCTAssertGreaterThan(try OperatorSuite(filter: "adam/oracle").caseNames.count, 20)
  }

  private func update(
    _ problem: AdamProblem, _ weight: Double, gradient: Double, update: Int = 1, rate: Float = 0.5
  ) -> Double {
    Oracle.adam(
      problem, learningRate: rate,
      correction: AdamCorrection(
        learningRate: rate, beta1: problem.beta1, beta2: problem.beta2, update: update),
      parameters: [weight], gradients: [gradient], firstMoment: [0], secondMoment: [0]
    ).parameters[0]
  }

  func testNoGradientMovesNothingAndDecayAloneShrinks() {
    var problem = AdamProblem(count: 1, weightDecay: 0, isDecoupled: false)
    XCTAssertEqual(update(problem, 3, gradient: 0), 3)
    problem.weightDecay = 0.5
    // The decay is the gradient, and the first step as long as the learning rate.
    XCTAssertEqual(update(problem, 3, gradient: 0), 2.5, accuracy: 1e-6)
    problem.isDecoupled = true
    XCTAssertEqual(update(problem, 3, gradient: 0), 3 * (1 - 0.5 * 0.5))
    XCTAssertEqual(update(problem, 3, gradient: -7), 3 * 0.75 + 0.5, accuracy: 1e-6)
  }

  func testAScheduleWithoutACorrectionIsAnError() throws {
    var schedule = Schedule()
    let tensors = ["w", "g", "m", "v"].map { schedule.external(BufferName($0), $0, count: 1) }
    schedule.append(
      .adam(
        AdamProblem(count: 1, weightDecay: 0, isDecoupled: false), parameters: tensors[0],
        gradients: tensors[1], firstMoment: tensors[2], secondMoment: tensors[3]))
    let buffers: [BufferName: [Double]] = ["w": [1], "g": [1], "m": [0], "v": [0]]
    XCTAssertThrowsError(try Oracle.run(schedule, buffers: buffers))
    let correction = AdamCorrection(learningRate: 0.25, beta1: 0.9, beta2: 0.999, update: 1)
    let outcome = try Oracle.run(
      schedule, buffers: buffers, scalars: Oracle.Scalars(learningRate: 0.25, correction: correction))
    XCTAssertEqual(try XCTUnwrap(outcome.buffers["w"])[0], 0.75, accuracy: 1e-6)
  }
}
