import Networks

/// How the layer is found behind which a network learns no more about its images.
///
/// Derived from the authors' public code, the lines in their figures and the shortened models in their repositories; none is
/// a quotation from a paper.
public enum BorderRule: String, CaseIterable, Hashable, Sendable {
  /// The first convolution whose preceding convolution sees more than the image; it stays. For networks without joins.
  case sequential
  /// The first convolution that is unproductive by the ``FieldRule``; it goes.
  case field
  /// The first convolution from which on the shortest field of each is larger than the image; it stays. For networks with
  /// joins.
  case residual
  /// The first of the blocks at the end in which the shortest field of every convolution is larger than the image; it goes.
  case residualBlocks = "residual-blocks"
}

/// Where a network's productive part ends.
public struct Border: Hashable, Sendable {
  public let rule: BorderRule
  /// The convolution; of ``BorderRule/residualBlocks`` the first of the block.
  public let layer: String
  /// Its place among the spatial convolutions, from 0.
  public let index: Int
  /// Whether the productive part includes the layer.
  public let isKept: Bool
}

extension FieldAnalysis {
  /// The rule for networks such as this one.
  public var usualBorderRule: BorderRule { hasJoins ? .residual : .sequential }

  /// Where the productive part ends; nil where it does not.
  ///
  /// - Parameter rule: ``usualBorderRule`` where left out.
  public func border(_ rule: BorderRule? = nil) -> Border? {
    let rule = rule ?? usualBorderRule
    let layers = spatialLayers
    let index: Int?
    switch rule {
    case .sequential:
      let strict = FieldRule(isStrict: true, countsPoolings: false)
      index = layers.firstIndex { layer in verdict(on: layer, by: strict) == .unproductive }
    case .field: index = layers.firstIndex { $0.verdict == .unproductive }
    case .residual:
      let last = layers.lastIndex { !exceedsImage($0) }
      index = last.map { $0 + 1 } ?? 0
    case .residualBlocks:
      let dropped = unproductiveBlocks.first
      index = dropped.flatMap { block in layers.firstIndex { $0.name == block.spatialLayers.first } }
    }
    guard let index, layers.indices.contains(index) else { return nil }
    return Border(
      rule: rule, layer: layers[index].name, index: index,
      isKept: rule == .sequential || rule == .residual)
  }

  /// What another rule says of one layer.
  private func verdict(on layer: FieldLayer, by rule: FieldRule) -> FieldVerdict? {
    readings.verdict(on: layer.name, rule, size: size)
  }

  /// Whether the shortest field is larger than the image along both axes.
  func exceedsImage(_ layer: FieldLayer) -> Bool {
    guard let field = layer.field else { return true }
    return zip(field.axes, size).allSatisfy { $0.shortest > $1 }
  }
}
