import Foundation

/// Fetches one file: transfers it to `NAME.part`, verifies it, and gives it its name.
struct FileFetch {
  let file: DownloadFile
  let folder: FetchFolder
  let programs: ExternalPrograms
  let control: FetchControl
  /// Seconds before an address is tried once more.
  let pause: Double

  /// How often an address may fail in a row without having sent much, or without being able to go on in the middle.
  private static let attempts = 3
  /// What an attempt must send to count as progress: else a server that sends a byte at a time keeps us busy forever.
  private static let leastProgress = 64 << 10

  private var part: String { "\(file.name).part" }
  private var partByteCount: Int { folder.byteCount(part) ?? 0 }

  /// Fetches the file from the first address that gives it, and returns that address.
  ///
  /// - Throws: `FetchError`.
  func run() throws -> String {
    try folder.requireRoom(for: file.byteCount - partByteCount + (file.unpacked?.byteCount ?? 0))
    var failures: [FetchError.Failure] = []
    for address in file.addresses {
      do {
        try fetch(from: address)
        try folder.publish(part, as: file.name)
        control.report(.fetched(name: file.name))
        return address
      } catch let failure as FetchError.Failure {
        failures.append(failure)
        control.report(.failed(name: file.name, failure))
      }
    }
    throw FetchError.notFetched(file: file.name, failures: failures)
  }

  /// Leaves the whole file, verified, in the part.
  ///
  /// - Throws: `FetchError`, or `FetchError.Failure` where the address is to blame.
  private func fetch(from address: String) throws {
    // Bytes of an earlier call or another address may be wrong without this address being to blame.
    var isOwnWork = partByteCount == 0
    var idleAttempts = 0
    var restarts = 0
    control.report(.started(name: file.name, address: address, received: partByteCount))
    while true {
      let start = partByteCount
      if start < file.byteCount, let failure = try transfer(from: address) {
        if start > 0, failure.refusesToResume, restarts < Self.attempts {
          restarts += 1
          isOwnWork = true
          try folder.remove(part)
          continue
        }
        // All may be there although the end of the transfer failed.
        if partByteCount >= file.byteCount { continue }
        idleAttempts = partByteCount - start >= Self.leastProgress ? 0 : idleAttempts + 1
        guard failure.isTransient, idleAttempts < Self.attempts else {
          throw FetchError.Failure(address: address, reason: .transfer(failure.words))
        }
        try waitAMoment()
      } else if let wrong = try wrongContent() {
        try folder.remove(part)
        guard !isOwnWork else { throw FetchError.Failure(address: address, reason: wrong) }
        isOwnWork = true
      } else {
        return
      }
    }
  }

  /// Appends what the address sends to the part. A server that sends too much is stopped; that is no failure here.
  private func transfer(from address: String) throws -> TransferFailure? {
    try folder.prepareFile(part)
    var isTooLong = false
    do {
      let failure = try programs.transfer(address, to: folder.path(part)) {
        control.report(.received(name: file.name, bytes: partByteCount, of: file.byteCount))
        isTooLong = partByteCount > file.byteCount
        return !isTooLong && !control.shouldStop()
      }
      guard let failure, failure.concernsDisk else { return failure }
      throw FetchError.cannotWrite(path: folder.path(part), reason: failure.reason)
    } catch FetchError.interrupted where isTooLong {
      return nil
    }
  }

  /// What is wrong with the part, nil where nothing is.
  private func wrongContent() throws -> FetchError.Failure.Reason? {
    guard partByteCount <= file.byteCount else {
      return .wrongContent(expected: "\(file.byteCount) bytes", found: "more")
    }
    let found = try programs.digest(
      of: folder.path(part), file.digest.algorithm, shouldStop: control.shouldStop)
    guard found != file.digest else { return nil }
    return .wrongContent(expected: "\(file.digest)", found: "\(found.hexadecimal) in \(partByteCount) bytes")
  }

  private func waitAMoment() throws {
    let end = Date(timeIntervalSinceNow: pause)
    repeat {
      if control.shouldStop() { throw FetchError.interrupted(path: folder.path(part)) }
      usleep(useconds_t(max(0, min(0.1, end.timeIntervalSinceNow)) * 1e6))
    } while end.timeIntervalSinceNow > 0
  }
}
