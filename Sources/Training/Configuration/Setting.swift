import Datasets
import Pruning
import Spelling

/// One key of a training's configuration.
struct Setting: Sendable {
  let key: String
  /// Whether a resumed run must keep it.
  let isFixed: Bool
  /// Puts the value that a text stands for in a configuration; returns what was expected if it stands for none.
  let assign: @Sendable (String?, inout TrainingConfiguration) -> String?
  /// The value as text, nil for none.
  let text: @Sendable (TrainingConfiguration) -> String?

  init<Value>(
    _ key: String, _ path: WritableKeyPath<TrainingConfiguration, Value> & Sendable, _ form: ValueForm<Value>,
    isFixed: Bool = true
  ) {
    self.key = key
    self.isFixed = isFixed
    assign = { text, configuration in
      do throws(NotUnderstood) {
        configuration[keyPath: path] = try form.value(of: text)
        return nil
      } catch {
        return error.expected
      }
    }
    text = { form.text(of: $0[keyPath: path]) }
  }
}

extension TrainingConfiguration {
  /// Every key, in the order of `config.yaml`.
  static let settings = trainingSettings + TrainingCommand.allCases.flatMap(\.ownSettings)

  /// The keys of this configuration: those of its command.
  var settings: [Setting] { Self.trainingSettings + command.ownSettings }

  private static let trainingSettings: [Setting] = [
    Setting("model", \.model, .text),
    Setting("init", \.initialWeights, ValueForm.text.orNone),
    Setting("data", \.data, .dataset(DataSource.init(parsing:))),
    Setting("train-limit", \.trainLimit, ValueForm.count().orNone),
    Setting("validation-fraction", \.validationFraction, .fraction),
    Setting("image-size", \.imageSize, ValueForm.count(through: DataSource.largestImageSize).orNone),
    Setting("normalization", \.normalization, ValueForm.choice().orNone),
    Setting("on-bad-image", \.onBadImage, .choice()),
    Setting("augment", \.augmentation, .dataset(Augmentation.init(parsing:))),
    Setting("epochs", \.epochs, .count(), isFixed: false),
    Setting("batch-size", \.batchSize, .count()),
    Setting("lr", \.learningRate, .positive),
    Setting("schedule", \.curve, .curve),
    Setting("lr-warmup-epochs", \.warmupEpochs, .notNegative),
    Setting("optimizer", \.optimizer.method, .choice()),
    Setting("momentum", \.optimizer.momentum, .fraction),
    Setting("nesterov", \.optimizer.nesterov, .flag),
    Setting("beta1", \.optimizer.beta1, .fraction),
    Setting("beta2", \.optimizer.beta2, .fraction),
    Setting("epsilon", \.optimizer.epsilon, .epsilon),
    Setting("weight-decay", \.optimizer.weightDecay, .notNegative),
    Setting("label-smoothing", \.labelSmoothing, .fraction),
    Setting("initialization", \.initialisation, .choice()),
    Setting("seed", \.seed, .seed),
    Setting("device", \.device, .text, isFixed: false),
    Setting("precision", \.precision, .choice { $0.canTrain }),
    Setting("threads", \.threads, ValueForm.count(through: maximumThreads).orNone, isFixed: false),
    Setting("workers", \.workers, ValueForm.count(through: maximumThreads).orNone, isFixed: false),
    Setting("bundles", \.bundles, ValueForm.bundles.orNone),
    Setting("checkpoint-steps", \.checkpointSteps, ValueForm.count().orNone, isFixed: false),
  ]

  static let pruningSettings: [Setting] = [
    Setting("method", \.pruningChoices.method, .choice()),
    Setting("nu", \.pruningChoices.nu, .price),
    Setting("alpha", \.pruningChoices.alpha, .share),
    Setting("beta", \.pruningChoices.beta, .share),
    Setting("gates", \.pruningChoices.gates, .choice()),
    Setting("theta-init", \.pruningChoices.initialTheta, .positiveShare),
    Setting("gate-warmup-epochs", \.pruningChoices.warmupEpochs, .countFromZero),
    Setting("freeze-at", \.pruningChoices.freezeAt, .positive),
    Setting("theta-epochs", \.pruningChoices.thetaEpochs, ValueForm.positive.orNone),
    Setting("target-macs", \.pruningChoices.targetMacs, ValueForm.positive.orNone),
    Setting("round-to", \.pruningChoices.rounding, .rounding),
    Setting("masks", \.pruningChoices.masks, .masks),
    Setting("layer-estimator", \.pruningChoices.layerEstimator, .choice()),
    Setting("exploration", \.pruningChoices.exploration, .exploration),
    Setting("gate-smoothing", \.pruningChoices.smoothing, .fraction),
    Setting("audit-images", \.pruningChoices.auditImages, .countFromZero),
    Setting("training-cost", \.pruningChoices.trainingCost, ValueForm.positive.orNone),
  ]

  static let conflictSettings: [Setting] = [
    Setting("rule", \.conflictChoices.rule, .choice()),
    Setting("restart", \.conflictChoices.restart, .choice()),
    Setting("check-epochs", \.conflictChoices.checkEpochs, .count()),
    Setting("protection", \.conflictChoices.protection, .choice()),
    Setting("max-restarts", \.conflictChoices.maximumRestarts, .countFromZero),
    Setting("conflict-threshold", \.conflictChoices.threshold, ValueForm.price.orNone),
    Setting("mac-guard", \.conflictChoices.guardsMacs, .flag),
  ]

  /// The names of all keys, in the order of `config.yaml`.
  public static var keys: [String] { settings.map(\.key) }

  /// The key that someone who wrote `name` probably meant.
  static func nearestKey(to name: String) -> String {
    let name = name.lowercased().replacing("_", with: "-")
    return otherNames[name] ?? Spelling.nearest(to: name, among: keys)
  }

  /// What other programs call our keys, where the spelling is far from ours.
  private static let otherNames = [
    "augmentation": "augment", "normalisation": "normalization", "num-workers": "workers",
    "batch": "batch-size", "dataset": "data", "learning-rate": "lr",
    "lr-schedule": "schedule", "warmup": "lr-warmup-epochs", "warmup-epochs": "lr-warmup-epochs",
    "wd": "weight-decay", "optimiser": "optimizer", "initialisation": "initialization", "eps": "epsilon",
    "betas": "beta1",
  ]
}
