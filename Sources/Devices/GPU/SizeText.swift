/// The sizes in the texts of tiles and parameters, such as `16x16`.
enum SizeText {
  /// Numbers with an x between; empty where there is anything else.
  static func numbers(_ text: Substring?) -> [Int] {
    let parts = text?.split(separator: "x", omittingEmptySubsequences: false) ?? []
    let numbers = parts.compactMap(number)
    return numbers.count == parts.count ? numbers : []
  }

  /// Digits alone: `Int` would take a sign too.
  static func number(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
  }
}
