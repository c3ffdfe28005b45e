import Networks
import Spelling

/// What a family makes a network from: a depth, options as they were given, and what the network is for.
struct ModelRequest {
  let depth: Int
  let input: ImageShape
  let classes: Int
  private let model: String
  /// What was given, and the defaults.
  private let values: [String: String]

  /// - Throws: ``ModelError/unknownOption(_:model:nearest:)`` for an option that is not `known`.
  init(
    _ model: ModelDescription, depth: Int, known: [ModelOption], input: ImageShape, classes: Int
  ) throws(ModelError) {
    let names = known.map(\.name)
    if let unknown = model.options.keys.sorted().first(where: { !names.contains($0) }) {
      throw .unknownOption(
        unknown, model: model.name, nearest: Spelling.nearest(to: unknown, among: names))
    }
    values = known.reduce(into: [:]) { $0[$1.name] = model.options[$1.name] ?? $1.fallback }
    self.model = model.name
    self.depth = depth
    self.input = input
    self.classes = classes
  }

  /// The option's value.
  ///
  /// - Throws: ``ModelError/invalidValue(_:option:model:expected:)`` where `parse` gives nil.
  private func value<Value>(
    _ option: String, _ expected: String, _ parse: (String) -> Value?
  ) throws(ModelError) -> Value {
    let text = values[option] ?? ""
    guard let value = parse(text) else {
      throw .invalidValue(text, option: option, model: model, expected: expected)
    }
    return value
  }
}

extension ModelRequest {
  /// The option `width`: the factor of every hidden width.
  func scale() throws(ModelError) -> WidthScale {
    let factor = try value("width", "a number above 0 and up to 64") { text in
      Double(text).flatMap { $0 > 0 && $0 <= 64 ? $0 : nil }
    }
    return WidthScale(factor: factor)
  }

  func flag(_ option: String) throws(ModelError) -> Bool { try choice(option, ["0": false, "1": true]) }

  func choice<Value>(_ option: String, _ values: KeyValuePairs<String, Value>) throws(ModelError) -> Value {
    try value(option, values.map(\.key).joined(separator: " or ")) { text in
      values.first { $0.key == text }?.value
    }
  }

  func count(_ option: String, in range: ClosedRange<Int>) throws(ModelError) -> Int {
    try value(option, "a whole number in \(range.lowerBound)…\(range.upperBound)") { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// Whole numbers with points between: `9.19.64`.
  func counts(_ option: String, _ length: Int, in range: ClosedRange<Int>) throws(ModelError) -> [Int] {
    let expected = "\(length) whole numbers in \(range.lowerBound)…\(range.upperBound) with points between"
    return try value(option, expected) { text in
      let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
      return parts.count == length && parts.allSatisfy(range.contains) ? parts : nil
    }
  }

  /// The option `blocks`, or those of the depth.
  func blocks(default blocks: [Int]) throws(ModelError) -> [Int] {
    values["blocks"] == nil ? blocks : try counts("blocks", blocks.count, in: 0...1000)
  }
}

/// Scales widths: max(1, round(factor · C)).
struct WidthScale {
  let factor: Double

  func callAsFunction(_ channels: Int) -> Int { max(1, Int((factor * Double(channels)).rounded())) }
}
