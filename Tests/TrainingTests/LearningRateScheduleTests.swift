import Foundation
import Training
import XCTest

final class LearningRateScheduleTests: XCTestCase {
  private func schedule(_ curve: LearningRateCurve, warmup: Double = 0) -> LearningRateSchedule {
    LearningRateSchedule(highest: 0.4, curve: curve, warmupEpochs: warmup, stepsPerEpoch: 10, epochs: 8)
  }

  func testConstant() {
    for step in [0, 1, 79] { XCTAssertEqual(schedule(.constant).rate(step: step), 0.4) }
  }

  func testStepsDivideByTenAtTheBeginningOfTheirEpochs() {
    let schedule = schedule(.step(epochs: [3, 6]))
    let expected: [(Int, Float)] = [(0, 0.4), (29, 0.4), (30, 0.04), (59, 0.04), (60, 0.004), (79, 0.004)]
    for (step, rate) in expected { XCTAssertEqual(schedule.rate(step: step), rate, accuracy: 1e-9) }
  }

  func testCosineFallsFromTheHighestToZero() {
    let schedule = schedule(.cosine)
    XCTAssertEqual(schedule.rate(step: 0), 0.4)
    XCTAssertEqual(schedule.rate(step: 40), 0.2, accuracy: 1e-7)
    for step in 0..<80 {
      let expected = 0.4 * 0.5 * (1 + cos(Double.pi * Double(step) / 80))
      XCTAssertEqual(Double(schedule.rate(step: step)), expected, accuracy: 1e-7)
    }
    XCTAssertEqual(schedule.rate(step: 80), 0, accuracy: 1e-9)
  }

  func testWarmUpIsLinearAndTheCurveFollowsIt() {
    let cosine = schedule(.cosine, warmup: 1.5)
    XCTAssertEqual(cosine.warmupSteps, 15)
    for step in 0..<15 {
      XCTAssertEqual(Double(cosine.rate(step: step)), 0.4 * Double(step + 1) / 15, accuracy: 1e-7)
    }
    XCTAssertEqual(cosine.rate(step: 15), 0.4)
    XCTAssertEqual(Double(cosine.rate(step: 47)), 0.2 * (1 + cos(Double.pi * 32 / 65)), accuracy: 1e-7)
    XCTAssertEqual(schedule(.step(epochs: [2]), warmup: 1).rate(step: 9), 0.4, accuracy: 1e-7)
    XCTAssertEqual(schedule(.step(epochs: [2]), warmup: 1).rate(step: 20), 0.04, accuracy: 1e-9)
  }

  func testWarmUpMayFillTheTraining() {
    let schedule = schedule(.cosine, warmup: 8)
    XCTAssertEqual(schedule.rate(step: 0), 0.005, accuracy: 1e-7)
    XCTAssertEqual(schedule.rate(step: 79), 0.4, accuracy: 1e-7)
  }

  func testCurvesAreReadAsTheyAreWritten() {
    for text in ["constant", "cosine", "step:1", "step:80,120"] {
      XCTAssertEqual(LearningRateCurve(parsing: text)?.description, text)
    }
    for text in ["", "linear", "step", "step:", "step:0", "step:2,2", "step:3,2", "step:1,", "step:a"] {
      XCTAssertNil(LearningRateCurve(parsing: text), text)
    }
  }
}
