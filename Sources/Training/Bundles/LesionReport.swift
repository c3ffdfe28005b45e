import Charts
import Foundation
import Interchange

/// How a network does without some of its blocks.
public struct LesionReport: Hashable, Sendable {
  /// One measured network.
  public struct Row: Hashable, Sendable {
    public var lesion: LesionPlan.Lesion
    public var top1: Double
    public var loss: Double

    public init(_ lesion: LesionPlan.Lesion, top1: Double, loss: Double) {
      self.lesion = lesion
      self.top1 = top1
      self.loss = loss
    }
  }

  /// Of all rows with one set of candidates and one number of blocks left out.
  public struct Summary: Hashable, Sendable {
    public var candidates: String
    public var removed: Int
    public var draws: Int
    public var mean: Double
    /// Of single networks, not of the mean; nil for one.
    public var standardDeviation: Double?
  }

  /// Top-1 of the whole network, in 0…1.
  public var baseline: Double
  public var blocks: [String]
  /// What was found in the blocks' branches; nil where nobody looked.
  public var bundles: BundleReport?
  public var rows: [Row]

  public init(baseline: Double, blocks: [String], bundles: BundleReport? = nil, rows: [Row]) {
    self.baseline = baseline
    self.blocks = blocks
    self.bundles = bundles
    self.rows = rows
  }

  /// By candidates in order of appearance, then by number.
  public var summaries: [Summary] {
    var groups: [(key: [String], values: [Double])] = []
    for row in rows {
      let key = [row.lesion.candidates, String(row.lesion.removed.count)]
      if let index = groups.firstIndex(where: { $0.key == key }) {
        groups[index].values.append(row.top1)
      } else {
        groups.append((key, [row.top1]))
      }
    }
    return groups.map { key, values in
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return Summary(
        candidates: key[0], removed: Int(key[1]) ?? 0, draws: values.count, mean: mean,
        standardDeviation: values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil)
    }
  }

  /// The most of some candidates that can be left out at once, on average, for at most so much accuracy.
  public func largestRemoval(of candidates: String, within loss: Double) -> Int {
    summaries.filter { $0.candidates == candidates && $0.mean >= baseline - loss }.map(\.removed).max() ?? 0
  }

  public var csv: String {
    "candidates,removed,draw,top1,loss,blocks\n"
      + rows.map { row in
        "\(row.lesion.candidates),\(row.lesion.removed.count),\(row.lesion.draw),\(row.top1),\(row.loss),"
          + "\(row.lesion.removed.joined(separator: " "))\n"
      }.joined()
  }

  public var json: JSONValue {
    [
      "baseline": .number(baseline), "blocks": .array(blocks.map { .string($0) }),
      "branches": bundles?.json ?? .null,
      "verdicts": .array(
        bundles.map { bundles in bundles.layers.map { .string(bundles.verdict(on: $0).rawValue) } } ?? []),
      "lesions": .array(
        rows.map { row in
          [
            "candidates": .string(row.lesion.candidates), "top1": .number(row.top1),
            "loss": .number(row.loss),
            "removed": .array(row.lesion.removed.map { .string($0) }),
          ]
        }),
      "summary": .array(
        summaries.map { summary in
          [
            "candidates": .string(summary.candidates), "removed": .integer(summary.removed),
            "draws": .integer(summary.draws), "mean": .number(summary.mean),
            "standardDeviation": summary.standardDeviation.map { .number($0) } ?? .null,
          ]
        }),
    ]
  }

  /// Mean accuracy with its standard deviation by the number of blocks left out, a line per set of candidates.
  public var picture: String {
    let names = rows.map(\.lesion.candidates).reduce(into: [String]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    let summaries = summaries
    return LineChart(
      title: "Accuracy without some blocks",
      subtitle: "of \(blocks.count); whole network \(String(format: "%.2f", 100 * baseline)) %",
      x: Axis("blocks left out", numbers: .whole), y: Axis("top-1", numbers: .percent),
      series: names.map { name in
        LineChart.Series(
          name,
          [LineChart.Point(0, baseline)]
            + summaries.filter { $0.candidates == name }.map {
              LineChart.Point(Double($0.removed), $0.mean, yError: $0.standardDeviation)
            }, style: .both)
      }
    ).svg
  }
}
