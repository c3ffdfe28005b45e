import Foundation

/// Valid files of the tests.
enum Fixtures {
  /// The files of `Tests/<tests>/Fixtures` whose names end in one of `extensions`, by name.
  ///
  /// - Parameters:
  ///   - limit: Only files of at most so many bytes.
  ///   - except: Files that are not valid.
  /// - Throws: `FuzzFailure` where there is none: the program belongs to the sources that it was built from.
  static func files(
    _ tests: String, _ extensions: String..., limit: Int = 1 << 14, except: Set<String> = []
  ) throws -> [[UInt8]] {
    var package = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { package.deleteLastPathComponent() }
    let folder = package.appendingPathComponent("Tests/\(tests)/Fixtures")
    let urls =
      (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    let files = try urls.filter {
      extensions.contains($0.pathExtension) && !except.contains($0.lastPathComponent)
    }
    .sorted { $0.lastPathComponent.utf8.lexicographicallyPrecedes($1.lastPathComponent.utf8) }
    .map { Array(try Data(contentsOf: $0)) }
    .filter { $0.count <= limit }
    guard !files.isEmpty else {
      throw FuzzFailure(
        "no \(extensions.joined(separator: ", ")) files in \(folder.path); run this where it was built")
    }
    return files
  }
}
