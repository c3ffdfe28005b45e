import ArgumentParser
import Espalier

extension ImageShape {
  /// Channels, height and width, such as `3x32x32`; nil for anything else.
  init?(parsing text: String) {
    let sizes = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard sizes.count == 3, sizes.allSatisfy({ $0 > 0 }) else { return nil }
    self.init(channels: sizes[0], height: sizes[1], width: sizes[2])
  }

  /// The value of a flag.
  init(parsing text: String, of flag: String) throws(ValidationError) {
    guard let shape = ImageShape(parsing: text) else {
      throw ValidationError("\(flag): expected CHANNELSxHEIGHTxWIDTH, such as 3x32x32, found '\(text)'")
    }
    self = shape
  }
}
