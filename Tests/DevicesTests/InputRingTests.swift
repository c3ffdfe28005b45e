import Devices
import Randomness
import XCTest

/// Inputs that travel on a queue of their own while the device computes.
final class InputRingTests: XCTestCase {
  private let shape = ActivationShape(batch: 3, channels: 5, height: 31, width: 29)
  private let outputs = 6

  /// The configuration that only GPUs get otherwise.
  private func device(_ family: DeviceRequest.Family) throws -> any Device {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
    return try OpenCLDevices.open(
      0, family: family, configuration: OpenCLConfiguration(uploadsInParallel: true))
  }

  /// One input, and executables that each keep what they saw of it: maxima of neighbourhoods, in several passes.
  private struct Reader {
    let input: Buffer
    let output: Buffer
    let executables: [Executable]

    init(_ shape: ActivationShape, passes: Int, outputs: Int, on device: any Device) throws {
      input = try device.makeInputBuffer(count: shape.count, name: "input")
      output = try device.makeBuffer(count: outputs * shape.count, name: "output")
      let pooling = try PoolingProblem(
        kind: .maximum, input: shape, kernel: Extent(3), stride: Extent(1), padding: Extent(1))
      var executables: [Executable] = []
      for index in 0..<outputs {
        var schedule = Schedule()
        var maps = schedule.activation("maps", shape)
        schedule.append(
          .importActivation(from: schedule.external("input", "input", count: shape.count), to: maps))
        for _ in 0..<passes {
          let next = schedule.activation("maps", shape)
          schedule.append(.poolingForward(pooling, input: maps, output: next))
          maps = next
        }
        schedule.append(
          .exportActivation(
            from: maps,
            to: schedule.external("output", "output", offset: index * shape.count, count: shape.count)))
        executables.append(
          try device.compile(schedule, buffers: ["input": input, "output": output]))
      }
      self.executables = executables
    }
  }

  /// What every executable saw last, after many runs that nobody waited for.
  private func results(on device: any Device) throws -> [Float] {
    let reader = try Reader(shape, passes: 4, outputs: outputs, on: device)
    var values = [Float](repeating: 0, count: shape.count)
    for run in 0..<40 {
      for index in values.indices { values[index] = Float((index * 7 + run * run * 31) % 1009) }
      try reader.input.write(values)
      try reader.executables[run % outputs].run()
    }
    return try reader.output.read()
  }

  func testRunsThatNobodyWaitsForSeeTheirOwnInput() throws {
    let expected = try results(on: CPUFallback.make(threads: 2))
    for family in DeviceRequest.Family.allCases {
      // Outside of the assertion, which would take a skip for a failure.
      let actual = try results(on: device(family))
      XCTAssertEqual(actual, expected, family.rawValue)
    }
  }

  /// Any order of whole and partial writes, fills, runs and reads does what it would do on plain memory.
  func testAnyInterleaving() throws {
    for family in DeviceRequest.Family.allCases {
      let device = try device(family)
      let reader = try Reader(shape, passes: 0, outputs: outputs, on: device)
      for seed in UInt64(0)..<20 {
        var random = RandomStream(seed: seed, stream: .test, index: 0)
        try reader.input.fill(0)
        try reader.output.fill(0)
        var input = [Float](repeating: 0, count: shape.count)
        var seen = [Float](repeating: 0, count: outputs * shape.count)
        for step in 0..<60 {
          let context = "\(family.rawValue), seed \(seed), step \(step)"
          let offset = random.integer(below: shape.count)
          let end = offset + 1 + random.integer(below: shape.count - offset)
          switch random.integer(below: 10) {
          case 0...2:
            let range = step % 2 == 0 ? 0..<shape.count : offset..<end
            let values = range.map { Float(($0 + step * 97) % 509) }
            input.replaceSubrange(range, with: values)
            try reader.input.write(values, at: range.lowerBound)
          case 3:
            input = [Float](repeating: Float(step), count: shape.count)
            try reader.input.fill(Float(step))
          case 4:
            XCTAssertEqual(
              try reader.input.read(at: offset, count: end - offset), Array(input[offset..<end]), context)
          case 5:
            let first = random.integer(below: outputs) * shape.count
            XCTAssertEqual(
              try reader.output.read(at: first, count: shape.count),
              Array(seen[first..<(first + shape.count)]),
              context)
          default:
            let index = random.integer(below: outputs)
            let first = index * shape.count
            seen.replaceSubrange(first..<(first + shape.count), with: input)
            try reader.executables[index].run()
          }
        }
        XCTAssertEqual(try reader.output.read(), seen, "\(family.rawValue), seed \(seed)")
        XCTAssertEqual(try reader.input.read(), input, "\(family.rawValue), seed \(seed)")
      }
    }
  }

  /// A buffer may go while copies to it are under way.
  func testBuffersThatGoAtOnce() throws {
    let device = try device(.cpu)
    for round in 0..<20 {
      let reader = try Reader(shape, passes: 1, outputs: 1, on: device)
      for _ in 0..<(round % 4) {
        try reader.input.write([Float](repeating: 1, count: shape.count))
        try reader.executables[0].run()
      }
    }
  }
}
