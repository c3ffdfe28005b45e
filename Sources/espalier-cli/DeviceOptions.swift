import ArgumentParser
import Espalier

/// The flags of commands that compute, other than training.
struct DeviceOptions: ParsableArguments {
  @Option(help: "auto, cpu[:avx512|:avx2|:baseline] or opencl[:N][/cpu|/gpu].")
  var device = "auto"

  @Option(help: "Threads of the CPU fallback (default: one per core).")
  var threads: Int?

  @Option(
    help:
      "Type of feature maps and products: fp32, tf32, bf16, or fp16 for evaluation (default: a run's own, or fp32)."
  )
  var precision: Precision?

  @OptionGroup var tuning: TuningOptions
  @OptionGroup var memory: MemoryOptions

  func validate() throws {
    if let threads { try checkCount(threads, of: "--threads", through: TrainingConfiguration.maximumThreads) }
  }

  /// The same choice as flags of another command, but for the hidden limit of memory.
  var flags: [String] {
    ["--device", device] + (threads.map { ["--threads", "\($0)"] } ?? [])
      + (precision.map { ["--precision", $0.rawValue] } ?? []) + (tuning.isUntuned ? ["--untuned"] : [])
  }

  /// The device, after a line about it.
  /// - Parameter otherwise: The precision without `--precision`.
  func open(precision otherwise: Precision = .float32) throws -> any Device {
    let selection = try DeviceCatalog.open(
      DeviceRequest(parsing: device), precision: precision ?? otherwise, threads: threads,
      memoryLimitBytes: memory.memoryLimit,
      tuning: { device in
        try tuning.store?.record(for: device, notify: Console.notice)?.tuning
      },
      warn: Console.notice)
    Console.notice(selection.notice)
    return selection.device
  }
}

/// Whether a command uses what a tuner has found.
struct TuningOptions: ParsableArguments {
  @Flag(
    name: .customLong("untuned"),
    help: "Use a GPU's default kernels, not those that `espalier tune-kernels` has found.")
  var isUntuned = false

  /// Where a command looks for it; nil for nowhere.
  var store: TuningStore? { isUntuned ? nil : .user }
}

/// A bound on the memory that a command takes from its device.
struct MemoryOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Memory to take from the device at most, in bytes.", visibility: .hidden))
  var memoryLimit: Int?
}

/// Throws unless `count`, the value of a flag, is one that computing can take.
func checkCount(
  _ count: Int, of flag: String, through highest: Int = TrainingConfiguration.maximumCount
) throws(ValidationError) {
  guard (1...highest).contains(count) else {
    throw ValidationError("\(flag): expected a whole number in 1…\(highest), found \(count)")
  }
}

extension Precision: ExpressibleByArgument {}
