/// Watches a training. The trainer itself prints nothing.
public protocol TrainingObserver: AnyObject {
  /// A step has been enqueued.
  func trainingAdvances(_ status: TrainingStatus)
  /// An epoch is complete and its files are written.
  func trainingCompletesEpoch(_ metrics: EpochMetrics)
  /// The epoch that is complete was one in which gates were drawn: what is left after it.
  func trainingPrunes(_ status: PruningStatus)
  /// Bundles were looked for after so many complete epochs.
  func trainingMeasuresBundles(_ report: BundleReport, epoch: Int)
  /// It was decided what to do about blocks that conflict.
  func trainingJudgesConflicts(_ check: ConflictCheck)
}

extension TrainingObserver {
  public func trainingAdvances(_ status: TrainingStatus) {}
  public func trainingCompletesEpoch(_ metrics: EpochMetrics) {}
  public func trainingPrunes(_ status: PruningStatus) {}
  public func trainingMeasuresBundles(_ report: BundleReport, epoch: Int) {}
  public func trainingJudgesConflicts(_ check: ConflictCheck) {}
}

/// Where a training is.
public struct TrainingStatus: Hashable, Sendable {
  /// The running epoch, from 1.
  public var epoch: Int
  public var epochs: Int
  /// The steps done of this epoch.
  public var step: Int
  public var stepsPerEpoch: Int
  public var learningRate: Float
  /// What this epoch's steps add up to, as far as the device has told.
  public var sums: MetricSums
  public var imagesPerSecond: Double
  /// The share of this epoch's time spent waiting for images, in 0…1.
  public var dataWaitShare: Double
  /// An estimate of what remains of the whole training, evaluations aside.
  public var secondsRemaining: Double
  /// How small the network has become; nil where nothing is pruned.
  public var pruning: PruningStatus?
}
