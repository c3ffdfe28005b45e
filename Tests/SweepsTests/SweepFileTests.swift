import Foundation
import Interchange
import XCTest

import Sweeps

final class SweepFileTests: XCTestCase {
  private func sweep(_ text: String) throws -> Sweep { try Sweep(yaml: text, source: "a.yaml") }

  private func arguments(_ setting: SweepSetting?) -> [String] { setting?.flags.map(\.argument) ?? [] }

  func testSettingsAndGridInTheFilesOrder() throws {
    let sweep = try sweep(
      """
      common: {model: resnet20, epochs: 15}
      seeds: [3, 1, 18446744073709551615]
      settings:
        dense: {method: dense}
        b: {epochs: 2, command: train, nu: -0.1}
        plain:
      grid:
        nu: [0.05, 0.1]
        alpha: [0, 1]
        epochs: [7]
      """)
    XCTAssertEqual(
      sweep.settings.map(\.name),
      [
        "dense", "b", "plain", "nu=0.05,alpha=0,epochs=7", "nu=0.05,alpha=1,epochs=7",
        "nu=0.1,alpha=0,epochs=7", "nu=0.1,alpha=1,epochs=7",
      ])
    XCTAssertEqual(sweep.settings.map(\.command), [.prune, .train, .prune, .prune, .prune, .prune, .prune])
    XCTAssertEqual(arguments(sweep.settings[0]), ["--model=resnet20", "--epochs=15", "--method=dense"])
    XCTAssertEqual(arguments(sweep.settings[1]), ["--model=resnet20", "--epochs=2", "--nu=-0.1"])
    XCTAssertEqual(arguments(sweep.settings[2]), ["--model=resnet20", "--epochs=15"])
    XCTAssertEqual(
      arguments(sweep.settings[4]), ["--model=resnet20", "--epochs=7", "--nu=0.05", "--alpha=1"])
    XCTAssertEqual(sweep.seeds, [3, 1, .max])
    XCTAssertEqual(
      sweep.runs.prefix(4).map(\.name),
      ["dense seed 3", "dense seed 1", "dense seed 18446744073709551615", "b seed 3"])
    XCTAssertEqual(sweep.runs.count, 21)
  }

  func testTrueAndFalseAreBareFlags() throws {
    let sweep = try sweep(
      """
      command: train
      seeds: [1]
      settings: {a: {nesterov: true, fold: False, word: "true", on: yes}}
      grid: {nesterov: [true, false]}
      """)
    XCTAssertEqual(
      arguments(sweep.settings[0]), ["--nesterov", "--no-fold", "--word=true", "--on=yes"])
    XCTAssertEqual(sweep.settings.map(\.name), ["a", "nesterov=true", "nesterov=false"])
    XCTAssertEqual(arguments(sweep.settings[2]), ["--no-nesterov"])
    XCTAssertEqual(sweep.settings[2].command, .train)
  }

  /// Asserts that the text is refused in a line that has all these parts.
  private func assertRefused(
    _ text: String, _ parts: String..., file: StaticString = #filePath, line: UInt = #line
  ) {
    XCTAssertThrowsError(try sweep(text), file: file, line: line) { error in
      XCTAssertTrue(error is SweepFileError, "\(error)", file: file, line: line)
      for part in parts {
        XCTAssertTrue("\(error)".contains(part), "\(part) in \(error)", file: file, line: line)
      }
    }
  }

  private let rest = "\nseeds: [1]\nsettings: {a: {lr: 1}}\n"

  func testWhatIsNoSweep() {
    assertRefused("", "a.yaml: expected lines such as", "found nothing")
    assertRefused("- 1", "a.yaml:1:", "found a list")
    assertRefused("seeds: [1", "this is not YAML")
    assertRefused("seeds: [1]\nseeds: [2]", "given twice: seeds")
    assertRefused("seeds: [1]\nsettings:\n  a: {}\n  a: {}", "given twice: a")
    assertRefused("sedes: [1]", "a.yaml:1: sedes: unknown key; did you mean 'seeds'?")
    assertRefused("[1]: 2" + rest, "a.yaml:1:", "a text as the key")
    assertRefused(String(repeating: "[", count: 100_000), "this is not YAML")
    assertRefused("a: &a {}\nb: [\(Array(repeating: "*a", count: 9).joined(separator: ", "))]", "8 aliases")
  }

  func testSeeds() {
    assertRefused("settings: {a: {}}", "found no 'seeds'", "seeds: [1, 2, 3]")
    assertRefused("seeds: []\nsettings: {a: {}}", "a.yaml:1: seeds: expected a list", "found an empty list")
    assertRefused("seeds: 3\nsettings: {a: {}}", "found '3'")
    assertRefused("settings: {a: {}}\nseeds: [1, -1]", "a.yaml:2: seeds: expected whole numbers", "'-1'")
    assertRefused("seeds: [1, 18446744073709551616]\nsettings: {a: {}}", "0…18446744073709551615")
    assertRefused("seeds: [4, 4]\nsettings: {a: {}}", "expected every seed once, found 4 again")
  }

