import Devices
import XCTest

/// Launches that do what several did before: fewer of them, and the same bits.
final class MergedLaunchesTests: XCTestCase {
  override func setUpWithError() throws {
    try XCTSkipIf(OpenCLDevices.list().isEmpty, "no OpenCL device; install pocl-opencl-icd to run this test")
  }

  private func device(merging: Bool) throws -> any Device {
    try OpenCLDevices.open(0, choice: ProductChoice(), mergesLaunches: merging)
  }

  /// The kernels of a run, and the bits of all buffers after another one on poisoned scratch memory.
  private func results(
    of schedule: RandomSchedule, on device: any Device
  ) throws -> (kernels: [String], bits: [[UInt32]]) {
    var buffers: [BufferName: Buffer] = [:]
    for (index, (name, count)) in schedule.buffers.enumerated() {
      let buffer = try device.makeBuffer(count: count, name: name.description)
      if name == "labels" {
        try buffer.write((0..<count).map { Int32($0 * 5 % 9) - 1 })
      } else {
        try buffer.write((0..<count).map { Float(($0 * 7919 + 31 * index) % 257 - 128) / 512 })
      }
      buffers[name] = buffer
    }
    let executable = try device.compile(schedule.schedule, buffers: buffers)
    try executable.set(.learningRate, to: Float(0.01))
    try executable.set(.metricsRow, to: Int32(0))
    try executable.poisonArena()
    let kernels = try executable.profile().map(\.kernel)
    try executable.poisonArena()
    try executable.run()
    return (
      kernels, try schedule.buffers.map { name, _ in try XCTUnwrap(buffers[name]).read().map(\.bitPattern) }
    )
  }

  /// Operations in any order, whose operands in one buffer overlap as they like.
  func testRandomSchedulesGiveTheSameBits() throws {
    let (merging, plain) = (try device(merging: true), try device(merging: false))
    var (merged, separate, withoutSums, sums) = (0, 0, 0, 0)
    for seed in 0..<60 {
      let schedule = try RandomSchedule(seed: UInt64(seed))
      let (few, many) = (try results(of: schedule, on: merging), try results(of: schedule, on: plain))
      XCTAssertEqual(few.bits, many.bits, "seed \(seed): \(schedule.schedule.operations)")
      XCTAssertFalse(many.kernels.contains("sum_parts_of_arrays"))
      merged += few.kernels.count
      separate += many.kernels.count
      let groups = few.kernels.filter { $0 == "sum_parts_of_arrays" }.count
      sums = max(sums, groups)
      if groups == 0, many.kernels.filter({ $0 == "sum_parts" }).count > 1 { withoutSums += 1 }
    }
    // The schedules are worth something: with several groups of sums, and with sums that cannot wait for each other.
    XCTAssertLessThan(merged, separate)
    XCTAssertGreaterThan(sums, 1)
    XCTAssertGreaterThan(withoutSums, 0)
  }

  /// More gradients than a launch takes, in two buffers.
  func testManySums() throws {
    var schedule = Schedule()
    let problem = try ConvolutionProblem(parsing: "mb3ic2ih5oc3kh3ph1")
    let maps = schedule.activation("maps", problem.input)
    let gradient = schedule.activation("gradient", problem.output)
    for (tensor, shape) in [(maps, problem.input), (gradient, problem.output)] {
      let name = schedule[tensor].name
      schedule.append(
        .importActivation(from: schedule.external(BufferName(name), name, count: shape.count), to: tensor))
    }
    let count = problem.weightCount
    for index in 0..<60 {
      let buffer: BufferName = index < 30 ? "first" : "second"
      // From the end to the beginning, with gaps.
      let offset = (29 - index % 30) * (count + 1)
      schedule.append(
        .convolutionBackwardWeights(
          problem, input: maps, outputGradient: gradient,
          weightsGradient: schedule.external(buffer, "\(index)", offset: offset, count: count),
          biasGradient: nil))
    }
    let random = RandomSchedule(
      schedule: schedule,
      buffers: [
        ("maps", problem.input.count), ("gradient", problem.output.count), ("first", 30 * (count + 1)),
        ("second", 30 * (count + 1)),
      ])
    let (few, many) = (
      try results(of: random, on: device(merging: true)), try results(of: random, on: device(merging: false))
    )
    XCTAssertEqual(few.bits, many.bits)
    XCTAssertEqual(few.kernels.filter { $0 == "sum_parts_of_arrays" }.count, 4)
    XCTAssertEqual(few.kernels.filter { $0 == "sum_parts" }.count, 0)
    XCTAssertEqual(many.kernels.filter { $0 == "sum_parts" }.count, 60)
  }

