/// What an OpenCL device and its driver cost and give, measured. The times are the host's, each the median of several.
public struct OpenCLFigures: Hashable, Sendable {
  /// As `--device` takes it.
  public var device: String
  /// Microseconds per launch of a kernel that does nothing, of many that are waited for together.
  public var launchMicroseconds: Double
  /// Microseconds to make a buffer of 1 MiB, use it once and give it back.
  public var bufferMicroseconds: Double
  /// Gigabytes per second between the host and the device.
  public var copies: Copies
  /// The time of a copy to the device and of a computation, on a queue each at once, over the sum of their times one after
  /// the other: 1 where they wait for each other, 0.5 where they do not.
  public var overlap: Double
  /// The program that ``coldBuildSeconds`` and ``warmBuildSeconds`` are about.
  public var program: String
  /// Seconds to compile a source that the driver has never seen.
  public var coldBuildSeconds: Double
  /// Seconds to build it once more.
  public var warmBuildSeconds: Double
  /// Billions of single-precision operations per second of fused multiply-adds on registers, each counted as two.
  public var gflops: Double
  /// Gigabytes per second, of both reading and writing together, of a kernel that copies memory of the device.
  public var gigabytesPerSecond: Double

  /// Gigabytes per second of copies between the host and the device.
  public struct Copies: Hashable, Sendable {
    /// From memory as a program has it.
    public var pageableToDevice: Double
    public var pageableFromDevice: Double
    /// From memory that the driver pins.
    public var pinnedToDevice: Double
    public var pinnedFromDevice: Double
  }

  /// Takes a few seconds.
  /// - Throws: ``DeviceError/unavailable(requested:reason:advice:)`` where the device is not one of OpenCL's, another
  ///   ``DeviceError`` where it fails, above all for want of memory.
  public init(measuring device: any Device) throws {
    guard let device = device as? KernelDevice, let runtime = device.runtime as? OpenCLRuntime else {
      throw DeviceError.unavailable(
        requested: device.information.identifier,
        reason: "it has no queues, copies and compiler to measure, as OpenCL devices have",
        advice: "Use --device opencl:N; `espalier devices` lists them")
    }
    let measurement = try OpenCLMeasurement(runtime)
    self.device = device.information.identifier
    launchMicroseconds = try measurement.launchSeconds() * 1e6
    bufferMicroseconds = try measurement.bufferSeconds() * 1e6
    copies = try measurement.copies()
    overlap = try measurement.overlap()
    // The longest of each family.
    program = "\(device.family.name)/convolution"
    let definitions = (device.family as? CPUFamily)?.instructionSet.definitions ?? []
    (coldBuildSeconds, warmBuildSeconds) = try measurement.buildSeconds(program, definitions)
    gflops = try measurement.gflops()
    gigabytesPerSecond = try measurement.gigabytesPerSecond()
  }
}
