import Foundation

/// A number in the result of a run, by its key there.
public enum Figure: String, CaseIterable, Sendable {
  case top1, macs, macsFraction, parameters, parametersFraction, seconds, trainingCostFraction, loss
}

/// The numbers of one run.
public struct RunFigures: Hashable, Sendable {
  /// Without those that are `null` in the result, such as an infinite loss.
  private let values: [Figure: Double]

  public init(_ values: [Figure: Double]) { self.values = values }

  public subscript(figure: Figure) -> Double? { values[figure] }

  /// Reads them from a JSON document.
  ///
  /// - Throws: ``NotAResult``.
  package init(json: Data) throws(NotAResult) {
    guard let entries = try? JSONDecoder().decode([String: Entry].self, from: json) else {
      throw NotAResult(
        expected: "a JSON object", found: json.isEmpty ? "nothing" : "\(json.count) bytes of something else")
    }
    var values: [Figure: Double] = [:]
    for figure in Figure.allCases {
      switch entries[figure.rawValue] {
      case .number(let number): values[figure] = number
      case .null: break
      case .other: throw NotAResult(expected: "a number '\(figure.rawValue)'", found: "something else")
      case nil: throw NotAResult(expected: "a number '\(figure.rawValue)'", found: "no such key")
      }
    }
    self.values = values
  }

  /// What a key of the document stands for.
  private enum Entry: Decodable {
    case number(Double)
    case null, other

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .null
      } else if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else {
        self = .other
      }
    }
  }
}

/// A text that is not the result of a run.
package struct NotAResult: Error, Equatable, CustomStringConvertible {
  let expected: String
  let found: String

  package var description: String { "expected \(expected) in its result, found \(found)" }
}

extension Double {
  /// The shortest text that reads back as this number, without a decimal point in whole numbers.
  var shortText: String { Int(exactly: self).map(String.init) ?? description }

  func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
