import Devices
import Foundation
import Networks
import Training
import XCTest

/// Steps of Adam, one by one.
final class AdaptiveSessionTests: TrainingTestCase {
  private let rate: Float = 0.02

  private func session(
    _ optimizer: OptimizerConfiguration, _ device: (any Device)? = nil
  ) throws -> TrainingSession {
    try TrainingSession(
      network: tinyNetwork(), device: device ?? openFallback(), batchSize: 4, optimizer: optimizer,
      labelSmoothing: 0)
  }

  private func step(_ session: TrainingSession, _ number: Int) throws {
    let images = (0..<4 * 28 * 28).map { Float(($0 * 37 + number * 11) % 101) / 50 - 1 }
    try images.withUnsafeBufferPointer { images in
      try [Int32(0), 1, 2, 3].withUnsafeBufferPointer {
        try session.trainingStep(images: images, labels: $0, learningRate: rate)
      }
    }
  }

  /// The update after `before` with these gradients, in double precision.
  private func expected(
    _ before: ModelState, _ gradients: [String: [Float]], _ optimizer: OptimizerConfiguration
  ) throws -> (parameters: [String: [Double]], secondMoments: [String: [Double]]) {
    let moments = try XCTUnwrap(before.adaptive)
    let (beta1, beta2) = (Double(optimizer.beta1), Double(optimizer.beta2))
    let (rate, decay, t) = (Double(rate), Double(optimizer.weightDecay), Double(moments.updates + 1))
    var parameters: [String: [Double]] = [:]
    var squares: [String: [Double]] = [:]
    for (name, weights) in before.parameters {
      let first = try XCTUnwrap(before.momentum[name])
      let second = try XCTUnwrap(moments.secondMoments[name])
      let slopes = try XCTUnwrap(gradients[name])
      for index in weights.indices {
        var weight = Double(weights[index])
        let slope = Double(slopes[index]) + (optimizer.method == .adam ? decay * weight : 0)
        if optimizer.method == .adamw { weight *= 1 - rate * decay }
        let m = beta1 * Double(first[index]) + (1 - beta1) * slope
        let v = beta2 * Double(second[index]) + (1 - beta2) * slope * slope
        let corrected = (v / (1 - pow(beta2, t))).squareRoot() + Double(optimizer.epsilon)
        parameters[name, default: []].append(weight - rate / (1 - pow(beta1, t)) * m / corrected)
        squares[name, default: []].append(v)
      }
    }
    return (parameters, squares)
  }

  private func assertClose(_ found: [String: [Float]], _ expected: [String: [Double]], _ context: String) {
    XCTAssertEqual(Set(found.keys), Set(expected.keys), context)
    for (name, values) in expected {
      let largest = values.map(abs).max() ?? 0
      let difference = zip(values, found[name] ?? []).map { abs($0 - Double($1)) }.max() ?? .infinity
      XCTAssertLessThanOrEqual(difference, 1e-5 * largest + 1e-12, "\(context): \(name)")
    }
  }

  /// Five steps, and then one of another session that the state was put into: the number of updates goes with it.
  func testStepsAreThoseOfTheFormula() throws {
    for method in [OptimizerMethod.adam, .adamw] {
      let optimizer = OptimizerConfiguration(method: method, weightDecay: 0.1, beta1: 0.8, beta2: 0.95)
      var session = try session(optimizer)
      try session.initialise(seed: 1)
      for number in 0..<6 {
        let before = try session.state()
        XCTAssertEqual(before.adaptive?.updates, number)
        if number == 5 {
          session = try self.session(optimizer)
          try session.load(before)
        }
        try step(session, number)
        let after = try session.state()
        let (parameters, squares) = try expected(before, session.gradients(), optimizer)
        assertClose(after.parameters, parameters, "\(method), update \(number + 1)")
        assertClose(
          try XCTUnwrap(after.adaptive).secondMoments, squares, "\(method), update \(number + 1), squares")
      }
      try session.initialise(seed: 1)
      XCTAssertEqual(try session.state().adaptive?.updates, 0)
    }
  }

  /// The first step is as long as the learning rate wherever there is a gradient, and nothing moves where there is none.
  func testTheFirstStepIsAsLongAsTheLearningRate() throws {
    let session = try session(OptimizerConfiguration(method: .adam, weightDecay: 0, epsilon: 1e-20))
    try session.initialise(seed: 2)
    let before = try session.state().parameters
    try step(session, 0)
    let after = try session.state().parameters
    var moved = 0
    for (name, gradients) in try session.gradients() {
      for (index, gradient) in gradients.enumerated() where abs(gradient) > 1e-10 || gradient == 0 {
        let change = try XCTUnwrap(after[name])[index] - XCTUnwrap(before[name])[index]
        XCTAssertEqual(change, gradient == 0 ? 0 : gradient > 0 ? -rate : rate, accuracy: 1e-5, name)
        moved += gradient == 0 ? 0 : 1
      }
    }
    XCTAssertGreaterThan(moved, 40)
  }

  func testOpenCLGivesTheFallbacksBitsAndStepsBuildNoProgram() throws {
    try requireOpenCL()
    let optimizer = OptimizerConfiguration(method: .adamw)
    let expected = try session(optimizer)
    try expected.initialise(seed: 3)
    for number in 0..<5 { try step(expected, number) }
    for family in DeviceRequest.Family.allCases {
      let device = try DeviceCatalog.open(.openCL(index: nil, family: family)).device
      let session = try session(optimizer, device)
      try session.initialise(seed: 3)
      try step(session, 0)
      let builds = device.programBuilds
      for number in 1..<5 { try step(session, number) }
      let state = try session.state()
      XCTAssertEqual(device.programBuilds, builds, family.rawValue)
      if family == .cpu { XCTAssertEqual(state, try expected.state()) }
    }
  }

  func testAStateThatDoesNotFitChangesNothing() throws {
    let session = try session(OptimizerConfiguration(method: .adam))
    try session.initialise(seed: 1)
    try step(session, 0)
    let state = try session.state()
    var wrong = state
    wrong.adaptive?.secondMoments["conv.weight"] = nil
    wrong.parameters["conv.weight"]?[0] = 7
    XCTAssertThrowsError(try session.load(wrong)) {
      XCTAssertEqual(
        $0 as? DeviceError,
        .sizeMismatch(name: "conv.weight", expectedWords: 36, foundWords: 0))
    }
    XCTAssertEqual(try session.state(), state)
  }
}
