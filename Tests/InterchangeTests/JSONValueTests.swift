import Foundation
import Interchange
import XCTest

final class JSONValueTests: XCTestCase {
  private let document: JSONValue = [
    "top1": 0.9173, "macs": 40_551_040, "name": "conv\"1\"", "empty": [], "none": [:], "rMax": nil,
    "layers": [["name": "conv1", "shape": [1, 16, 32, 32]], ["frozen": true]],
  ]

  func testCompactText() {
    XCTAssertEqual(
      document.compactText,
      #"{"empty":[],"layers":[{"name":"conv1","shape":[1,16,32,32]},{"frozen":true}],"#
        + #""macs":40551040,"name":"conv\"1\"","none":{},"rMax":null,"top1":0.9173}"#)
  }

  func testPrettyText() {
    XCTAssertEqual(
      document.prettyText,
      #"""
      {
        "empty": [],
        "layers": [
          {
            "name": "conv1",
            "shape": [1, 16, 32, 32]
          },
          {
            "frozen": true
          }
        ],
        "macs": 40551040,
        "name": "conv\"1\"",
        "none": {},
        "rMax": null,
        "top1": 0.9173
      }

      """#)
  }

  func testNumbers() {
    let numbers: JSONValue = [
      1.0, 0.1, -0.0, 1e-7, 1e300, .number(.infinity), .number(.nan), .integer(.min),
    ]
    XCTAssertEqual(
      numbers.compactText, "[1.0,0.1,-0.0,1e-07,1e+300,null,null,-9223372036854775808]")
  }

  func testKeysAreSortedByTheirBytes() {
    let object: JSONValue = ["é": 1, "z": 2, "Z": 3, "": 4]
    XCTAssertEqual(object.compactText, #"{"":4,"Z":3,"z":2,"é":1}"#)
  }

  func testEveryTextIsReadBackByFoundation() throws {
    let text = String(String.UnicodeScalarView((0..<0x300).compactMap { Unicode.Scalar($0 as UInt32) })) + "😀"
    for written in [
      JSONValue.object([text: .string(text)]).compactText, JSONValue.object([text: .string(text)]).prettyText,
    ] {
      let read = try JSONDecoder().decode([String: String].self, from: Data(written.utf8))
      XCTAssertEqual(read, [text: text])
    }
    XCTAssertEqual(JSONValue.string("\u{1}\u{1f}\u{7f}/\r\n").compactText, "\"\\u0001\\u001f\u{7f}/\\r\\n\"")
  }

  func testTheLastOfTwoEqualKeysCounts() {
    let object = JSONValue(dictionaryLiteral: ("a", 1), ("a", 2))
    XCTAssertEqual(object.compactText, #"{"a":2}"#)
  }
}
