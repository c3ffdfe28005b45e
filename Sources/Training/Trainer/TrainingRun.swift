import Datasets
import Devices
import ModelZoo
import Networks

/// A training as the command line describes it: a folder, a configuration from several places, and perhaps a checkpoint
/// to go on from. Making one reads, but writes nothing.
public struct TrainingRun: Sendable {
  public let folder: RunFolder
  /// Defaults, then the saved configuration of a resumed run, the configuration file and the command line: the later
  /// wins.
  public let configuration: TrainingConfiguration
  /// A line about what will be resumed; nil for a new run.
  public let notice: String?
  private let start: TrainingStart

  /// - Parameters:
  ///   - resume: Whether to go on with the run that the folder may hold.
  ///   - file: A YAML file of configuration.
  ///   - assignments: What the command line sets.
  ///   - command: Which training it is.
  /// - Throws: `ConfigurationError`, `TrainingError.folderNotEmpty`, `CheckpointError`, `SafeTensorsError`, `FileError`.
  public init(
    folder: RunFolder, resume: Bool = false, file: String? = nil, assignments: [ConfigurationAssignment] = [],
    command: TrainingCommand = .train
  ) throws {
    guard resume || folder.isEmpty else { throw TrainingError.folderNotEmpty(folder.path) }
    let saved =
      resume && RunFolder.exists(folder.configuration)
      ? try TrainingConfiguration.assignments(inFile: folder.configuration) : []
    let given = try file.map(TrainingConfiguration.assignments(inFile:)) ?? []
    configuration = try TrainingConfiguration(saved + given + assignments, command: command)
    self.folder = folder

    let last = folder.checkpoint(.last)
    if resume, RunFolder.exists(last) {
      guard !saved.isEmpty else {
        throw ConfigurationError.lostConfiguration(file: folder.configuration, checkpoint: last)
      }
      try configuration.checkResumes(TrainingConfiguration(saved, command: command))
      let checkpoint = try Checkpoint(path: last)
      start = .resume(checkpoint, file: last)
      let progress = checkpoint.progress
      notice =
        "resuming \(folder.path) after \(progress?.epoch ?? 0) epochs and \(progress?.step ?? 0) steps"
    } else {
      start = try configuration.initialWeights.map { .weights(try Checkpoint(path: $0), file: $0) } ?? .seed
      notice = resume ? "no checkpoint in \(folder.path): starting from the beginning" : nil
    }
  }

  /// Reads the data and opens the device.
  ///
  /// - Parameters:
  ///   - resources: What it may use of the machine.
  ///   - notify: Receives lines about the device and other choices.
  /// - Throws: what the initialisers of `TrainingData`, the model zoo, `DeviceCatalog` and `Trainer` throw.
  public func makeTrainer(
    _ resources: TrainingResources = .init(), notify: @escaping (String) -> Void = { _ in }
  ) throws -> Trainer {
    let request = try DeviceRequest(parsing: configuration.device)
    let data = try loadData(notify: notify)
    let network = try start.network(of: configuration) ?? configuration.network(for: data)
    let selection = try DeviceCatalog.open(
      request, precision: configuration.precision, threads: configuration.threads,
      memoryLimitBytes: resources.memoryLimitBytes,
      tuning: { try tuning(for: $0, from: resources.tunings, notify: notify) }, warn: notify)
    notify(selection.notice)
    if let notice { notify(notice) }
    if let share = try tunedShare(of: network, on: selection.device) { notify(share) }
    return try Trainer(
      network: network, data: data, configuration: configuration, device: selection.device, start: start,
      folder: folder)
  }

  /// A line where a tuning knows some of the network's products only: problems are known by their exact sizes.
  private func tunedShare(of network: Network, on device: any Device) throws -> String? {
    let methods = device.tuning.methods
    if methods.isEmpty { return nil }
    let plan = try Plan.trainingStep(
      network, batchSize: configuration.batchSize, labelSmoothing: 0, optimizer: OptimizerConfiguration())
    let problems = Set(plan.schedule.productProblems.map(\.description))
    let tuned = problems.count { methods[$0] != nil }
    if tuned == problems.count { return nil }
    let images =
      switch ModelReference(configuration.model) {
      case .zoo: " --input \(network.input) --classes \(network.classes)"
      case .file: ""
      }
    return
      "\(tuned) of \(problems.count) matrix products are tuned at these sizes; `espalier tune-kernels --model "
      + "\(configuration.model)\(images) --batch-size \(configuration.batchSize) --precision "
      + "\(configuration.precision.rawValue) --device \(device.information.identifier)` tunes the others"
  }

  /// What a run began with, it goes on with; a new one takes what the tuner has found on this device.
  private func tuning(
    for device: DeviceInformation, from tunings: TuningStore?, notify: (String) -> Void
  ) throws -> KernelTuning? {
    guard start.isResumed else { return try tunings?.record(for: device, notify: notify)?.tuning }
    guard RunFolder.exists(folder.tuning) else {
      if device.family == "gpu" {
        notify("\(folder.tuning) is missing: the defaults compute, perhaps other bits than before")
      }
      return nil
    }
    let record = try TuningRecord(contentsOf: folder.tuning)
    if let difference = record.difference(from: device) {
      notify("\(folder.tuning) was made \(difference): other bits than an uninterrupted run's are possible")
    }
    return try record.tuning
  }

  private func loadData(notify: (String) -> Void) throws -> TrainingData {
    if case .folder = configuration.data, configuration.onBadImage == .skip {
      notify("looking for bad images in \(configuration.data)")
    }
    let trained = configuration.normalization == nil || start.isResumed ? start.normalization : nil
    let data = try TrainingData(
      configuration,
      // Not measured where the result would not be used.
      normalization: trained == nil ? configuration.normalization ?? .published : .published
    ).normalized(with: trained)
    if let notice = data.skippedImages.notice { notify(notice) }
    return data
  }
}

extension TrainingConfiguration {
  /// The network that `model` names, for such images.
  func network(for data: TrainingData) throws -> Network {
    try ModelReference(model).network(input: data.input, classes: data.training.classes.count)
  }
}

extension [BadImage] {
  /// A line about the images that were left out; nil for none.
  public var notice: String? {
    first.map { "left out \(count) bad image\(count == 1 ? "" : "s"), the first: \($0)" }
  }
}

extension RunFolder {
  /// The configuration that the run was started with.
  ///
  /// - Throws: `FileError` if there is none, `ConfigurationError`.
  public func savedConfiguration() throws -> TrainingConfiguration {
    let assignments = try TrainingConfiguration.assignments(inFile: configuration)
    return try TrainingConfiguration(assignments, command: TrainingCommand(of: assignments))
  }
}
