import Charts
import Networks

extension FieldAnalysis {
  /// The network as a graph: verdicts in colours, and from the shortest to the longest path what each layer sees, beside the
  /// image. Batch norms, ReLUs and the like are not shown.
  public func picture(border: Border? = nil) -> LayerGraph {
    let shown = layers.filter(\.isNotable)
    var places = [Network.inputName: -1]
    for (place, layer) in shown.enumerated() { places[layer.name] = place }
    let byName = layersByName
    /// What is shown of what a node reads: through what is not shown.
    func place(of name: String) -> Int {
      var name = name
      while places[name] == nil, let hidden = byName[name] { name = hidden.inputs[0] }
      return places[name] ?? -1
    }
    let image = size.map { "\($0)" }.joined(separator: "x")
    let longest = shown.compactMap { $0.field?.longestSide }.max() ?? 1
    return LayerGraph(
      title: "Receptive fields of \(network.name)",
      subtitle: "images of \(network.input); r: pixels along the shortest and the longest path",
      columns: ["operator", "maps", "r min", "r max", "cover"],
      nodes: shown.map { layer in
        LayerGraph.Node(
          layer.name, texts: layer.pictureTexts, category: layer.verdict.map(\.category),
          range: layer.field.map { field in
            let low = Double(layer.shortest ?? 1)
            return low...max(low, Double(field.longestSide ?? longest))
          }, inputs: layer.inputs.map(place))
      },
      categories: FieldVerdict.allCases.map { LayerGraph.Category($0.rawValue, colour: $0.colour) },
      scale: Axis("receptive field in pixels", scale: .logarithmic, numbers: .whole),
      marker: LayerGraph.Marker("image \(image)", at: Double(size.max() ?? 1)),
      border: border.flatMap { border in
        places[border.layer].map { LayerGraph.Border("border", after: border.isKept ? $0 : $0 - 1) }
      })
  }
}

extension FieldVerdict {
  fileprivate var category: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// Of the charts' palette.
  fileprivate var colour: Int {
    switch self {
    case .productive: 2
    case .partial: 5
    case .critical: 4
    case .unproductive: 1
    }
  }
}

extension FieldLayer {
  /// Operator, maps, fields and cover.
  fileprivate var pictureTexts: [String] {
    guard let field, case .maps(let maps) = outputShape else {
      return [layer.shortText, "\(outputShape)", "", "", ""]
    }
    return [
      layer.shortText, "\(maps)", "\(shortest ?? 1)", field.longestSide.map { "\($0)" } ?? "all",
      cover.map { String(hundredths: $0.mean.min() ?? 1) } ?? "",
    ]
  }
}

extension String {
  /// Two decimals, the same in every locale.
  init(hundredths value: Double) {
    let rounded = Int((value * 100).rounded())
    self = "\(rounded / 100)." + (rounded % 100 < 10 ? "0" : "") + "\(rounded % 100)"
  }
}
