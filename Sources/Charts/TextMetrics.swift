/// How much room text takes, without knowing the font that a viewer will choose: estimates on the wide side.
package enum TextMetrics {
  /// The width of one line of text, in pixels.
  package static func width(of text: String, size: Double, bold: Bool = false) -> Double {
    let ems = text.unicodeScalars.reduce(0.0) { $0 + width(of: $1) }
    return ems * size * (bold ? 1.1 : 1)
  }

  /// The text or, where that is wider than allowed, its beginning and an ellipsis.
  static func shortened(_ text: String, to width: Double, size: Double) -> String {
    guard self.width(of: text, size: size) > width else { return text }
    var room = width - self.width(of: "…", size: size)
    let kept = text.prefix { character in
      room -= self.width(of: String(character), size: size)
      return room >= 0
    }
    return kept + "…"
  }

  /// The text in lines that are no wider than allowed, broken between words.
  static func wrapped(_ text: String, to width: Double, size: Double, bold: Bool = false) -> [String] {
    var lines: [String] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
      if let line = lines.last, self.width(of: "\(line) \(word)", size: size, bold: bold) <= width {
        lines[lines.count - 1] = "\(line) \(word)"
      } else {
        lines.append(shortened(String(word), to: width, size: bold ? size * 1.1 : size))
      }
    }
    return lines
  }

  /// The width of a character in ems.
  private static func width(of scalar: Unicode.Scalar) -> Double {
    switch scalar {
    case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!", " ": 0.33
    case "f", "r", "t", "(", ")", "[", "]", "-", "/": 0.42
    case "m", "w", "M", "W", "%", "@", "…", "—": 0.95
    case "+", "−", "=", "<", ">", "~", "×", "±": 0.84
    case "A"..."Z": 0.7
    case "\u{300}"..."\u{36F}": 0
    case "\u{1100}"...: scalar.value >= 0x2E80 ? 1.05 : 0.75
    default: 0.63
    }
  }
}
