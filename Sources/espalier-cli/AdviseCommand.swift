import ArgumentParser
import Espalier
import Foundation

struct AdviseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "advise",
    abstract: "Asks four methods what a network can do without, and trains what they say.",
    discussion: """
      Receptive fields are known before training, bundles after the first epoch, gates after a pruning, lesions at the end. \
      Each proposes a smaller network, and so does what two of them agree on; every one is trained from scratch for what \
      training the network as it is costs, in multiply-accumulates. RUN receives a run folder for each training, advice.json, \
      advice.csv, advice.svg (what each method would remove, by block) and accuracy.svg. Ctrl-C saves, --resume goes on.
      """)

  @Argument(
    help: ArgumentHelp(
      "A model of the zoo, such as resnet20 or vgg16:width=0.25, or a checkpoint's file.",
      valueName: "model|file"))
  var model: String
  @Option(help: "Multiply-accumulates that gates are to end with, as a share of the network's.")
  var targetMacs = 0.5
  @Option(
    help: "Images on which blocks are left out: held-out ones where there are some, else training images.")
  var lesionImages = 2000
  @Option(help: "The top-1, as a share, that leaving blocks out together may cost at most.")
  var lesionTolerance = 0.005
  @Option(help: "Training images that bundles are looked for on.")
  var bundleSamples = 512
  @OptionGroup(title: "How to train") var training: TrainingOptions
  @OptionGroup var options: RunOptions

  func validate() throws {
    guard training.model == nil else {
      throw ValidationError("--model: the model is the first argument; leave it out")
    }
    guard training.bundles == nil else {
      throw ValidationError(
        "--bundles: bundles are looked for anyway; --bundle-samples says on how many images")
    }
    guard targetMacs > 0, targetMacs <= 1 else {
      throw ValidationError("--target-macs: expected a share above 0 and up to 1, found \(targetMacs)")
    }
    guard lesionTolerance >= 0, lesionTolerance < 1 else {
      throw ValidationError("--lesion-tolerance: expected a share from 0 to 1, found \(lesionTolerance)")
    }
    try checkCount(lesionImages, of: "--lesion-images")
    try checkCount(bundleSamples, of: "--bundle-samples")
  }

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    var configuration = AdviceConfiguration()
    configuration.targetMacs = targetMacs
    configuration.lesionImages = lesionImages
    configuration.lesionTolerance = lesionTolerance
    configuration.bundleSamples = bundleSamples
    let advisor = try Advisor(
      folder: options.out, resume: options.resume, file: options.configurationFile,
      assignments: training.assignments + [ConfigurationAssignment("model", model)],
      configuration: configuration, resources: options.resources, notify: Console.notice, train: Self.train)
    do {
      let report = try advisor.advise()
      if options.json {
        try Console.result(report.json)
      } else {
        try Console.result(AdviceTables(report).text)
      }
      Console.notice("tables and pictures are in \(options.out)")
    } catch let error as TrainingError {
      guard case .interrupted = error else { throw error }
      Console.notice("\(error); the same command with --resume goes on")
      throw ExitCode(ExitStatus.interrupted.rawValue)
    }
  }

  private static func train(_ trainer: Trainer) throws {
    let report = ConsoleReport(columns: Console.terminalColumns, write: Console.progress)
    trainer.observer = report
    let interruption = Interruption(trainer.cancellation)
    defer {
      interruption.end()
      report.clear()
    }
    _ = try trainer.train()
  }
}

/// Advice as text.
struct AdviceTables {
  private let report: AdviceReport

  init(_ report: AdviceReport) { self.report = report }

  var text: String {
    [
      blocks,
      "Fields: r min … r max in pixels. H: bundle entropy above the images' after epoch 1, in nats. Lesion: change of top-1 "
        + "in points without the block. Gates: share of the block's multiply-accumulates that pruning removed.",
      proposals,
      report.pruning.map {
        "The pruning itself ended at top-1 \(percent($0.top1)) for \(number($0.costFraction, 2)) of the cost."
      },
    ].compactMap(\.self).joined(separator: "\n\n")
  }

  private var blocks: String {
    TextTable(
      header: ["block", "macs", "fields", "verdict", "H", "bundles", "lesion", "gates", "removed by"],
      rows: report.blocks.map { block in
        [
          block.name, "\(block.multiplyAccumulates)", block.fields.map(fields) ?? "–",
          block.fields.map(verdict) ?? "–", number(block.entropyAboveInput, 4), block.verdict.rawValue,
          number(block.lesion.map { 100 * $0 }, 2), percent(block.removed[.gates]),
          block.agreement.map(\.title).joined(separator: ", "),
        ]
      }
    ).text
  }

  private var proposals: String {
    let dense = report.dense.complexity
    return TextTable(
      header: ["proposal", "top-1", "macs", "share", "parameters", "share", "epochs", "cost", "what goes"],
      rows: report.proposals.map { proposal in
        let cost = proposal.complexity
        func share(_ value: KeyPath<Complexity, Int>) -> String {
          guard let cost, let dense else { return "" }
          return number(Double(cost[keyPath: value]) / Double(max(1, dense[keyPath: value])), 2)
        }
        return [
          proposal.method.title, percent(proposal.outcome?.top1),
          cost.map { "\($0.multiplyAccumulates)" } ?? "", share(\.multiplyAccumulates),
          cost.map { "\($0.parameters)" } ?? "", share(\.parameters),
          proposal.outcome.map { "\($0.epochs)" } ?? "", number(proposal.outcome?.costFraction, 2),
          proposal.summary,
        ]
      }
    ).text
  }

  private func fields(_ fields: AdviceReport.Fields) -> String {
    "\(fields.shortest.upperBound) … \(fields.longest.map { "\($0)" } ?? "all")"
  }

  private func verdict(_ fields: AdviceReport.Fields) -> String {
    if fields.unproductive > 0 { return "\(fields.unproductive) of \(fields.convolutions) unproductive" }
    return fields.critical > 0 ? "\(fields.critical) of \(fields.convolutions) critical" : "productive"
  }

  private func percent(_ share: Double?) -> String {
    share.map { String(format: "%.2f %%", 100 * $0) } ?? "–"
  }

  private func number(_ value: Double?, _ decimals: Int) -> String {
    value.map { String(format: "%.\(decimals)f", $0) } ?? "–"
  }
}
