import Datasets
import Foundation
import XCTest

/// Single files: what is transferred, and what ends up under which name.
final class FetchingTests: FetchingTestCase {
  func testFetchesEveryFile() throws {
    let first = bytes(100_000)
    let second = bytes(1, seed: 2)
    let server = try serve(["a.gz": first, "b.gz": second])
    let plan = DownloadPlan(
      name: "test",
      files: try plan("a.gz", first, at: server.address).files
        + plan("b.gz", second, at: server.address, algorithm: .sha256).files)
    var events: [FetchEvent] = []
    let files = try fetcher(plan).fetch { events.append($0) }

    XCTAssertEqual(try contents(), ["a.gz", "b.gz"])
    XCTAssertEqual(try content("a.gz"), first)
    XCTAssertEqual(try content("b.gz"), second)
    XCTAssertEqual(files.map(\.name), ["a.gz", "b.gz"])
    XCTAssertEqual(files.map(\.path), ["\(folder)/a.gz", "\(folder)/b.gz"])
    XCTAssertEqual(files.map(\.byteCount), [100_000, 1])
    XCTAssertEqual(files[0].outcome, .fetched(address: "\(server.address)a.gz"))
    let milestones = events.filter { if case .received = $0 { false } else { true } }
    XCTAssertEqual(
      milestones,
      [
        .started(name: "a.gz", address: "\(server.address)a.gz", received: 0), .fetched(name: "a.gz"),
        .started(name: "b.gz", address: "\(server.address)b.gz", received: 0), .fetched(name: "b.gz"),
      ])
  }

  func testAsksForNothingThatIsThere() throws {
    let file = bytes(5000)
    let server = try serve(["a.gz": file])
    let plan = try plan("a.gz", file, at: server.address)
    try fetcher(plan).fetch()
    var events: [FetchEvent] = []
    let again = try fetcher(plan).fetch { events.append($0) }
    XCTAssertEqual(again.map(\.outcome), [.present])
    XCTAssertEqual(events, [.present(name: "a.gz")])
    XCTAssertEqual(server.requests.count, 1)
  }

  func testReplacesAFileThatIsNotThePublishedOne() throws {
    let file = bytes(5000)
    let other = bytes(5000, seed: 2)
    let server = try serve(["a.gz": file])
    let plan = try plan("a.gz", file, at: server.address)
    try write(other, to: "data/a.gz")
    var events: [FetchEvent] = []
    try fetcher(plan).fetch { events.append($0) }
    XCTAssertEqual(
      events.first, .replacing(name: "a.gz", expected: try digest(file), found: try digest(other)))
    XCTAssertEqual(try content("a.gz"), file)
  }

  func testGoesOnAfterACutConnection() throws {
    let file = bytes(200_000)
    let server = try serve(
      ["a.gz": file], .cut(after: 0), .cut(after: 20_000), .cut(after: 65_536), .cut(after: 1),
      .cut(after: 65_535))
    try fetcher(plan("a.gz", file, at: server.address)).fetch()
    XCTAssertEqual(
      server.requests.map(\.start), [0, 0, 20_000, 85_536, 85_537, 151_072],
      "64 KiB are progress, which makes up for earlier failures")
    XCTAssertEqual(try content("a.gz"), file)
    XCTAssertEqual(try contents(), ["a.gz"])
  }

  func testTakesAllThatCameThoughTheTransferFailed() throws {
    let file = bytes(5000)
    let source = try write(file, to: "source")
    let search = try replace(
      "curl",
      with: "while [ \"$1\" != --output ]; do shift; done; cat '\(source)' >\"$2\"; exit 56")
    let plan = try plan("a.gz", file, at: "http://x/")
    XCTAssertEqual(try fetcher(plan, searchPath: search).fetch().count, 1)
    XCTAssertEqual(try content("a.gz"), file)
  }

  func testTheUsersSettingsOfCurlDoNotCount() throws {
    let seen = "\(directory)/first-word"
    let search = try replace("curl", with: "echo \"$1\" >'\(seen)'; exit 6")
    XCTAssertThrowsError(try fetcher(plan("a.gz", bytes(10), at: "http://x/"), searchPath: search).fetch())
    XCTAssertEqual(try String(contentsOfFile: seen, encoding: .utf8), "--disable\n")
  }

  func testGoesOnWithThePartOfAnEarlierCall() throws {
    let file = bytes(50_000)
    let server = try serve(["a.gz": file])
    try write(Array(file[..<12_345]), to: "data/a.gz.part")
    try fetcher(plan("a.gz", file, at: server.address)).fetch()
    XCTAssertEqual(server.requests, [FetchingServer.Request(name: "a.gz", start: 12_345)])
    XCTAssertEqual(try content("a.gz"), file)
  }

  func testVerifiesACompletePartWithoutARequest() throws {
    let file = bytes(5000)
    let server = try serve(["a.gz": file])
    try write(file, to: "data/a.gz.part")
    try fetcher(plan("a.gz", file, at: server.address)).fetch()
    XCTAssertEqual(server.requests, [])
    XCTAssertEqual(try contents(), ["a.gz"])
  }

