import Foundation

/// The 64-bit checksum FNV-1a. Any single changed byte changes it.
struct Checksum {
  private var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func update(_ bytes: Data) {
    var value = self.value
    bytes.withUnsafeBytes { bytes in
      for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    self.value = value
  }

  /// Sixteen hexadecimal digits.
  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
