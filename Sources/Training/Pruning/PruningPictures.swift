import Charts
import Pruning

/// A pruning in pictures.
struct PruningPictures {
  let structure: GateStructure
  let rows: [PruningEpoch]
  /// Gates that are there at the end.
  let survivors: [Int]
  /// After so many epochs gates were frozen.
  let freeze: Int
  /// Multiply-accumulates before pruning.
  let fullMacs: Double

  /// θ of every gate by epoch, a colour for each kind.
  var theta: String {
    var series: [LineChart.Series] = []
    for (gate, entry) in gates.enumerated() {
      let points = rows.filter { $0.theta.count == structure.count }.map { row in
        LineChart.Point(Double(row.epoch), row.theta[gate])
      }
      let isBlock = entry.kind == .block
      series.append(
        LineChart.Series(
          entry.kind.title, points, style: .line, isDashed: isBlock, opacity: isBlock ? 0.9 : 0.25,
          strokeWidth: isBlock ? 1.5 : 0.8, colour: entry.kind.colour))
    }
    return LineChart(
      title: "Probability of every gate", subtitle: "after each epoch", x: Axis("epoch", numbers: .whole),
      y: Axis("θ", range: 0...1), series: series, markers: [.init("frozen", at: Double(freeze))]
    ).svg
  }

  /// Units of every group before and after.
  var widths: String {
    let counts = structure.counts(of: survivors)
    let groups = zip(structure.entries, counts).filter { $0.0.kind != .block }
    return BarChart(
      title: "Units before and after pruning", categoryLabel: "group", categories: groups.map(\.0.name),
      y: Axis("units", numbers: .whole),
      series: [
        BarChart.Series("before", groups.map { Double($0.0.count) }),
        BarChart.Series("after", groups.map { Double($0.1) }),
      ], width: 1200
    ).svg
  }

  /// Accuracy against multiply-accumulates, from epoch to epoch.
  var accuracy: String {
    let points = rows.map { LineChart.Point($0.macs / fullMacs, $0.top1) }
    return LineChart(
      title: "Accuracy against multiply-accumulates", subtitle: "one point per epoch",
      x: Axis("multiply-accumulates", range: 0...1, numbers: .percent), y: Axis("top-1", numbers: .percent),
      series: [
        LineChart.Series("epochs", points, style: .both),
        LineChart.Series("end", points.suffix(1), style: .points),
      ]
    ).svg
  }

  private var gates: [GateStructure.Entry] {
    structure.entries.flatMap { Array(repeating: $0, count: $0.count) }
  }
}

extension GateSet.Kind {
  fileprivate var title: String {
    switch self {
    case .units: "unit"
    case .stream: "channel of a residual stream"
    case .block: "block"
    }
  }

  fileprivate var colour: Int {
    switch self {
    case .units: 0
    case .stream: 1
    case .block: 2
    }
  }
}
