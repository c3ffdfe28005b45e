import Foundation
import Interchange
import XCTest

import Sweeps

/// A shell script stands for the program.
final class SweepRunnerTests: XCTestCase {
  private var base = ""
  private var folder: SweepFolder { SweepFolder("\(base)/out") }

  override func setUpWithError() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("sweep-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    base = url.path
    addTeardownBlock { try FileManager.default.removeItem(at: url) }
  }

  /// A program that notes its arguments and does `work`, then saves and prints a result whose top-1 is its seed.
  private func program(_ work: String = "") throws -> String {
    let script = """
      #!/bin/sh
      echo "$*" >>'\(base)/calls'
      for argument; do
        case $argument in
          --out=*) out=${argument#--out=} ;;
          --seed=*) seed=${argument#--seed=} ;;
          --nu=*) nu=${argument#--nu=} ;;
        esac
      done
      mkdir -p "$out"
      \(work)
      echo '{"top1": '$seed', "macs": 100, "macsFraction": 0.5, "parameters": 10, "parametersFraction": 0.25,' \\
        '"seconds": 7, "trainingCostFraction": 0.75, "loss": null}' >"$out/result.json"
      cat "$out/result.json"
      """
    let path = "\(base)/program"
    try Data(script.utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }

  private func sweep(_ settings: [String: String] = ["a": "1"], seeds: [UInt64] = [1, 2]) -> Sweep {
    let settings = settings.sorted { $0.key < $1.key }
    return Sweep(
      settings: settings.map {
        SweepSetting(name: $0.key, command: .prune, flags: [SweepFlag("nu", .text($0.value))])
      }, seeds: seeds)
  }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  /// How often the program was started.
  private var calls: [Substring] { ((try? text("\(base)/calls")) ?? "").split(separator: "\n") }

  func testRunsAreDoneOnceAndTheirRowsKept() throws {
    let runner = SweepRunner(sweep(["b": "2", "a": "1"]), program: try program(), folder: folder)
    var events: [SweepEvent] = []
    let summary = try runner.run(report: { events.append($0) })
    XCTAssertEqual(
      calls.first.map(String.init),
      "prune --nu=1 --out=\(folder.path)/runs/a/seed-1 --resume --json --seed=1")
    XCTAssertEqual(calls.count, 4)
    XCTAssertEqual(summary.settings.map(\.count), [2, 2])
    XCTAssertEqual(summary.settings[0].figures[.top1]?.mean, 1.5)
    XCTAssertEqual(summary.runsLeft, 0)
    XCTAssertEqual(events.first, .started(done: 0, total: 4, jobs: 1))
    XCTAssertEqual(events.count, 5)
    let rows = try text(folder.rows)
    XCTAssertEqual(
      rows.split(separator: "\n").dropFirst().map {
        $0.split(separator: ",").prefix(3).joined(separator: " ")
      },
      ["a 1 1", "a 2 2", "b 1 1", "b 2 2"])
    XCTAssertEqual(try text(folder.summaryText), summary.markdown)
    XCTAssertEqual(try text(folder.summaryTable), summary.csv)
    XCTAssertEqual(try text(folder.document), summary.json.prettyText)
    XCTAssertEqual(try text(folder.picture), summary.chart.svg)
    XCTAssertEqual(
      try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/runs/a").sorted(),
      ["flags.json", "seed-1", "seed-1.log", "seed-2", "seed-2.log"])

    XCTAssertEqual(try runner.run(), summary)
    XCTAssertEqual(calls.count, 4)
    XCTAssertEqual(try text(folder.rows), rows)
    let more = SweepRunner(
      sweep(["b": "2", "a": "1"], seeds: [1, 2, 3]), program: runner.program, folder: folder)
    XCTAssertEqual(try more.run().settings.map(\.count), [3, 3])
    XCTAssertEqual(calls.count, 6)
  }

  func testSeveralAtATimeKeepTheFilesOrder() throws {
    // The first waits for the third, so that they must be at work together.
    let work = """
      [ "$seed" = 1 ] && while [ ! -e '\(base)/third' ]; do sleep 0.05; done
      [ "$seed" = 3 ] && echo >'\(base)/third'
      """
    var order: [UInt64] = []
    var tables: [[Substring]] = []
    let runner = SweepRunner(
      sweep(seeds: [1, 2, 3, 4]), program: try program(work), folder: folder, jobs: 3)
    let summary = try runner.run { event in
      guard case .ended(let row, let progress) = event else { return }
      order.append(row.run.seed)
      tables.append(((try? self.text(self.folder.rows)) ?? "").split(separator: "\n").dropFirst().map { $0 })
      XCTAssertEqual(progress.done, order.count)
    }
    XCTAssertNotEqual(order.first, 1)
    XCTAssertEqual(order.sorted(), [1, 2, 3, 4])
    for (index, table) in tables.enumerated() {
      let ended = order.prefix(index + 1).sorted()
      XCTAssertEqual(table.map { $0.split(separator: ",")[1] }, ended.map { Substring(String($0)) })
    }
    XCTAssertEqual(summary.settings[0].figures[.top1]?.mean, 2.5)
  }

  func testThreads() throws {
    let plain = sweep().runs[0]
    let own = SweepRun(
      setting: SweepSetting(name: "a", command: .train, flags: [SweepFlag("threads", .text("5"))]), seed: 1)
    func threads(_ run: SweepRun, jobs: Int, given: Int? = nil) -> [String] {
      SweepRunner(sweep(), program: "", folder: folder, jobs: jobs, threads: given).arguments(of: run)
        .filter { $0.hasPrefix("--threads") }
    }
    XCTAssertEqual(threads(plain, jobs: 1), [])
    XCTAssertEqual(threads(plain, jobs: 10_000), ["--threads=1"])
    XCTAssertEqual(
      threads(plain, jobs: 2), ["--threads=\(max(1, ProcessInfo.processInfo.activeProcessorCount / 2))"])
    XCTAssertEqual(threads(own, jobs: 2), ["--threads=5"])
    XCTAssertEqual(threads(own, jobs: 2, given: 7), ["--threads=7"])
    XCTAssertEqual(threads(plain, jobs: 1, given: 7), ["--threads=7"])
  }

  func testFailuresAreKeptAndDoneAgain() throws {
    let work = """
      echo "seed $seed begins" >&2
      case $seed in
        1) [ -e '\(base)/mended' ] || { echo 'espalier: error: diverged, early' >&2; echo 'hint' >&2; exit 65; } ;;
        2) kill -KILL $$ ;;
        3) echo 'no result'; exit 0 ;;
        4) exit 3 ;;
      esac
      """
    let runner = SweepRunner(
      sweep(seeds: [1, 2, 3, 4, 5]), program: try program(work), folder: folder)
    let summary = try runner.run()
    XCTAssertEqual(summary.settings[0].count, 1)
    XCTAssertEqual(summary.runsLeft, 0)
    XCTAssertEqual(
      summary.failures.map { "\($0)" },
      [
        "a seed 1: status 65: diverged, early",
        "a seed 2: status 137: it was ended by signal 9",
        "a seed 3: status 0: expected a JSON object in its result, found 10 bytes of something else",
        "a seed 4: status 3: seed 4 begins",
      ])
    let rows = try text(folder.rows).split(separator: "\n").dropFirst()
    XCTAssertEqual(rows.first, "a,1,,,,,,,,,65,\"diverged, early\"")
    XCTAssertEqual(rows.last?.hasPrefix("a,5,5,100,"), true)

    try Data().write(to: URL(fileURLWithPath: "\(base)/mended"))
    XCTAssertEqual(try runner.run().settings[0].count, 2)
    XCTAssertEqual(calls.count, 9)
    XCTAssertEqual(
      try text(folder.log(runner.sweep.runs[0])),
      "seed 1 begins\nespalier: error: diverged, early\nhint\nseed 1 begins\n")
  }

  func testAProgramThatDoesNotStart() throws {
    let runner = SweepRunner(sweep(), program: "\(base)/none", folder: folder)
    let summary = try runner.run()
    XCTAssertEqual(summary.failures.map { $0.failure?.exitStatus }, [127, 127])
    XCTAssertEqual(summary.failures[0].failure?.reason.contains("\(base)/none"), true)
  }

  func testManyWordsDoNotBlock() throws {
    let work = "head -c 300000 /dev/zero | tr '\\0' ' '; head -c 300000 /dev/zero | tr '\\0' 'x' >&2"
    let summary = try SweepRunner(sweep(seeds: [1]), program: try program(work), folder: folder).run()
    XCTAssertEqual(summary.failures, [])
    XCTAssertEqual(summary.settings[0].count, 1)
  }

  func testStoppingLetsRunsSaveAndGoesOnLater() throws {
    let work = """
      trap 'echo interrupted >>"$out/signals"; echo saved >"$out/checkpoint"; exit 130' INT
      if [ "$seed" != 1 ] && [ ! -e "$out/checkpoint" ]; then
        echo >"$out/ready"
        while :; do sleep 0.05; done
      fi
      """
    let runner = SweepRunner(
      sweep(seeds: [1, 2, 3, 4]), program: try program(work), folder: folder, jobs: 2)
    let runs = runner.sweep.runs.map { folder.run($0) }
    var stopping: [SweepEvent] = []
    let stopped = try runner.run(
      report: { if case .stopping = $0 { stopping.append($0) } },
      shouldStop: { [2, 3].allSatisfy { FileManager.default.fileExists(atPath: "\(runs[$0 - 1])/ready") } })
    XCTAssertEqual(stopping, [.stopping(runs: 2)])
    XCTAssertEqual(stopped.runsLeft, 3)
    XCTAssertEqual(stopped.failures, [])
    XCTAssertEqual(stopped.settings[0].count, 1)
    for run in runs[1...2] { XCTAssertEqual(try text("\(run)/signals"), "interrupted\n") }
    XCTAssertFalse(FileManager.default.fileExists(atPath: runs[3]))
    XCTAssertEqual(calls.count, 3)

    let seed4 = { FileManager.default.fileExists(atPath: "\(runs[3])/ready") }
    XCTAssertEqual(try runner.run(shouldStop: seed4).runsLeft, 1)
    let complete = try runner.run()
    XCTAssertEqual(complete.settings[0].figures[.top1]?.mean, 2.5)
    XCTAssertEqual(complete.runsLeft, 0)
  }

  func testNothingIsStartedAfterAStop() throws {
    let summary = try SweepRunner(sweep(), program: try program(), folder: folder).run(shouldStop: { true })
    XCTAssertEqual(summary.runsLeft, 2)
    XCTAssertEqual(calls, [])
  }

  func testChangedSettingsAreRefused() throws {
    let path = try program()
    func run(_ sweep: Sweep) throws { _ = try SweepRunner(sweep, program: path, folder: folder).run() }
    func setting(_ command: SweepSetting.Command, _ flags: [SweepFlag]) -> Sweep {
      Sweep(settings: [SweepSetting(name: "a", command: command, flags: flags)], seeds: [1])
    }
    try run(sweep())
    let rows = try text(folder.rows)
    let changed = setting(.train, [SweepFlag("nu", .text("2")), SweepFlag("fold", .on)])
    XCTAssertThrowsError(try run(changed)) { error in
      XCTAssertEqual(
        error as? SweepError,
        .changedSetting(
          name: "a",
          changes: [
            "'command' was 'prune', is 'train'", "'fold' was not given, is 'true'",
            "'nu' was '1', is '2'",
          ], folder: "\(folder.path)/runs/a"))
      XCTAssertTrue("\(error)".contains("give the changed setting another name"), "\(error)")
    }
    XCTAssertThrowsError(try run(setting(.prune, [])))
    XCTAssertEqual(calls.count, 2)
    XCTAssertEqual(try text(folder.rows), rows)
    try run(
      setting(.prune, [SweepFlag("threads", .text("3")), SweepFlag("nu", .text("1"))]))
    try run(sweep(["a": "1", "b": "2"], seeds: [1]))
    XCTAssertEqual(calls.count, 3)
  }

  func testASettingWithoutRunsMayChange() throws {
    let path = try program("[ $nu = 1 ] && { rmdir \"$out\"; echo 'Error: --nu' >&2; exit 64; }")
    let failed = try SweepRunner(sweep(), program: path, folder: folder).run()
    XCTAssertEqual(failed.failures.count, 2)
    let mended = try SweepRunner(sweep(["a": "2"]), program: path, folder: folder).run()
    XCTAssertEqual(mended.settings[0].count, 2)
    XCTAssertThrowsError(try SweepRunner(sweep(), program: path, folder: folder).run())
  }

  func testDamagedFilesAreNamed() throws {
    let runner = SweepRunner(sweep(), program: try program(), folder: folder)
    _ = try runner.run()
    let result = folder.result(runner.sweep.runs[1])
    try Data("{\"top1\": 1}".utf8).write(to: URL(fileURLWithPath: result))
    XCTAssertThrowsError(try runner.run()) { error in
      for part in [result, "a number 'macs'", "no such key", "remove that run's folder"] {
        XCTAssertTrue("\(error)".contains(part), "\(error)")
      }
    }
    let flags = folder.flags(of: runner.sweep.settings[0])
    try Data("{".utf8).write(to: URL(fileURLWithPath: flags))
    XCTAssertThrowsError(try runner.run()) { XCTAssertTrue("\($0)".contains(flags), "\($0)") }
    try FileManager.default.removeItem(atPath: flags)
    XCTAssertThrowsError(try runner.run()) { XCTAssertEqual(($0 as? FileError)?.path, flags) }
    XCTAssertEqual(calls.count, 2)
  }

  func testAFolderInUseIsRefused() throws {
    let runner = SweepRunner(
      sweep(seeds: [1]), program: try program("readlink /proc/$$/fd/* >\"$out/open\""), folder: folder)
    try folder.create()
    do {
      let lock = try SweepLock(folder)
      XCTAssertThrowsError(try runner.run()) {
        XCTAssertEqual($0 as? SweepError, .folderInUse(folder.path))
      }
      XCTAssertGreaterThan(lock.descriptor, 2)
    }
    _ = try runner.run()
    // A run holds the lock for itself, should the sweep be killed.
    let open = try text("\(folder.run(runner.sweep.runs[0]))/open").split(separator: "\n")
    XCTAssertTrue(open.contains { $0 == folder.path }, "\(open)")
  }

  func testAFolderOfSomethingElseIsRefused() throws {
    let other = SweepFolder(base)
    let path = try program()
    XCTAssertThrowsError(try SweepRunner(sweep(), program: path, folder: other).run()) {
      XCTAssertEqual($0 as? SweepError, .notASweep(base))
    }
    let below = SweepFolder("\(path)/out")
    XCTAssertThrowsError(try SweepRunner(sweep(), program: path, folder: below).run()) { error in
      XCTAssertEqual((error as? FileError)?.operation, .create, "\(error)")
    }
  }

  func testATableThatCannotBeWrittenEndsTheRunsAtWork() throws {
    let rows = folder.rows
    let work = """
      [ "$seed" = 2 ] || { rm -f '\(rows)'; mkdir '\(rows)'; exit 3; }
      trap 'echo saved >"$out/checkpoint"; exit 130' INT
      while :; do sleep 0.05; done
      """
    let runner = SweepRunner(sweep(), program: try program(work), folder: folder, jobs: 2)
    XCTAssertThrowsError(try runner.run()) { XCTAssertEqual(($0 as? FileError)?.path, rows, "\($0)") }
  }
}
