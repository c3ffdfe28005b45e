import Datasets
import Foundation
import Interchange

/// What the classes of a model are called.
public struct ClassLabels: Hashable, Sendable {
  public let names: [String]
  /// The data set that has these classes, where that is known.
  public let dataset: KnownDataset?

  /// A file of class names has no reason to be larger.
  private static let maximumByteCount = 1 << 22

  /// The names "0", "1", ….
  public init(count: Int) {
    self.init(names: (0..<count).map(String.init))
  }

  /// The classes of a data set.
  public init(_ dataset: KnownDataset) {
    names = dataset.classes
    self.dataset = dataset
  }

  /// The classes of the data set called `text`, or else the lines of the file at that path. White space
  /// around a name does not belong to it.
  ///
  /// - Throws: `FileError` if there is neither, `ConversionError` if a line is empty or no text.
  public init(datasetOrPath text: String) throws {
    if let dataset = KnownDataset(rawValue: text) {
      self.init(dataset)
    } else {
      self.init(names: try Self.lines(of: text))
    }
  }

  private init(names: [String]) {
    self.names = names
    dataset = nil
  }

  private static func lines(of path: String) throws -> [String] {
    let bytes = try read(path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConversionError(.malformedClassNames(line: 1, found: "bytes that are not UTF-8"), file: path)
    }
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    while lines.last == "" { lines.removeLast() }
    if let empty = lines.firstIndex(of: "") {
      throw ConversionError(.malformedClassNames(line: empty + 1, found: "nothing"), file: path)
    }
    return lines
  }

  private static func read(_ path: String) throws(FileError) -> Data {
    do {
      return try WholeFile.read(path, limit: maximumByteCount)
    } catch {
      guard error.code == ENOENT else { throw error }
      let known = KnownDataset.allCases.map(\.rawValue).joined(separator: ", ")
      throw FileError(
        path: path, operation: error.operation, code: error.code,
        detail: "class names come from a file, or are those of \(known)")
    }
  }
}