  func testStartsOverWhereThePartWasWrong() throws {
    let file = bytes(5000)
    for part in [bytes(1000, seed: 3), bytes(5000, seed: 3), bytes(5001, seed: 3)] {
      let server = try serve(["a.gz": file])
      try write(part, to: "data/a.gz.part")
      try fetcher(plan("a.gz", file, at: server.address)).fetch()
      XCTAssertEqual(server.requests.last?.start, 0, "\(part.count)")
      XCTAssertEqual(server.requests.count, part.count < 5000 ? 2 : 1)
      XCTAssertEqual(try content("a.gz"), file)
      try FileManager.default.removeItem(atPath: folder)
    }
  }

  func testStartsOverWhereTheServerCannotResume() throws {
    let file = bytes(5000)
    let server = try serve(["a.gz": file], .withoutRanges)
    try write(Array(file[..<1000]), to: "data/a.gz.part")
    try fetcher(plan("a.gz", file, at: server.address)).fetch()
    XCTAssertEqual(server.requests.map(\.start), [1000, 0])
    XCTAssertEqual(try content("a.gz"), file)
  }

  func testStartsOverWhereTheServerHasFewerBytesThanThePart() throws {
    let file = bytes(5000)
    let server = try serve(["a.gz": file], .lie(bytes(10)))
    try write(bytes(1000, seed: 3), to: "data/a.gz.part")
    try fetcher(plan("a.gz", file, at: server.address)).fetch()
    XCTAssertEqual(server.requests.map(\.start), [1000, 0])
    XCTAssertEqual(try content("a.gz"), file)
  }

  func testTakesTheNextAddressWhenOneFails() throws {
    let file = bytes(50_000)
    let wrong = bytes(50_000, seed: 2)
    let good = try serve(["a.gz": file])
    let missing = try serve([:])
    let liar = try serve(["a.gz": wrong])
    var failed: [FetchError.Failure] = []
    let plan = try plan("a.gz", file, at: missing.address, liar.address, good.address)
    let files = try fetcher(plan).fetch { if case .failed(_, let failure) = $0 { failed.append(failure) } }
    XCTAssertEqual(files.map(\.outcome), [.fetched(address: "\(good.address)a.gz")])
    XCTAssertEqual(failed.map(\.address), ["\(missing.address)a.gz", "\(liar.address)a.gz"])
    XCTAssertEqual(failed[0].reason, .transfer("the server answered with HTTP status 404"))
    XCTAssertEqual(
      failed[1].reason,
      .wrongContent(
        expected: "\(try digest(file))", found: "\(try digest(wrong).hexadecimal) in 50000 bytes"))
    XCTAssertEqual(try content("a.gz"), file)
    XCTAssertEqual(good.requests.map(\.start), [0], "the wrong bytes must be gone")
  }

  func testNoNameBeforeTheFileIsVerified() throws {
    let file = bytes(300_000)
    let server = try serve(
      ["a.gz": file], .cut(after: 100_000), .lie(bytes(300_000, seed: 2)), .cut(after: 7))
    let name = "\(folder)/a.gz"
    var events = 0
    try fetcher(plan("a.gz", file, at: server.address, server.address)).fetch { event in
      guard event != .fetched(name: "a.gz") else { return }
      events += 1
      XCTAssertFalse(FileManager.default.fileExists(atPath: name), "\(event)")
    }
    XCTAssertGreaterThan(events, 3)
    XCTAssertEqual(try content("a.gz"), file)
  }

  func testStopsOnRequestAndGoesOnLater() throws {
    let file = bytes(50_000)
    let server = try serve(["a.gz": file], .stall(after: 10_000))
    let plan = try plan("a.gz", file, at: server.address)
    var received = 0
    assertFails(.interrupted(path: "\(folder)/a.gz.part")) {
      try fetcher(plan).fetch(
        report: { if case .received(_, let bytes, _) = $0 { received = bytes } },
        shouldStop: { received == 10_000 })
    }
    XCTAssertEqual(try contents(), ["a.gz.part"])
    try fetcher(plan).fetch()
    XCTAssertEqual(server.requests.map(\.start), [0, 10_000])
    XCTAssertEqual(try content("a.gz"), file)
  }

  func testReadsFromAFolderOnThisComputer() throws {
    let file = bytes(5000)
    try write(file, to: "mirror/a.gz")
    let plan = try plan("a.gz", file, at: "http://127.0.0.1:1/").from(mirror: "file://\(directory)/mirror")
    try fetcher(plan).fetch()
    XCTAssertEqual(try content("a.gz"), file)
  }

  func testFetchesTheOfficialFilesOfFashionMNIST() throws {
    let data = try realData("fashion-mnist/train-images-idx3-ubyte.gz")
    let plan = try DownloadPlan(named: "fashion-mnist").from(mirror: "file://\(data)/fashion-mnist/")
    let files = try fetcher(plan).fetch()
    XCTAssertEqual(files.count, 4)
    let images = try DataSource.fashionMNIST(directory: folder).load(split: .test)
    XCTAssertEqual(images.count, 10_000)
  }
}
