/// What an ``Advisor`` asks beside how to train.
public struct AdviceConfiguration: Hashable, Sendable, Codable {
  /// The multiply-accumulates that gates are to end with, as a share of the network's.
  public var targetMacs = 0.5
  /// Images on which blocks are left out: held-out ones where there are some, else training images.
  public var lesionImages = 2000
  /// The top-1, as a share, that leaving blocks out together may cost at most.
  public var lesionTolerance = 0.005
  /// Training images that bundles are looked for on.
  public var bundleSamples = 512
  /// A proposal is trained as long as the network costs, but not for more than so many times its epochs.
  public var longestTraining = 5

  public init() {}
}

/// Who proposes to remove something.
public enum AdviceMethod: String, CaseIterable, Hashable, Sendable {
  /// The network as it is.
  case dense
  /// Before training: what lies behind the border.
  case receptiveFields
  /// After the first epoch: blocks whose values mix classes.
  case bundles
  /// By a short pruning: units and blocks whose gates closed.
  case gates
  /// After training: blocks that can be left out together.
  case lesions
  /// Blocks that at least two of the methods remove (see ``AdviceReport/Block/removes``).
  case agreement

  /// Those that look at the network, each in its own way.
  public static let methods: [AdviceMethod] = [.receptiveFields, .bundles, .gates, .lesions]

  /// For people.
  public var title: String {
    switch self {
    case .dense: "as it is"
    case .receptiveFields: "receptive fields"
    case .bundles, .gates, .lesions, .agreement: rawValue
    }
  }

  /// In the names of files and folders.
  var stem: String { self == .receptiveFields ? "receptive-fields" : rawValue }
}
