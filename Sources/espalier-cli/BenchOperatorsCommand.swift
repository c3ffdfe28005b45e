import ArgumentParser
import Espalier

struct BenchOperatorsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ops", abstract: "Times convolutions and tells how near they come to the machine's limit.",
    discussion: """
      A problem is written as mb128ic16ih32oc16kh3ph1: batch, input channels, height, output channels, kernel and padding; \
      also iw, kw, sh, sw, pw, dh and dw. A time is the median over repetitions, with packing of weights and adding up of \
      partial results, on random values and warm caches.

      GFLOP/s count the direct convolution, 2 · MACs; GB/s count each operand once. On a CPU the limit is the larger of \
      the times that the operations take at the measured peak of multiply-adds and the bytes at the measured bandwidth of \
      memory. A share above 100 % means that an algorithm such as Winograd's needs fewer operations, or that caches hold \
      the operands.

      --zoo takes the convolutions of:
      \(ModelGroup.zoo.map { "\($0)" }.joined(separator: "\n"))
      """)

  @Argument(help: ArgumentHelp("Convolutions to time.", valueName: "problem"))
  var problems: [String] = []
  @Flag(help: "Time the convolutions of a fixed list of models too.")
  var zoo = false
  @Option(help: "Time the convolutions of these models too, such as resnet20,resnet56:shortcut=b.")
  var models: String?
  @Option(help: "Channels, height and width of an image for --models.")
  var input = "3x32x32"
  @Option(help: "Images per batch for --models.")
  var batchSize = 128
  @Option(help: "forward, backward-data, backward-weights or all.")
  var direction = Directions.all
  @OptionGroup var device: DeviceOptions
  @Flag(help: "Print the figures as JSON.")
  var json = false

  func validate() throws {
    guard !problems.isEmpty || zoo || models != nil else {
      throw ValidationError("expected a problem such as mb128ic16ih32oc16kh3ph1, --models or --zoo")
    }
    try checkCount(batchSize, of: "--batch-size")
    _ = try ImageShape(parsing: input, of: "--input")
    _ = try parsedProblems()
  }

  func run() throws {
    let problems = try selectedProblems()
    let device = try device.open()
    let peak = try MachinePeak.measured(on: device)
    let tasks = problems.flatMap { problem in direction.directions.map { (problem, $0) } }
    let benchmarks = try tasks.enumerated().map { index, task in
      if tasks.count > 3 { Console.notice("\(index + 1) of \(tasks.count): \(task.0) \(task.1.rawValue)") }
      return try OperatorBenchmark(task.0, task.1, on: device)
    }
    try Console.result(json ? Self.json(benchmarks, peak).prettyText : Self.text(benchmarks, peak))
  }

  /// Each once, in the order in which they were named.
  private func selectedProblems() throws -> [ConvolutionProblem] {
    var groups = zoo ? ModelGroup.zoo : []
    if let models {
      let shape = try ImageShape(parsing: input, of: "--input")
      groups.insert(
        ModelGroup(models: ModelGroup.models(in: models), input: shape, batchSize: batchSize), at: 0)
    }
    var known: Set<ConvolutionProblem> = []
    return try (parsedProblems() + groups.flatMap { try $0.convolutions() }).filter {
      known.insert($0).inserted
    }
  }

  private func parsedProblems() throws -> [ConvolutionProblem] {
    try problems.map { text in
      do { return try ConvolutionProblem(parsing: text) } catch { throw ValidationError("\(error)") }
    }
  }
}

extension BenchOperatorsCommand {
  private static func json(_ benchmarks: [OperatorBenchmark], _ peak: MachinePeak?) -> JSONValue {
    [
      "peak": peak.map {
        ["gflops": .number($0.gflops), "gigabytesPerSecond": .number($0.gigabytesPerSecond)]
      } ?? .null,
      "operations": .array(benchmarks.map { $0.json(peak: peak) }),
    ]
  }

  private static func text(_ benchmarks: [OperatorBenchmark], _ peak: MachinePeak?) -> String {
    let rows = benchmarks.map { benchmark in
      let roofline = peak.map { benchmark.roofline($0) }
      return [
        "\(benchmark.problem)", benchmark.direction.rawValue,
        (benchmark.seconds * 1000).formatted(decimals: 3), benchmark.gflops.formatted(decimals: 1),
        benchmark.gigabytesPerSecond.formatted(decimals: 1), roofline?.bound.rawValue ?? "",
        roofline?.share.percent ?? "",
      ]
    }
    let table = TextTable(
      header: ["problem", "direction", "ms", "GFLOP/s", "GB/s", "bound", "share"], rows: rows)
    guard let peak else { return table.text }
    return table.text
      + "\n\nlimits: \(peak.gflops.formatted(decimals: 1)) GFLOP/s of multiply-adds, "
      + "\(peak.gigabytesPerSecond.formatted(decimals: 1)) GB/s of memory"
  }
}

/// Which convolutions of a training step to time.
enum Directions: String, CaseIterable, ExpressibleByArgument {
  case forward
  case backwardData = "backward-data"
  case backwardWeights = "backward-weights"
  case all

  var directions: [ConvolutionDirection] {
    ConvolutionDirection(rawValue: rawValue).map { [$0] } ?? ConvolutionDirection.allCases
  }
}
