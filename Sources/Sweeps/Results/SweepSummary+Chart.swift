import Charts

extension SweepSummary {
  /// Accuracy against multiply-accumulates: a point per setting, with the standard deviations as its error bars.
  public var chart: LineChart {
    let points = settings.compactMap(\.point)
    let seeds = settings.map(\.count).max() ?? 0
    return LineChart(
      title: "Accuracy against multiply-accumulates",
      subtitle: seeds > 1 ? "mean ± standard deviation of up to \(seeds) seeds" : nil,
      x: Axis("multiply-accumulates left", numbers: .percent),
      y: Axis("top-1", numbers: .percent), series: [LineChart.Series(nil, points, style: .points)])
  }
}

extension SweepSummary.Setting {
  /// Nil where no run went well.
  fileprivate var point: LineChart.Point? {
    guard let top1 = figures[.top1], let macs = figures[.macsFraction] else { return nil }
    return LineChart.Point(
      macs.mean, top1.mean, xError: macs.standardDeviation, yError: top1.standardDeviation,
      label: setting.name)
  }
}
