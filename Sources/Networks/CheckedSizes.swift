/// Arithmetic on sizes that come from files: too large is an error, not a crash.
enum CheckedSizes {
  /// Devices count the elements of a tensor in 32 bits.
  static let maximumElements = Int(Int32.max)

  /// - Throws: ``NetworkError/tooLarge(node:what:)`` where the product exceeds `limit`.
  static func product(
    _ factors: [Int], limit: Int = maximumElements, of what: String, node: String
  ) throws -> Int {
    try factors.reduce(1) { partial, factor in
      let (product, overflow) = partial.multipliedReportingOverflow(by: factor)
      guard !overflow, product <= limit else { throw NetworkError.tooLarge(node: node, what: what) }
      return product
    }
  }

  /// - Throws: ``NetworkError/tooLarge(node:what:)`` where the sum exceeds `limit`.
  static func sum(
    _ first: Int, _ second: Int, limit: Int = maximumElements, of what: String, node: String
  ) throws -> Int {
    let (sum, overflow) = first.addingReportingOverflow(second)
    guard !overflow, sum <= limit else { throw NetworkError.tooLarge(node: node, what: what) }
    return sum
  }
}
