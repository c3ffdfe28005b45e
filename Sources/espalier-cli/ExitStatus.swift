import ArgumentParser
import Espalier
import Foundation
import Sweeps

/// What the program's end tells a script.
enum ExitStatus: Int32 {
  case usage = 64
  case badData = 65
  case noInput = 66
  case deviceUnavailable = 69
  case internalFault = 70
  case cannotWrite = 73
  case inputOutputFault = 74
  case interrupted = 130

  /// The status for an error; nil for those that the argument parser reports itself.
  init?(for error: any Error) {
    switch error {
    case let error as ConfigurationError: self = error.concernsFile ? .badData : .usage
    case is ModelError, is UncountableLayer: self = .usage
    case is NetworkError, is ModelStateError, is CheckpointError, is SafeTensorsError, is PyTorchFileError,
      is ONNXExportError, is MetricsLogError, is TuningRecordError:
      self = .badData
    // Without a file it is about the flags.
    case let error as ConversionError: self = error.file == nil ? .usage : .badData
    case let error as DatasetError: self.init(error)
    case let error as FetchError: self.init(error)
    case let error as TrainingError: self.init(error)
    case let error as DeviceError: self.init(error)
    case is SweepFileError: self = .badData
    case let error as SweepError: self.init(error)
    case OperatorError.unsupported: self = .deviceUnavailable
    // Sizes come from flags, or from a network that a flag names.
    case OperatorError.invalidProblem: self = .usage
    // The price is a flag, and so is what bundles are looked for in, how to redesign or what to probe.
    case is PruningError, is BundleError, is RedesignError, is ProbeError: self = .usage
    case let error as FileError: self.init(error)
    default:
      // The parser's own status for an error that it does not know is a failure without reason.
      guard EspalierCommand.exitCode(for: error) == .failure else { return nil }
      self = .internalFault
    }
  }

  private init(_ error: DatasetError) {
    switch error {
    case .missingFile, .unreadable: self = .noInput
    case .malformed, .countMismatch, .badImage, .malformedFolder: self = .badData
    case .notUnderstood, .invalidRequest: self = .usage
    }
  }

  private init(_ error: FetchError) {
    switch error.kind {
    case .network, .missingProgram: self = .deviceUnavailable
    case .wrongData: self = .badData
    case .cannotWrite: self = .cannotWrite
    case .cannotRead: self = .inputOutputFault
    case .interruption: self = .interrupted
    }
  }

  private init(_ error: TrainingError) {
    switch error {
    case .diverged, .dataMismatch: self = .badData
    case .interrupted: self = .interrupted
    case .folderNotEmpty: self = .cannotWrite
    }
  }

  private init(_ error: DeviceError) {
    switch error {
    case .unavailable, .outOfMemory, .batchTooLarge: self = .deviceUnavailable
    default: self = .internalFault
    }
  }

  private init(_ error: SweepError) {
    switch error {
    case .changedSetting: self = .usage
    case .damagedFile: self = .badData
    case .notASweep, .folderInUse: self = .cannotWrite
    }
  }

  private init(_ error: FileError) {
    switch (error.operation, error.code) {
    case (_, EIO): self = .inputOutputFault
    case (.open, _), (.read, _): self = .noInput
    case (.create, _), (.write, _), (.sync, _), (.rename, _): self = .cannotWrite
    }
  }
}