  /// What is read does not wait, and what overwrites it comes later.
  func testSumsThatAreTouchedAreNotMerged() throws {
    let problem = try ConvolutionProblem(parsing: "mb3ic2ih5oc2kh3ph1")
    let count = problem.weightCount
    enum Between { case nothing, convolution, sameGradient, update }
    for (between, groups) in [
      (Between.nothing, 1), (.convolution, 0), (.sameGradient, 0), (.update, 0),
    ] {
      var schedule = Schedule()
      let maps = schedule.activation("maps", problem.input)
      let output = schedule.activation("output", problem.output)
      let images = schedule.external("images", "images", count: problem.input.count)
      let gradients = (0..<2).map {
        schedule.external("gradients", "\($0)", offset: $0 * count, count: count)
      }
      func weightsGradient(_ gradient: Tensor) {
        schedule.append(
          .convolutionBackwardWeights(
            problem, input: maps, outputGradient: maps, weightsGradient: gradient, biasGradient: nil))
      }
      schedule.append(.importActivation(from: images, to: maps))
      weightsGradient(gradients[0])
      switch between {
      case .nothing: break
      case .convolution:
        schedule.append(
          .convolutionForward(problem, input: maps, weights: gradients[0], bias: nil, output: output))
        schedule.append(.exportActivation(from: output, to: images))
      case .sameGradient: weightsGradient(gradients[0])
      case .update:
        // Of parameters that are the gradients' own last word.
        schedule.append(
          .stochasticGradientDescent(
            SGDProblem(count: 1, momentum: 0, nesterov: false, weightDecay: 0),
            parameters: schedule.external("gradients", "last", offset: count - 1, count: 1),
            gradients: schedule.external("images", "first", count: 1),
            momentum: schedule.external("momentum", "momentum", count: 1)))
      }
      if between != .sameGradient { weightsGradient(gradients[1]) }
      let random = RandomSchedule(
        schedule: schedule,
        buffers: [("images", problem.input.count), ("gradients", 2 * count), ("momentum", 1)])
      let few = try results(of: random, on: device(merging: true))
      XCTAssertEqual(few.bits, try results(of: random, on: device(merging: false)).bits, "\(between)")
      XCTAssertEqual(few.kernels.filter { $0 == "sum_parts_of_arrays" }.count, groups, "\(between)")
      XCTAssertEqual(few.kernels.filter { $0 == "sum_parts" }.count, 2 - 2 * groups, "\(between)")
    }
  }

  /// What sums wait for takes little memory: feature maps that have had their turn give it, but for 16 MiB.
  func testMemory() throws {
    for batch in [2, 64, 160] {
      let chain = try ConvolutionChain(batch: batch)
      let compiled = try [true, false].map { merging in
        let device = try device(merging: merging)
        var buffers: [BufferName: Buffer] = [:]
        for (name, count) in chain.buffers {
          buffers[name] = try device.makeBuffer(count: count, name: name.description)
        }
        return try device.compile(chain.schedule, buffers: buffers)
      }
      XCTAssertLessThanOrEqual(compiled[0].arenaBytes, compiled[1].arenaBytes + (18 << 20), "batch \(batch)")
      // 19 sums in few launches.
      XCTAssertLessThanOrEqual(compiled[0].launchCount, compiled[1].launchCount - 13, "batch \(batch)")
    }
  }

  /// Where no feature maps go, there are several groups of sums.
  func testMemoryThatSumsWaitForIsLimited() throws {
    let problem = try ConvolutionProblem(parsing: "mb64ic64ih8oc64kh3ph1")
    var schedule = Schedule()
    let maps = schedule.activation("maps", problem.input)
    schedule.append(
      .importActivation(from: schedule.external("maps", "maps", count: problem.input.count), to: maps))
    for index in 0..<20 {
      let gradient = schedule.external(
        "gradients", "\(index)", offset: index * problem.weightCount, count: problem.weightCount)
      schedule.append(
        .convolutionBackwardWeights(
          problem, input: maps, outputGradient: maps, weightsGradient: gradient, biasGradient: nil))
    }
    let compiled = try [true, false].map { merging in
      let device = try device(merging: merging)
      return try device.compile(
        schedule,
        buffers: [
          "maps": device.makeBuffer(count: problem.input.count, name: "maps"),
          "gradients": device.makeBuffer(count: 20 * problem.weightCount, name: "gradients"),
        ])
    }
    XCTAssertEqual(compiled[1].launchCount, 41)
    XCTAssertTrue((23...31).contains(compiled[0].launchCount), "\(compiled[0].launchCount)")
    XCTAssertGreaterThan(compiled[0].arenaBytes, compiled[1].arenaBytes)
    XCTAssertLessThanOrEqual(compiled[0].arenaBytes, compiled[1].arenaBytes + (18 << 20))
  }
}

/// Forward and backward through convolutions one behind another, as in the stages of a ResNet-20.
private struct ConvolutionChain {
  var schedule = Schedule()
  var buffers: [(name: BufferName, count: Int)] = []

  init(batch: Int) throws {
    var shape = ActivationShape(batch: batch, channels: 3, height: 32, width: 32)
    buffers.append(("images", shape.count))
    var maps = schedule.activation("images", shape)
    schedule.append(
      .importActivation(from: schedule.external("images", "images", count: shape.count), to: maps))
    var layers: [(problem: ConvolutionProblem, input: Tensor, weights: Int)] = []
    var parameters = 0
    for index in 0..<19 {
      let problem = try ConvolutionProblem(
        input: shape, outputChannels: 16 << (max(index - 1, 0) / 6), kernel: Extent(3),
        stride: Extent(index == 7 || index == 13 ? 2 : 1), padding: Extent(1))
      layers.append((problem, maps, parameters))
      parameters += problem.weightCount
      shape = problem.output
      maps = schedule.activation("\(index)", shape)
      schedule.append(
        .convolutionForward(
          problem, input: layers[index].input,
          weights: schedule.external(
            "parameters", "weights", offset: layers[index].weights, count: problem.weightCount),
          bias: nil, output: maps))
    }
    for layer in layers.reversed() {
      let (offset, count) = (layer.weights, layer.problem.weightCount)
      schedule.append(
        .convolutionBackwardWeights(
          layer.problem, input: layer.input, outputGradient: maps,
          weightsGradient: schedule.external("gradients", "gradient", offset: offset, count: count),
          biasGradient: nil))
      let gradient = schedule.activation("gradient", layer.problem.input)
      schedule.append(
        .convolutionBackwardData(
          layer.problem, outputGradient: maps,
          weights: schedule.external("parameters", "weights", offset: offset, count: count),
          inputGradient: gradient, accumulate: false))
      maps = gradient
    }
    buffers += [("parameters", parameters), ("gradients", parameters)]
  }
}
