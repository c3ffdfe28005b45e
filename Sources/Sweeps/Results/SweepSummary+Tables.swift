extension SweepSummary {
  /// A table with a line per setting. Shares are in percent; ± is the standard deviation of a sample, – what is not known.
  public var markdown: String {
    let header = [
      "setting", "n", "top-1 %", "MACs %", "parameters %", "training cost %", "seconds",
    ]
    let rule = ["---"] + header.dropFirst().map { _ in "--:" }
    let lines = [header, rule] + settings.map(\.cells)
    return lines.map { "| \($0.joined(separator: " | ")) |\n" }.joined() + notes
  }

  /// The same for programs: mean and standard deviation of every figure, as shares.
  public var csv: String {
    let columns = Figure.allCases.flatMap { ["\($0.rawValue)Mean", "\($0.rawValue)Std"] }
    return CSV.text([["setting", "n"] + columns] + settings.map(\.fields))
  }

  private var notes: String {
    var notes: [String] = []
    if !failures.isEmpty {
      notes += ["", "Failed:", ""] + failures.map { "* \($0)" }
    }
    if runsLeft > 0 { notes += ["", "Not complete; runs still to be done: \(runsLeft)."] }
    return notes.map { "\($0)\n" }.joined()
  }
}

extension SweepSummary.Setting {
  fileprivate var cells: [String] {
    [
      setting.name, String(count),
      spread(.top1, scale: 100, digits: 2), spread(.macsFraction, scale: 100, digits: 1),
      mean(.parametersFraction, scale: 100, digits: 1), mean(.trainingCostFraction, scale: 100, digits: 1),
      mean(.seconds, scale: 1, digits: 0),
    ]
  }

  fileprivate var fields: [String] {
    [setting.name, String(count)]
      + Figure.allCases.flatMap { figure in
        [figures[figure]?.mean, figures[figure]?.standardDeviation].map { $0?.shortText ?? "" }
      }
  }

  private func mean(_ figure: Figure, scale: Double, digits: Int) -> String {
    figures[figure].map { (scale * $0.mean).fixed(digits) } ?? "–"
  }

  private func spread(_ figure: Figure, scale: Double, digits: Int) -> String {
    guard let statistics = figures[figure] else { return "–" }
    let deviation = statistics.standardDeviation.map { (scale * $0).fixed(digits) } ?? "–"
    return "\((scale * statistics.mean).fixed(digits)) ± \(deviation)"
  }
}
