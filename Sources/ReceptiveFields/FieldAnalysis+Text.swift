import Networks

extension FieldAnalysis {
  /// A row for every node: what it is, what it sees, costs and is judged to be. Sizes with two axes are those of the smaller
  /// r_min and the larger r_max; empty where everything is seen.
  public var csv: String {
    "name,operator,maps,rMin,rMax,jump,coverMean,coverMinimum,verdict,parameters,macs\n"
      + layers.map { layer in
        [
          layer.name, layer.layer.shortText, "\(layer.outputShape)", layer.shortest.map { "\($0)" } ?? "",
          layer.field?.longestSide.map { "\($0)" } ?? "", layer.jump.map { "\($0)" } ?? "",
          layer.cover.map { "\($0.mean.min() ?? 1)" } ?? "",
          layer.cover.map { "\($0.minimum.min() ?? 1)" } ?? "",
          layer.verdict?.rawValue ?? "", "\(layer.parameters)", "\(layer.multiplyAccumulates)",
        ].joined(separator: ",") + "\n"
      }.joined()
  }
}

extension FieldLayer {
  /// The larger of both axes'; nil for vectors.
  public var jump: Int? { field?.axes.map(\.jump).max() }
}
