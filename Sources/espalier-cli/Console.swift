import Espalier
import Foundation

/// Where the program's words go: results to standard output, all else to standard error.
enum Console {
  static func result(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }

  static func result(_ json: JSONValue) { FileHandle.standardOutput.write(Data(json.prettyText.utf8)) }

  static func notice(_ text: String) { progress("espalier: \(text)\n") }

  static func error(_ text: String) { notice("error: \(text)") }

  /// Writes text as it is, without a line end of its own.
  static func progress(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

  /// The width of the terminal that standard error is, nil if it is none.
  static var terminalColumns: Int? {
    guard isatty(STDERR_FILENO) == 1 else { return nil }
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
