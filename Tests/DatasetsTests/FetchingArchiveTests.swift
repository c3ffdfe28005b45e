import Datasets
import Foundation
import XCTest

/// Archives: verified, unpacked, put in place as a whole.
final class FetchingArchiveTests: FetchingTestCase {
  private let images = (0..<2).flatMap { label in [UInt8(label)] + [UInt8](repeating: 7, count: 3072) }
  private let archive = "cifar-10-binary.tar.gz"
  private let folderName = "cifar-10-batches-bin"

  /// A small CIFAR-10 in an archive like the official one, and its plan.
  private func makeArchive(
    memberDigest: FileDigest? = nil
  ) throws -> (server: FetchingServer, plan: DownloadPlan) {
    let names = (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]
    for name in names { try write(images, to: "source/\(folderName)/\(name)") }
    try write(Array("not asked for".utf8), to: "source/\(folderName)/readme.html")
    let path = "\(directory)/\(archive)"
    try run("tar", "--create", "--gzip", "--file=\(path)", "--directory=\(directory)/source", folderName)
    let content = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    let server = try serve([archive: content])
    let contents = UnpackedFolder(
      name: folderName,
      members: names.map {
        UnpackedFolder.Member(name: $0, byteCount: images.count, digest: memberDigest)
      })
    return (server, try plan(archive, content, at: server.address, unpackedTo: contents, algorithm: .sha256))
  }

  func testUnpacksWhatTheReaderReads() throws {
    let (server, plan) = try makeArchive(memberDigest: try digest(images))
    var events: [FetchEvent] = []
    let files = try fetcher(plan).fetch { events.append($0) }
    XCTAssertEqual(try contents(), [folderName])
    XCTAssertEqual(files.map(\.path), ["\(folder)/\(folderName)"])
    XCTAssertEqual(files.map(\.outcome), [.fetched(address: server.address + archive)])
    XCTAssertEqual(events.last, .unpacking(name: folderName))
    XCTAssertEqual(try DataSource(parsing: "cifar10=\(folder)").load(split: .train).count, 10)

    XCTAssertEqual(try fetcher(plan).fetch().map(\.outcome), [.present])
    XCTAssertEqual(server.requests.count, 1)
  }

  func testKeepsTheArchiveOnRequestAndUnpacksItAgain() throws {
    let (server, plan) = try makeArchive()
    try fetcher(plan, keepArchives: true).fetch()
    XCTAssertEqual(try contents(), [folderName, archive].sorted())
    try FileManager.default.removeItem(atPath: "\(folder)/\(folderName)")
    XCTAssertEqual(try fetcher(plan, keepArchives: true).fetch().map(\.outcome), [.present])
    XCTAssertEqual(try contents(), [folderName, archive].sorted())
    XCTAssertEqual(server.requests.count, 1)
  }

  func testTakesFilesThatLieInTheFolderItself() throws {
    let (server, plan) = try makeArchive()
    for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
      try write(images, to: "data/\(name)")
    }
    let files = try fetcher(plan).fetch()
    XCTAssertEqual(files.map(\.path), [folder])
    XCTAssertEqual(files.map(\.outcome), [.present])
    XCTAssertEqual(server.requests, [])
  }

  func testLeavesAnotherFolderOfThatNameAlone() throws {
    let (server, plan) = try makeArchive()
    let member = "\(folder)/\(folderName)/data_batch_1.bin"
    try write([1, 2], to: "data/\(folderName)/data_batch_1.bin")
    let expected = FetchError.inTheWay(path: member, expected: "\(images.count) bytes", found: "2 bytes")
    assertFails(expected) { try fetcher(plan).fetch() }
    XCTAssertEqual(expected.kind, .wrongData)
    XCTAssertEqual(server.requests, [])
    XCTAssertEqual(try content("\(folderName)/data_batch_1.bin"), [1, 2])

    try FileManager.default.removeItem(atPath: member)
    try FileManager.default.createDirectory(
      atPath: "\(folder)/\(folderName)", withIntermediateDirectories: true)
    XCTAssertEqual(try fetcher(plan).fetch().count, 1, "an empty folder is in nobody's way")
  }

  func testAKilledUnpackingIsDoneAgain() throws {
    let (server, plan) = try makeArchive()
    try write([1], to: "data/\(folderName).part/\(folderName)/data_batch_1.bin")
    try fetcher(plan).fetch()
    XCTAssertEqual(try contents(), [folderName])
    XCTAssertEqual(try content("\(folderName)/data_batch_1.bin"), images)
    XCTAssertEqual(server.requests.count, 1)
  }

  func testAnUnpackingThatFailsLeavesNoHalfFolder() throws {
    let (server, plan) = try makeArchive()
    let half = "mkdir -p \"${dir#--directory=}/\(folderName)\"; echo 'tar: disk full' >&2"
    for (script, expected) in [
      ("\(half); exit 2", FetchError.cannotWrite(path: "\(folder)/\(folderName)", reason: "tar: disk full")),
      ("\(half); kill -INT $$", .interrupted(path: "\(folder)/\(folderName)")),
      (
        "\(half); exit 0",
        .inTheWay(
          path: "\(folder)/\(archive), data_batch_1.bin", expected: "\(images.count) bytes",
          found: "no such file")
      ),
    ] {
      let words = "#!/bin/sh\nfor word; do case $word in --directory=*) dir=$word;; esac; done\n\(script)\n"
      try write(Array(words.utf8), to: "programs/tar")
      try run("chmod", "+x", "\(directory)/programs/tar")
      assertFails(expected) {
        try fetcher(plan, searchPath: "\(directory)/programs:/usr/bin:/bin").fetch()
      }
      XCTAssertEqual(try contents(), [archive], "the archive is verified and stays for the next call")
    }
    try fetcher(plan).fetch()
    XCTAssertEqual(try contents(), [folderName])
    XCTAssertEqual(server.requests.count, 1)
  }
}
