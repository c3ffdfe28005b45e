import Foundation
import XCTest

extension XCTestCase {
  /// A new empty folder, removed after the test.
  func makeTemporaryFolder() throws -> String {
    let path = NSTemporaryDirectory() + "interchange-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    addTeardownBlock { try FileManager.default.removeItem(atPath: path) }
    return path
  }

  /// The names of what lies in `folder`.
  func contents(of folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  /// Runs `body` with a file system of 64 KiB mounted at a folder, so that writing there hits `ENOSPC`.
  func withTinyDisk(_ body: (_ folder: String) throws -> Void) throws {
    #if os(Linux)
      let folder = try makeTemporaryFolder()
      guard mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else {
        throw XCTSkip("mounting a tiny disk needs root: \(String(cString: strerror(errno)))")
      }
      defer { umount2(folder, Int32(MNT_DETACH)) }
      try body(folder)
    #else
      throw XCTSkip("mounting a tiny disk is written for Linux only")
    #endif
  }

  /// Runs `body` while no file may grow beyond `byteCount`: a longer write is short, the next one fails.
  func withFileSizeLimit(_ byteCount: Int, _ body: () throws -> Void) throws {
    #if os(Linux)
      let resource = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
      var old = rlimit()
      XCTAssertEqual(getrlimit(resource, &old), 0)
      let oldHandler = signal(SIGXFSZ, SIG_IGN)
      defer { signal(SIGXFSZ, oldHandler) }
      var limited = rlimit(rlim_cur: rlim_t(byteCount), rlim_max: old.rlim_max)
      XCTAssertEqual(setrlimit(resource, &limited), 0)
      defer { setrlimit(resource, &old) }
      try body()
    #else
      throw XCTSkip("limiting file sizes is written for Linux only")
    #endif
  }
}

/// Asserts that `body` throws `expected`.
func assertThrows<Failure: Error & Equatable>(
  _ expected: Failure, file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Void
) {
  XCTAssertThrowsError(try body(), file: file, line: line) { error in
    XCTAssertEqual(error as? Failure, expected, "\(error)", file: file, line: line)
  }
}

/// A small generator with a seed, so that a failing case can be repeated.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
