import Networks

extension FieldAnalysis {
  /// Which of several paths to follow.
  public enum Path: Sendable {
    /// The one that r_min belongs to.
    case shortest
    /// The one with the largest windows.
    case longest
  }

  /// The nodes on a path from the images to a node, both included, that explains its field; nil for a node that the network
  /// does not have. Of equal paths it is the one through the inputs named first.
  public func path(_ path: Path, to name: String) -> [String]? {
    let byName = layersByName
    guard byName[name] != nil else { return nil }
    /// Larger for what the path should go through.
    func rank(_ name: String) -> Int {
      guard name != Network.inputName else { return path == .shortest ? -1 : 1 }
      guard let field = byName[name]?.field else { return path == .shortest ? .min : .max }
      switch path {
      case .shortest: return -(field.axes.map(\.shortest).min() ?? 1)
      case .longest: return field.longestSide ?? .max
      }
    }
    var names = [name]
    while let layer = byName[names[names.count - 1]] {
      let ranks = layer.inputs.map(rank)
      guard let best = ranks.max(), let choice = ranks.firstIndex(of: best) else { break }
      names.append(layer.inputs[choice])
    }
    return names.reversed()
  }
}
