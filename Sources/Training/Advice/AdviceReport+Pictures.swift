import Charts

extension AdviceReport {
  /// How much of each block each method removes, and which share of them remove it.
  public var picture: String {
    let methods = AdviceMethod.methods
    let trained = proposals.compactMap { proposal in
      proposal.outcome.map { "\(proposal.method.title) \(Self.percent($0.top1))" }
    }
    let agreed = blocks.map { block in
      methods.map { block.agreement.count >= 2 && block.agreement.contains($0) }
    }
    return HeatMap(
      title: "What each method would remove from \(model)",
      subtitle: "share of a block's multiply-accumulates; top-1: \(trained.joined(separator: ", "))",
      columns: .named("method", methods.map(\.title) + ["share of methods"]),
      rows: .named("block", blocks.map(\.name)),
      values: blocks.map { block in
        methods.map { block.removed[$0] ?? 0 } + [Double(block.agreement.count) / Double(methods.count)]
      },
      region: agreed.joined().contains(true) ? .init("two or more remove it", agreed) : nil,
      colours: Axis("share removed", range: 0...1, numbers: .percent),
      height: max(360, 150 + 22 * Double(blocks.count))
    ).svg
  }

  /// Accuracy against multiply-accumulates of every proposal, all trained at one cost.
  public var accuracyPicture: String {
    LineChart(
      title: "What came of it", subtitle: "trained from scratch at one cost; of \(model)",
      x: Axis("multiply-accumulates"), y: Axis("top-1", numbers: .percent),
      series: proposals.enumerated().compactMap { index, proposal in
        guard let complexity = proposal.complexity, let outcome = proposal.outcome else { return nil }
        return LineChart.Series(
          proposal.method.title, [.init(Double(complexity.multiplyAccumulates), outcome.top1)],
          style: .points, colour: index)
      }
    ).svg
  }

  private static func percent(_ share: Double) -> String {
    let hundredths = Int((share * 10000).rounded())
    return "\(hundredths / 100)." + (hundredths % 100 < 10 ? "0" : "") + "\(hundredths % 100) %"
  }
}
