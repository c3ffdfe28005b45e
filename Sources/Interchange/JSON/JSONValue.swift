/// A JSON document to be written. Equal values give equal bytes: keys are sorted by their UTF-8 bytes, numbers take
/// their shortest exact form, and a number that is not finite becomes `null`.
///
/// ```swift
/// let result: JSONValue = ["top1": 0.9173, "macs": 40_551_040, "layers": ["conv1", "conv2"]]
/// ```
public enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// The document on one line, without spaces: a line of a `.jsonl` file.
  public var compactText: String {
    var text = ""
    write(to: &text, indentation: nil)
    return text
  }

  /// The document indented by two spaces, ending in a newline; arrays without inner structure stay on one line.
  public var prettyText: String {
    var text = ""
    write(to: &text, indentation: 0)
    return text + "\n"
  }
}

extension JSONValue {
  private var isContainer: Bool {
    switch self {
    case .array, .object: true
    default: false
    }
  }

  /// Appends this value; `indentation` is nil on one line.
  private func write(to text: inout String, indentation: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += value.isFinite ? value.description : "null"
    case .string(let value): text += JSONText.quoted(value)
    case .array(let values):
      let isFlat = !values.contains(where: \.isContainer)
      let separator = indentation == nil ? "," : ", "
      Self.writeList(
        values, between: "[", "]", to: &text, indentation: isFlat ? nil : indentation,
        flatSeparator: separator
      ) { value, text, indentation in
        value.write(to: &text, indentation: indentation)
      }
    case .object(let members):
      let sorted = members.sorted { JSONText.precedes($0.key, $1.key) }
      let colon = indentation == nil ? ":" : ": "
      Self.writeList(
        sorted, between: "{", "}", to: &text, indentation: indentation, flatSeparator: ","
      ) { member, text, indentation in
        text += JSONText.quoted(member.key) + colon
        member.value.write(to: &text, indentation: indentation)
      }
    }
  }

  /// Appends a bracketed list: one item per line at `indentation` + 1, or all on one line where that is nil.
  private static func writeList<Item>(
    _ items: [Item], between opening: String, _ closing: String, to text: inout String,
    indentation: Int?, flatSeparator: String, writeItem: (Item, inout String, Int?) -> Void
  ) {
    func lineBreak(_ depth: Int) -> String { "\n" + String(repeating: "  ", count: depth) }
    text += opening
    for (index, item) in items.enumerated() {
      if let indentation {
        text += (index == 0 ? "" : ",") + lineBreak(indentation + 1)
      } else if index > 0 {
        text += flatSeparator
      }
      writeItem(item, &text, indentation.map { $0 + 1 })
    }
    if let indentation, !items.isEmpty { text += lineBreak(indentation) }
    text += closing
  }
}

extension JSONValue {
  /// A number that there may not be: then `null`.
  public static func optional(_ number: Double?) -> JSONValue { number.map { .number($0) } ?? .null }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
}

extension JSONValue: ExpressibleByFloatLiteral, ExpressibleByStringInterpolation {
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(stringLiteral value: String) { self = .string(value) }
}

extension JSONValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

  /// Of two equal keys the last one counts.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
  }
}
