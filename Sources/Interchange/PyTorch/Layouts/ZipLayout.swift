import Foundation

/// The layout since PyTorch 1.6: a zip archive of one folder with `data.pkl`, the storages under `data/` and,
/// in newer files, `byteorder`.
enum ZipLayout {
  static func begins(_ bytes: FileBytes) -> Bool {
    bytes.number(at: 0, as: UInt32.self) == ZipArchive.signature
  }

  static func parse(_ bytes: FileBytes) throws(PyTorchFileError) -> PyTorchContents {
    let archive = try ZipArchive(bytes)
    let folder = try folder(of: archive)
    try checkByteOrder(of: archive, folder: folder)
    let pickle = try archive.range(of: "\(folder)data.pkl")
    return PyTorchContents(try PickleMachine.run(bytes, pickle)) { key throws(PyTorchFileError) in
      let name = "\(folder)data/\(key)"
      guard archive.members[name] != nil else { throw PyTorchFileError(.missingStorage(key: key)) }
      return try archive.contents(of: name)
    }
  }

  /// The folder in which everything lies, with its slash: `archive/`, or the name that the file had when it
  /// was saved.
  private static func folder(of archive: ZipArchive) throws(PyTorchFileError) -> String {
    let pickle = "data.pkl"
    let paths = archive.members.keys.map { $0.split(separator: "/", omittingEmptySubsequences: false) }
    let folders = paths.filter { $0.count == 2 && $0[1] == pickle }.map { "\($0[0])/" }
    guard folders.count == 1, let folder = folders.first else {
      throw PyTorchFileError(.missingMember("archive/\(pickle)"))
    }
    return folder
  }

  /// Files from before there was such a note are little endian in practice.
  private static func checkByteOrder(
    of archive: ZipArchive, folder: String
  ) throws(PyTorchFileError) {
    let name = "\(folder)byteorder"
    guard archive.members[name] != nil else { return }
    let order = try archive.contents(of: name)
    guard order == Data("little".utf8) else {
      throw PyTorchFileError(.wrongByteOrder(found: JSONText.excerpt(String(decoding: order, as: UTF8.self))))
    }
  }
}
