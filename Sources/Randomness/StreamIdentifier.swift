/// What random numbers are drawn for. Streams of different identifiers never share a number, whatever their
/// seed, epoch and index.
///
/// Raw values are part of every reproducible result: add cases at the end, never renumber them.
public enum StreamIdentifier: UInt16, Sendable, CaseIterable {
  /// First values of weights.
  case initialisation = 1
  /// The order of the training images in an epoch.
  case shuffle = 2
  /// Random crops, flips and other changes of an image.
  case augmentation = 3
  /// Bernoulli gates of units and layers.
  case gates = 4
  /// Which training images a limited run keeps.
  case subset = 5
  /// Which training images are held out for validation.
  case split = 6
  /// Inputs that tests and benchmarks make up.
  case test = 7
  /// Which gates are looked at more closely.
  case gateAudit = 8
  /// Which blocks are left out together.
  case lesions = 9
  /// Further images to look for bundles on.
  case probeDraws = 10
  /// Which of the measured images a resample has, and labels that are permuted among them.
  case bundleConfidence = 11
  /// The order in which linear probes see the training images.
  case probes = 12
  /// What a tuner of kernels computes, and the order in which it tries methods.
  case tuning = 13
}
