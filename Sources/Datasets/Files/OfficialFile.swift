import Foundation

/// Finds the files of a data set under the names they were published with.
enum OfficialFile {
  /// The path of `name`, or else of `name.gz`, in the first of `directories` that has one.
  ///
  /// - Throws: `DatasetError.missingFile`; the user named the first directory.
  static func path(of name: String, in directories: [String]) throws -> String {
    let tried = directories.flatMap { ["\($0)/\(name)", "\($0)/\(name).gz"] }
    guard let found = tried.first(where: FileManager.default.fileExists(atPath:)) else {
      throw DatasetError.missingFile(directory: directories.first ?? "", tried: tried)
    }
    return found
  }

  /// The lines of the text file `name`, one class each, or nil where there is no such file.
  ///
  /// - Throws: `DatasetError` if there are not `count` lines, empty ones aside.
  static func classNames(in name: String, directories: [String], count: Int) throws -> [String]? {
    guard let path = try? path(of: name, in: directories) else { return nil }
    let reader = try ByteReader(file: path)
    let text = String(decoding: try reader.read(upTo: 1 << 16), as: UTF8.self)
    let names = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
    guard names.count == count else {
      throw reader.malformed(expected: "\(count) class names, one per line", found: "\(names.count)")
    }
    return names
  }
}
