import Bundles
import Datasets
import Devices
import Foundation
import Interchange
import Networks
import ReceptiveFields

/// Asks four methods what one network can do without, and trains what they propose.
///
/// The network is trained as it is; receptive fields are known before, bundles after its first epoch, lesions at its end; a
/// second training prunes it. Every proposal is then trained from scratch for what the first training cost. All of it lies in one
/// folder, a run folder per training; what is finished there is not done again.
public final class Advisor {
  private let folder: String
  private let assignments: [ConfigurationAssignment]
  let configuration: AdviceConfiguration
  let resources: TrainingResources
  private let train: (Trainer) throws -> Void
  let notify: (String) -> Void

  /// - Parameters:
  ///   - assignments: How to train, and what: keys of `espalier train`.
  ///   - file: A YAML file of more of them.
  ///   - resources: What each training may use of the machine.
  ///   - train: Runs a training; what watches it is the caller's choice.
  ///   - notify: Receives a line about every step.
  /// - Throws: `TrainingError.folderNotEmpty` unless `resume` says to go on with what is there; `ConfigurationError` where that
  ///   was asked something else.
  public init(
    folder: String, resume: Bool, file: String? = nil, assignments: [ConfigurationAssignment],
    configuration: AdviceConfiguration = .init(), resources: TrainingResources = .init(),
    notify: @escaping (String) -> Void = { _ in },
    train: @escaping (Trainer) throws -> Void = { _ = try $0.train() }
  ) throws {
    guard resume || RunFolder(folder).isEmpty else { throw TrainingError.folderNotEmpty(folder) }
    let first = RunFolder("\(folder)/\(AdviceMethod.dense.stem)")
    // What an interrupted advisor trained with holds for the trainings that it did not come to.
    let own = [first.configuration].filter(RunFolder.exists)
    let saved = try own.flatMap(TrainingConfiguration.assignments(inFile:))
    let given = try file.map(TrainingConfiguration.assignments(inFile:)) ?? []
    let kept = saved.filter { $0.key != "bundles" }
    let settings = kept + given + assignments
    let training = try TrainingConfiguration(settings)
    guard training.initialWeights == nil else {
      throw ConfigurationError.conflict("init: proposals are trained from scratch; leave it out")
    }
    if !saved.isEmpty { try Self.check(training, against: TrainingConfiguration(kept)) }
    // So that it does not come out after the first training.
    _ = try TrainingConfiguration(
      settings + [.init("target-macs", "\(configuration.targetMacs)")], command: .prune)
    try configuration.check(file: "\(folder)/\(Self.settings)")
    self.folder = folder
    self.assignments = settings
    self.configuration = configuration
    self.resources = resources
    self.notify = notify
    self.train = train
  }

  /// Throws where an advisor would not train as it did before.
  private static func check(
    _ configuration: TrainingConfiguration, against saved: TrainingConfiguration
  ) throws {
    try configuration.checkResumes(saved)
    guard configuration.epochs == saved.epochs else {
      throw ConfigurationError.conflict(
        "epochs: the first training had \(saved.epochs), and \(configuration.epochs) would not compare; keep them, or "
          + "take another folder")
    }
  }

  /// Does what is not done yet.
  ///
  /// - Throws: What trainings throw, `TrainingError.interrupted` among it: another advisor goes on from there.
  public func advise() throws -> AdviceReport {
    let dense = try denseRun()
    let findings = try findings(dense)
    var report = AdviceReport(
      model: dense.network.name, border: findings.fields.border()?.layer,
      pruning: findings.pruning, blocks: findings.blocks,
      proposals: [
        .init(
          method: .dense, summary: "the network as it is", complexity: try Complexity(dense.network),
          outcome: dense.outcome)
      ])
    var trained: [(network: Network, outcome: AdviceReport.Outcome)] = [(dense.network, dense.outcome)]
    for proposal in findings.proposals {
      var row = AdviceReport.Proposal(method: proposal.method, summary: proposal.summary)
      if let network = proposal.network {
        row.complexity = try Complexity(network)
        if let equal = trained.first(where: { $0.network.nodes == network.nodes }) {
          row.outcome = equal.outcome
        } else {
          row.outcome = try run(proposal.method, network, like: dense)
          row.outcome.map { trained.append((network, $0)) }
        }
      }
      report.proposals.append(row)
    }
    try write(report)
    return report
  }

  // MARK: - Trainings

  /// A training that is finished.
  struct FinishedRun {
    var folder: RunFolder
    var network: Network
    var configuration: TrainingConfiguration
    var outcome: AdviceReport.Outcome
  }

  private func denseRun() throws -> FinishedRun {
    try finish(
      .dense, .train, [.init("bundles", measurement())]
    ) { $0.checkpoint(.last) }
  }

  /// What a removal of conflicting blocks would measure.
  private func measurement() throws -> String {
    let training = try TrainingConfiguration(assignments)
    let network = try training.network(for: TrainingData(training))
    var probe = BundleMeasurement.Probe(samples: configuration.bundleSamples)
    probe.values = removalValues(network.residualBlocks().isEmpty ? .layers : .auto, network)
    return BundleMonitoring(every: 1, probe: probe)?.description ?? ""
  }

  /// The pruning whose gates are asked: its result is the small network.
  func prunedRun() throws -> FinishedRun {
    try finish(
      .gates, .prune, [.init("target-macs", "\(configuration.targetMacs)")], suffix: "-pruning",
      model: \.model)
  }

