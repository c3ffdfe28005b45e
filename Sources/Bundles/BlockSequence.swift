/// A block of a network as removal sees it.
public struct Block: Hashable, Sendable, Codable {
  public var name: String
  /// Blocks of one type have one width and one size of feature maps.
  public var type: String
  /// Whether it must stay: it halves the maps or changes the width. The published rules remove such blocks too.
  public var isProtected: Bool

  public init(_ name: String, type: String, isProtected: Bool = false) {
    self.name = name
    self.type = type
    self.isProtected = isProtected
  }
}

/// The blocks of a network, from input to output. The authors' public code keeps counts alone; names are ours.
public struct BlockSequence: Hashable, Sendable, Codable {
  public let blocks: [Block]
  /// In order, also those of which no block is left.
  public let types: [String]

  /// - Throws: `BundleError.duplicateBlock` for two blocks of one name.
  public init(_ blocks: [Block]) throws {
    var names: Set<String> = []
    if let twice = blocks.first(where: { !names.insert($0.name).inserted }) {
      throw BundleError.duplicateBlock(twice.name)
    }
    var types: [String] = []
    for block in blocks where !types.contains(block.type) { types.append(block.type) }
    self.init(blocks, types)
  }

  private init(_ blocks: [Block], _ types: [String]) {
    self.blocks = blocks
    self.types = types
  }

  /// m: blocks per type.
  public var counts: [Int] { types.map { type in blocks.count { $0.type == type } } }

  /// What is left without some blocks.
  public func removing(_ names: some Sequence<String>) -> BlockSequence {
    let names = Set(names)
    return BlockSequence(blocks.filter { !names.contains($0.name) }, types)
  }
}

/// Which blocks conflict.
public struct BlockVerdicts: Hashable, Sendable, Codable {
  /// One per block.
  public var isConflicting: [Bool]
  /// Whether the vector behind global pooling does, which only one version of the public code measures.
  public var isPooledConflicting: Bool?

  public init(_ isConflicting: [Bool], pooled: Bool? = nil) {
    self.isConflicting = isConflicting
    isPooledConflicting = pooled
  }
}
