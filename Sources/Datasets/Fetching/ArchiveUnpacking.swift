/// Unpacks a verified archive: to a temporary folder first, so that its own name only ever stands for all of it.
struct ArchiveUnpacking {
  /// What is at a folder's place.
  enum State: Equatable {
    case absent
    case complete
    case different(Difference)
  }

  /// A member that is not as published.
  struct Difference: Equatable {
    let member: String
    let expected: String
    let found: String
  }

  let archive: String
  let contents: UnpackedFolder
  let folder: FetchFolder
  let programs: ExternalPrograms
  let control: FetchControl

  /// A fixed name: what a killed process left is cleared away by the next one.
  private var temporary: String { "\(contents.name).part" }

  /// Makes the folder `contents.name` from the archive.
  ///
  /// - Throws: `FetchError`.
  func run() throws {
    control.report(.unpacking(name: contents.name))
    try folder.remove(temporary)
    do {
      try folder.createFolder(temporary)
      try unpack()
      let unpacked = "\(temporary)/\(contents.name)"
      if let difference = try difference(in: unpacked) {
        throw FetchError.inTheWay(
          path: folder.path("\(archive), \(difference.member)"), expected: difference.expected,
          found: difference.found)
      }
      for member in contents.members { try folder.sync("\(unpacked)/\(member.name)") }
      try folder.publish(unpacked, as: contents.name)
    } catch {
      try folder.remove(temporary)
      throw error
    }
    try folder.remove(temporary)
  }

  private func unpack() throws {
    // The archive is the standard input, as tar takes a colon in a path for the name of a computer.
    let outcome = try programs.run(
      .tar,
      [
        "--extract", "--gzip", "--file=-", "--no-same-owner", "--no-same-permissions",
        "--directory=\(folder.path(temporary))", "--", contents.name,
      ], input: folder.path(archive), whileRunning: { !control.shouldStop() })
    if control.shouldStop() || outcome.end.isInterruption {
      throw FetchError.interrupted(path: folder.path(contents.name))
    }
    guard outcome.end == .exit(0) else {
      throw FetchError.cannotWrite(path: folder.path(contents.name), reason: outcome.reason)
    }
  }

  /// Compares the folder `name` with what was published. An empty one is as good as none.
  func state(of name: String) throws -> State {
    guard folder.hasContents(name) else { return .absent }
    return try difference(in: name).map(State.different) ?? .complete
  }

  /// The first member of the folder `name` that is not as published.
  private func difference(in name: String) throws -> Difference? {
    for member in contents.members {
      let path = "\(name)/\(member.name)"
      let found = folder.byteCount(path)
      guard found == member.byteCount else {
        return Difference(
          member: member.name, expected: "\(member.byteCount) bytes",
          found: found.map { "\($0) bytes" } ?? "no such file")
      }
      guard let digest = member.digest else { continue }
      let actual = try programs.digest(
        of: folder.path(path), digest.algorithm, shouldStop: control.shouldStop)
      guard actual == digest else {
        return Difference(member: member.name, expected: "\(digest)", found: actual.hexadecimal)
      }
    }
    return nil
  }
}
