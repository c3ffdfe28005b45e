import Foundation

/// Another program while it runs.
///
/// It stays in our process group, so that Ctrl-C in a terminal reaches it too. What it writes is kept up to a limit.
struct ChildProcess {
  private let identifier: pid_t
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
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input, O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output.writingEnd, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors.writingEnd, STDERR_FILENO)
    if let heldDescriptor {
      // Under another number, as only a new one is sure to be free of the flag that closes it.
      let number = STDERR_FILENO + 1
      posix_spawn_file_actions_adddup2(
        &actions, heldDescriptor, heldDescriptor == number ? number + 1 : number)
    }

    // Whoever runs us may ignore these signals; the child must not inherit that.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, number) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))

    let environment = ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
    var child: pid_t = 0
    let code = withCStrings([path] + arguments) { words in
      withCStrings(environment) { environment in
        posix_spawn(&child, path, &actions, &attributes, words, environment)
      }
    }
    guard code == 0 else { throw SystemFailure(code: code) }
    identifier = child
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
        kill(identifier, SIGTERM)
        isStopped = true
      }
      for index in pipes.indices where ready > 0 && pipes[index].revents != 0 {
        if !Self.drain(pipes[index].fd, into: &texts[index]) { pipes[index].fd = -1 }
      }
    }
    return ExternalPrograms.Outcome(
      end: end(), output: String(decoding: texts[0], as: UTF8.self),
      errors: String(decoding: texts[1], as: UTF8.self))
  }

  /// Reads what is there; false at the end.
  private static func drain(_ pipe: Int32, into text: inout Data) -> Bool {
    var block = [UInt8](repeating: 0, count: 4096)
    let count = read(pipe, &block, block.count)
    if count > 0 { text += block[..<min(count, keptBytes - text.count)] }
    return count > 0 || (count < 0 && errno == EINTR)
  }

  private func end() -> ExternalPrograms.Outcome.End {
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
    // The macros that take the status apart are not visible from Swift.
    let signal = status & 0x7F
    return signal == 0 ? .exit(status >> 8 & 0xFF) : .signal(signal)
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

/// Hands strings over as C takes a list of them: pointers with nil at the end.
private func withCStrings<Result>(
  _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let pointers = strings.map { strdup($0) } + [nil]
  defer { for pointer in pointers { free(pointer) } }
  return body(pointers)
}
