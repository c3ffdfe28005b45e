import Devices
import XCTest

final class LaunchProfileTests: XCTestCase {
  private func schedule() throws -> (schedule: Schedule, problem: ConvolutionProblem) {
    let problem = try ConvolutionProblem(parsing: "mb2ic3ih9oc20kh3ph1")
    var schedule = Schedule()
    func external(_ name: String, _ count: Int) -> Tensor {
      schedule.external(BufferName(name), name, count: count)
    }
    let weights = external("weights", problem.weightCount)
    let (input, output) = (
      schedule.activation("maps", problem.input), schedule.activation("sum", problem.output)
    )
    schedule.append(.importActivation(from: external("input", problem.input.count), to: input))
    schedule.append(
      .convolutionForward(problem, input: input, weights: weights, bias: nil, output: output))
    schedule.append(
      .convolutionBackwardWeights(
        problem, input: input, outputGradient: output,
        weightsGradient: external("gradient", problem.weightCount), biasGradient: nil))
    schedule.append(.exportActivation(from: output, to: external("output", problem.output.count)))
    return (schedule, problem)
  }

  private func profile(on device: any Device) throws -> (
    launches: [LaunchProfile], problem: ConvolutionProblem
  ) {
    let (schedule, problem) = try schedule()
    var buffers: [BufferName: Buffer] = [:]
    for (name, count) in [
      ("weights", problem.weightCount), ("gradient", problem.weightCount), ("input", problem.input.count),
      ("output", problem.output.count),
    ] {
      buffers[BufferName(name)] = try device.makeBuffer(count: count, name: name)
    }
    return (try device.compile(schedule, buffers: buffers).profile(), problem)
  }

  private func check(_ device: any Device) throws {
    let (launches, problem) = try profile(on: device)
    var purposes: [LaunchPurpose] = []
    for launch in launches {
      XCTAssertTrue(launch.seconds >= 0 && launch.seconds.isFinite)
      let purpose = try XCTUnwrap(launch.purpose, launch.kernel)
      if purposes.last != purpose { purposes.append(purpose) }
    }
    let name = device.information.identifier
    XCTAssertEqual(
      purposes.map(\.operation),
      ["importActivation", "convolutionForward", "convolutionBackwardWeights", "exportActivation"], name)
    XCTAssertEqual(purposes.map(\.tensor), ["maps", "sum", "sum", "sum"], name)
    XCTAssertEqual(purposes.map(\.convolution), [nil, problem, problem, nil], name)
  }

  func testEveryLaunchTellsWhatItIsFor() throws {
    for set in InstructionSet.allCases where set.isAvailable {
      try check(DeviceCatalog.open(.cpu(set), threads: 2).device)
    }
  }

  func testEveryOpenCLLaunchTellsWhatItIsFor() throws {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
    for family in DeviceRequest.Family.allCases {
      try check(DeviceCatalog.open(.openCL(index: nil, family: family)).device)
    }
  }

  /// However late a thread is given a core, no time is lost: with more threads than cores the launches of a run last as
  /// long as the run.
  func testDurationsAddUpToTheRun() throws {
    let problem = try ConvolutionProblem(parsing: "mb32ic32ih24oc32kh3ph1")
    let device = try DeviceCatalog.open(.cpu(nil), threads: 8).device
    var schedule = Schedule()
    var maps = schedule.activation("0", problem.input)
    func external(_ name: String, _ count: Int) -> Tensor {
      schedule.external(BufferName(name), name, count: count)
    }
    schedule.append(.importActivation(from: external("input", problem.input.count), to: maps))
    let weights = external("weights", problem.weightCount)
    for index in 1...6 {
      let output = schedule.activation("\(index)", problem.output)
      schedule.append(
        .convolutionForward(problem, input: maps, weights: weights, bias: nil, output: output))
      maps = output
    }
    let executable = try device.compile(
      schedule,
      buffers: [
        "input": device.makeBuffer(count: problem.input.count, name: "input"),
        "weights": device.makeBuffer(count: problem.weightCount, name: "weights"),
      ])
    for _ in 0..<5 {
      let clock = ContinuousClock()
      var launches: [LaunchProfile] = []
      let elapsed = try clock.measure { launches = try executable.profile() } / .seconds(1)
      let sum = launches.reduce(0) { $0 + $1.seconds }
      XCTAssertLessThanOrEqual(sum, elapsed)
      XCTAssertGreaterThan(sum, 0.5 * elapsed)
      // Six like ones: none of them is done in no time.
      for index in 1...6 {
        let seconds = launches.filter { $0.purpose?.tensor == "\(index)" }.reduce(0) { $0 + $1.seconds }
        XCTAssertGreaterThan(seconds, 1e-5, "convolution \(index)")
      }
    }
  }
}
