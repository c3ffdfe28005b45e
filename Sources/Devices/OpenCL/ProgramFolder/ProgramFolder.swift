import Foundation

/// A folder of compiled programs, one file each, for drivers that compile anew in every process.
///
/// It is a convenience only: what cannot be read or written is compiled. A file is a line of format, key and hash of
/// the binary, then the binary; whoever deletes files loses time and nothing else.
package struct ProgramFolder: Hashable, Sendable {
  private let path: String

  /// Changes with the layout of the files.
  private static let format = "espalier-program-1"

  /// - Parameter path: made with its parents when a program is first stored.
  package init(_ path: String) { self.path = path }

  /// `programs` in the user's cache folder; nil where there is none.
  package static func standard(in environment: [String: String]) -> ProgramFolder? {
    UserCache.folder(in: environment).map { ProgramFolder("\($0)/programs") }
  }

  /// The binary that was stored under `key`; nil where there is none, or none that is whole.
  package func binary(for key: ProgramKey) -> [UInt8]? {
    guard let contents = try? Data(contentsOf: URL(fileURLWithPath: file(for: key))),
      let end = contents.firstIndex(of: UInt8(ascii: "\n"))
    else { return nil }
    let binary = [UInt8](contents[(end + 1)...])
    return contents[..<end].elementsEqual(header(of: binary, key).utf8) ? binary : nil
  }

  /// Keeps a binary, in place of what was there under this key. A folder that takes no files stays without.
  package func store(_ binary: [UInt8], for key: ProgramKey) {
    try? FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    // Another process sees the whole file or none. That a power cut may leave a damaged one is no harm: the hash shows
    // it.
    try? Data("\(header(of: binary, key))\n".utf8 + binary)
      .write(to: URL(fileURLWithPath: file(for: key)), options: .atomic)
  }

  private func file(for key: ProgramKey) -> String { "\(path)/\(key.digest).program" }

  private func header(of binary: [UInt8], _ key: ProgramKey) -> String {
    "\(Self.format) \(key.digest) \(SHA256.hexadecimal(binary))"
  }
}
