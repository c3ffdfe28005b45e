import Espalier
import Foundation

/// How an analysis of receptive fields is shown.
struct FieldReport {
  /// nil for the usual one.
  var rule: BorderRule?
  var range: InputRange.Convention
  var showsAll: Bool

  func text(_ analysis: FieldAnalysis, redesign: Redesign?, explained: String?) -> String {
    var parts: [String] = []
    if let redesign { parts.append(text(redesign)) }
    parts += [layers(analysis), summary(analysis)]
    if let explained {
      for (path, name) in [(FieldAnalysis.Path.shortest, "shortest"), (.longest, "longest")] {
        let nodes = analysis.path(path, to: explained) ?? []
        parts.append("\(name) path to \(explained): \(nodes.joined(separator: " → "))")
      }
    }
    return parts.joined(separator: "\n\n")
  }

  private func layers(_ analysis: FieldAnalysis) -> String {
    let rows = analysis.layers.filter { showsAll || $0.isNotable }.map(Self.row)
    return TextTable(
      header: [
        "node", "operator", "output", "r min", "r max", "jump", "cover", "at corners", "verdict", "macs",
        "parameters",
      ], rows: rows
    ).text
  }

  private static func row(_ layer: FieldLayer) -> [String] {
    let longest = layer.field?.longestSide.map { "\($0)" }
    return [
      layer.name, layer.layer.shortText, "\(layer.outputShape)", layer.shortest.map { "\($0)" } ?? "all",
      longest ?? "all", layer.jump.map { "\($0)" } ?? "", number(layer.cover?.mean.min()),
      number(layer.cover?.minimum.min()), layer.verdict?.rawValue ?? "", "\(layer.multiplyAccumulates)",
      "\(layer.parameters)",
    ]
  }

  private func summary(_ analysis: FieldAnalysis) -> String {
    let judged = analysis.layers.filter { $0.verdict != nil }.count
    let image = [analysis.network.input.height, analysis.network.input.width]
    let object = analysis.size.map { "\($0)" }.joined(separator: "x")
    var lines = [
      "\(analysis.unproductive.count) unproductive and \(analysis.critical.count) critical of \(judged) judged convolutions, "
        + "images of \(analysis.network.input)" + (analysis.size == image ? "" : ", objects of \(object)")
    ]
    guard analysis.layers.contains(where: { $0.field != nil }) else { return lines[0] }
    lines.append("border: \(Self.text(analysis.border(rule), rule ?? analysis.usualBorderRule))")
    lines.append("image sizes that suit it: \(sizes(analysis))")
    if analysis.hasJoins, !analysis.blocks.isEmpty {
      let kept = analysis.productiveBlocksPerStage.map { "\($0)" }.joined(separator: ", ")
      lines.append("blocks per stage without the unproductive ones at the end: \(kept)")
    }
    if analysis.hasJoins, analysis.unproductive.isEmpty, analysis.critical.isEmpty {
      lines.append(
        "the shortest paths stay small in such a network: this method finds nothing in it whatever its depth, which does not "
          + "mean that all of it helps; see cover, `probe`, `bundles` and `prune`")
    }
    return lines.joined(separator: "\n")
  }

  private func sizes(_ analysis: FieldAnalysis) -> String {
    let texts = analysis.inputRanges(range).map { range in
      "\(range.minimum) … \(range.maximum.map { "\($0)" } ?? "any")"
        + (range.limitedBy.map { " (the lower bound is \($0)'s)" } ?? "")
    }
    return texts[0] == texts[1] ? texts[0] : "height \(texts[0]), width \(texts[1])"
  }

  private static func text(_ border: Border?, _ rule: BorderRule) -> String {
    guard let border else { return "none (rule \(rule.rawValue))" }
    return
      "\(border.layer), convolution \(border.index + 1), which \(border.isKept ? "stays" : "goes") (rule "
      + "\(rule.rawValue))"
  }

  /// One row per image size.
  func comparison(_ analyses: [FieldAnalysis]) -> String {
    TextTable(
      header: ["images", "unproductive", "critical", "border", "blocks", "macs"],
      rows: analyses.map { analysis in
        [
          "\(analysis.network.input)", "\(analysis.unproductive.count)", "\(analysis.critical.count)",
          Self.text(analysis.border(rule), rule ?? analysis.usualBorderRule),
          analysis.productiveBlocksPerStage.map { "\($0)" }.joined(separator: ", "),
          "\(analysis.multiplyAccumulates)",
        ]
      }
    ).text
  }

  private func text(_ redesign: Redesign) -> String {
    let changes =
      redesign.changes.isEmpty
      ? "\(redesign.strategy.rawValue): there is nothing to change"
      : "\(redesign.strategy.rawValue):\n" + redesign.changes.map { "- \($0)" }.joined(separator: "\n")
    let rows = [("before", redesign.before), ("after", redesign.after)].map { name, analysis in
      let figures = DesignFigures(analysis)
      return [
        name, "\(figures.longest.map { "\($0)" } ?? "all")", "\(figures.shortest)",
        "\(analysis.unproductive.count)", "\(analysis.critical.count)", "\(analysis.multiplyAccumulates)",
        "\(analysis.parameters)",
      ]
    }
    return changes + "\n\n"
      + TextTable(
        header: ["", "largest r max", "largest r min", "unproductive", "critical", "macs", "parameters"],
        rows: rows
      ).text
  }

  private static func number(_ value: Double?) -> String { value.map { String(format: "%.2f", $0) } ?? "" }
}

/// What a network sees at most.
struct DesignFigures {
  let shortest: Int
  let longest: Int?

  init(_ analysis: FieldAnalysis) {
    let fields = analysis.layers.compactMap(\.field)
    shortest = analysis.layers.compactMap(\.shortest).max() ?? 1
    longest = fields.allSatisfy { $0.longestSide != nil } ? fields.compactMap(\.longestSide).max() : nil
  }
}
