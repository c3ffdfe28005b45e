import Datasets
import Foundation
import XCTest

/// Servers, disks and computers that do not give what is needed.
final class FetchingFailureTests: FetchingTestCase {
  func testAWrongFileIsRefusedAndNotKept() throws {
    let file = bytes(5000)
    let short = Array(file[..<4999])
    let expected = "\(try digest(file))"
    let cases: [(lie: [UInt8], expected: String, found: String)] = [
      (bytes(5000, seed: 2), expected, "\(try digest(bytes(5000, seed: 2)).hexadecimal) in 5000 bytes"),
      (short, expected, "\(try digest(short).hexadecimal) in 4999 bytes"),
      (file + [0], "5000 bytes", "more"),
      ([], expected, "d41d8cd98f00b204e9800998ecf8427e in 0 bytes"),
    ]
    for (lie, expected, found) in cases {
      let server = try serve(["a.gz": lie])
      let failure = FetchError.notFetched(
        file: "a.gz",
        failures: [
          FetchError.Failure(
            address: "\(server.address)a.gz", reason: .wrongContent(expected: expected, found: found))
        ])
      assertFails(failure) { try fetcher(plan("a.gz", file, at: server.address)).fetch() }
      XCTAssertEqual(failure.kind, .wrongData)
      XCTAssertEqual(try contents(), [])
      XCTAssertEqual(server.requests.count, 1)
    }
  }

  func testSaysWhyEveryAddressFailed() throws {
    let file = bytes(5000)
    let server = try serve(["a.gz": file], .status(404), .status(500), .status(500), .status(503))
    let closed = "http://127.0.0.1:1/"
    let plan = try plan(
      "a.gz", file, at: server.address, server.address, closed, "http://host.invalid/",
      "file://\(directory)/nothing/")
    XCTAssertThrowsError(try fetcher(plan).fetch()) { error in
      guard let error = error as? FetchError, case .notFetched("a.gz", let failures) = error else {
        return XCTFail("\(error)")
      }
      XCTAssertEqual(error.kind, .network)
      let words = failures.map(\.description)
      XCTAssertEqual(words.count, 5)
      XCTAssertEqual(words[0], "\(server.address)a.gz: the server answered with HTTP status 404")
      XCTAssertEqual(words[1], "\(server.address)a.gz: the server answered with HTTP status 503")
      XCTAssertEqual(words[2], "\(closed)a.gz: the server does not accept connections")
      XCTAssertTrue(words[3].contains("the server's name is unknown"), words[3])
      XCTAssertTrue(words[4].hasSuffix("the file cannot be read"), words[4])
      XCTAssertTrue("\(error)".contains("--mirror URL"))
    }
    XCTAssertEqual(server.requests.count, 4, "404 is final, 500 and 503 are worth three attempts")
  }

  func testGivesUpOnAServerThatSendsNothing() throws {
    let file = bytes(5000)
    let server = try serve(["a.gz": file], .cut(after: 9), .cut(after: 0), .cut(after: 0))
    let failure = FetchError.Failure(
      address: "\(server.address)a.gz", reason: .transfer("the server ended the transfer early"))
    assertFails(.notFetched(file: "a.gz", failures: [failure])) {
      try fetcher(plan("a.gz", file, at: server.address)).fetch()
    }
    XCTAssertEqual(server.requests.map(\.start), [0, 9, 9])
    XCTAssertEqual(try contents(), ["a.gz.part"], "what came is kept for the next call")
  }

  func testGivesUpOnAServerThatSendsAByteAtATime() throws {
    let file = bytes(5000)
    let server = try FetchingServer(
      ["a.gz": file], answers: [FetchingServer.Answer](repeating: .cut(after: 1), count: 20))
    addTeardownBlock { server.stop() }
    let failure = FetchError.Failure(
      address: "\(server.address)a.gz", reason: .transfer("the server ended the transfer early"))
    assertFails(.notFetched(file: "a.gz", failures: [failure])) {
      try fetcher(plan("a.gz", file, at: server.address)).fetch()
    }
    XCTAssertEqual(server.requests.map(\.start), [0, 1, 2])
    XCTAssertEqual(try content("a.gz.part"), Array(file[..<3]))
  }

  func testGivesUpOnAServerThatCutsAndCannotResume() throws {
    let file = bytes(150_000)
    let server = try FetchingServer(
      ["a.gz": file],
      answers: (0..<20).map { $0.isMultiple(of: 2) ? .cut(after: 100_000) : .withoutRanges })
    addTeardownBlock { server.stop() }
    let failure = FetchError.Failure(
      address: "\(server.address)a.gz", reason: .transfer("the server cannot resume a transfer"))
    assertFails(.notFetched(file: "a.gz", failures: [failure])) {
      try fetcher(plan("a.gz", file, at: server.address)).fetch()
    }
    XCTAssertEqual(server.requests.count, 8)
  }

