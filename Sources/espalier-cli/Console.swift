import Espalier
import Foundation

/// Where the program's words go: results to standard output, all else to standard error.
enum Console {
  /// - Throws: `FileError`, as a script must not take half a result for a whole one.
  static func result(_ text: String) throws { try StandardStream.output.write("\(text)\n") }

  /// - Throws: `FileError`.
  static func result(_ json: JSONValue) throws { try StandardStream.output.write(json.prettyText) }

  static func notice(_ text: String) { progress("espalier: \(text)\n") }

  static func error(_ text: String) { notice("error: \(text)") }

  /// Writes text as it is, without a line end of its own. Where that fails, the work goes on in silence.
  static func progress(_ text: String) { try? StandardStream.error.write(text) }

  /// The width of the terminal that standard error is, nil if it is none.
  static var terminalColumns: Int? {
    guard isatty(STDERR_FILENO) == 1 else { return nil }
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
