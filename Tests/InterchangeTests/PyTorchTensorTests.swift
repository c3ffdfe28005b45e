import Foundation
import Interchange
import XCTest

/// Storages, views into them, and where in a file the weights are.
final class PyTorchTensorTests: PyTorchTestCase {
  // MARK: - Storages

  func testIdentifiersOfStorages() {
    let text = Pickle.text
    let float = Pickle.global("torch", "FloatStorage")
    let wrong: [[UInt8]] = [
      Pickle.none, Pickle.tuple(),
      Pickle.tuple(text("module"), float, text("0"), text("cpu"), Pickle.integer(1)),
      Pickle.tuple(text("storage"), text("torch"), text("0"), text("cpu"), Pickle.integer(1)),
      Pickle.tuple(text("storage"), float, Pickle.integer(0), text("cpu"), Pickle.integer(1)),
      Pickle.tuple(text("storage"), float, text("0"), Pickle.none, Pickle.integer(1)),
      Pickle.tuple(text("storage"), float, text("0"), text("cpu"), Pickle.integer(-1)),
      Pickle.tuple(text("storage"), float, text("0"), text("cpu"), Pickle.none),
      Pickle.tuple(text("storage"), float, text("0"), text("cpu"), Pickle.integer(1), Pickle.tuple()),
      Pickle.tuple(
        text("storage"), Pickle.global("collections", "OrderedDict"), text("0"), text("cpu"), text("1")),
    ]
    for identifier in wrong { assertMalformed(at: identifier.count, identifier + [0x51]) }
  }

  func testStoragesOfImpossibleSizes() {
    for count in [Int.max, Int.max / 4, 1 << 40] {
      let object = Pickle.dictionary(
        ("a", Pickle.tensor(Pickle.storage("0", count), shape: [count], strides: [1])))
      for data in [
        PyTorchBuilder.legacy(object, storages: [("0", count, [0, 0, 0, 0])]),
        PyTorchBuilder.archive(object, storages: [("0", [0, 0, 0, 0])]),
      ] {
        XCTAssertThrowsError(try PyTorchFile(parsing: data, source: "x")) { error in
          XCTAssertTrue(error is PyTorchFileError, "\(error)")
        }
      }
    }
  }

  func testStoragesThatAreMissingOrOfAnotherSize() {
    let object = Pickle.dictionary(("a", vector))
    assertThrows(PyTorchFileError(.missingStorage(key: "0"), file: "x")) {
      _ = try PyTorchFile(parsing: PyTorchBuilder.legacy(object), source: "x")
    }
    assertThrows(PyTorchFileError(.missingStorage(key: "0"), file: "x")) {
      _ = try PyTorchFile(parsing: PyTorchBuilder.archive(object), source: "x")
    }
    for count in [0, 15, 17] {
      assertThrows(PyTorchFileError(.wrongStorageSize(key: "0", expected: 16, found: count), file: "x")) {
        let bytes = [UInt8](repeating: 0, count: count)
        _ = try PyTorchFile(parsing: PyTorchBuilder.archive(object, storages: [("0", bytes)]), source: "x")
      }
    }
    let other = Pickle.tensor(Pickle.storage("0", 4, type: "IntStorage"), shape: [1], strides: [1])
    assertThrows(PyTorchFileError(.contradictoryStorage(key: "0"), file: "x")) {
      _ = try self.read(Pickle.dictionary(("a", self.vector), ("b", other)))
    }
  }

  // MARK: - Views

  func testViewsThatLeaveTheirStorage() throws {
    let wrong: [(offset: Int, shape: [Int], strides: [Int])] = [
      (0, [5], [1]), (1, [4], [1]), (4, [1], [1]), (-1, [1], [1]), (5, [0], [1]), (3, [2], [-1]),
      (0, [-1], [1]),
      (0, [2, 2], [3, 1]), (0, [3], [2]), (.max, [1], [1]), (.max, [2], [.max]), (0, [.max, .max], [1, 1]),
      (0, [.max], [.max]), (0, [.max, 2, 0], [0, 0, 0]), (.min, [1], [1]), (0, [.min], [0]),
    ]
    for (offset, shape, strides) in wrong {
      let tensor = Pickle.tensor(Pickle.storage("0", 4), offset: offset, shape: shape, strides: strides)
      assertThrows(
        PyTorchFileError(
          .invalidView(tensor: "a", offset: offset, shape: shape, strides: strides, elements: 4), file: "x")
      ) { _ = try self.read(Pickle.dictionary(("a", tensor))) }
    }
    let edges: [(offset: Int, shape: [Int], strides: [Int])] = [
      (4, [0], [1]), (3, [1], [.max]), (0, [0, 3], [7, 7]), (3, [], []), (0, [2, 2], [2, 1]), (1, [3], [1]),
    ]
    for (offset, shape, strides) in edges {
      let tensor = Pickle.tensor(Pickle.storage("0", 4), offset: offset, shape: shape, strides: strides)
      XCTAssertEqual(try read(Pickle.dictionary(("a", tensor))).first?.shape, shape)
    }
  }