  func testSaysWhichProgramIsMissing() throws {
    let file = bytes(10)
    let programs = "\(directory)/programs"
    try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: true)
    for (program, package) in [("curl", "curl"), ("tar", "tar"), ("md5sum", "coreutils")] {
      let plan = try plan("a.gz", file, at: "http://127.0.0.1:1/")
      assertFails(.missingProgram(program, package: package)) {
        try fetcher(plan, searchPath: programs).fetch()
      }
      XCTAssertFalse(FileManager.default.fileExists(atPath: folder))
      try write(Array("#!/bin/sh\n".utf8), to: "programs/\(program)")
      try run("chmod", "+x", "\(programs)/\(program)")
    }
  }

  func testSaysWhatCurlMeans() throws {
    let file = bytes(10)
    let part = "\(folder)/a.gz.part"
    func failure(_ script: String) throws -> (any Error)? {
      let path = try replace("curl", with: script)
      do {
        try fetcher(plan("a.gz", file, at: "http://x/"), searchPath: path).fetch()
        return nil
      } catch {
        return error
      }
    }
    XCTAssertEqual(
      try failure("echo 'curl: (23) No space' >&2; exit 23") as? FetchError,
      .cannotWrite(path: part, reason: "curl: (23) No space"))
    XCTAssertEqual(try failure("kill -INT $$") as? FetchError, .interrupted(path: part))
    for (script, words) in [
      ("exit 28", "the server was silent for too long"),
      ("echo 'curl: (99) Odd' >&2; exit 99", "curl ended with status 99 (curl: (99) Odd)"),
      ("kill -KILL $$", "curl ended with status -1 (it was ended by signal 9)"),
      ("head -c 300000 /dev/zero >&2; exit 56", "the connection broke while receiving"),
    ] {
      let reason = FetchError.Failure(address: "http://x/a.gz", reason: .transfer(words))
      XCTAssertEqual(
        try failure(script) as? FetchError, .notFetched(file: "a.gz", failures: [reason]), script)
    }
  }

  func testRefusesAFolderThatCannotBeWritten() throws {
    let file = bytes(10)
    let plan = try plan("a.gz", file, at: "http://127.0.0.1:1/")
    let occupied = try write([1], to: "occupied")
    for path in [occupied, "\(occupied)/data"] {
      assertFails(.cannotWrite(path: occupied, reason: "it is not a folder")) {
        try DatasetFetcher(plan, into: path).fetch()
      }
    }
    try FileManager.default.createDirectory(atPath: "\(folder)/a.gz.part", withIntermediateDirectories: true)
    assertFails(.cannotWrite(path: "\(folder)/a.gz.part", reason: "Is a directory")) {
      try fetcher(plan).fetch()
    }
  }

  func testRefusesADiskWithoutRoom() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    guard mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else {
      throw XCTSkip("mounting a tiny disk needs root: \(String(cString: strerror(errno)))")
    }
    defer { umount2(folder, Int32(MNT_DETACH)) }
    let file = bytes(70_000)
    let server = try serve(["a.gz": file])
    assertFails(
      .cannotWrite(path: folder, reason: "68 KiB are needed on its disk, 64 KiB are free")
    ) { try fetcher(plan("a.gz", file, at: server.address)).fetch() }
    XCTAssertEqual(server.requests, [])
  }

  func testRefusesASecondFetchIntoTheFolder() throws {
    let file = bytes(50_000)
    let server = try serve(["a.gz": file], .stall(after: 10))
    let plan = try plan("a.gz", file, at: server.address)
    var second: (any Error)?
    XCTAssertThrowsError(
      try fetcher(plan).fetch(
        report: { _ in
          do { try fetcher(plan).fetch() } catch { second = error }
        }, shouldStop: { second != nil }))
    XCTAssertEqual(second as? FetchError, .folderInUse(folder))
    XCTAssertEqual(try fetcher(plan).fetch().count, 1, "its end frees the folder")
  }

  func testAProgramOfOursThatLivesOnKeepsTheFolder() throws {
    let file = bytes(50_000)
    let server = try serve(["a.gz": file])
    let plan = try plan("a.gz", file, at: server.address)
    // What a killed fetch leaves behind: a program that still writes.
    let search = try replace(
      "curl", with: "sleep 60 >/dev/null 2>&1 & echo $! >'\(directory)/survivor'; exit 6")
    XCTAssertThrowsError(try fetcher(plan, searchPath: search).fetch()) { error in
      XCTAssertEqual((error as? FetchError)?.kind, .network, "\(error)")
    }
    let text = try String(contentsOfFile: "\(directory)/survivor", encoding: .utf8)
    let survivor = try XCTUnwrap(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    defer { kill(survivor, SIGKILL) }
    assertFails(.folderInUse(folder)) { try fetcher(plan).fetch() }
    XCTAssertEqual(server.requests, [])

    kill(survivor, SIGKILL)
    var files: [FetchedFile] = []
    for _ in 0..<200 where files.isEmpty {
      do { files = try fetcher(plan).fetch() } catch FetchError.folderInUse { usleep(10_000) }
    }
    XCTAssertEqual(files.count, 1)
    XCTAssertEqual(try content("a.gz"), file)
  }
}
