import Spelling
import YAMLDocuments
import Yams

/// What a setting is without anything of its own.
struct SweepDefaults {
  let command: SweepSetting.Command
  let flags: [SweepFlag]

  func setting(_ name: String, command: SweepSetting.Command? = nil, flags: [SweepFlag]) -> SweepSetting {
    SweepSetting(name: name, command: command ?? self.command, flags: self.flags.overridden(by: flags))
  }
}

/// Turns the nodes of a sweep's file into the sweep.
struct SweepReader {
  let source: String

  private enum Key: String, CaseIterable {
    case command, common, seeds, settings, grid
  }

  func sweep(_ root: Node?) throws(SweepFileError) -> Sweep {
    guard let root, case .mapping(let top) = root else {
      throw error(
        root?.mark?.line, .malformed("expected lines such as 'seeds: [1, 2, 3]', found \(found(root))"))
    }
    let values = try topLevel(top)
    guard let seedList = values[.seeds] else {
      throw error(nil, .missing("seeds", expected: "a list of seeds such as 'seeds: [1, 2, 3]'"))
    }
    let seeds = try seeds(seedList)
    let common = SweepDefaults(
      command: try values[.command].map(command) ?? .prune,
      flags: try values[.common].map { node throws(SweepFileError) in try flags(node, of: "common") } ?? [])
    let named = try values[.settings].map { node throws(SweepFileError) in
      try namedSettings(node, common: common)
    }
    let crossed = try values[.grid].map { node throws(SweepFileError) in
      try crossedSettings(node, common: common, seedCount: seeds.count)
    }
    let settings = (named ?? []) + (crossed ?? [])
    guard !settings.isEmpty else {
      throw error(nil, .missing("settings", expected: "'settings' by name, or a 'grid'"))
    }
    try check(settings, seedCount: seeds.count, gridLine: values[.grid]?.mark?.line)
    return Sweep(settings: settings, seeds: seeds)
  }

  private func check(
    _ settings: [SweepSetting], seedCount: Int, gridLine: Int?
  ) throws(SweepFileError) {
    guard settings.count <= Sweep.maximumRuns / seedCount else {
      throw error(nil, .tooManyRuns(settings: settings.count, seeds: seedCount))
    }
    var names: Set<String> = []
    for setting in settings where !names.insert(setting.name).inserted {
      throw error(gridLine, .duplicateName(setting.name))
    }
  }

  private func topLevel(_ mapping: Node.Mapping) throws(SweepFileError) -> [Key: Node] {
    var values: [Key: Node] = [:]
    for (node, value) in mapping {
      let name = try key(node)
      guard let key = Key(rawValue: name) else {
        let nearest = Spelling.nearest(to: name, among: Key.allCases.map(\.rawValue))
        throw error(node.mark?.line, .unknownKey(name, nearest: nearest))
      }
      values[key] = value
    }
    return values
  }

  private func command(_ node: Node) throws(SweepFileError) -> SweepSetting.Command {
    guard case .scalar(let scalar) = node, let command = SweepSetting.Command(rawValue: scalar.string) else {
      let expected = SweepSetting.Command.allCases.map(\.rawValue).joined(separator: " or ")
      throw wrong("command", expected: expected, node)
    }
    return command
  }

  private func seeds(_ node: Node) throws(SweepFileError) -> [UInt64] {
    guard case .sequence(let sequence) = node, !sequence.isEmpty else {
      throw wrong("seeds", expected: "a list such as [1, 2, 3]", node)
    }
    var seeds: [UInt64] = []
    var known: Set<UInt64> = []
    for node in sequence {
      guard case .scalar(let scalar) = node, let seed = UInt64(scalar.string) else {
        throw wrong("seeds", expected: "whole numbers in 0…\(UInt64.max)", node)
      }
      guard known.insert(seed).inserted else {
        throw wrong("seeds", expected: "every seed once", node, found: "\(seed) again")
      }
      seeds.append(seed)
    }
    guard seeds.count <= Sweep.maximumRuns else {
      throw error(node.mark?.line, .tooManyRuns(settings: 1, seeds: seeds.count))
    }
    return seeds
  }

  private func namedSettings(_ node: Node, common: SweepDefaults) throws(SweepFileError) -> [SweepSetting] {
    var settings: [SweepSetting] = []
    for (node, value) in try mapping(node, of: "settings") {
      let name = try key(node)
      guard SweepSetting.isName(name) else { throw error(node.mark?.line, .wrongName(name)) }
      // A setting without a value differs in nothing from what is common.
      let own = value.isNull ? [:] : try mapping(value, of: name)
      let others = Node.Mapping(own.filter { $0.key.string != "command" })
      settings.append(
        common.setting(name, command: try own["command"].map(command), flags: try flags(others)))
    }
    return settings
  }

