import Foundation
import Processes

/// Runs the programs that do the work, without a shell between.
struct ExternalPrograms: Sendable {
  enum Program: String, Sendable {
    case curl, tar, md5sum, sha256sum

    /// The Debian package that has it.
    var package: String {
      switch self {
      case .curl: "curl"
      case .tar: "tar"
      case .md5sum, .sha256sum: "coreutils"
      }
    }
  }

  /// How a program ended and what it said.
  struct Outcome: Equatable {
    let end: SpawnedProcess.End
    let output: String
    let errors: String

    /// The last line that it wrote to standard error, or else how it ended.
    var reason: String {
      let line = errors.split(whereSeparator: \.isNewline).last.map(String.init)
      switch end {
      case .exit(let status): return line ?? "it ended with status \(status)"
      case .signal(let number): return "it was ended by signal \(number)"
      }
    }
  }

  /// Folders to look in, separated by colons.
  let searchPath: String
  /// An open file that every program holds open until its end.
  var heldDescriptor: Int32?

  /// Runs a program to its end.
  ///
  /// - Parameters:
  ///   - input: The file that is its standard input; nothing where nil.
  ///   - whileRunning: Called about ten times a second; the program is ended when it returns false.
  /// - Throws: `FetchError.missingProgram`, `.unreadable`.
  func run(
    _ program: Program, _ arguments: [String] = [], input: String? = nil,
    whileRunning: () -> Bool = { true }
  ) throws -> Outcome {
    let child: ChildProcess
    do {
      child = try ChildProcess(
        path: path(of: program), arguments: arguments, input: input ?? "/dev/null",
        heldDescriptor: heldDescriptor)
    } catch let failure as SystemFailure {
      throw FetchError.unreadable(path: input ?? program.rawValue, reason: failure.description)
    }
    return child.finish(whileRunning: whileRunning)
  }

  /// Throws unless every one of `programs` can be found.
  func require(_ programs: [Program]) throws {
    for program in programs { _ = try path(of: program) }
  }

  private func path(of program: Program) throws -> String {
    let candidates = searchPath.split(separator: ":").map { "\($0)/\(program.rawValue)" }
    guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
      throw FetchError.missingProgram(program.rawValue, package: program.package)
    }
    return found
  }
}

extension SpawnedProcess.End {
  /// Whether the user stopped it, as Ctrl-C in a terminal stops every program there.
  var isInterruption: Bool { self == .signal(SIGINT) || self == .signal(SIGTERM) }
}