  private func run(
    _ method: AdviceMethod, _ network: Network, like dense: FinishedRun
  ) throws -> AdviceReport.Outcome {
    let (before, after) = (try Complexity(dense.network), try Complexity(network))
    let share = Double(after.multiplyAccumulates) / Double(max(1, before.multiplyAccumulates))
    let epochs = dense.configuration.epochs
    let longest = epochs * configuration.longestTraining
    let equal = min(longest, max(1, Int((Double(epochs) / max(share, 1e-9)).rounded())))
    let architecture = path("\(method.stem).safetensors")
    if RunFolder(path(method.stem)).isEmpty { try Checkpoint(untrained: network).write(to: architecture) }
    let run = try finish(
      method, .train,
      [.init("model", architecture), .init("epochs", "\(equal)")] + dense.configuration.stretched(to: equal)
    ) { $0.checkpoint(.last) }
    guard run.network.nodes == network.nodes else {
      throw ConfigurationError.conflict(
        "\(run.folder.path): another network was trained there than \(method.title) propose now; remove the folder"
      )
    }
    var outcome = run.outcome
    outcome.costFraction = share * Double(outcome.epochs) / Double(epochs)
    return outcome
  }

  /// Trains, or goes on where a training of that name was interrupted, unless it is finished.
  ///
  /// - Parameter model: Where the network lies that it ends with.
  private func finish(
    _ method: AdviceMethod, _ command: TrainingCommand,
    _ overrides: @autoclosure () throws -> [ConfigurationAssignment], suffix: String = "",
    model: (RunFolder) -> String
  ) throws -> FinishedRun {
    let run = RunFolder("\(folder)/\(method.stem)\(suffix)")
    if StageResult(file: run.result) == nil {
      let training = try TrainingRun(
        folder: run, resume: true, assignments: assignments + overrides(), command: command)
      let trainer = try training.makeTrainer(resources)
      let cost = try Complexity(trainer.network)
      notify(
        "\(method.title)\(suffix.replacing("-", with: ", ")): \(trainer.network.name), "
          + "\(cost.multiplyAccumulates) multiply-accumulates, \(trainer.totalEpochs) epochs")
      if method == .dense {
        try sayFields(of: trainer.network)
        try configuration.write(to: path(Self.settings))
      }
      try train(trainer)
    }
    guard let result = StageResult(file: run.result) else {
      throw FileError(path: run.result, operation: .read, code: ENOENT)
    }
    return FinishedRun(
      folder: run, network: try Checkpoint(path: model(run)).network,
      configuration: try run.savedConfiguration(),
      outcome: .init(
        epochs: result.epochs, costFraction: result.trainingCostFraction, top1: result.top1,
        seconds: result.seconds))
  }

  private func sayFields(of network: Network) throws {
    let fields = try FieldAnalysis(network)
    notify(
      "receptive fields: \(fields.unproductive.count) unproductive and \(fields.critical.count) critical of "
        + "\(fields.spatialLayers.count) convolutions; border: \(fields.border()?.layer ?? "none")")
  }

  // MARK: - Files

  private func write(_ report: AdviceReport) throws {
    for (text, name) in [
      (report.json.prettyText, "advice.json"), (report.csv, "advice.csv"), (report.picture, "advice.svg"),
      (report.accuracyPicture, "accuracy.svg"),
    ] { try AtomicFile.write(Data(text.utf8), to: "\(folder)/\(name)") }
  }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// What the methods were asked.
  private static let settings = "settings.json"
}

/// What a run folder's `result.json` says.
private struct StageResult: Decodable {
  var epochs: Int
  var top1: Double
  var seconds: Double
  var trainingCostFraction: Double

  /// nil for a training that is not finished.
  init?(file: String) {
    guard let data = try? WholeFile.read(file), let result = try? JSONDecoder().decode(Self.self, from: data)
    else { return nil }
    self = result
  }
}

extension TrainingConfiguration {
  /// What depends on the number of epochs, for another number.
  fileprivate func stretched(to epochs: Int) -> [ConfigurationAssignment] {
    let factor = Double(epochs) / Double(self.epochs)
    var assignments = [ConfigurationAssignment("lr-warmup-epochs", "\(warmupEpochs * factor)")]
    if case .step(let milestones) = curve {
      var stretched: [Int] = []
      for milestone in milestones {
        stretched.append(max((stretched.last ?? 0) + 1, Int((Double(milestone) * factor).rounded())))
      }
      assignments.append(.init("schedule", LearningRateCurve.step(epochs: stretched).description))
    }
    return assignments
  }
}

extension AdviceConfiguration {
  /// Throws where other settings were written.
  fileprivate func check(file: String) throws {
    guard let data = try? WholeFile.read(file), let saved = try? JSONDecoder().decode(Self.self, from: data),
      saved != self
    else { return }
    let fields: [(String, PartialKeyPath<Self>)] = [
      ("target-macs", \.targetMacs), ("lesion-images", \.lesionImages),
      ("lesion-tolerance", \.lesionTolerance), ("bundle-samples", \.bundleSamples),
    ]
    let changed = fields.filter { "\(saved[keyPath: $0.1])" != "\(self[keyPath: $0.1])" }.map {
      "\($0.0) \(saved[keyPath: $0.1])"
    }
    throw ConfigurationError.conflict(
      "the folder's advice was asked for with \(changed.joined(separator: ", ")); keep that, or take another folder"
    )
  }

  fileprivate func write(to file: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    try RunFolder.createFolder((file as NSString).deletingLastPathComponent)
    try AtomicFile.write(encoder.encode(self), to: file)
  }
}
