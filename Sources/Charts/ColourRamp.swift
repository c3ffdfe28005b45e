/// Colours from pale to dark for a heat map, in steps too small to see.
package enum ColourRamp {
  /// How many colours there are.
  package static let steps = 64

  private static let anchors: [SIMD3<Double>] = [
    SIMD3(0xfb, 0xf7, 0xe4), SIMD3(0xb9, 0xe0, 0xb7), SIMD3(0x52, 0xb2, 0xb0), SIMD3(0x2b, 0x70, 0xa8),
    SIMD3(0x16, 0x26, 0x5c),
  ]

  /// The step for a share between 0 (pale) and 1 (dark); shares outside count as the nearer end.
  package static func step(of share: Double) -> Int {
    Int((min(max(share, 0), 1) * Double(steps - 1)).rounded())
  }

  /// The colour of a step from 0 to `steps` − 1, with red, green and blue from 0 to 255.
  static func channels(_ step: Int) -> SIMD3<Double> {
    let place = Double(step) / Double(steps - 1) * Double(anchors.count - 1)
    let lower = min(Int(place), anchors.count - 2)
    let weight = place - Double(lower)
    return (anchors[lower] * (1 - weight) + anchors[lower + 1] * weight).rounded(.toNearestOrEven)
  }

  package static func colour(_ step: Int) -> String {
    let channels = channels(step)
    return "#" + (0..<3).map { hexadecimal(Int(channels[$0])) }.joined()
  }

  /// How bright a step looks, from 0 (black) to 255 (white).
  package static func brightness(_ step: Int) -> Double {
    (channels(step) * SIMD3(0.2126, 0.7152, 0.0722)).sum()
  }

  /// The colour for text on top of a step.
  static func textColour(on step: Int) -> String { brightness(step) > 140 ? "#1f1f1f" : "#ffffff" }

  private static func hexadecimal(_ byte: Int) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
