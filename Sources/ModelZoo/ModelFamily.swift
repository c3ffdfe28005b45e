import Networks

/// Models that one function makes: they differ in depth and options.
public struct ModelFamily: Sendable {
  /// What the models are, in a line.
  public let summary: String
  /// Every name, in order of depth.
  public var names: [String] { depths.isEmpty ? [prefix] : depths.map { "\(prefix)\($0)" } }
  public let options: [ModelOption]

  private let prefix: String
  private let depths: [Int]
  let nodes: @Sendable (ModelRequest) throws -> [Node]

  /// - Parameter depths: what follows the prefix in a name; none where the name is the prefix.
  init(
    prefix: String, depths: [Int] = [], summary: String, options: [ModelOption],
    nodes: @escaping @Sendable (ModelRequest) throws -> [Node]
  ) {
    self.prefix = prefix
    self.depths = depths
    self.summary = summary
    self.options = options
    self.nodes = nodes
  }

  /// The depth of the member with that name, 0 where there is but one; nil for other names.
  func member(_ name: String) -> (family: ModelFamily, depth: Int)? {
    if depths.isEmpty { return name == prefix ? (self, 0) : nil }
    return depths.first { name == "\(prefix)\($0)" }.map { (self, $0) }
  }
}

/// An option of a family of models.
public struct ModelOption: Hashable, Sendable {
  public let name: String
  /// What it may be, such as `a|b`.
  public let values: String
  /// What it is when left out; nil where that depends on the model.
  public let fallback: String?
  /// What it does, in a line.
  public let help: String

  init(_ name: String, _ values: String, default fallback: String?, _ help: String) {
    self.name = name
    self.values = values
    self.fallback = fallback
    self.help = help
  }
}

extension ModelOption {
  static let width = ModelOption("width", "X", default: "1", "scales every hidden width, to at least 1")

  static func flag(_ name: String, default fallback: String, _ help: String) -> ModelOption {
    ModelOption(name, "0|1", default: fallback, help)
  }

  static func blocks(_ values: String) -> ModelOption {
    ModelOption("blocks", values, default: nil, "blocks per stage, instead of the depth's")
  }
}