  func testSettings() {
    assertRefused("seeds: [1]", "found no 'settings'", "'grid'")
    assertRefused("seeds: [1]\nsettings: {}", "found no 'settings'")
    assertRefused("seeds: [1]\nsettings: [a]", "a.yaml:2: settings: expected a mapping", "a list")
    assertRefused("seeds: [1]\nsettings: {a: 3}", "a: expected a mapping", "'3'")
    assertRefused("seeds: [1]\nsettings:\n  a: {}\n  a/b: {}", "a.yaml:4:", "'a/b'")
    for name in [".a", "..", "a b", "ä", "''", String(repeating: "a", count: 201)] {
      assertRefused("seeds: [1]\nsettings: {\(name): {}}", "expected a name of at most 200 letters")
    }
    assertRefused(
      "command: prunes" + rest, "command: expected prune or train or remove-conflicts, found 'prunes'")
    assertRefused(
      "seeds: [1]\nsettings: {a: {command: eval}}",
      "expected prune or train or remove-conflicts, found 'eval'")
  }

  func testFlags() {
    assertRefused("common: {lr: [1]}" + rest, "a.yaml:1: lr: expected a single value, found a list")
    assertRefused("common: {lr: }" + rest, "lr: expected a single value, found nothing")
    assertRefused("common: {lr: 1, lr: 2}" + rest, "given twice: lr")
    assertRefused("common: {\"true\": 1, true: 2}" + rest, "given twice: true")
    assertRefused("common: {LR: 1}" + rest, "the name of a flag", "'LR'")
    assertRefused("common: {--lr: 1}" + rest, "'--lr'")
    assertRefused("common: {'': 1}" + rest, "''")
    assertRefused("common: {x: \"a\\0b\"}" + rest, "x: expected a single value")
    assertRefused("common: {seed: 1}" + rest, "seed: expected a flag that runs can share", "under 'seeds'")
    assertRefused("seeds: [1]\nsettings:\n  a:\n    out: x", "a.yaml:4: out", "--out")
    for key in ["resume", "json"] { assertRefused("common: {\(key): true}" + rest, key, "leave it out") }
    assertRefused("common: {onnx: a.onnx}" + rest, "onnx", "espalier export")
    assertRefused("common: {command: train}" + rest, "command", "at the top")
    let many = (0...200).map { "k\($0): 1" }.joined(separator: ", ")
    assertRefused("common: {\(many)}" + rest, "expected at most 200 flags, found 201")
  }

  func testGrids() {
    assertRefused("grid: {nu: []}" + rest, "a.yaml:1: nu: expected a list of values", "an empty list")
    assertRefused("grid: {nu: 1}" + rest, "nu: expected a list of values", "'1'")
    assertRefused("grid: {}" + rest, "grid: expected flags with lists", "an empty mapping")
    assertRefused("grid: {nu: [1, 1]}" + rest, "nu: expected every value once, found '1' again")
    assertRefused("grid: {seed: [1, 2]}" + rest, "under 'seeds'")
    assertRefused("grid: {schedule: ['step:1,2']}" + rest, "'schedule=step:1,2'", "under 'settings'")
    assertRefused(
      "seeds: [1]\nsettings: {nu=1: {}}\ngrid: {nu: [1]}", "a.yaml:3: expected every name once", "'nu=1'")
    assertRefused("grid: {\"true\": [1], true: [2]}" + rest, "given twice: true")
  }

  func testTooManyRuns() throws {
    func numbers(_ range: Range<Int>) -> String { range.map(String.init).joined(separator: ",") }
    let hundred = numbers(0..<100)
    let full = try sweep("seeds: [1]\ngrid: {a: [\(hundred)], b: [\(hundred)]}")
    XCTAssertEqual(full.runs.count, 10_000)
    assertRefused(
      "seeds: [1, 2]\ngrid: {a: [\(hundred)], b: [\(hundred)]}", "at most 10000 runs",
      "10000 settings with 2 seeds")
    assertRefused("seeds: [1]\nsettings: {x: {}}\ngrid: {a: [\(hundred)], b: [\(hundred)]}", "10001 settings")
    assertRefused("seeds: [\(numbers(0..<10_001))]\nsettings: {x: {}}", "10001 seeds")
    let huge = (0..<20).map { "k\($0): [\(hundred)]" }.joined(separator: ", ")
    assertRefused("seeds: [1]\ngrid: {\(huge)}", "at most 10000 runs")
  }

  func testFiles() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("sweep-\(UUID().uuidString)")
    XCTAssertThrowsError(try Sweep(file: url.path)) { XCTAssertEqual(($0 as? FileError)?.code, ENOENT) }
    defer { try? FileManager.default.removeItem(at: url) }
    try Data("seeds: [1]\nsettings: {a: {}}".utf8).write(to: url)
    XCTAssertEqual(try Sweep(file: url.path).runs.count, 1)
    try Data([0xFF, 0xFE, 0xFD]).write(to: url)
    XCTAssertThrowsError(try Sweep(file: url.path)) { error in
      XCTAssertEqual(
        error as? SweepFileError,
        SweepFileError(file: url.path, line: nil, problem: .malformed("expected text in UTF-8")))
    }
  }
}
