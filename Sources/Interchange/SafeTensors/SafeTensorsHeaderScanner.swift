/// Reads a header's JSON tokens strictly, one after another. It never recurses and allocates only what it returns,
/// so no input can exhaust the stack or the memory.
struct SafeTensorsHeaderScanner {
  private let bytes: [UInt8]
  private let firstOffset: Int
  private var position = 0

  /// A scanner of `bytes`, which begin at offset `firstOffset` of their file.
  init(_ bytes: [UInt8], firstOffset: Int) {
    self.bytes = bytes
    self.firstOffset = firstOffset
  }

  /// The offset in the file of the next token.
  mutating func nextOffset() -> Int {
    skipSpace()
    return firstOffset + position
  }

  /// Takes `character`, after any white space.
  mutating func expect(_ character: Unicode.Scalar) throws(SafeTensorsError) {
    guard takes(character) else { throw unexpected("'\(character)'") }
  }

  /// Takes `character`, after any white space, if it is the next one.
  mutating func takes(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// Expects nothing but white space up to the end.
  mutating func expectEnd() throws(SafeTensorsError) {
    skipSpace()
    guard next == nil else { throw unexpected("nothing but spaces") }
  }

  /// Takes an integer without sign, fraction or exponent: a size or offset of `tensor`.
  mutating func integer(of tensor: String) throws(SafeTensorsError) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      if position == start + 1, value == 0 { throw unexpected("no digit after a leading 0") }
      let (tens, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowsToo) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      if overflows || overflowsToo { throw SafeTensorsError(.sizeOverflow(tensor: tensor)) }
      value = sum
      position += 1
    }
    guard position > start else { throw unexpected("an integer without sign") }
    return value
  }

  /// Takes a quoted text.
  mutating func string() throws(SafeTensorsError) -> String {
    try expect("\"")
    let start = position
    var text: [UInt8] = []
    while let byte = next, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw unexpected("a text without raw control characters") }
      position += 1
      if byte == UInt8(ascii: "\\") {
        text.append(contentsOf: String(try escapedScalar()).utf8)
      } else {
        text.append(byte)
      }
    }
    guard next != nil else { throw unexpected("the end of a text") }
    position += 1
    guard let valid = String(validating: text, as: UTF8.self) else {
      throw SafeTensorsError(.invalidHeaderText(offset: firstOffset + start))
    }
    return valid
  }

  /// What messages call `byte`.
  static func name(of byte: UInt8?) -> String {
    switch byte {
    case .none: "the end"
    case .some(let byte) where (0x21..<0x7f).contains(byte): "'\(Unicode.Scalar(byte))'"
    case .some(let byte): "byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
  }
}

extension SafeTensorsHeaderScanner {
  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func unexpected(_ expected: String) -> SafeTensorsError {
    SafeTensorsError(
      .invalidHeader(offset: firstOffset + position, expected: expected, found: Self.name(of: next)))
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
  }

  /// The character that an escape stands for; the backslash is taken already.
  private mutating func escapedScalar() throws(SafeTensorsError) -> Unicode.Scalar {
    let escape = next.map { Unicode.Scalar($0) }
    guard let escape, "\"\\/bfnrtu".unicodeScalars.contains(escape) else {
      throw unexpected("one of \"\\/bfnrtu after a backslash")
    }
    position += 1
    switch escape {
    case "b": return "\u{8}"
    case "f": return "\u{c}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u": return try scalarFromHexDigits()
    default: return escape
    }
  }

  private mutating func scalarFromHexDigits() throws(SafeTensorsError) -> Unicode.Scalar {
    let first = try fourHexDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    // Beyond 16 bits a character is escaped as a high and a low surrogate.
    guard first < 0xdc00, next == UInt8(ascii: "\\") else { throw unexpected("a pair of surrogates") }
    position += 1
    guard next == UInt8(ascii: "u") else { throw unexpected("a pair of surrogates") }
    position += 1
    let second = try fourHexDigits()
    guard (0xdc00...0xdfff).contains(second),
      let scalar = Unicode.Scalar(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    else { throw unexpected("a pair of surrogates") }
    return scalar
  }

  private mutating func fourHexDigits() throws(SafeTensorsError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw unexpected("four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
