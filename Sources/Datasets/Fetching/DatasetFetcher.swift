import Foundation

/// Downloads a data set's official files into a folder, so that `DataSource` can read them there.
///
/// A file appears under its name only when all of it is there and verified. Until then it is `NAME.part`, which the
/// next call goes on with. Archives are unpacked to a temporary folder that takes its name when it is complete.
public struct DatasetFetcher: Sendable {
  private let plan: DownloadPlan
  private let folder: FetchFolder
  private let keepArchives: Bool
  private var programs: ExternalPrograms
  private let pause: Double

  /// - Parameters:
  ///   - plan: What to fetch.
  ///   - folder: Where to; made where it is missing.
  ///   - keepArchives: Whether archives stay after they were unpacked.
  ///   - searchPath: Where to look for curl, tar and coreutils: folders, separated by colons. `PATH` where nil.
  ///   - pause: Seconds before an address that failed for a moment is tried once more.
  public init(
    _ plan: DownloadPlan, into folder: String, keepArchives: Bool = false, searchPath: String? = nil,
    pause: Double = 1
  ) {
    self.plan = plan
    self.folder = FetchFolder(path: folder)
    self.keepArchives = keepArchives
    self.pause = pause
    programs = ExternalPrograms(
      searchPath: searchPath ?? ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
  }

  /// Fetches what is not there yet.
  ///
  /// - Parameters:
  ///   - report: Hears what happens, on the calling thread.
  ///   - shouldStop: Asked about ten times a second; the fetch ends with `FetchError.interrupted` when it is true.
  /// - Returns: Every file of the plan, in its order.
  /// - Throws: `FetchError`.
  @discardableResult
  public func fetch(
    report: (FetchEvent) -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) throws -> [FetchedFile] {
    try withoutActuallyEscaping(report) { report in
      try withoutActuallyEscaping(shouldStop) { shouldStop in
        try fetch(FetchControl(report: report, shouldStop: shouldStop))
      }
    }
  }

  private func fetch(_ control: FetchControl) throws -> [FetchedFile] {
    try programs.require(
      [.curl, .tar] + plan.files.map { $0.digest.algorithm == .md5 ? .md5sum : .sha256sum })
    try folder.create()
    let lock = try FetchLock(folder)
    defer { withExtendedLifetime(lock) {} }
    var holder = self
    holder.programs.heldDescriptor = lock.descriptor
    return try holder.fetchFiles(control)
  }

  private func fetchFiles(_ control: FetchControl) throws -> [FetchedFile] {
    try plan.files.map { file in
      if let contents = file.unpacked {
        try fetch(file, unpackedTo: contents, control)
      } else {
        FetchedFile(
          name: file.name, path: folder.path(file.name), byteCount: file.byteCount,
          outcome: try fetch(file, control))
      }
    }
  }

  /// Makes sure that the file is there under its name.
  private func fetch(_ file: DownloadFile, _ control: FetchControl) throws -> FetchedFile.Outcome {
    if folder.byteCount(file.name) != nil {
      let found = try programs.digest(
        of: folder.path(file.name), file.digest.algorithm, shouldStop: control.shouldStop)
      guard found != file.digest else {
        control.report(.present(name: file.name))
        return .present
      }
      control.report(.replacing(name: file.name, expected: file.digest, found: found))
    }
    let address = try FileFetch(
      file: file, folder: folder, programs: programs, control: control, pause: pause
    ).run()
    return .fetched(address: address)
  }

  /// Makes sure that what the archive contains is there, either in its folder or in the folder of the fetch itself:
  /// a data set is read from both.
  private func fetch(
    _ file: DownloadFile, unpackedTo contents: UnpackedFolder, _ control: FetchControl
  ) throws -> FetchedFile {
    let unpacking = ArchiveUnpacking(
      archive: file.name, contents: contents, folder: folder, programs: programs, control: control)
    var result = FetchedFile(
      name: file.name, path: folder.path(contents.name), byteCount: file.byteCount, outcome: .present)
    switch try unpacking.state(of: contents.name) {
    case .complete:
      control.report(.present(name: contents.name))
    case .different(let difference):
      throw FetchError.inTheWay(
        path: folder.path("\(contents.name)/\(difference.member)"), expected: difference.expected,
        found: difference.found)
    case .absent:
      if try unpacking.state(of: ".") == .complete {
        control.report(.present(name: contents.name))
        result.path = folder.path
      } else {
        result.outcome = try fetch(file, control)
        try unpacking.run()
        if !keepArchives { try folder.remove(file.name) }
      }
    }
    return result
  }
}
