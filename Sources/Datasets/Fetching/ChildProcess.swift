import Foundation
import Processes

/// Another program while it runs.
///
/// It stays in our process group, so that Ctrl-C in a terminal reaches it too. What it writes is kept up to a limit.
struct ChildProcess {
  private let process: SpawnedProcess
  private let output: OneWayPipe
  private let errors: OneWayPipe

  private static let pollMilliseconds: Int32 = 100
  private static let keptBytes = 1 << 16

  /// Starts the program at `path`.
  ///
  /// - Parameters:
  ///   - input: The file that is its standard input.
  ///   - heldDescriptor: An open file that stays open in the program, though it does not know of it.
  init(
    path: String, arguments: [String], input: String, heldDescriptor: Int32? = nil
  ) throws(SystemFailure) {
    output = try OneWayPipe()
    errors = try OneWayPipe()
    process = try SpawnedProcess(
      path: path, arguments: arguments,
      files: .init(
        input: input, output: output.writingEnd, errors: errors.writingEnd, held: heldDescriptor))
    output.closeWritingEnd()
    errors.closeWritingEnd()
  }

  /// Waits for the program's end, once, and ends it when `whileRunning` returns false.
  func finish(whileRunning: () -> Bool) -> ExternalPrograms.Outcome {
    var texts = [Data(), Data()]
    var pipes = [output, errors].map { pollfd(fd: $0.readingEnd, events: Int16(POLLIN), revents: 0) }
    var isStopped = false
    while pipes.contains(where: { $0.fd >= 0 }) {
      let ready = poll(&pipes, nfds_t(pipes.count), Self.pollMilliseconds)
      if !isStopped, !whileRunning() {
        process.signal(SIGTERM)
        isStopped = true
      }
      for index in pipes.indices where ready > 0 && pipes[index].revents != 0 {
        if !Self.drain(pipes[index].fd, into: &texts[index]) { pipes[index].fd = -1 }
      }
    }
    return ExternalPrograms.Outcome(
      end: process.end(), output: String(decoding: texts[0], as: UTF8.self),
      errors: String(decoding: texts[1], as: UTF8.self))
  }

  /// Reads what is there; false at the end.
  private static func drain(_ pipe: Int32, into text: inout Data) -> Bool {
    var block = [UInt8](repeating: 0, count: 4096)
    let count = read(pipe, &block, block.count)
    if count > 0 { text += block[..<min(count, keptBytes - text.count)] }
    return count > 0 || (count < 0 && errno == EINTR)
  }
}

/// Two ends of a connection, which close themselves.
///
/// A pair of sockets, as a plain pipe cannot be made such that no program started meanwhile inherits it.
private final class OneWayPipe {
  let readingEnd: Int32
  private(set) var writingEnd: Int32

  init() throws(SystemFailure) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw SystemFailure(code: errno) }
    readingEnd = ends[0]
    writingEnd = ends[1]
  }

  func closeWritingEnd() {
    if writingEnd >= 0 { close(writingEnd) }
    writingEnd = -1
  }

  deinit {
    closeWritingEnd()
    close(readingEnd)
  }
}
