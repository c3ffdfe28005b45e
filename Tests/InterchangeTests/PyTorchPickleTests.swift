import Foundation
import Interchange
import XCTest

/// Pickles that PyTorch would not write, above all those that want to do harm.
final class PyTorchPickleTests: PyTorchTestCase {
  // MARK: - Functions and classes

  func testNothingIsEverCalled() {
    let commands: [(module: String, name: String)] = [
      ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("__builtin__", "exec"),
      ("torch", "load"), ("torch.storage", "FloatStorage"), ("collections", "OrderedDict.clear"),
      ("torch._utils", "_rebuild_tensor_v3"), ("torch", "FloatStorage.__init__"), ("", ""),
    ]
    for (module, name) in commands {
      let call = Pickle.global(module, name) + Pickle.tuple(Pickle.text("touch /tmp/x")) + [0x52]
      let newCall = Pickle.text(module) + Pickle.text(name) + [0x93] + Pickle.tuple() + [0x52]
      for object in [call, newCall, Pickle.dictionary(("state_dict", Pickle.dictionary()), ("a", call))] {
        assertProblem(object) {
          if case .forbiddenGlobal("\(module).\(name)", _) = $0 { true } else { false }
        }
      }
    }
  }

  func testTheErrorSaysWhatAndWhere() {
    let data = PyTorchBuilder.legacy(Pickle.global("os", "system") + Pickle.none)
    let offset = data.range(of: Data("cos\n".utf8))?.lowerBound ?? 0
    XCTAssertGreaterThan(offset, 0)
    assertThrows(PyTorchFileError(.forbiddenGlobal("os.system", offset: offset), file: "x")) {
      _ = try PyTorchFile(parsing: data, source: "x")
    }
    let text = "\(PyTorchFileError(.forbiddenGlobal("os.system", offset: 7), file: "x"))"
    XCTAssertTrue(text.hasPrefix("x: the pickle asks for \"os.system\" at byte 7, which is refused"), text)
  }

  func testOtherOperationsAreRefused() {
    let known = Set<UInt8>([
      0x28, 0x29, 0x2e, 0x30, 0x31, 0x47, 0x4a, 0x4b, 0x4d, 0x4e, 0x51, 0x52, 0x54, 0x55, 0x58, 0x5d, 0x61,
      0x62,
      0x63, 0x65, 0x68, 0x6a, 0x71, 0x72, 0x73, 0x74, 0x75, 0x7d, 0x80, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a,
      0x8c,
      0x8d, 0x93, 0x94, 0x95,
    ])
    for code in UInt8.min...UInt8.max where !known.contains(code) {
      assertProblem([0x4e, code]) { if case .unsupportedOpcode(code, _) = $0 { true } else { false } }
    }
  }

  func testCallsOfTheWrongThings() {
    let orderedDictionary = Pickle.global("collections", "OrderedDict")
    assertMalformed(at: 2, Pickle.none + Pickle.none + [0x52])
    assertMalformed(at: 2, Pickle.none + [0x29, 0x52])
    for arguments in [
      Pickle.tuple(Pickle.none), Pickle.tuple(Pickle.list([Pickle.none])), Pickle.sizes(Array(0..<9)),
      Pickle.tuple(Pickle.list([Pickle.tuple(Pickle.none)])), Pickle.tuple(Pickle.list([]), Pickle.none),
    ] {
      assertMalformed(at: orderedDictionary.count + arguments.count, orderedDictionary + arguments + [0x52])
    }
    for function in ["_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter"] {
      let global = Pickle.global("torch._utils", function)
      for count in 0..<9 {
        let arguments = Pickle.sizes([Int](repeating: 0, count: count))
        assertMalformed(at: global.count + arguments.count, global + arguments + [0x52])
      }
    }
    let storage = Pickle.global("torch", "FloatStorage")
    assertMalformed(at: storage.count + 1, storage + [0x29, 0x52])
  }

  func testPairsOfPython2() throws {
    let pairs = Pickle.list([
      Pickle.list([Pickle.text("a"), vector]), Pickle.tuple(Pickle.text("b"), vector),
    ])
    let object = Pickle.global("collections", "OrderedDict") + Pickle.tuple(pairs) + [0x52]
    XCTAssertEqual(try read(object).map(\.name), ["a", "b"])
    let short = [0x7d, 0x55, 1, UInt8(ascii: "a")] + vector + [0x73]
    XCTAssertEqual(try read(short).map(\.name), ["a"])
    let long = [0x7d, 0x54, 1, 0, 0, 0, UInt8(ascii: "a")] + vector + [0x73]
    XCTAssertEqual(try read(long).map(\.name), ["a"])
  }

