import Interchange

/// What a sweep found: every setting's figures over its seeds.
public struct SweepSummary: Hashable, Sendable {
  public struct Setting: Hashable, Sendable {
    public let setting: SweepSetting
    /// Runs that went well.
    public let count: Int
    /// Without those that no run has.
    public let figures: [Figure: SampleStatistics]
  }

  /// In the file's order, those without a successful run too.
  public let settings: [Setting]
  /// Runs that did not go well, in the file's order.
  public let failures: [SweepRow]
  /// Runs that are still to be done.
  public let runsLeft: Int

  /// - Parameter rows: Those of the sweep's runs that have ended.
  public init(_ sweep: Sweep, rows: [SweepRow]) {
    let bySetting = Dictionary(grouping: rows, by: \.run.setting.name)
    settings = sweep.settings.map { setting in
      let runs = (bySetting[setting.name] ?? []).compactMap(\.figures)
      let statistics = Figure.allCases.compactMap { figure in
        SampleStatistics(runs.compactMap { $0[figure] }).map { (figure, $0) }
      }
      return Setting(
        setting: setting, count: runs.count, figures: Dictionary(uniqueKeysWithValues: statistics))
    }
    failures = rows.filter { $0.failure != nil }
    runsLeft = sweep.settings.count * sweep.seeds.count - rows.count
  }
}

extension SweepSummary {
  /// All there is to know about it.
  public var json: JSONValue {
    [
      "settings": .array(settings.map(\.json)),
      "failures": .array(
        failures.map { row in
          [
            "setting": .string(row.run.setting.name), "seed": .seed(row.run.seed),
            "exitStatus": .integer(Int(row.failure?.exitStatus ?? 0)),
            "reason": .string(row.failure?.reason ?? ""),
          ]
        }),
      "runsLeft": .integer(runsLeft),
    ]
  }
}

extension SweepSummary.Setting {
  fileprivate var json: JSONValue {
    [
      "name": .string(setting.name), "command": .string(setting.command.rawValue),
      "flags": .object(
        Dictionary(uniqueKeysWithValues: setting.flags.map { ($0.key, .string($0.text)) })),
      "n": .integer(count),
      "figures": .object(
        Dictionary(uniqueKeysWithValues: figures.map { ($0.key.rawValue, $0.value.json) })),
    ]
  }
}

extension SampleStatistics {
  fileprivate var json: JSONValue {
    [
      "mean": .number(mean), "std": standardDeviation.map(JSONValue.number) ?? .null, "n": .integer(count),
    ]
  }
}

extension JSONValue {
  /// As a text where JSON's readers would round it.
  fileprivate static func seed(_ seed: UInt64) -> JSONValue {
    Int(exactly: seed).map(JSONValue.integer) ?? .string(String(seed))
  }
}
