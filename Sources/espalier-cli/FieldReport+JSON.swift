import Espalier

extension FieldReport {
  func json(_ analysis: FieldAnalysis, redesign: Redesign?, explained: String?) -> JSONValue {
    let ranges = analysis.inputRanges(range)
    let border = analysis.border(rule)
    var document: [String: JSONValue] = [
      "model": .string(analysis.network.name), "input": .string("\(analysis.network.input)"),
      "size": .array(analysis.size.map { .integer($0) }),
      "layers": .array(analysis.layers.map(\.json)),
      "border": border.map { .string($0.layer) } ?? .null,
      "borderIndex": border.map { .integer($0.index + 1) } ?? .null,
      "borderIsKept": border.map { .bool($0.isKept) } ?? .null,
      "borderRule": .string((rule ?? analysis.usualBorderRule).rawValue),
      "unproductive": .array(analysis.unproductive.map { .string($0.name) }),
      "critical": .array(analysis.critical.map { .string($0.name) }),
      "productiveBlocks": .array(analysis.productiveBlocksPerStage.map { .integer($0) }),
      "minimumInput": .integer(ranges.map(\.minimum).max() ?? 1),
      "maximumInput": ranges.contains { $0.maximum == nil }
        ? .null : .integer(ranges.compactMap(\.maximum).max() ?? 1),
      "inputRanges": .array(ranges.map(\.json)), "rangeConvention": .string(range.rawValue),
      "macs": .integer(analysis.multiplyAccumulates), "parameters": .integer(analysis.parameters),
    ]
    if let redesign { document["redesign"] = redesign.json }
    if let explained {
      func path(_ path: FieldAnalysis.Path) -> JSONValue {
        .array((analysis.path(path, to: explained) ?? []).map { .string($0) })
      }
      document["paths"] = [
        "node": .string(explained), "shortest": path(.shortest), "longest": path(.longest),
      ]
    }
    return .object(document)
  }
}

extension FieldLayer {
  fileprivate var json: JSONValue {
    func axes(_ values: [Int?]?) -> JSONValue {
      values.map { .array($0.map { $0.map { .integer($0) } ?? .null }) } ?? .null
    }
    return [
      "name": .string(name), "operator": .string(layer.operatorName),
      "rMin": shortest.map { .integer($0) } ?? .null,
      "rMax": field?.longestSide.map { .integer($0) } ?? .null,
      "jump": jump.map { .integer($0) } ?? .null, "verdict": verdict.map { .string($0.rawValue) } ?? .null,
      "axes": field.map { field in
        [
          "rMin": axes(field.axes.map(\.shortest)), "rMax": axes(field.axes.map(\.longest)),
          "jump": axes(field.axes.map(\.jump)),
          "centre": .array(field.axes.map { .optional($0.centre) }),
        ]
      } ?? .null,
      "coverMean": .optional(cover?.mean.min()), "coverMinimum": .optional(cover?.minimum.min()),
      "macs": .integer(multiplyAccumulates), "parameters": .integer(parameters),
    ]
  }
}

extension InputRange {
  fileprivate var json: JSONValue {
    [
      "minimum": .integer(minimum), "maximum": maximum.map { .integer($0) } ?? .null,
      "limitedBy": limitedBy.map { .string($0) } ?? .null,
    ]
  }
}

extension Redesign {
  fileprivate var json: JSONValue {
    func figures(_ analysis: FieldAnalysis) -> JSONValue {
      let figures = DesignFigures(analysis)
      return [
        "rMin": .integer(figures.shortest), "rMax": figures.longest.map { .integer($0) } ?? .null,
        "unproductive": .integer(analysis.unproductive.count),
        "critical": .integer(analysis.critical.count), "macs": .integer(analysis.multiplyAccumulates),
        "parameters": .integer(analysis.parameters),
      ]
    }
    return [
      "strategy": .string(strategy.rawValue), "changes": .array(changes.map { .string($0) }),
      "before": figures(before), "after": figures(after),
    ]
  }
}
