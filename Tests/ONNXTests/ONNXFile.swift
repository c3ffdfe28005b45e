import Foundation
import NetworkOracle
import XCTest

/// An ONNX file by its field numbers.
struct ONNXFile {
  struct Operation {
    let name: String
    let type: String
    let inputs: [String]
    let output: String
    let attributes: [String: Attribute]
  }

  enum Attribute: Equatable {
    case float(Float)
    case integer(Int)
    case integers([Int])
  }

  struct Tensor: Equatable {
    let shape: [Int]
    /// 1 for floats, 7 for integers.
    let type: Int
    let bytes: Data
  }

  /// A dimension that is a number, or a name.
  struct Port: Equatable {
    let name: String
    let elementType: Int
    let shape: [String]
  }

  let irVersion: [Int]
  let producer: [String]
  /// Domain and version.
  let operatorSets: [[String]]
  /// Keys and values in the file's order.
  let metadata: [[String]]
  let name: [String]
  let operations: [Operation]
  let initializers: [String: Tensor]
  let inputs: [Port]
  let outputs: [Port]

  init(_ data: Data) throws {
    let model = try WireMessage(data)
    irVersion = model.integers(1)
    producer = model.strings(2)
    operatorSets = try model.messages(8).map { $0.strings(1) + $0.integers(2).map(String.init) }
    metadata = try model.messages(14).map { $0.strings(1) + $0.strings(2) }
    let graph = try XCTUnwrap(try model.messages(7).first)
    name = graph.strings(2)
    operations = try graph.messages(1).map(Operation.init)
    let tensors = try graph.messages(5).map { message in
      (
        try XCTUnwrap(message.strings(8).first),
        Tensor(
          shape: message.integers(1), type: try XCTUnwrap(message.integers(2).first),
          bytes: try XCTUnwrap(message.bytes(9).first)
        )
      )
    }
    initializers = try Dictionary(tensors) { _, _ in throw WireMessage.Malformed() }
    inputs = try graph.messages(11).map(Port.init)
    outputs = try graph.messages(12).map(Port.init)
  }
}

extension ONNXFile.Operation {
  fileprivate init(_ message: WireMessage) throws {
    name = try XCTUnwrap(message.strings(3).first)
    type = try XCTUnwrap(message.strings(4).first)
    inputs = message.strings(1)
    XCTAssertEqual(message.bytes(2).count, 1)
    output = try XCTUnwrap(message.strings(2).first)
    let pairs = try message.messages(5).map {
      (try XCTUnwrap($0.strings(1).first), try ONNXFile.Attribute($0))
    }
    attributes = try Dictionary(pairs) { _, _ in throw WireMessage.Malformed() }
  }
}

extension ONNXFile.Attribute {
  fileprivate init(_ message: WireMessage) throws {
    switch message.integers(20) {
    case [1]: self = .float(try XCTUnwrap(message.floats(2).first))
    case [2]: self = .integer(try XCTUnwrap(message.integers(3).first))
    case [7]: self = .integers(message.integers(8))
    default: throw WireMessage.Malformed()
    }
  }
}

extension ONNXFile.Port {
  fileprivate init(_ message: WireMessage) throws {
    name = try XCTUnwrap(message.strings(1).first)
    let tensor = try XCTUnwrap(try message.messages(2).first?.messages(1).first)
    elementType = try XCTUnwrap(tensor.integers(1).first)
    shape = try XCTUnwrap(try tensor.messages(2).first).messages(1).map {
      try XCTUnwrap($0.strings(2).first ?? $0.integers(1).first.map(String.init))
    }
  }
}

extension ONNXFile.Tensor {
  var floats: [Float] { words(UInt32.self).map(Float.init(bitPattern:)) }
  var integers: [Int] { words(Int64.self).map { Int($0) } }

  private func words<Word: FixedWidthInteger>(_ type: Word.Type) -> [Word] {
    let size = MemoryLayout<Word>.size
    return stride(from: 0, to: bytes.count, by: size).map { start in
      bytes[start..<start + size].reversed().reduce(Word(0)) { $0 << 8 | Word(truncatingIfNeeded: $1) }
    }
  }
}
