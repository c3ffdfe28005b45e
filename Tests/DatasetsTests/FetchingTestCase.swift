import Datasets
import Foundation
import XCTest

/// A test that fetches small files from a server of its own into a folder of its own.
class FetchingTestCase: DatasetTestCase {
  /// Where the files go: a folder that is not there yet.
  var folder: String { "\(directory)/data" }

  /// A server with these files, stopped after the test.
  func serve(_ files: [String: [UInt8]], _ answers: FetchingServer.Answer...) throws -> FetchingServer {
    let server = try FetchingServer(files, answers: answers)
    addTeardownBlock { server.stop() }
    return server
  }

  /// Bytes that differ from each other and from those of another seed.
  func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
  }

  /// A plan for one file at some addresses.
  func plan(
    _ name: String, _ content: [UInt8], at addresses: String..., unpackedTo contents: UnpackedFolder? = nil,
    algorithm: FileDigest.Algorithm = .md5
  ) throws -> DownloadPlan {
    DownloadPlan(
      name: "test",
      files: [
        DownloadFile(
          name: name, addresses: addresses.map { $0 + name }, byteCount: content.count,
          digest: try digest(content, algorithm), unpacked: contents)
      ])
  }

  /// The fingerprint of bytes, from coreutils.
  func digest(_ content: [UInt8], _ algorithm: FileDigest.Algorithm = .md5) throws -> FileDigest {
    let path = try write(content, to: "digest-\(UUID().uuidString)")
    let words = try run("\(algorithm.rawValue)sum", path).split(separator: " ")
    return FileDigest(algorithm, String(try XCTUnwrap(words.first)))
  }

  /// What a program writes; it must succeed.
  @discardableResult
  func run(_ words: String...) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.standardOutput = output
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    XCTAssertEqual(process.terminationStatus, 0, "\(words)")
    return String(decoding: text, as: UTF8.self)
  }

  /// Writes a shell script that is found in place of a program, and returns the search path for it.
  func replace(_ program: String, with script: String) throws -> String {
    let path = try write(Array("#!/bin/sh\n\(script)\n".utf8), to: "programs/\(program)")
    try run("chmod", "+x", path)
    return "\(directory)/programs:/usr/bin:/bin"
  }

  /// A fetcher that does not wait between attempts.
  func fetcher(
    _ plan: DownloadPlan, keepArchives: Bool = false, searchPath: String? = nil
  ) -> DatasetFetcher {
    DatasetFetcher(plan, into: folder, keepArchives: keepArchives, searchPath: searchPath, pause: 0)
  }

  /// The names of what lies in the folder of the fetch.
  func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  /// The bytes of a fetched file.
  func content(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
  }

  func assertFails<Value>(
    _ expected: FetchError, file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Value
  ) {
    XCTAssertThrowsError(try body(), file: file, line: line) { error in
      XCTAssertEqual(error as? FetchError, expected, "\(error)", file: file, line: line)
    }
  }
}
