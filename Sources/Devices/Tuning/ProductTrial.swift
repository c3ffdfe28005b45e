import Foundation

/// One matrix product on made-up numbers, to be computed by one method after another.
package struct ProductTrial {
  package let problem: ProductProblem
  private let bench: ProductBench

  /// - Throws: ``DeviceError``, above all for want of memory.
  package init(_ problem: ProductProblem, on bench: ProductBench) throws {
    self.problem = problem
    self.bench = bench
    try bench.memory.reserve(problem, on: bench.device(problem, by: bench.defaultMethod(for: problem)))
  }

  /// The factors, each followed by numbers that are not of this product.
  var operands: (left: [Float], right: [Float]) { bench.memory.operands }

  /// A method at work on it.
  package struct Run {
    fileprivate let method: ProductMethod
    fileprivate let executable: Executable
    fileprivate let result: Buffer
    fileprivate let count: Int

    /// What it computes, twice and from memory full of NaN.
    /// - Throws: ``DeviceError`` where it does not run, ``ProductTrialError/unsteady(method:)`` where the runs differ.
    package func values() throws -> [Float] {
      let results = try (0..<2).map { _ in
        try result.fill(.nan)
        try executable.poisonArena()
        try executable.run()
        try executable.finish()
        return try result.read(count: count)
      }
      let isSteady = results[0].withUnsafeBytes { first in
        results[1].withUnsafeBytes { second in
          first.isEmpty || memcmp(first.baseAddress!, second.baseAddress!, first.count) == 0
        }
      }
      guard isSteady else { throw ProductTrialError.unsteady(method: "\(method)") }
      return results[0]
    }

    /// The seconds of all launches of the product together, without conversion to the device's layout, one product
    /// right behind the other as in a step.
    package func seconds(repetitions: Int = 1) throws -> Double {
      try executable.seconds(repetitions: repetitions) {
        !["importActivation", "exportActivation"].contains($0?.operation)
      }
    }

    /// Rounds that are timed, how long they may take together once there are enough, and how long each should take.
    private static let rounds = 3...15
    private static let patience = 0.05
    private static let roundSeconds = 0.002

    /// Repetitions in a round so long that waiting for its end hardly counts.
    static func repetitions(of seconds: Double) -> Int {
      Int(min(max(roundSeconds / max(seconds, 1e-7), 1), 50))
    }

    /// The median of a few rounds.
    func medianSeconds() throws -> Double {
      let repetitions = Self.repetitions(of: try seconds())
      var samples: [Double] = []
      while samples.count < Self.rounds.upperBound {
        samples.append(try seconds(repetitions: repetitions))
        let passed = samples.reduce(0, +) * Double(repetitions)
        if samples.count >= Self.rounds.lowerBound, passed > Self.patience { break }
      }
      return samples.median
    }
  }

  /// Compiles a method, and runs it once so that no first time is measured.
  /// - Throws: ``DeviceError`` where it does not compile or run.
  package func run(_ method: ProductMethod) throws -> Run {
    let buffers = bench.memory.buffers
    guard let result = buffers[.result] else { throw DeviceError.notBound(buffer: "\(BufferName.result)") }
    let executable = try bench.device(problem, by: method).compile(problem, buffers: buffers)
    try executable.run()
    try executable.finish()
    return Run(method: method, executable: executable, result: result, count: problem.counts.result)
  }
}

/// Why a method was given up.
package enum ProductTrialError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Two runs on the same numbers differ.
  case unsteady(method: String)

  package var description: String {
    switch self {
    case .unsteady(let method): "\(method) gives another result each time"
    }
  }
}

extension KernelDevice {
  /// A program that computes one product from and to plain floats.
  fileprivate func compile(_ problem: ProductProblem, buffers: [BufferName: Buffer]) throws -> Executable {
    var schedule = Schedule()
    let counts = problem.counts
    func imported(_ buffer: BufferName, _ shape: ActivationShape) -> Tensor {
      let maps = schedule.activation("\(buffer) maps", shape)
      schedule.append(
        .importActivation(
          from: schedule.external(buffer, buffer.description, count: shape.count), to: maps))
      return maps
    }
    func words(_ buffer: BufferName, _ count: Int) -> Tensor {
      schedule.external(buffer, buffer.description, count: count)
    }
    func export(_ maps: Tensor) {
      schedule.append(.exportActivation(from: maps, to: words(.result, counts.result)))
    }
    switch problem {
    case .convolution(.forward, let problem):
      let output = schedule.activation("output", problem.output)
      schedule.append(
        .convolutionForward(
          problem, input: imported(.left, problem.input), weights: words(.right, counts.right), bias: nil,
          output: output))
      // In a step batch norm follows, and some methods leave it less to do than others.
      schedule.append(
        .batchNormStatistics(
          problem.output, groups: 1, input: output,
          mean: schedule.vector("mean", count: problem.outputChannels),
          variance: schedule.vector("variance", count: problem.outputChannels), running: nil))
      export(output)
    case .convolution(.backwardData, let problem):
      let inputGradient = schedule.activation("input gradient", problem.input)
      schedule.append(
        .convolutionBackwardData(
          problem, outputGradient: imported(.left, problem.output), weights: words(.right, counts.right),
          inputGradient: inputGradient, accumulate: false))
      export(inputGradient)
    case .convolution(.backwardWeights, let problem):
      schedule.append(
        .convolutionBackwardWeights(
          problem, input: imported(.left, problem.input),
          outputGradient: imported(.right, problem.output),
          weightsGradient: words(.result, counts.result), biasGradient: nil))
    case .matrices:
      let operands = (words(.left, counts.left), words(.right, counts.right), words(.result, counts.result))
      return try compile(schedule, buffers: buffers) { lowering in
        if let product = problem.product(operands, in: lowering) { lowering.multiply(product) }
      }
    }
    return try compile(schedule, buffers: buffers)
  }

  /// A program of launches that no operation stands for.
  private func compile(
    _ schedule: Schedule, buffers: [BufferName: Buffer],
    lowering body: (inout GPULowering) -> Void
  ) throws -> Executable {
    guard let family = family as? GPUFamily else {
      throw DeviceError.notBound(buffer: "the gpu family's launches")
    }
    var lowering = try GPULowering(schedule, family: family)
    body(&lowering)
    return try compile(placed(lowering.program), buffers: buffers, sharingMemoryOf: nil)
  }
}

extension ProductProblem {
  /// The product as a library takes it; nil for a convolution.
  fileprivate func product(
    _ operands: (a: Tensor, b: Tensor, c: Tensor), in lowering: GPULowering
  ) -> GEMM? {
    guard
      case .matrices(let batch, let rows, let columns, let depth, let transposesLeft, let transposesRight) =
        self
    else { return nil }
    return GEMM(
      m: rows, n: columns, k: depth,
      a: GEMM.Matrix(
        slot: lowering.slot(operands.a), leadingDimension: transposesLeft ? rows : depth,
        transposed: transposesLeft, batchStride: batch == 1 ? 0 : rows * depth),
      b: GEMM.Matrix(
        slot: lowering.slot(operands.b), leadingDimension: transposesRight ? depth : columns,
        transposed: transposesRight, batchStride: batch == 1 ? 0 : depth * columns),
      c: GEMM.Matrix(
        slot: lowering.slot(operands.c), leadingDimension: columns,
        batchStride: batch == 1 ? 0 : rows * columns),
      batchCount: batch)
  }
}
