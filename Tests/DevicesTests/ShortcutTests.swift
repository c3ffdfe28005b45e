import Devices
import XCTest

/// What a shortcut's channel map costs a device, and what it must not change.
final class ShortcutTests: XCTestCase {
  private let inputs = 33
  private let outputs = 50

  /// A shortcut forwards and backwards, the gradient added to the input itself.
  private func schedule(_ maps: [[Int]], batch: Int = 3) throws -> Schedule {
    var schedule = Schedule()
    for (index, channels) in maps.enumerated() {
      let problem = try ShortcutProblem(
        input: ActivationShape(batch: batch, channels: inputs, height: 7, width: 5), stride: 2,
        channels: channels)
      let input = schedule.activation("input \(index)", problem.input)
      let output = schedule.activation("output \(index)", problem.output)
      schedule.append(
        .importActivation(
          from: schedule.external("input", "input", count: problem.input.count), to: input))
      schedule.append(.shortcutForward(problem, input: input, output: output))
      schedule.append(
        .shortcutBackward(problem, outputGradient: output, inputGradient: input, accumulate: true))
      schedule.append(
        .exportActivation(
          from: output,
          to: schedule.external(
            "output", "output", offset: index * problem.output.count, count: problem.output.count)))
      schedule.append(
        .exportActivation(
          from: input, to: schedule.external("sum", "sum", count: problem.input.count)))
    }
    return schedule
  }

  private func compile(
    _ maps: [[Int]], on device: any Device
  ) throws -> (executable: Executable, buffers: [BufferName: Buffer]) {
    let area = (input: 3 * 7 * 5, output: 3 * 4 * 3)
    let input = try device.makeBuffer(count: inputs * area.input, name: "input")
    try input.write((0..<input.count).map { Float($0 % 97) / 7 - 5 })
    let buffers: [BufferName: Buffer] = [
      "input": input,
      "output": try device.makeBuffer(count: maps.count * outputs * area.output, name: "output"),
      "sum": try device.makeBuffer(count: inputs * area.input, name: "sum"),
    ]
    return (try device.compile(try schedule(maps), buffers: buffers), buffers)
  }

  private func map(_ seed: Int) -> [Int] { scatteredChannels(inputs: inputs, outputs: outputs, seed: seed) }

  /// The bits of `output` and `sum` after a few runs on what each left in the arena and on NaN.
  private func results(_ maps: [[Int]], on device: any Device) throws -> [[UInt32]] {
    let (executable, buffers) = try compile(maps, on: device)
    var results: [[UInt32]] = []
    for run in 0..<3 {
      if run > 0 { try executable.poisonArena() }
      try executable.run()
      try executable.finish()
      let found = try ["output", "sum"].map { try XCTUnwrap(buffers[$0]).read(as: UInt32.self) }
      if run > 0 { XCTAssertEqual(found, results, "run \(run)") }
      results = found
    }
    return results
  }

  private func openCL(_ family: DeviceRequest.Family) throws -> any Device {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
    return try DeviceCatalog.open(.openCL(index: nil, family: family)).device
  }

  private func fallback(memoryLimitBytes: Int? = nil) throws -> any Device {
    try DeviceCatalog.open(.cpu(nil), threads: 2, memoryLimitBytes: memoryLimitBytes).device
  }

  func testChannelsGoWhereTheMapSays() throws {
    let channels = map(1)
    let output = try results([channels], on: fallback())[0].map(Float.init(bitPattern:))
    for (index, value) in output.enumerated() {
      let (x, y, channel, image) = (index % 3, index / 3 % 4, index / 12 % outputs, index / 12 / outputs)
      let source = ((image * inputs + channels[channel]) * 7 + y * 2) * 5 + x * 2
      XCTAssertEqual(value, channels[channel] < 0 ? 0 : Float(source % 97) / 7 - 5, "element \(index)")
    }
  }

  func testOpenCLGivesTheFallbacksBits() throws {
    let maps = (0..<4).map(map)
    let expected = try results(maps, on: fallback())
    for family in DeviceRequest.Family.allCases {
      let device = try openCL(family)
      XCTAssertEqual(try results(maps, on: device), expected, family.rawValue)
    }
  }

  func testAnotherMapBuildsNoProgram() throws {
    for family in DeviceRequest.Family.allCases {
      let device = try openCL(family)
      _ = try compile([map(0)], on: device)
      let builds = device.programBuilds
      XCTAssertGreaterThan(builds, 0)
      for seed in 1..<5 { _ = try compile([map(seed)], on: device) }
      XCTAssertEqual(device.programBuilds, builds, family.rawValue)
    }
  }

  /// A map and its inverse are memory like any other; equal ones are there once.
  func testMapsCountAsMemory() throws {
    let mapBytes = 4 * (inputs + outputs)
    for maps in [[map(0)], [map(0), map(0)], [map(0), map(1)]] {
      let (executable, buffers) = try compile(maps, on: fallback())
      let others = executable.arenaBytes + buffers.values.reduce(0) { $0 + 4 * $1.count }
      let needed = others + Set(maps).count * mapBytes
      let exact = try fallback(memoryLimitBytes: needed)
      // Twice: what the first executable took has to be given back.
      for _ in 0..<2 { _ = try compile(maps, on: exact) }
      let narrow = try fallback(memoryLimitBytes: needed - 4)
      XCTAssertThrowsError(try compile(maps, on: narrow)) { error in
        guard case .outOfMemory(_, "a shortcut's channels", let bytes, let left) = error as? DeviceError
        else {
          return XCTFail("\(error)")
        }
        XCTAssertTrue([inputs, outputs].contains(bytes / 4))
        XCTAssertEqual(left, bytes - 4)
      }
    }
  }
}
