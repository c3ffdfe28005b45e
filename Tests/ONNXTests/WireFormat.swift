import Foundation

/// A protobuf message taken apart by hand, so that the tests do not read with what the product writes with.
struct WireMessage {
  enum Value: Equatable {
    case integer(UInt64)
    case bytes(Data)
    case float(Float)
  }

  struct Malformed: Error {}

  /// Fields in the order of the bytes.
  private(set) var fields: [(number: Int, value: Value)] = []

  init(_ data: Data) throws {
    var bytes = data[...]
    while !bytes.isEmpty {
      let tag = try Self.integer(&bytes)
      let value: Value
      switch tag & 7 {
      case 0: value = .integer(try Self.integer(&bytes))
      case 2: value = .bytes(try Self.take(Int(Self.integer(&bytes)), &bytes))
      case 5:
        let word = try Self.take(4, &bytes).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        value = .float(Float(bitPattern: word))
      default: throw Malformed()
      }
      fields.append((Int(tag >> 3), value))
    }
  }

  func integers(_ number: Int) -> [Int] {
    values(number) { if case .integer(let value) = $0 { Int(Int64(bitPattern: value)) } else { nil } }
  }

  func bytes(_ number: Int) -> [Data] {
    values(number) { if case .bytes(let value) = $0 { value } else { nil } }
  }

  func floats(_ number: Int) -> [Float] {
    values(number) { if case .float(let value) = $0 { value } else { nil } }
  }

  func strings(_ number: Int) -> [String] { bytes(number).map { String(decoding: $0, as: UTF8.self) } }

  func messages(_ number: Int) throws -> [WireMessage] { try bytes(number).map(WireMessage.init) }

  private func values<Result>(_ number: Int, _ transform: (Value) -> Result?) -> [Result] {
    fields.filter { $0.number == number }.compactMap { transform($0.value) }
  }

  private static func integer(_ bytes: inout Data.SubSequence) throws -> UInt64 {
    var (result, shift) = (UInt64(0), UInt64(0))
    while let byte = bytes.popFirst(), shift < 64 {
      result |= UInt64(byte & 127) << shift
      if byte < 128 { return result }
      shift += 7
    }
    throw Malformed()
  }

  private static func take(_ count: Int, _ bytes: inout Data.SubSequence) throws -> Data {
    guard count <= bytes.count else { throw Malformed() }
    defer { bytes = bytes.dropFirst(count) }
    return Data(bytes.prefix(count))
  }
}
