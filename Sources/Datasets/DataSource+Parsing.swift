import Foundation
import Spelling

extension DataSource: CustomStringConvertible {
  private static let withDirectory: KeyValuePairs<String, @Sendable (String) -> DataSource> = [
    "mnist": { .mnist(directory: $0) },
    "fashion-mnist": { .fashionMNIST(directory: $0) },
    "cifar10": { .cifar10(directory: $0) },
    "cifar100": { .cifar100(directory: $0) },
    "folder": { .folder(directory: $0) },
  ]

  /// Understands `sample` and `NAME=DIR`. A directory may start with `~/` for the user's home.
  ///
  /// - Throws: `DatasetError.notUnderstood` that names what was meant, as far as one can tell.
  public init(parsing text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let name = parts[0]
    let directory = parts.count == 2 ? parts[1] : nil
    if name == Self.sample.name {
      guard directory == nil else {
        throw DatasetError.notUnderstood(
          text: text, expected: "sample alone: its images are part of the program")
      }
      self = .sample
    } else if let make = Self.withDirectory.first(where: { $0.key == name })?.value {
      guard let directory, !directory.isEmpty else {
        throw DatasetError.notUnderstood(text: text, expected: "\(name)=DIR with the directory of its files")
      }
      self = make(NSString(string: directory).expandingTildeInPath)
    } else {
      let names = [Self.sample.name] + Self.withDirectory.map(\.key)
      let forms = [Self.sample.name] + Self.withDirectory.map { "\($0.key)=DIR" }
      let nearest = Spelling.nearest(to: name, among: names)
      throw DatasetError.notUnderstood(
        text: text, expected: "one of \(forms.joined(separator: ", ")); did you mean \(nearest)?")
    }
  }

  /// The form that `init(parsing:)` understands.
  public var description: String {
    switch self {
    case .sample: name
    case .mnist(let directory), .fashionMNIST(let directory), .cifar10(let directory),
      .cifar100(let directory), .folder(let directory):
      "\(name)=\(directory)"
    }
  }
}
