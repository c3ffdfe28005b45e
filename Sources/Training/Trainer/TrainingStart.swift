import Datasets
import Networks

/// What a training begins with.
public enum TrainingStart: Sendable {
  /// Random weights that follow from the configuration's seed.
  case seed
  /// The weights and running statistics of a checkpoint. `file` is what messages call it.
  case weights(Checkpoint, file: String)
  /// Where a checkpoint's training was, as if it had never stopped.
  case resume(Checkpoint, file: String)
}

extension TrainingStart {
  /// How the images of the checkpoint's training were normalised.
  var normalization: Normalization? {
    switch self {
    case .seed: nil
    case .weights(let checkpoint, _), .resume(let checkpoint, _): checkpoint.normalization
    }
  }

  /// The checkpoint's network, where a resumed training took its own from a file, which may have gone or changed, or has
  /// made it smaller.
  func network(of configuration: TrainingConfiguration) -> Network? {
    guard case .resume(let checkpoint, _) = self else { return nil }
    if case .file = ModelReference(configuration.model) { return checkpoint.network }
    return configuration.reduction == .none ? nil : checkpoint.network
  }

  var isResumed: Bool {
    if case .resume = self { true } else { false }
  }

  /// Puts a session in the state that this means, to train on `images`.
  ///
  /// - Parameters:
  ///   - network: What the session runs, without gates.
  ///   - initialisation: How first weights are drawn.
  /// - Returns: where the training then is.
  /// - Throws: `CheckpointError` if the checkpoint does not fit.
  func apply(
    to session: TrainingSession, network: Network, images: ImageDataset, seed: UInt64,
    initialisation: WeightInitialisation, stepsPerEpoch: Int
  ) throws -> TrainingProgress {
    let dataset = images.fingerprint
    switch self {
    case .seed:
      try session.initialise(seed: seed, initialisation)
      return TrainingProgress(seed: seed, dataset: dataset)
    case .weights(let checkpoint, let file):
      try checkpoint.check(fits: network, file: file)
      try session.load(
        ModelState(parameters: checkpoint.state.parameters, statistics: checkpoint.state.statistics))
      return TrainingProgress(seed: seed, dataset: dataset)
    case .resume(let checkpoint, let file):
      try checkpoint.check(fits: network, file: file)
      guard var progress = checkpoint.progress else { throw CheckpointError(.notResumable, file: file) }
      guard progress.dataset ?? dataset == dataset else {
        throw CheckpointError(.otherImages(found: images.count), file: file)
      }
      progress.dataset = dataset
      guard progress.seed == seed, (0...stepsPerEpoch).contains(progress.step),
        (0...TrainingConfiguration.maximumCount).contains(progress.epoch)
      else {
        throw CheckpointError(
          .otherTraining(
            expected: "seed \(seed) and \(stepsPerEpoch) steps per epoch",
            found: "seed \(progress.seed) after \(progress.step) steps of epoch \(progress.epoch + 1)"),
          file: file)
      }
      guard (checkpoint.state.adaptive != nil) == session.isAdaptive else {
        let (with, without) = ("an optimiser with second moments", "one without")
        throw CheckpointError(
          .otherTraining(
            expected: session.isAdaptive ? with : without, found: session.isAdaptive ? without : with),
          file: file)
      }
      try session.load(checkpoint.state)
      return progress
    }
  }
}
