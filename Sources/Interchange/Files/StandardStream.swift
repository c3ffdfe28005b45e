import Foundation

/// A stream that the program was started with. A full disk or a closed pipe behind it is an error, never a trap.
public enum StandardStream: Int32, Sendable {
  case output = 1
  case error = 2

  /// Writes `text` as it is.
  ///
  /// - Throws: `FileError`. A closed pipe is one only where the process ignores `SIGPIPE`, which else ends it.
  public func write(_ text: String) throws(FileError) {
    let outcome = Data(text.utf8).withUnsafeBytes { bytes in
      Result { () throws(FileError) in
        try FileDescriptor.write(bytes, to: rawValue, path: "standard \(self)")
      }
    }
    try outcome.get()
  }
}