  func testShapesAndStridesThatDoNotFit() {
    let storage = Pickle.storage("0", 4)
    let many = [Int](repeating: 1, count: 65)
    for tensor in [
      Pickle.tensor(storage, shape: [1, 1], strides: [1]), Pickle.tensor(storage, shape: many, strides: many),
      Pickle.tensor(Pickle.none, shape: [1], strides: [1]),
    ] {
      assertMalformed(at: tensor.count - 1, tensor)
    }
    let texts =
      Pickle.global("torch._utils", "_rebuild_tensor")
      + Pickle.tuple(storage, Pickle.integer(0), Pickle.tuple(Pickle.text("1")), Pickle.sizes([1]))
    assertMalformed(at: texts.count, texts + [0x52])
  }

  func testExpandedTensorsAreBoundedByTheFile() throws {
    func object(_ count: Int) -> [UInt8] {
      Pickle.dictionary(("a", Pickle.tensor(Pickle.storage("0", 4), shape: [count], strides: [0])))
    }
    let fileByteCount = PyTorchBuilder.legacy(object(0), storages: [("0", 4, floatBytes(1, 2, 3, 4))]).count
    let limit = 4 * fileByteCount + (1 << 20)
    XCTAssertEqual(try read(object(limit / 4)).first?.elementCount, limit / 4)
    for count in [limit / 4 + 1, 1 << 40, .max / 8, .max] {
      assertThrows(
        PyTorchFileError(.tooLarge(tensor: "a", limit: limit, fileByteCount: fileByteCount), file: "x")
      ) { _ = try self.read(object(count)) }
    }
    // Neither may many small ones pass what one large one may not.
    let half = Pickle.tensor(Pickle.storage("0", 4), shape: [limit / 8 + 64], strides: [0])
    XCTAssertThrowsError(try read(Pickle.dictionary(("a", half), ("b", half), ("c", half)))) { error in
      guard case .tooLarge("c", _, _)? = (error as? PyTorchFileError)?.problem else {
        return XCTFail("\(error)")
      }
    }
  }

  // MARK: - The state dictionary

  func testWhatIsNoStateDictionary() {
    for (object, found) in [
      (Pickle.none, "None"), (vector, "a tensor"), (Pickle.text("a"), "the text \"a\""),
      (Pickle.list([]), "a list"), (Pickle.integer(1), "an integer"), (Pickle.yes, "a truth value"),
      (Pickle.dictionary(), "a dictionary without tensors"),
      (Pickle.dictionary(("weights", Pickle.dictionary(("a", vector)))), "a dictionary without tensors"),
    ] {
      assertProblem(object) { $0 == .noStateDictionary(found: found) }
    }
  }

  func testOnlyTensorsAndNumbersAreWeights() throws {
    for (value, found) in [
      (Pickle.none, "None"), (Pickle.list([]), "a list"), (Pickle.dictionary(), "a dictionary"),
      (Pickle.text("b"), "the text \"b\""), (Pickle.storage("0", 4), "a storage"),
    ] {
      assertProblem(Pickle.dictionary(("a", vector), ("b", value))) {
        $0 == .notATensor(name: "b", found: found)
      }
    }
    let real: [UInt8] = [0x47, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]
    let numbers = Pickle.dictionary(("a", Pickle.integer(1)), ("b", real), ("c", Pickle.no), ("d", vector))
    XCTAssertEqual(try read(numbers).map(\.name), ["d"])
    assertProblem([0x7d] + Pickle.text("a") + vector + [0x73] + Pickle.integer(1) + vector + [0x73]) {
      $0 == .notATensor(name: "", found: "an integer as a key")
    }
  }

  func testContainersOfWeights() throws {
    let weights = Pickle.dictionary(("a", vector))
    for key in ["state_dict", "model_state_dict", "model", "net"] {
      XCTAssertEqual(try read(Pickle.dictionary(("best", vector), (key, weights))).map(\.name), ["a"], key)
      XCTAssertEqual(try read(Pickle.dictionary((key, vector))).map(\.name), [key])
    }
    let others = Pickle.dictionary(("b", vector))
    let both = Pickle.dictionary(("net", others), ("model", others), ("state_dict", weights))
    XCTAssertEqual(try read(both).map(\.name), ["a"])
  }

  func testOnlyACommonPrefixIsStripped() throws {
    let all = Pickle.dictionary(("module.a", vector), ("module.module.b", vector))
    XCTAssertEqual(try read(all).map(\.name), ["a", "module.b"])
    let some = Pickle.dictionary(("module.a", vector), ("b", vector))
    XCTAssertEqual(try read(some).map(\.name), ["module.a", "b"])
  }

  func testNamesMustDiffer() {
    assertThrows(PyTorchFileError(.duplicateName("a"), file: "x")) {
      _ = try self.read(Pickle.dictionary(("a", self.vector), ("b", self.vector), ("a", self.vector)))
    }
  }
}
