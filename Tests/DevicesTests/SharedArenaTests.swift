import Devices
import XCTest

/// Executables that take turns in the same transient memory.
final class SharedArenaTests: XCTestCase {
  /// Copies `output = pool(input)` of so many channels.
  private func schedule(channels: Int) throws -> Schedule {
    var schedule = Schedule()
    let problem = try PoolingProblem(
      kind: .maximum, input: ActivationShape(batch: 2, channels: channels, height: 6, width: 6),
      kernel: Extent(2), stride: Extent(2), padding: Extent(0))
    let input = schedule.activation("input", problem.input)
    let output = schedule.activation("output", problem.output)
    schedule.append(
      .importActivation(
        from: schedule.external("input", "input", count: problem.input.count), to: input))
    schedule.append(.poolingForward(problem, input: input, output: output))
    schedule.append(
      .exportActivation(
        from: output, to: schedule.external("output", "output", count: problem.output.count)))
    return schedule
  }

  private func buffers(on device: any Device, channels: Int) throws -> [BufferName: Buffer] {
    let input = try device.makeBuffer(count: 2 * channels * 36, name: "input")
    try input.write((0..<input.count).map { Float($0 * 13 % 101) - 50 })
    return ["input": input, "output": try device.makeBuffer(count: 2 * channels * 9, name: "output")]
  }

  private func fallback(memoryLimitBytes: Int? = nil) throws -> any Device {
    try DeviceCatalog.open(.cpu(nil), threads: 2, memoryLimitBytes: memoryLimitBytes).device
  }

  func testASharedArenaTakesNoMemory() throws {
    let probe = try fallback()
    let large = try probe.compile(schedule(channels: 48), buffers: buffers(on: probe, channels: 48))
    let small = try probe.compile(schedule(channels: 20), buffers: buffers(on: probe, channels: 20))
    XCTAssertGreaterThan(large.arenaBytes, small.arenaBytes)

    let external = 4 * 2 * 48 * (36 + 9)
    let device = try fallback(memoryLimitBytes: external + large.arenaBytes)
    let memory = try buffers(on: device, channels: 48)
    let first = try device.compile(schedule(channels: 48), buffers: memory)
    XCTAssertThrowsError(try device.compile(schedule(channels: 20), buffers: memory)) {
      guard case .outOfMemory = $0 as? DeviceError else { return XCTFail("\($0)") }
    }
    let second = try device.compile(schedule(channels: 20), buffers: memory, sharingMemoryOf: first)
    XCTAssertEqual(second.arenaBytes, first.arenaBytes)
  }

  /// A larger executable takes memory of its own.
  func testResultsAreThoseOfSeparateMemory() throws {
    let device = try fallback()
    var expected: [[Float]] = []
    for channels in [20, 48] {
      let memory = try buffers(on: device, channels: channels)
      try device.compile(schedule(channels: channels), buffers: memory).run()
      expected.append(try XCTUnwrap(memory["output"]).read())
    }
    for order in [[20, 48], [48, 20]] {
      var executables: [Int: (Executable, [BufferName: Buffer])] = [:]
      var other: Executable?
      for channels in order {
        let memory = try buffers(on: device, channels: channels)
        let executable = try device.compile(
          schedule(channels: channels), buffers: memory, sharingMemoryOf: other)
        executables[channels] = (executable, memory)
        other = executable
      }
      for channels in [20, 48, 20, 20, 48] {
        let (executable, memory) = try XCTUnwrap(executables[channels])
        try memory["output"]?.fill(.nan)
        try executable.run()
        XCTAssertEqual(try memory["output"]?.read(), expected[channels == 20 ? 0 : 1])
      }
    }
  }
}
