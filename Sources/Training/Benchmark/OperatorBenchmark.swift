import Devices
import Interchange

/// How long one convolution takes in one direction, by itself.
public struct OperatorBenchmark: Hashable, Sendable {
  public let problem: ConvolutionProblem
  public let direction: ConvolutionDirection
  /// That of the feature maps.
  public let precision: Precision
  /// The median over all repetitions, of all launches of the operation together: packing and adding up partial results
  /// count, conversion to the device's layout does not.
  public let seconds: Double

  /// Billions of the direct convolution's operations per second, whatever algorithm ran.
  public var gflops: Double { problem.flops / seconds / 1e9 }
  /// Of what has to move at least.
  public var gigabytesPerSecond: Double { problem.minimalBytes(precision) / seconds / 1e9 }

  private static let repetitions = 5...100
  /// Repetitions end when so much time has passed.
  private static let patience = 0.3

  /// Runs a convolution of random values on a device, with caches as warm as the operation before leaves them.
  /// - Throws: ``OperatorError`` for a problem that the device does not run, `DeviceError`, above all for want of memory.
  public init(_ problem: ConvolutionProblem, _ direction: ConvolutionDirection, on device: any Device) throws
  {
    self.problem = problem
    self.direction = direction
    precision = device.information.precision
    let executable = try Self.compile(direction.schedule(problem), for: device)
    var samples: [Double] = []
    let clock = Stopwatch()
    // The first run meets cold memory.
    for repetition in 0...Self.repetitions.upperBound {
      let launches = try executable.profile().filter { $0.purpose?.convolution != nil }
      if repetition > 0 { samples.append(launches.reduce(0) { $0 + $1.seconds }) }
      if repetition >= Self.repetitions.lowerBound, clock.seconds > Self.patience { break }
    }
    seconds = samples.median
  }

  /// External tensors get random values.
  private static func compile(_ schedule: Schedule, for device: any Device) throws -> Executable {
    var buffers: [BufferName: Buffer] = [:]
    for (index, tensor) in schedule.tensors.enumerated() {
      guard case .external(let name, _) = tensor.origin, case .vector(let count) = tensor.kind else {
        continue
      }
      let buffer = try device.makeBuffer(count: count, name: tensor.name)
      try buffer.write(RandomValues.make(count: count, index: UInt64(index)))
      buffers[name] = buffer
    }
    return try device.compile(schedule, buffers: buffers)
  }

  /// How near it comes to a device's limits.
  public func roofline(_ peak: MachinePeak) -> Roofline {
    Roofline(problem, seconds: seconds, peak: peak, precision: precision)
  }

  /// - Parameter peak: The device's limits, if they are known.
  public func json(peak: MachinePeak?) -> JSONValue {
    let roofline = peak.map(roofline)
    return [
      "problem": .string("\(problem)"), "direction": .string(direction.rawValue),
      "precision": .string(precision.rawValue), "milliseconds": .number(seconds * 1000),
      "gflops": .number(gflops),
      "gigabytesPerSecond": .number(gigabytesPerSecond),
      "bound": roofline.map { .string($0.bound.rawValue) } ?? .null,
      "share": roofline.map { .number($0.share) } ?? .null,
    ]
  }
}
