import Networks

import Interchange

/// Why weights of another program, or what is said about them, do not make a checkpoint.
public struct ConversionError: Error, Hashable, Sendable {
  /// A tensor with another shape than the network's.
  public struct WrongShape: Hashable, Sendable {
    /// The network's name for it.
    public let tensor: String
    public let expected: [Int]
    public let found: [Int]

    public init(tensor: String, expected: [Int], found: [Int]) {
      self.tensor = tensor
      self.expected = expected
      self.found = found
    }
  }

  public enum Problem: Hashable, Sendable {
    /// The tensors are not those of the network: names that only the network has, in its order, names that
    /// only the file has, in its order, and shapes that differ.
    case mismatch(network: String, missing: [String], unexpected: [String], wrongShapes: [WrongShape])
    /// Several of the file's names may mean one of the network's tensors.
    case ambiguousNames(tensor: String, candidates: [String])
    /// The elements are not floating point numbers that we read.
    case unsupportedType(tensor: String, found: String)
    /// A value is infinite, not a number, or too large for float32.
    case notFinite(tensor: String)
    case wrongClassCount(expected: Int, found: Int)
    /// The model's file takes other images.
    case wrongInput(expected: ImageShape, found: ImageShape)
    /// There are more or fewer means and deviations than channels.
    case wrongChannelCount(expected: Int, found: Int)
    /// A list of class names that is none.
    case malformedClassNames(line: Int, found: String)
  }

  public let problem: Problem
  /// The file that is wrong; nil where it is what was said about it.
  public let file: String?

  public init(_ problem: Problem, file: String? = nil) {
    self.problem = problem
    self.file = file
  }
}

extension ConversionError: CustomStringConvertible {
  public var description: String { (file.map { "\($0): " } ?? "") + problem.description }
}

extension ConversionError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .mismatch(let network, let missing, let unexpected, let wrongShapes):
      "the tensors are not those of \(network): "
        + [
          Self.list("missing", missing.map(Self.quoted)),
          Self.list("unexpected", unexpected.map(Self.quoted)),
          Self.list(
            "of another shape",
            wrongShapes.map { "\(Self.quoted($0.tensor)) (expected \($0.expected), found \($0.found))" }),
        ].compactMap { $0 }.joined(separator: "; ") + "; check --model, --input and --classes"
    case .ambiguousNames(let tensor, let candidates):
      "expected one tensor for \(Self.quoted(tensor)), found "
        + "\(candidates.map(Self.quoted).joined(separator: " and ")); remove or rename the others"
    case .unsupportedType(let tensor, let found):
      "tensor \(Self.quoted(tensor)): expected F32, F16, BF16 or F64, found \(found); convert it"
    case .notFinite(let tensor):
      "tensor \(Self.quoted(tensor)) has a value that is infinite, not a number, or too large for F32; "
        + "take weights from before the training diverged"
    case .wrongInput(let expected, let found):
      "the model takes images of \(expected), found \(found); omit --input"
    case .wrongClassCount(let expected, let found):
      "expected \(expected) class names, as many as the model has outputs, found \(found); "
        + "check --classes and --class-names"
    case .wrongChannelCount(let expected, let found):
      "expected a mean and a standard deviation for each of \(expected) channels, found \(found); "
        + "check --input, and give --mean and --std"
    case .malformedClassNames(let line, let found):
      "expected the name of a class in line \(line), found \(found); write one name per line"
    }
  }

  /// `kind` and up to five of its items; nil if there are none.
  private static func list(_ kind: String, _ items: [String]) -> String? {
    if items.isEmpty { return nil }
    let rest = items.count > 5 ? " and \(items.count - 5) more" : ""
    return "\(kind) \(items.prefix(5).joined(separator: ", "))\(rest)"
  }

  /// A name of a foreign file, which may hold anything.
  private static func quoted(_ name: String) -> String {
    JSONValue.string(name.count <= 200 ? name : "\(name.prefix(200))…").compactText
  }
}
