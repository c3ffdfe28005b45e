/// Settings × seeds: every setting is to run once with every seed.
public struct Sweep: Hashable, Sendable {
  /// In the order of the tables.
  public let settings: [SweepSetting]
  public let seeds: [UInt64]

  /// The most runs of one sweep.
  public static let maximumRuns = 10_000

  /// - Parameters:
  ///   - settings: With names of their own.
  ///   - seeds: All different.
  public init(settings: [SweepSetting], seeds: [UInt64]) {
    self.settings = settings
    self.seeds = seeds
  }

  /// All seeds of the first setting, then those of the second, and so on.
  public var runs: [SweepRun] {
    settings.flatMap { setting in seeds.map { SweepRun(setting: setting, seed: $0) } }
  }
}

/// One setting with one seed.
public struct SweepRun: Hashable, Sendable {
  public let setting: SweepSetting
  public let seed: UInt64

  public init(setting: SweepSetting, seed: UInt64) {
    self.setting = setting
    self.seed = seed
  }

  /// What a line about it calls it.
  package var name: String { "\(setting.name) seed \(seed)" }
}
