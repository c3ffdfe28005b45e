import Datasets
import Devices
import Pruning

/// Everything that decides how a training goes. Each property is a key of `config.yaml` and a flag of
/// `espalier train`; their names stand in `settings`.
public struct TrainingConfiguration: Equatable, Sendable {
  /// A model of the zoo, such as `resnet20:shortcut=b`, or a checkpoint whose architecture to take.
  public var model = "resnet20"
  /// A checkpoint whose weights and running statistics to begin with.
  public var initialWeights: String?
  public var data = DataSource.sample
  /// Trains on that many images, the same for every seed; nil for all.
  public var trainLimit: Int?
  /// The part of the training images held out for validation; 0 for none.
  public var validationFraction = 0.0
  /// The rows and columns that images are resized to; nil for a folder's usual ones, and to leave others as they are.
  public var imageSize: Int?
  /// nil for that of the initial weights, or the published one where there are none.
  public var normalization: NormalizationChoice?
  /// What to do about a folder's images that cannot be decoded.
  public var onBadImage = BadImagePolicy.fail
  public var augmentation = Augmentation.cropFlip(padding: 4)
  public var epochs = 10
  public var batchSize = 128
  /// The highest learning rate of the schedule. The default is that of gradient descent; see `init(_:command:)`.
  public var learningRate: Float = 0.1
  public var curve = LearningRateCurve.cosine
  /// Epochs, or a fraction of one, over which the learning rate grows to its highest.
  public var warmupEpochs = 0.0
  public var optimizer = OptimizerConfiguration()
  public var labelSmoothing: Float = 0
  /// How first weights are drawn where there are no initial ones.
  public var initialisation = WeightInitialisation.heNormal
  /// Decides on first weights, the order of images and their augmentation.
  public var seed: UInt64 = 1
  /// As `DeviceRequest` reads it.
  public var device = "auto"
  /// The type of feature maps; parameters and checkpoints are in single precision anyway.
  public var precision = Precision.float32
  /// Threads of the CPU fallback; nil for one per core. They do not change the result.
  public var threads: Int?
  /// Threads that prepare images; nil for one per core where they are decoded or resized, else one. They do not change
  /// the result.
  public var workers: Int?
  /// Saves a checkpoint after every so many steps of an epoch, beside the one at its end; nil for none.
  public var checkpointSteps: Int?
  /// What makes the network smaller on the way.
  public var reduction = Reduction.none
  /// When to look for bundles; nil for never.
  public var bundles: BundleMonitoring?

  public init() {}

  /// The learning rate where none is given with Adam, whose steps are about as long as that whatever the gradients.
  static let adaptiveLearningRate: Float = 1e-3

  /// What makes a network smaller while it trains.
  public enum Reduction: Equatable, Sendable {
    case none
    case pruning(PruningConfiguration)
    case conflictRemoval(ConflictRemovalConfiguration)
  }

  /// nil where nothing is to be pruned. To set it takes the place of another ``reduction``.
  public var pruning: PruningConfiguration? {
    get { if case .pruning(let pruning) = reduction { pruning } else { nil } }
    set { reduction = newValue.map { .pruning($0) } ?? .none }
  }

  /// nil where conflicting blocks stay. To set it takes the place of another ``reduction``.
  public var conflictRemoval: ConflictRemovalConfiguration? {
    get { if case .conflictRemoval(let removal) = reduction { removal } else { nil } }
    set { reduction = newValue.map { .conflictRemoval($0) } ?? .none }
  }

  /// What is or would be pruned, and how.
  var pruningChoices: PruningConfiguration {
    get { pruning ?? PruningConfiguration() }
    set { pruning = newValue }
  }

  /// How conflicting blocks are or would be removed.
  var conflictChoices: ConflictRemovalConfiguration {
    get { conflictRemoval ?? ConflictRemovalConfiguration() }
    set { conflictRemoval = newValue }
  }

  /// The highest number of anything that is counted: products of two still fit an `Int`.
  public static let maximumCount = 1_000_000_000
  /// The highest number of threads.
  public static let maximumThreads = 1024
}
