import Foundation
import XCTest

import Processes

final class SpawnedProcessTests: XCTestCase {
  private var file: FileHandle!

  override func setUpWithError() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("process-\(UUID().uuidString)")
    try Data().write(to: url)
    file = try FileHandle(forUpdating: url)
    addTeardownBlock { try FileManager.default.removeItem(at: url) }
  }

  private func shell(_ script: String, leadsGroup: Bool = false) throws -> SpawnedProcess {
    let number = file.fileDescriptor
    return try SpawnedProcess(
      path: "/bin/sh", arguments: ["-c", script], files: .init(output: number, errors: number),
      leadsGroup: leadsGroup)
  }

  private func text() throws -> String {
    try file.seek(toOffset: 0)
    return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
  }

  func testOutputAndStatus() throws {
    let process = try shell("cat; echo out; echo error >&2; exit 7")
    XCTAssertEqual(process.end(), .exit(7))
    XCTAssertEqual(try text(), "out\nerror\n")
  }

  func testTheEndIsToldOnceItIsThere() throws {
    let process = try shell("sleep 60")
    XCTAssertNil(process.endIfAny())
    process.signal(SIGTERM)
    let end = process.end()
    XCTAssertEqual(end, .signal(SIGTERM))
    XCTAssertEqual(end.status, 143)
    let brief = try shell("exit 3")
    var told: SpawnedProcess.End?
    for _ in 0..<1000 where told == nil {
      usleep(10_000)
      told = brief.endIfAny()
    }
    XCTAssertEqual(told, .exit(3))
  }

  func testIgnoredSignalsHaveTheirMeaningAgain() throws {
    let before = signal(SIGTERM, SIG_IGN)
    defer { signal(SIGTERM, before) }
    XCTAssertEqual(try shell("kill -TERM $$; echo ignored").end(), .signal(SIGTERM))
    XCTAssertEqual(try text(), "")
  }

  func testProcessGroups() throws {
    let script = "set -- $(cut -d ')' -f 2 /proc/$$/stat); echo $3"
    XCTAssertEqual(try shell(script).end(), .exit(0))
    let leader = try shell(script, leadsGroup: true)
    XCTAssertEqual(leader.end(), .exit(0))
    XCTAssertEqual(try text(), "\(getpgrp())\n\(leader.identifier)\n")
  }

  func testAMissingProgram() throws {
    XCTAssertThrowsError(
      try SpawnedProcess(
        path: "/nowhere/program", arguments: [],
        files: .init(output: file.fileDescriptor, errors: file.fileDescriptor))
    ) { XCTAssertEqual($0 as? SystemFailure, SystemFailure(code: ENOENT)) }
  }
}
