import Foundation
import Interchange

/// Which runs of a sweep have ended, and how.
struct SweepBook {
  private let runs: [SweepRun]
  private let folder: SweepFolder
  /// In the file's order, nil for runs that are left.
  private var ends: [SweepRow?]
  private let indices: [SweepRun: Int]

  /// Knows those that were finished before.
  ///
  /// - Throws: `FileError`, ``SweepError/damagedFile(_:expected:found:advice:)``.
  init(_ sweep: Sweep, folder: SweepFolder) throws {
    runs = sweep.runs
    self.folder = folder
    ends = try runs.map { run in
      try folder.figures(of: run).map { SweepRow(run: run, outcome: .success($0)) }
    }
    indices = Dictionary(runs.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  var total: Int { runs.count }
  /// Those that have ended, in the file's order.
  var rows: [SweepRow] { ends.compactMap { $0 } }
  var doneCount: Int { ends.count { $0 != nil } }
  var left: [SweepRun] { zip(runs, ends).filter { $1 == nil }.map(\.0) }

  mutating func add(_ row: SweepRow) {
    if let index = indices[row.run] { ends[index] = row }
  }

  /// Writes the rows to the folder.
  func save() throws { try AtomicFile.write(Data(rows.csv.utf8), to: folder.rows) }
}

extension SweepFolder {
  /// The figures of a run that was finished before; nil where it was not.
  fileprivate func figures(of run: SweepRun) throws -> RunFigures? {
    let path = result(run)
    guard Self.exists(path) else { return nil }
    let data = try WholeFile.read(path, limit: 1 << 24)
    do {
      return try RunFigures(json: data)
    } catch {
      throw SweepError.damagedFile(
        path, expected: error.expected, found: error.found,
        advice: "remove that run's folder to do it again")
    }
  }
}
