import Networks

/// Ways to make a network fit its images, after what Richter et al. do in arXiv 2106.12307, arXiv 2211.14487 and their
/// repositories. The steps that follow are ours, chosen so that they lead to the authors' networks.
public enum DesignStrategy: String, CaseIterable, Hashable, Sendable {
  /// Without joins: nothing behind the border of ``BorderRule/sequential``. With joins: no unproductive blocks.
  case cut
  /// More accuracy for more compute: a stem of 3×3/1 without pooling instead of a large one; then maps are kept large, or the
  /// last stage's blocks dealt to the stages before, until no convolution is unproductive.
  case performance
  /// Between the two: a stem of 3×3 with its stride but without pooling, or the first downsampling left out; then what is still
  /// unproductive goes.
  case hybrid
  /// Less compute: a stem of 3×3 with its stride and pooling; then what is unproductive goes.
  case efficiency
}

/// A network before and after a ``DesignStrategy``.
public struct Redesign: Hashable, Sendable {
  public let strategy: DesignStrategy
  public let before: FieldAnalysis
  public let after: FieldAnalysis
  /// What was done, step by step; none where there was nothing to do.
  public let changes: [String]

  public var network: Network { after.network }
}

extension FieldAnalysis {
  /// The network as a strategy makes it.
  ///
  /// Nodes that stay keep their names; the network's own has the strategy behind it: `vgg16+cut`.
  ///
  /// - Throws: ``RedesignError``, or `NetworkError` where what is left does not fit together.
  public func applying(_ strategy: DesignStrategy) throws -> Redesign {
    var design = Designer(self)
    switch strategy {
    case .cut:
      try design.cutTail(strategy, without: hasJoins ? .residualBlocks : .sequential)
    case .efficiency:
      try design.replaceStem(keepsStride: true, keepsPooling: true)
      try design.cutTail(strategy, without: hasJoins ? .residualBlocks : .field)
    case .hybrid:
      if try !design.replaceStem(keepsStride: true, keepsPooling: false), !hasJoins {
        try design.keepResolution()
      }
      try design.cutTail(strategy, without: hasJoins ? .residualBlocks : .field)
    case .performance:
      try design.replaceStem(keepsStride: false, keepsPooling: false)
      while !design.analysis.unproductive.isEmpty {
        if hasJoins, try design.redistribute() { continue }
        guard try design.keepResolution() else { break }
      }
    }
    return Redesign(
      strategy: strategy, before: self, after: try design.named(strategy), changes: design.changes)
  }
}

/// A network while it is being changed.
private struct Designer {
  private(set) var analysis: FieldAnalysis
  private(set) var changes: [String] = []

  init(_ analysis: FieldAnalysis) { self.analysis = analysis }

  private var network: Network { analysis.network }

  /// - Parameter changed: Its maps may have another size: a classifier must not grow with them.
  private mutating func become(_ changed: Network, _ change: String) throws {
    let pooled = changed.poolingHead()
    analysis = try FieldAnalysis(pooled, rule: analysis.rule, objectSize: analysis.size)
    changes.append(change + (pooled == changed ? "" : "; the classifier reads the mean over each map"))
  }

  /// What has become of the network; under a name of its own if it is another.
  func named(_ strategy: DesignStrategy) throws -> FieldAnalysis {
    guard !changes.isEmpty else { return analysis }
    var network = network
    network.name += "+\(strategy.rawValue)"
    return try FieldAnalysis(network, rule: analysis.rule, objectSize: analysis.size)
  }

  /// Whether there was a large stem to replace.
  @discardableResult
  mutating func replaceStem(keepsStride: Bool, keepsPooling: Bool) throws -> Bool {
    guard let stem = NetworkStem(network), stem.isLarge else { return false }
    let stride = keepsStride ? stem.layer.stride : [1, 1]
    let after = try network.replacingStem(stem, stride: stride, keepsPooling: keepsPooling)
    let before = Layer.convolution(stem.layer).shortText
    let now = after.nodes.first { $0.name == stem.convolution }?.layer.shortText ?? ""
    var change = "\(stem.convolution): \(before) becomes \(now)"
    if let pooling = stem.pooling, !keepsPooling { change += "; \(pooling) goes" }
    try become(after, change)
    return true
  }

  /// Leaves out the first downsampling; false where there is none.
  @discardableResult
  mutating func keepResolution() throws -> Bool {
    func isPooling(_ node: Node) -> Bool { if case .pooling = node.layer { true } else { false } }
    // A convolution's stride has its like in a shortcut.
    guard let first = network.downsamplings().first(where: { isPooling($0) || !analysis.hasJoins }) else {
      return false
    }
    try become(
      network.keepingResolution(at: first.name),
      isPooling(first) ? "\(first.name) goes" : "\(first.name): its stride becomes 1")
    return true
  }

  /// Removes the last stage and repeats blocks before it; false where there is one stage only.
  mutating func redistribute() throws -> Bool {
    let before = network.modules()
    let redistributed: Network?
    do {
      redistributed = try network.redistributingLastStage()
    } catch RedesignError.notRepeatable {
      return false
    }
    guard let after = redistributed, let stage = before.last?.stage else { return false }
    let blocks = Dictionary(grouping: after.modules(), by: \.stage).mapValues(\.count)
    let counts = blocks.sorted { $0.key < $1.key }.map { "\($0.key) has \($0.value)" }
    try become(after, "\(stage) goes; its blocks are repeated before it: \(counts.joined(separator: ", "))")
    return true
  }

  /// Removes what lies behind a border.
  mutating func cutTail(_ strategy: DesignStrategy, without rule: BorderRule) throws {
    guard let (first, end) = try tail(strategy, rule) else { return }
    let after = try network.cut(from: first, upTo: end)
    let gone = analysis.spatialLayers.count - after.nodes.filter(\.layer.isSpatial).count
    try become(after, "\(first) and what follows it go, \(gone) spatial convolutions in all")
  }

  /// The first node to go, and the first after it that stays.
  private func tail(_ strategy: DesignStrategy, _ rule: BorderRule) throws -> (first: String, end: String)? {
    guard let border = analysis.border(rule) else { return nil }
    if rule == .residualBlocks {
      let gone = analysis.unproductiveBlocks
      guard gone.count < analysis.blocks.count else {
        throw RedesignError.nothingLeft(network: network.name, strategy: strategy)
      }
      guard let first = gone.first?.module.nodes.first, let last = network.modules().last?.nodes.last,
        let index = network.nodes.firstIndex(where: { $0.name == last }), index + 1 < network.nodes.count
      else { return nil }
      return (first, network.nodes[index + 1].name)
    }
    let layers = analysis.spatialLayers
    let index = border.isKept ? border.index + 1 : border.index
    guard layers.indices.contains(index), let head = network.headStart() else { return nil }
    guard index > 0 else { throw RedesignError.nothingLeft(network: network.name, strategy: strategy) }
    return (layers[index].name, head)
  }
}
