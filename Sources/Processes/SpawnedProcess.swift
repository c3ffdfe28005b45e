import Foundation

/// Another program while it runs, without a shell between.
///
/// It inherits the files that it is given, the environment and the working folder, and nothing else: signals that we
/// ignore have their usual meaning in it.
package struct SpawnedProcess: Sendable {
  /// How a program ended.
  package enum End: Equatable, Sendable {
    case exit(Int32)
    case signal(Int32)

    /// The status as shells tell it: 128 and the signal's number for a program that a signal ended.
    package var status: Int32 {
      switch self {
      case .exit(let status): status
      case .signal(let number): 128 + number
      }
    }
  }

  /// The open files of a program that starts.
  package struct Files: Sendable {
    /// The path of the file that is its standard input.
    let input: String
    let output: Int32
    let errors: Int32
    let held: Int32?

    /// - Parameters:
    ///   - input: The path of the file that is its standard input.
    ///   - output: The open file that receives its standard output.
    ///   - errors: The open file that receives its standard error.
    ///   - held: An open file that stays open in the program, though it does not know of it.
    package init(input: String = "/dev/null", output: Int32, errors: Int32, held: Int32? = nil) {
      self.input = input
      self.output = output
      self.errors = errors
      self.held = held
    }
  }

  package let identifier: pid_t

  /// Starts the program at `path`.
  ///
  /// - Parameters:
  ///   - arguments: What follows the program's name.
  ///   - leadsGroup: Whether it gets a process group of its own, which Ctrl-C in a terminal does not reach. Else it stays
  ///     in ours.
  package init(
    path: String, arguments: [String], files: Files, leadsGroup: Bool = false
  ) throws(SystemFailure) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, files.input, O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, files.output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, files.errors, STDERR_FILENO)
    if let held = files.held {
      // Under another number, as only a new one is sure to be free of the flag that closes it.
      let number = STDERR_FILENO + 1
      posix_spawn_file_actions_adddup2(&actions, held, held == number ? number + 1 : number)
    }

    // Whoever runs us may ignore these signals; the child must not inherit that.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, number) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGDEF | (leadsGroup ? POSIX_SPAWN_SETPGROUP : 0)))

    let environment = ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
    var child: pid_t = 0
    let code = withCStrings([path] + arguments) { words in
      withCStrings(environment) { environment in
        posix_spawn(&child, path, &actions, &attributes, words, environment)
      }
    }
    guard code == 0 else { throw SystemFailure(code: code) }
    identifier = child
  }

  /// Sends it a signal. Only before its end was told: the number may belong to another program afterwards.
  package func signal(_ number: Int32) { kill(identifier, number) }

  /// Waits for the end. To be called once, and not after ``endIfAny()`` has told it.
  package func end() -> End {
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) < 0 {
      if errno != EINTR { return Self.unknownEnd }
    }
    return Self.end(status)
  }

  /// How it ended, nil while it runs. Not to be called again once it has told the end.
  package func endIfAny() -> End? {
    var status: Int32 = 0
    switch waitpid(identifier, &status, WNOHANG) {
    case identifier: return Self.end(status)
    case -1 where errno != EINTR: return Self.unknownEnd
    default: return nil
    }
  }

  /// Where nobody can say how it ended, as whoever started us had told the system to forget the ends of programs.
  private static let unknownEnd = End.exit(127)

  /// The macros that take the status apart are not visible from Swift.
  private static func end(_ status: Int32) -> End {
    let signal = status & 0x7F
    return signal == 0 ? .exit(status >> 8 & 0xFF) : .signal(signal)
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
