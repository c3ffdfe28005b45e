import ArgumentParser
import Espalier

/// The keys of a training's configuration as flags. What they may be is for `TrainingConfiguration` to say.
struct TrainingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A model, such as resnet20 or resnet56:shortcut=b, or a checkpoint's file (default: that of --init, or else "
        + "resnet20)."))
  var model: String?
  @Option(name: .customLong("init"), help: "A checkpoint whose weights to begin with.")
  var initialWeights: String?
  @Option(
    help: "sample, mnist=DIR, fashion-mnist=DIR, cifar10=DIR, cifar100=DIR or folder=DIR (default: sample).")
  var data: String?
  @Option(help: "Train on that many images, the same for every seed.")
  var trainLimit: String?
  @Option(help: "The part of the training images to hold out for validation (default: 0).")
  var validationFraction: String?
  @Option(help: "Rows and columns to resize images to (default: 224 for a folder's, else their own).")
  var imageSize: String?
  @Option(
    help: ArgumentHelp(
      "published, or measured on the training images (default: that of --init's weights, or else published; "
        + "ImageNet's for a folder)."))
  var normalization: String?
  @Option(help: "fail, or skip a folder's images that cannot be decoded (default: fail).")
  var onBadImage: String?
  @Option(
    help: ArgumentHelp(
      "none, crop-flip, resized-crop-flip or resized-crop-flip-jitter (default: crop-flip; resized-crop-flip for a "
        + "folder)."))
  var augment: String?
  @Option(help: "Epochs (default: 10).")
  var epochs: String?
  @Option(help: "Images per step (default: 128).")
  var batchSize: String?
  @Option(help: "The highest learning rate (default: 0.1; 0.001 with adam and adamw).")
  var lr: String?
  @Option(help: "cosine, constant or step:E1,E2,… (default: cosine).")
  var schedule: String?
  @Option(help: "Epochs over which the learning rate grows to its highest (default: 0).")
  var lrWarmupEpochs: String?
  @Option(help: "sgd, adam, or adamw, whose weight decay is decoupled (default: sgd).")
  var optimizer: String?
  @Option(help: "Momentum of sgd (default: 0.9).")
  var momentum: String?
  @Flag(inversion: .prefixedNo, help: "Nesterov's momentum, of sgd (default: no).")
  var nesterov: Bool?
  @Option(help: "The weight of the past in adam's mean of gradients (default: 0.9).")
  var beta1: String?
  @Option(help: "The weight of the past in adam's mean of squared gradients (default: 0.999).")
  var beta2: String?
  @Option(help: "What adam adds to the root of that mean (default: 1e-8).")
  var epsilon: String?
  @Option(help: "Weight decay, whatever the optimizer (default: 0.0001).")
  var weightDecay: String?
  @Option(help: "Label smoothing (default: 0).")
  var labelSmoothing: String?
  @Option(help: "First weights: he-normal, he-uniform or glorot-uniform (default: he-normal).")
  var initialization: String?
  @Option(help: "Decides on first weights, the order of images and their augmentation (default: 1).")
  var seed: String?
  @Option(help: "auto, cpu[:avx512|:avx2|:baseline] or opencl[:N][/cpu|/gpu] (default: auto).")
  var device: String?
  @Option(help: "Type of feature maps and products: fp32, tf32 or bf16 (default: fp32).")
  var precision: String?
  @Option(help: "Threads of the CPU fallback (default: one per core).")
  var threads: String?
  @Option(help: "Threads that prepare images (default: one per core to decode or resize them, else 1).")
  var workers: String?
  @Option(help: "Save a checkpoint after every so many steps of an epoch too.")
  var checkpointSteps: String?
  @Option(
    help: ArgumentHelp(
      "Look for bundles (see `bundles`) before the first step and after every so many epochs, such as every=1 or "
        + "every=2,samples=2048."))
  var bundles: String?

  /// What the command line sets.
  var assignments: [ConfigurationAssignment] {
    let values: KeyValuePairs = [
      "model": model, "init": initialWeights, "data": data, "train-limit": trainLimit,
      "validation-fraction": validationFraction, "image-size": imageSize, "normalization": normalization,
      "on-bad-image": onBadImage, "augment": augment, "epochs": epochs,
      "batch-size": batchSize, "lr": lr, "schedule": schedule, "lr-warmup-epochs": lrWarmupEpochs,
      "optimizer": optimizer, "momentum": momentum, "nesterov": nesterov.map { "\($0)" }, "beta1": beta1,
      "beta2": beta2, "epsilon": epsilon, "weight-decay": weightDecay, "label-smoothing": labelSmoothing,
      "initialization": initialization, "seed": seed, "device": device, "precision": precision,
      "threads": threads,
      "workers": workers,
      "checkpoint-steps": checkpointSteps, "bundles": bundles,
    ]
    return values.assignments
  }
}

extension KeyValuePairs<String, String?> {
  /// What flags set: a key whose flag was not given has no value.
  var assignments: [ConfigurationAssignment] {
    compactMap { key, value in value.map { ConfigurationAssignment(key, $0) } }
  }
}
