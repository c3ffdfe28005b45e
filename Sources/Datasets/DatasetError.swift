/// What can be wrong with data that a user supplies, and with what a user asks of it.
public enum DatasetError: Error, Equatable, Sendable {
  /// No file of this name is in `directory`. `tried` are the paths that would have served, the preferred one first.
  case missingFile(directory: String, tried: [String])

  /// The system refuses to open or to read the file.
  case unreadable(file: String, reason: String)

  /// The content breaks the format. `byte` counts from 0 in the decompressed content; `record` is the image's
  /// number in this file, counted from 0, where there is one.
  case malformed(file: String, byte: Int, record: Int?, expected: String, found: String)

  /// One file has images, the other their labels, and the counts differ.
  case countMismatch(imageFile: String, images: Int, labelFile: String, labels: Int)

  /// A file that should be a JPEG or PNG image cannot be decoded.
  case badImage(file: String, reason: String)

  /// A folder does not have the folders and images that a data set needs.
  case malformedFolder(String, expected: String, found: String)

  /// A `DataSource` or an `Augmentation` cannot be understood. `text` is what the user wrote.
  case notUnderstood(text: String, expected: String)

  /// The data set is fine but cannot do what was asked: too many images wanted, a batch larger than the data set, …
  case invalidRequest(expected: String, found: String)
}

extension DatasetError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missingFile(let directory, let tried):
      "\(directory): expected one of \(tried.joined(separator: ", ")), found none; "
        + "unpack the official files there or name another directory"
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason); check the path and its permissions"
    case .malformed(let file, let byte, let record, let expected, let found):
      "\(file): byte \(byte)\(record.map { ", record \($0)" } ?? ""): expected \(expected), found \(found); "
        + "get the file again from its official source"
    case .countMismatch(let imageFile, let images, let labelFile, let labels):
      "\(labelFile): expected \(images) labels, as many as \(imageFile) has images, found \(labels); "
        + "take both files from the same split of the same data set"
    case .badImage(let file, let reason):
      "\(file): cannot be decoded: \(reason); replace or remove the file, or leave such files out with "
        + "--on-bad-image skip"
    case .malformedFolder(let folder, let expected, let found):
      "\(folder): expected \(expected), found \(found)"
    case .notUnderstood(let text, let expected):
      "cannot understand \"\(text)\": expected \(expected)"
    case .invalidRequest(let expected, let found):
      "expected \(expected), found \(found)"
    }
  }
}
