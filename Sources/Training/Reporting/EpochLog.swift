import Foundation
import Interchange

/// What a run notes after every epoch: a row of a table.
public protocol EpochRow: Codable, Sendable {
  /// The names of the columns, separated by commas.
  static func csvHeader(_ rows: [Self]) -> String
  var csvLine: String { get }
}

/// Rows by epoch in two files: a CSV table, and JSON lines with everything, from which a resumed run reads them back.
public struct EpochLog<Row: EpochRow>: Sendable {
  public private(set) var rows: [Row]
  private let table: String
  private let lines: String

  /// The log of a run as it was after `epochs` epochs; later rows are dropped. The files change with the next row.
  ///
  /// - Throws: `FileError` if the old rows cannot be read, `MetricsLogError` if they are damaged.
  public init(table: String, lines: String, keepingEpochs epochs: Int) throws {
    self.table = table
    self.lines = lines
    guard epochs > 0, RunFolder.exists(lines) else {
      rows = []
      return
    }
    let saved = try WholeFile.read(lines).split(separator: UInt8(ascii: "\n"))
    rows = try saved.prefix(epochs).enumerated().map { index, line in
      do {
        return try JSONDecoder().decode(Row.self, from: line)
      } catch {
        throw MetricsLogError(file: lines, line: index + 1)
      }
    }
  }

  /// Adds a row and replaces both files.
  ///
  /// - Throws: `FileError`.
  public mutating func append(_ row: Row) throws {
    rows.append(row)
    try write()
  }

  /// Replaces both files.
  ///
  /// - Throws: `FileError`.
  public func write() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    try AtomicFile.write(Self.text([Row.csvHeader(rows)] + rows.map(\.csvLine)), to: table)
    try AtomicFile.write(
      Self.text(rows.map { String(decoding: try encoder.encode($0), as: UTF8.self) }), to: lines)
  }

  private static func text(_ lines: [String]) -> Data { Data(lines.map { "\($0)\n" }.joined().utf8) }
}

extension EpochLog<EpochMetrics> {
  /// The metrics of a run: `metrics.csv` and `metrics.jsonl`.
  ///
  /// - Throws: as ``init(table:lines:keepingEpochs:)``.
  public init(_ folder: RunFolder, keepingEpochs epochs: Int) throws {
    try self.init(table: folder.metricsTable, lines: folder.metricsLines, keepingEpochs: epochs)
  }
}

/// A line of a log that is none of ours.
public struct MetricsLogError: Error, Hashable, Sendable, CustomStringConvertible {
  public let file: String
  /// From 1.
  public let line: Int

  public var description: String {
    "\(file):\(line): expected the metrics of an epoch, found something else; remove the damaged file to go on without "
      + "its rows"
  }
}
