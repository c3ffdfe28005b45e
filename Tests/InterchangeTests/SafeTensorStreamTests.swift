import Foundation
import Interchange
import XCTest

/// Tensors that are written piece by piece.
final class SafeTensorStreamTests: XCTestCase {
  /// The same bytes as a file of the whole tensor.
  func testTheFileIsThatOfTheWholeTensor() throws {
    let folder = try makeTemporaryFolder()
    let values = (0..<24).map(Float.init)
    for name in ["values", "a \"name\""] {
      try SafeTensorStream.write(to: "\(folder)/a", name: name, shape: [2, 3, 4]) { write in
        try write(values[0..<5])
        try write(values[5..<5])
        try write(values[5..<24])
      }
      let whole = try SafeTensorsFile(tensors: [SafeTensor(name: name, shape: [2, 3, 4], values: values)])
      XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/a")), try whole.encoded())
    }
  }

  func testAWrongNumberOfValuesLeavesTheOldFile() throws {
    let folder = try makeTemporaryFolder()
    try SafeTensorStream.write(to: "\(folder)/a", name: "v", shape: [2]) { try $0([1, 2]) }
    for values in [[1], [1, 2, 3]] as [[Float]] {
      XCTAssertThrowsError(
        try SafeTensorStream.write(to: "\(folder)/a", name: "v", shape: [2]) { try $0(values[...]) }
      ) {
        guard let error = $0 as? SafeTensorsError, case .wrongByteCount = error.problem else {
          return XCTFail("\($0)")
        }
      }
    }
    XCTAssertThrowsError(try SafeTensorStream.write(to: "\(folder)/b", name: "v", shape: [-1]) { _ in })
    XCTAssertEqual(try contents(of: folder), ["a"])
    XCTAssertEqual(try SafeTensorsFile(path: "\(folder)/a").tensors[0].values(as: Float.self), [1, 2])
  }
}
