import Devices
import XCTest

final class ShortcutProblemTests: XCTestCase {
  private func shape(channels: Int, batch: Int = 2, height: Int = 5, width: Int = 4) -> ActivationShape {
    ActivationShape(batch: batch, channels: channels, height: height, width: width)
  }

  func testOffsets() throws {
    let expected: [(inputs: Int, outputs: Int, offset: Int, channels: [Int])] = [
      (2, 5, 1, [-1, 0, 1, -1, -1]), (2, 2, 0, [0, 1]), (4, 2, -1, [1, 2]), (4, 3, -3, [3, -1, -1]),
      (3, 2, 2, [-1, -1]), (3, 2, -3, [-1, -1]), (1, 1, .max, [-1]), (1, 1, .min, [-1]),
      (3, 4, .min, [-1, -1, -1, -1]),
    ]
    for (inputs, outputs, offset, channels) in expected {
      let problem = try ShortcutProblem(
        input: shape(channels: inputs), outputChannels: outputs, stride: 2, channelOffset: offset)
      XCTAssertEqual(problem.channels, channels, "\(inputs) to \(outputs) at \(offset)")
      XCTAssertEqual(problem.output, shape(channels: outputs, height: 3, width: 2))
      XCTAssertEqual(
        problem, try ShortcutProblem(input: shape(channels: inputs), stride: 2, channels: channels))
    }
  }

  func testDestinationsAreTheInverse() throws {
    for seed in 0..<100 {
      let inputs = 1 + seed * 7 % 40
      let outputs = 1 + seed * 11 % 40
      let channels = scatteredChannels(inputs: inputs, outputs: outputs, seed: seed)
      let problem = try ShortcutProblem(input: shape(channels: inputs), stride: 1, channels: channels)
      XCTAssertEqual(problem.outputChannels, outputs)
      let destinations = problem.destinations
      XCTAssertEqual(destinations.count, inputs)
      for (output, channel) in channels.enumerated() where channel >= 0 {
        XCTAssertEqual(destinations[channel], output)
      }
      XCTAssertEqual(destinations.count { $0 >= 0 }, channels.count { $0 >= 0 })
    }
  }

  func testWhatIsNoMap() {
    let malformed: [(channels: [Int], complaint: String)] = [
      ([], "expected 1 to 1048576 channels"),
      ([0, 3], "output channel 1 takes input channel 3; expected 0 to 2"),
      ([-2], "takes input channel -2"), ([.max], "takes input channel \(Int.max)"),
      ([.min], "takes input channel \(Int.min)"),
      ([1, -1, 1], "output channel 2 takes input channel 1, which"),
    ]
    for (channels, complaint) in malformed {
      assertInvalid(complaint, "\(channels)") {
        try ShortcutProblem(input: self.shape(channels: 3), stride: 1, channels: channels)
      }
    }
  }

  func testAbsurdSizes() {
    for outputs in [0, -1, .min, .max, 1 << 40, ShortcutProblem.maximumChannels + 1] {
      assertInvalid("channels, found \(outputs) outputs", "\(outputs) outputs") {
        try ShortcutProblem(
          input: self.shape(channels: 3), outputChannels: outputs, stride: 1, channelOffset: 0)
      }
    }
    for inputs in [0, -1, .min, .max, 1 << 40] {
      assertInvalid("expected 1 to 1048576 channels", "\(inputs) inputs") {
        try ShortcutProblem(input: self.shape(channels: inputs), stride: 1, channels: [-1])
      }
    }
    for stride in [0, -1, .min] {
      assertInvalid("must be positive", "stride \(stride)") {
        try ShortcutProblem(input: self.shape(channels: 1), stride: stride, channels: [0])
      }
    }
    for broken in [
      shape(channels: 1, batch: 0), shape(channels: 1, height: 0), shape(channels: 1, width: -1),
    ] {
      assertInvalid("must be positive", "\(broken)") {
        try ShortcutProblem(input: broken, stride: 1, channels: [0])
      }
    }
    XCTAssertEqual(
      try ShortcutProblem(input: shape(channels: 1), stride: .max, channels: [0]).output,
      shape(channels: 1, height: 1, width: 1))
  }

  private func assertInvalid(
    _ complaint: String, _ message: String, line: UInt = #line, _ make: () throws -> ShortcutProblem
  ) {
    XCTAssertThrowsError(try make(), message, line: line) { error in
      guard case .invalidProblem(let problem, let reason) = error as? OperatorError else {
        return XCTFail("\(error)", line: line)
      }
      XCTAssertTrue(problem.hasPrefix("shortcut of "), problem, line: line)
      XCTAssertTrue(reason.contains(complaint), "'\(reason)' without '\(complaint)'", line: line)
    }
  }
}