  private func crossedSettings(
    _ node: Node, common: SweepDefaults, seedCount: Int
  ) throws(SweepFileError) -> [SweepSetting] {
    let grid = GridReader(reader: self)
    let axes = try grid.axes(mapping(node, of: "grid"))
    guard axes.cellCount <= Sweep.maximumRuns / seedCount else {
      throw error(node.mark?.line, .tooManyRuns(settings: axes.cellCount, seeds: seedCount))
    }
    return try grid.settings(axes, line: node.mark?.line, common: common)
  }

  private func flags(_ node: Node, of key: String) throws(SweepFileError) -> [SweepFlag] {
    try flags(mapping(node, of: key))
  }

  private func flags(_ mapping: Node.Mapping) throws(SweepFileError) -> [SweepFlag] {
    try checkCount(of: mapping)
    var flags: [SweepFlag] = []
    for (key, value) in mapping {
      let flag = try flag(flagKey(key), value)
      // To YAML, a key with quotes may be another one than the same without.
      guard !flags.contains(where: { $0.key == flag.key }) else {
        throw error(key.mark?.line, .malformed("given twice: \(flag.key)"))
      }
      flags.append(flag)
    }
    return flags
  }
}

// What a grid is read with too.
extension SweepReader {
  func flag(_ key: String, _ node: Node) throws(SweepFileError) -> SweepFlag {
    guard case .scalar(let scalar) = node, !node.isNull, !scalar.string.utf8.contains(0) else {
      throw wrong(key, expected: "a single value", node)
    }
    return SweepFlag(key, node.truth.map { $0 ? .on : .off } ?? .text(scalar.string))
  }

  /// The name of a flag that a file may set.
  func flagKey(_ node: Node) throws(SweepFileError) -> String {
    let key = try key(node)
    switch key {
    case "seed": throw reserved(node, "list the seeds under 'seeds'")
    case "out": throw reserved(node, "give the folder to the sweep, as --out")
    case "resume", "json": throw reserved(node, "leave it out, every run gets it")
    case "onnx": throw reserved(node, "every run would write that file; use 'espalier export' afterwards")
    case "command": throw reserved(node, "put it at the top, or into a setting")
    default: break
    }
    let isFlag =
      key.utf8.allSatisfy { Self.flagCharacters.contains($0) } && !key.hasPrefix("-") && !key.hasSuffix("-")
    guard isFlag, !key.isEmpty else {
      throw error(
        node.mark?.line,
        .malformed("expected the name of a flag in small letters, digits and -, such as 'lr', found '\(key)'")
      )
    }
    return key
  }

  /// Throws where no command can have that many flags, which every setting would repeat.
  func checkCount(of flags: Node.Mapping) throws(SweepFileError) {
    guard flags.count <= Self.maximumFlags else {
      throw error(
        flags.mark?.line, .malformed("expected at most \(Self.maximumFlags) flags, found \(flags.count)"))
    }
  }

  func mapping(_ node: Node, of key: String) throws(SweepFileError) -> Node.Mapping {
    guard case .mapping(let mapping) = node else {
      throw wrong(key, expected: "a mapping such as {lr: 0.1}", node)
    }
    return mapping
  }

  func error(_ line: Int?, _ problem: SweepFileError.Problem) -> SweepFileError {
    SweepFileError(file: source, line: line, problem: problem)
  }

  func wrong(
    _ key: String, expected: String, _ node: Node, found text: String? = nil
  ) -> SweepFileError {
    error(node.mark?.line, .wrongValue(key: key, expected: expected, found: text ?? found(node)))
  }

  private static let maximumFlags = 200
  private static let flagCharacters = Set("abcdefghijklmnopqrstuvwxyz0123456789-".utf8)

  private func key(_ node: Node) throws(SweepFileError) -> String {
    guard case .scalar(let scalar) = node else {
      throw error(node.mark?.line, .malformed("expected a text as the key, found \(found(node))"))
    }
    return scalar.string
  }

  private func reserved(_ node: Node, _ advice: String) -> SweepFileError {
    error(node.mark?.line, .reservedFlag(node.string ?? "", advice: advice))
  }

  /// What a message calls a node.
  private func found(_ node: Node?) -> String {
    switch node {
    case .scalar(let scalar) where node?.isNull == false: "'\(scalar.string.prefix(100))'"
    case .sequence(let sequence): sequence.isEmpty ? "an empty list" : "a list"
    case .mapping: "a mapping"
    default: "nothing"
    }
  }
}
