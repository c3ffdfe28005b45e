import ArgumentParser
import Espalier

struct PruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune", abstract: "Trains a network and prunes its units and blocks on the way.",
    discussion: """
      Every unit and every residual block has a gate that is open with a probability; weights and probabilities are \
      learned together, and what comes to 0 and is not worth its price is removed for good, during training. Derived \
      from Guenter & Sideris, arXiv 2411.09127. The baselines (--method) use the same training.

      Beside what `train` writes, RUN receives model.safetensors (the small network), pruning.csv, structure.json and \
      pictures. Ctrl-C saves, --resume goes on as if it had never stopped.
      """)

  @OptionGroup(title: "How to prune") var pruning: PruningOptions
  @OptionGroup(title: "What to train and how") var training: TrainingOptions
  @OptionGroup var options: RunOptions

  func run() throws {
    try options.train(training.assignments + pruning.assignments, as: .prune) { folder in
      guard let file = pruning.onnx else { return }
      let model = try Checkpoint(path: folder.model)
      try model.exportONNX(to: file, foldBatchNorm: false)
    }
  }
}

/// The keys of a pruning's configuration as flags.
struct PruningOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The price of the whole network: how much the training loss may rise for all of it, in nats (default: 0.15)."
    ))
  var nu: String?
  @Option(help: "1 prices computation, 0 parameters (default: 1).")
  var alpha: String?
  @Option(help: "1 prices blocks, 0 units, 0.5 both at what they cost (default: 0.5).")
  var beta: String?
  @Option(
    help: ArgumentHelp(
      "What has gates: units, layers, both, or all, which adds the channels of residual streams (default: all)."
    ))
  var gates: String?
  @Option(
    help: ArgumentHelp(
      "Multiply-accumulates to end with, as a share up to 1 or a number: adjusts nu to get there."))
  var targetMacs: String?
  @Option(help: "The probabilities that gates begin with (default: 1).")
  var thetaInit: String?
  @Option(help: "Epochs before gates learn (default: 1).")
  var gateWarmupEpochs: String?
  @Option(
    help: ArgumentHelp(
      "When gates become 0 or 1 for good, or other methods prune: a share of the epochs up to 1, above epochs "
        + "(default: 0.3)."))
  var freezeAt: String?
  @Option(
    help: "Epochs in which a useless gate falls from 0.5 to 0 (default: 0.3 of those in which gates learn).")
  var thetaEpochs: String?
  @Option(help: "Round widths to multiples of that many channels, or auto for the device's (default: none).")
  var roundTo: String?
  @Option(
    help: "What shares a mask: example, batch, or the number of groups of a batch, from 4 (default: example)."
  )
  var masks: String?
  @Option(
    help: ArgumentHelp(
      "How blocks' gates are judged: auto, leave-one-out, trapezoid or difference, which takes a second forward pass "
        + "(default: auto)."))
  var layerEstimator: String?
  @Option(help: "How far from 0 and 1 the probabilities stay with which masks are drawn (default: 0.02).")
  var exploration: String?
  @Option(help: "How much of the gates' gradient estimate each step keeps (default: 0.98).")
  var gateSmoothing: String?
  @Option(
    help: "Images on which to measure the loss with and without everything that is removed (default: 0).")
  var auditImages: String?
  @Option(help: "bernoulli, or for comparison dense, uniform, l1 or random (default: bernoulli).")
  var method: String?
  @Option(
    help: ArgumentHelp(
      "The training cost to spend, as a share of the full network's: decides how many epochs other methods train."
    ))
  var trainingCost: String?
  @Option(help: ArgumentHelp("Write the small network as ONNX too.", valueName: "file"))
  var onnx: String?

  /// What the command line sets.
  var assignments: [ConfigurationAssignment] {
    let values: KeyValuePairs = [
      "method": method, "nu": nu, "alpha": alpha, "beta": beta, "gates": gates, "theta-init": thetaInit,
      "gate-warmup-epochs": gateWarmupEpochs, "freeze-at": freezeAt, "theta-epochs": thetaEpochs,
      "target-macs": targetMacs, "round-to": roundTo, "masks": masks, "layer-estimator": layerEstimator,
      "exploration": exploration, "gate-smoothing": gateSmoothing, "audit-images": auditImages,
      "training-cost": trainingCost,
    ]
    return values.assignments
  }
}
