import Foundation
import Interchange
import YAMLDocuments
import Yams

extension Sweep {
  /// Reads a sweep's file.
  ///
  /// - Throws: `FileError` if it cannot be read, ``SweepFileError`` if it describes no sweep.
  public init(file path: String) throws {
    guard let text = String(data: try WholeFile.read(path, limit: 1 << 20), encoding: .utf8) else {
      throw SweepFileError(file: path, line: nil, problem: .malformed("expected text in UTF-8"))
    }
    try self.init(yaml: text, source: path)
  }

  /// Reads the text of a sweep's file.
  ///
  /// ```yaml
  /// command: prune                      # or train
  /// common: {model: resnet20, epochs: 15}
  /// seeds: [1, 2, 3]
  /// settings:
  ///   dense: {method: dense}
  /// grid:                               # the cross product, the last key fastest
  ///   nu: [0.05, 0.1]
  /// ```
  ///
  /// - Parameter source: What messages call the text.
  public init(yaml text: String, source: String) throws(SweepFileError) {
    let root: Node?
    do {
      root = try YAMLDocument.root(of: text)
    } catch {
      throw SweepFileError(file: source, line: error.line, problem: .malformed(error.reason))
    }
    self = try SweepReader(source: source).sweep(root)
  }
}
