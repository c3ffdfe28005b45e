import Datasets

/// A text that is not such a value as a key takes.
struct NotUnderstood: Error {
  let expected: String
}

/// How values of one type are written: as flags take them and as they stand in `config.yaml`.
struct ValueForm<Value>: Sendable {
  private let parser: @Sendable (String?) throws(NotUnderstood) -> Value
  private let writer: @Sendable (Value) -> String?

  init(
    parse: @escaping @Sendable (String?) throws(NotUnderstood) -> Value,
    write: @escaping @Sendable (Value) -> String?
  ) {
    parser = parse
    writer = write
  }

  /// A form whose every fault has the same remedy.
  init(
    _ expected: String, parse: @escaping @Sendable (String) -> Value?,
    write: @escaping @Sendable (Value) -> String = { "\($0)" }
  ) {
    self.init(
      parse: { text throws(NotUnderstood) in
        guard let value = text.flatMap(parse) else { throw NotUnderstood(expected: expected) }
        return value
      }, write: write)
  }

  /// - Parameter text: nil for `null`.
  func value(of text: String?) throws(NotUnderstood) -> Value { try parser(text) }

  /// What `value(of:)` reads back.
  func text(of value: Value) -> String? { writer(value) }

  /// Also takes `null` for no value.
  var orNone: ValueForm<Value?> {
    ValueForm<Value?>(
      parse: { text throws(NotUnderstood) in
        guard let text else { return nil }
        return try parser(text)
      }, write: { $0.flatMap(writer) })
  }
}

extension ValueForm<Int> {
  static func count(through highest: Int = TrainingConfiguration.maximumCount) -> Self {
    Self(
      "a whole number in 1…\(highest)",
      parse: { Int($0).flatMap { (1...highest).contains($0) ? $0 : nil } })
  }
}

extension ValueForm<UInt64> {
  static let seed = Self("a whole number in 0…18446744073709551615", parse: { UInt64($0) })
}

extension ValueForm where Value: BinaryFloatingPoint & LosslessStringConvertible & Sendable {
  /// A finite number that satisfies a condition.
  static func number(_ expected: String, _ isValid: @escaping @Sendable (Value) -> Bool) -> Self {
    Self(expected, parse: { text in Value(text).flatMap { $0.isFinite && isValid($0) ? $0 : nil } })
  }

  static var positive: Self { number("a number above 0") { $0 > 0 } }
  static var notNegative: Self { number("a number from 0") { $0 >= 0 } }
  static var fraction: Self { number("a number from 0 to below 1") { $0 >= 0 && $0 < 1 } }
}

extension ValueForm<Float> {
  /// Smaller divisors than these make steps that single precision cannot hold.
  static let epsilon = number("a number from 1e-30 to 1") { $0 >= 1e-30 && $0 <= 1 }
}

extension ValueForm<Bool> {
  static let flag = Self("true or false", parse: { Bool($0) })
}

extension ValueForm<String> {
  static let text = Self("a text", parse: { $0.isEmpty ? nil : $0 })
}

extension ValueForm<LearningRateCurve> {
  static let curve = Self(
    "constant, cosine or step:E1,E2,… with growing epochs in 1…\(TrainingConfiguration.maximumCount)",
    parse: LearningRateCurve.init(parsing:))
}

extension ValueForm where Value: RawRepresentable<String> & CaseIterable & SendableMetatype {
  /// One of the cases of an enumeration.
  /// - Parameter isChoice: Which of the cases there are to choose from.
  static func choice(where isChoice: @escaping @Sendable (Value) -> Bool = { _ in true }) -> Self {
    Self(
      Value.allCases.filter(isChoice).map(\.rawValue).joined(separator: " or "),
      parse: { Value(rawValue: $0).flatMap { isChoice($0) ? $0 : nil } },
      write: { $0.rawValue })
  }
}

extension ValueForm where Value: CustomStringConvertible & SendableMetatype {
  /// A form whose parser throws `DatasetError.notUnderstood`.
  static func dataset(_ parse: @escaping @Sendable (String) throws -> Value) -> Self {
    Self(
      parse: { text throws(NotUnderstood) in
        do {
          return try parse(text ?? "")
        } catch DatasetError.notUnderstood(_, let expected) {
          throw NotUnderstood(expected: expected)
        } catch {
          throw NotUnderstood(expected: "\(error)")
        }
      }, write: { $0.description })
  }
}
