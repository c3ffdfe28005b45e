import Foundation
import Interchange
import XCTest

/// A test with pickles written by hand, in files of both layouts.
class PyTorchTestCase: XCTestCase {
  /// A tensor of four zeros.
  let vector = Pickle.tensor(Pickle.storage("0", 4), shape: [4], strides: [1])

  /// The tensors of a file whose only storage, "0", has `count` zeros.
  func read(_ object: [UInt8], count: Int = 4) throws -> [SafeTensor] {
    let bytes = [UInt8](repeating: 0, count: 4 * count)
    let legacy = PyTorchBuilder.legacy(object, storages: [("0", count, bytes)])
    return try PyTorchFile(parsing: legacy, source: "x").tensors
  }

  func assertProblem(
    _ object: [UInt8], file: StaticString = #filePath, line: UInt = #line,
    _ check: (PyTorchFileError.Problem) -> Bool
  ) {
    for layout in [PyTorchBuilder.legacy(object), PyTorchBuilder.archive(object)] {
      XCTAssertThrowsError(try PyTorchFile(parsing: layout, source: "x"), file: file, line: line) { error in
        guard let error = error as? PyTorchFileError, check(error.problem) else {
          return XCTFail("\(error)", file: file, line: line)
        }
        XCTAssertTrue("\(error)".hasPrefix("x: "), "\(error)", file: file, line: line)
      }
    }
  }

  /// Asserts that `object` is malformed in its operation at `offset`, counted from its own beginning.
  func assertMalformed(
    at offset: Int, _ object: [UInt8], file: StaticString = #filePath, line: UInt = #line
  ) {
    let start = PyTorchBuilder.legacy([]).count - Pickle.list([]).count - 4
    let data = PyTorchBuilder.legacy(object)
    XCTAssertThrowsError(try PyTorchFile(parsing: data, source: "x"), file: file, line: line) { error in
      guard case .malformed(let found, _, _)? = (error as? PyTorchFileError)?.problem else {
        return XCTFail("\(error)", file: file, line: line)
      }
      XCTAssertEqual(found - start, offset, "\(error)", file: file, line: line)
    }
  }
}
