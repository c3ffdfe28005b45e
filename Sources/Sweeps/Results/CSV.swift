/// Text of values separated by commas, as RFC 4180 has it but with plain line ends.
enum CSV {
  static func text(_ lines: [[String]]) -> String {
    lines.map { line in line.map(field).joined(separator: ",") + "\n" }.joined()
  }

  private static func field(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { !",\"\n\r".unicodeScalars.contains($0) }
    return isPlain ? text : "\"\(text.replacing("\"", with: "\"\""))\""
  }
}

extension [SweepRow] {
  /// A line for every run: its setting, seed and figures, and how it ended. What is not known is left empty.
  package var csv: String {
    let header = ["setting", "seed"] + Figure.allCases.map(\.rawValue) + ["exitStatus", "reason"]
    return CSV.text([header] + map(\.fields))
  }
}

extension SweepRow {
  fileprivate var fields: [String] {
    [run.setting.name, String(run.seed)]
      + Figure.allCases.map { figures?[$0]?.shortText ?? "" }
      + [String(failure?.exitStatus ?? 0), failure?.reason ?? ""]
  }
}
