import Foundation
import XCTest

/// Downloads on the command line. Where a server is needed, a folder or a program of the test's own stands for it.
final class DataFetchCommandTests: CommandTestCase {
  private let file = "train-images-idx3-ubyte.gz"

  /// A folder with a file that is not the published one, as an address.
  private func wrongMirror() throws -> String {
    try write([1, 2, 3], to: "mirror/\(file)")
    return "file://\(path("mirror"))"
  }

  private func fetch(
    _ name: String = "mnist", into directory: String = "data", from mirror: String,
    environment: [String: String] = [:]
  ) throws -> Outcome {
    try espalier("data", "fetch", name, path(directory), "--mirror", mirror, environment: environment)
  }

  private func contents(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
  }

  func testAWrongFileIsRefusedAndNotKept() throws {
    let outcome = try fetch(from: wrongMirror())
    assertFails(
      outcome, 65, file, "expected md5 f68b3c2dcbeaaa9fbdd348bbdeb94873",
      "found 5289df737df57326fcdd22597afb1fac in 3 bytes")
    XCTAssertEqual(try contents("data"), [])
  }

  func testAMissingFile() throws {
    try write([1], to: "mirror/other")
    assertFails(try fetch(from: "file://\(path("mirror"))"), 69, file, "cannot be read")
  }

  func testUnknownDataSetsAndMirrors() throws {
    assertFails(try fetch("cifar11", from: wrongMirror()), 64, "\"cifar11\"", "did you mean cifar10")
    assertFails(try fetch(from: "gopher://host/"), 64, "\"gopher://host/\"", "https://")
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("data")))
  }

  func testAFolderThatCannotBeWritten() throws {
    try write([1], to: "occupied")
    assertFails(
      try fetch(into: "occupied/data", from: wrongMirror()), 73, path("occupied"), "it is not a folder")
  }

  func testTheUsersSettingsOfCurlDoNotCount() throws {
    try write(Array("output = \"\(path("elsewhere"))\"\n".utf8), to: "home/.curlrc")
    let home = path("home")
    let outcome = try fetch(
      from: wrongMirror(), environment: ["HOME": home, "CURL_HOME": home, "XDG_CONFIG_HOME": home])
    assertFails(outcome, 65, "in 3 bytes")
    XCTAssertFalse(FileManager.default.fileExists(atPath: path("elsewhere")))
  }

  /// A download goes on when this program is killed, and nothing may touch its file before it ends.
  func testAKilledFetchKeepsTheFolderUntilItsDownloadEnds() throws {
    let note = path("downloader")
    let script = "#!/bin/sh\necho $$ >'\(note).new' && mv '\(note).new' '\(note)'\nexec sleep 60\n"
    try write(Array(script.utf8), to: "programs/curl")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path("programs/curl"))
    let program = try start(
      ["data", "fetch", "mnist", path("data")], environment: ["PATH": "\(path("programs")):/usr/bin:/bin"])
    program.wait { FileManager.default.fileExists(atPath: note) }
    let text = String(decoding: try bytes("downloader"), as: UTF8.self)
    let downloader = try XCTUnwrap(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    defer { kill(downloader, SIGKILL) }
    // The program's own `end` would wait for the downloader too.
    kill(program.process.processIdentifier, SIGKILL)
    var end = siginfo_t()
    XCTAssertEqual(waitid(P_PID, id_t(program.process.processIdentifier), &end, WEXITED | WNOWAIT), 0)

    let mirror = try wrongMirror()
    assertFails(try fetch(from: mirror), 73, path("data"), "another process is fetching into it")
    kill(downloader, SIGKILL)
    XCTAssertEqual(try program.end().status, SIGKILL)
    var outcome = try fetch(from: mirror)
    for _ in 0..<50 where outcome.status == 73 {
      usleep(10_000)
      outcome = try fetch(from: mirror)
    }
    assertFails(outcome, 65, file)
  }
}