  // MARK: - Stack, memo and sizes

  func testTheStackHasABottomAndMarks() {
    for operation: UInt8 in [
      0x2e, 0x30, 0x31, 0x51, 0x52, 0x61, 0x62, 0x65, 0x73, 0x74, 0x75, 0x85, 0x86, 0x87, 0x93, 0x94,
    ] {
      assertMalformed(at: 0, [operation])
      if operation != 0x31, operation != 0x74 { assertMalformed(at: 2, [0x4e, 0x28, operation]) }
    }
    assertMalformed(at: 0, Pickle.put(0))
    assertMalformed(at: 0, [0x72, 0, 0, 0, 0])
    assertMalformed(at: 0, Pickle.get(0))
    assertMalformed(at: 3, Pickle.none + Pickle.put(1) + [0x6a, 0, 1, 0, 0])
    assertMalformed(at: 3, [0x7d, 0x28, 0x4e, 0x75])
    assertMalformed(at: 3, [0x4e, 0x4e, 0x4e, 0x73])
    assertMalformed(at: 2, [0x4e, 0x4e, 0x61])
    assertMalformed(at: 2, [0x7d, 0x5d, 0x62])
    assertMalformed(at: 2, [0x4e, 0x4e, 0x93])
  }

  func testLengthsBeyondTheEnd() {
    for operation: [UInt8] in [
      [0x58] + littleEndian(UInt32.max), [0x54] + littleEndian(Int32(-1)), [0x54] + littleEndian(Int32.max),
      [0x55, 255], [0x8c, 255], [0x8d] + littleEndian(UInt64.max), [0x8d] + littleEndian(UInt64(1) << 40),
      [0x95] + littleEndian(UInt64.max), [0x8a, 255],
    ] {
      assertProblem(operation) { if case .malformed(let at, _, _) = $0 { at > 0 } else { false } }
      assertMalformed(at: operation[0] == 0x8a ? 2 : 1, operation)
    }
  }

  func testTextsMustBeUTF8() {
    assertMalformed(at: 2, [0x8c, 1, 0xff])
    assertMalformed(at: 1, [0x63, 0xff, 0x0a, 0x0a])
  }

  func testOtherProtocols() {
    for version: UInt8 in [0, 1, 6, 255] { assertMalformed(at: 0, [0x80, version]) }
  }

  func testDictionariesThatContainThemselves() {
    let circle = [0x7d] + Pickle.put(0) + Pickle.text("state_dict") + Pickle.get(0) + [0x73]
    assertProblem(circle) { if case .noStateDictionary = $0 { true } else { false } }
    let list = [0x5d] + Pickle.put(0) + Pickle.get(0) + [0x61]
    assertProblem(Pickle.dictionary(("a", list))) { if case .noStateDictionary = $0 { true } else { false } }
  }

  func testDeepNesting() throws {
    let deep = [UInt8](repeating: 0x28, count: 300_000) + [UInt8](repeating: 0x74, count: 300_000)
    XCTAssertEqual(
      try read(Pickle.dictionary(("a", deep), ("state_dict", Pickle.dictionary(("b", vector))))).count, 1)
    assertProblem(deep) { if case .noStateDictionary("a tuple") = $0 { true } else { false } }
    let lists = [UInt8](repeating: 0x5d, count: 300_000) + [UInt8](repeating: 0x61, count: 299_999)
    assertProblem(lists) { if case .noStateDictionary("a list") = $0 { true } else { false } }
    let dictionaries = (0..<9).reduce(vector) { inner, _ in Pickle.dictionary(("model", inner)) }
    assertProblem(dictionaries) { if case .noStateDictionary = $0 { true } else { false } }
  }

  func testEndlessWorkIsRefused() {
    let pushes = [UInt8](repeating: 0x4e, count: 1 << 21)
    assertProblem(pushes + [0x4e]) { if case .tooManyOperations(1 << 21, _) = $0 { true } else { false } }
    // A few bytes that copy a long list again and again.
    let pair = Pickle.tuple(Pickle.none, Pickle.none)
    var bomb = Pickle.list([pair + Pickle.put(1)] + (0..<20_000).map { _ in Pickle.get(1) }) + Pickle.put(0)
    bomb += Pickle.global("collections", "OrderedDict") + Pickle.put(2)
    for _ in 0..<20_000 { bomb += Pickle.get(2) + Pickle.get(0) + [0x85, 0x52] }
    assertProblem(bomb) { if case .tooManyOperations(1 << 21, _) = $0 { true } else { false } }
  }
}
