import Foundation

/// A system call that failed.
package struct SystemFailure: Error, Equatable, Sendable, CustomStringConvertible {
  /// The `errno` of the call.
  package let code: Int32

  package init(code: Int32) { self.code = code }

  /// The operating system's words.
  package var description: String { String(cString: strerror(code)) }
}
