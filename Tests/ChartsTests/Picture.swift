import Charts
import Foundation
import XCTest

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a test sees of an SVG document after an XML parser has read it.
struct Picture {
  struct Element {
    let name: String
    let attributes: [String: String]
    var text = ""

    func number(_ attribute: String) -> Double? { attributes[attribute].flatMap(Double.init) }
  }

  let elements: [Element]

  init(_ svg: String) throws {
    let collector = ElementCollector()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = collector
    guard parser.parse() else { throw parser.parserError ?? CocoaError(.coderInvalidValue) }
    elements = collector.elements
  }

  /// The contents of all text elements, in order.
  var texts: [String] { elements.filter { $0.name == "text" }.map(\.text) }

  func all(_ name: String, _ attribute: String, _ value: String) -> [Element] {
    elements.filter { $0.name == name && $0.attributes[attribute] == value }
  }

  /// The edges of the area for data, in the picture's units.
  func plot() throws -> (left: Double, top: Double, right: Double, bottom: Double) {
    let plot = try XCTUnwrap(elements.first { $0.attributes["class"] == "plot" })
    let left = try XCTUnwrap(plot.number("x"))
    let top = try XCTUnwrap(plot.number("y"))
    return (
      left, top, left + (try XCTUnwrap(plot.number("width"))), top + (try XCTUnwrap(plot.number("height")))
    )
  }

  /// The corners of all paths with a colour that lie within the plot, one list for every path.
  func dataPaths(_ colour: String, attribute: String = "stroke") throws -> [[SIMD2<Double>]] {
    let plot = try plot()
    return all("path", attribute, colour).compactMap { $0.attributes["d"] }.map(Picture.corners)
      .filter { $0.allSatisfy { $0.y >= plot.top - 100 } }
  }

  /// The corners of a path in absolute coordinates. Arcs count with their end points.
  static func corners(of path: String) -> [SIMD2<Double>] {
    var corners: [SIMD2<Double>] = []
    var place = SIMD2(0.0, 0.0)
    for (command, numbers) in commands(of: path) {
      switch command {
      case "M": place = SIMD2(numbers[0], numbers[1])
      case "m": place += SIMD2(numbers[0], numbers[1])
      case "h": place.x += numbers[0]
      case "v": place.y += numbers[0]
      case "a": place += SIMD2(numbers[5], numbers[6])
      case "l":
        for pair in stride(from: 0, to: numbers.count, by: 2) {
          place += SIMD2(numbers[pair], numbers[pair + 1])
          corners.append(place)
        }
        continue
      default: continue
      }
      corners.append(place)
    }
    return corners
  }

  private static func commands(of path: String) -> [(Character, [Double])] {
    var commands: [(Character, [Double])] = []
    var digits = ""
    func finish() {
      guard let number = Double(digits) else { return }
      commands[commands.count - 1].1.append(number)
      digits = ""
    }
    for character in path {
      if character.isLetter {
        finish()
        commands.append((character, []))
      } else if character == " " {
        finish()
      } else {
        if character == "-" { finish() }
        digits.append(character)
      }
    }
    finish()
    return commands
  }
}

private final class ElementCollector: NSObject, XMLParserDelegate {
  var elements: [Picture.Element] = []
  private var open: [Int] = []

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
    qualifiedName qName: String?, attributes attributeDict: [String: String] = [:]
  ) {
    open.append(elements.count)
    elements.append(Picture.Element(name: elementName, attributes: attributeDict))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if let last = open.last { elements[last].text += string }
  }

  func parser(
    _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?,
    qualifiedName qName: String?
  ) {
    open.removeLast()
  }
}

/// From where to where an unrotated text reaches, by the width that layout assumes.
private func extent(of text: Picture.Element) -> ClosedRange<Double>? {
  guard let x = text.number("x"), let size = text.number("font-size") else { return nil }
  let width = TextMetrics.width(of: text.text, size: size, bold: text.attributes["font-weight"] == "bold")
  switch text.attributes["text-anchor"] {
  case "middle": return (x - width / 2)...(x + width / 2)
  case "end": return (x - width)...x
  default: return x...(x + width)
  }
}

/// Asserts that a picture is well-formed, has a size and a white ground, and draws nothing outside of it.
func assertSound(_ svg: String, file: StaticString = #filePath, line: UInt = #line) throws {
  let picture = try Picture(svg)
  let root = try XCTUnwrap(picture.elements.first, file: file, line: line)
  XCTAssertEqual(root.name, "svg", file: file, line: line)
  XCTAssertEqual(root.attributes["xmlns"], "http://www.w3.org/2000/svg", file: file, line: line)
  XCTAssertEqual(root.attributes["font-family"], "sans-serif", file: file, line: line)
  let width = try XCTUnwrap(root.number("width"), file: file, line: line) * 10
  let height = try XCTUnwrap(root.number("height"), file: file, line: line) * 10
  XCTAssertEqual(root.attributes["viewBox"], "0 0 \(Int(width)) \(Int(height))", file: file, line: line)
  let ground = try XCTUnwrap(picture.elements.first { $0.name == "rect" }, file: file, line: line)
  XCTAssertEqual(ground.attributes["fill"], "#ffffff", file: file, line: line)
  XCTAssertEqual(ground.number("width"), width, file: file, line: line)
  XCTAssertEqual(ground.number("height"), height, file: file, line: line)
  for element in picture.elements {
    for (name, value) in element.attributes where ["x", "y", "width", "height", "d"].contains(name) {
      XCTAssertNil(value.firstIndex { !"0123456789- Mmlhvaz".contains($0) }, value, file: file, line: line)
    }
    let corners = element.attributes["d"].map(Picture.corners) ?? []
    let outside = corners.first { $0.x < 0 || $0.y < 0 || $0.x > width || $0.y > height }
    XCTAssertNil(outside, "\(element)", file: file, line: line)
    if element.name == "text", let extent = extent(of: element), let y = element.number("y") {
      XCTAssertTrue(
        extent.lowerBound >= 0 && extent.upperBound <= width, "\(element)", file: file, line: line)
      XCTAssertTrue((0...height).contains(y), "\(element)", file: file, line: line)
    }
  }
}
