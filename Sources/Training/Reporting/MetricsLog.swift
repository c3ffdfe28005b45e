import Foundation
import Interchange

/// A run's metrics by epoch: `metrics.csv` for tables and `metrics.jsonl` for programs, with the same rows.
public struct MetricsLog: Sendable {
  public private(set) var rows: [EpochMetrics]
  private let folder: RunFolder

  /// The log of a run as it was after `epochs` epochs; later rows are dropped. The files change with the next row.
  ///
  /// - Throws: `FileError` if the old rows cannot be read, `MetricsLogError` if they are damaged.
  public init(_ folder: RunFolder, keepingEpochs epochs: Int) throws {
    self.folder = folder
    guard epochs > 0, RunFolder.exists(folder.metricsLines) else {
      rows = []
      return
    }
    let lines = try WholeFile.read(folder.metricsLines).split(separator: UInt8(ascii: "\n"))
    rows = try lines.prefix(epochs).enumerated().map { index, line in
      do {
        return try JSONDecoder().decode(EpochMetrics.self, from: line)
      } catch {
        throw MetricsLogError(file: folder.metricsLines, line: index + 1)
      }
    }
  }

  /// Adds a row and replaces both files.
  ///
  /// - Throws: `FileError`.
  public mutating func append(_ row: EpochMetrics) throws {
    rows.append(row)
    try write()
  }

  /// Replaces both files.
  ///
  /// - Throws: `FileError`.
  public func write() throws {
    let table = [EpochMetrics.csvHeader] + rows.map(\.csvLine)
    try AtomicFile.write(Self.text(table), to: folder.metricsTable)
    try AtomicFile.write(Self.text(rows.map { try $0.jsonLine() }), to: folder.metricsLines)
  }

  private static func text(_ lines: [String]) -> Data { Data(lines.map { "\($0)\n" }.joined().utf8) }
}

/// A line of `metrics.jsonl` that is none of ours.
public struct MetricsLogError: Error, Hashable, Sendable, CustomStringConvertible {
  public let file: String
  /// From 1.
  public let line: Int

  public var description: String {
    "\(file):\(line): expected the metrics of an epoch, found something else; remove the damaged file to go on without "
      + "its rows"
  }
}
