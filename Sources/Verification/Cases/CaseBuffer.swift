import Devices
import Interchange

/// A tensor of a case in memory of its own, which the case reads, writes or both.
struct CaseBuffer: Sendable {
  enum Contents: Sendable {
    /// Values made up from a name.
    case formula(String, Distribution)
    /// Values of a golden file.
    case golden(SafeTensor)
    /// Nothing: the case writes every element before it reads any.
    case nothing
  }

  /// What the tensor is to the operator: `input`, `weightsGradient`.
  let role: String
  let count: Int
  let contents: Contents
  /// For results in single precision, the largest allowed max |a − b| / max |b|; nil for what is only read.
  let bound: Double?
  /// Whether the device multiplies these values in its precision, rather than in single precision.
  var isRounded = false
  /// For results, how often one element is rounded to the device's precision on its way.
  var roundings = 0

  /// Of what the cases compute: 3x3 taps of 1025 channels.
  private static let longestSum = 9225

  /// The largest allowed max |a − b| / max |b|: exact operands, sums in single precision, by matrix units perhaps, and each
  /// rounding of what is stored.
  func bound(for precision: Precision) -> Double? {
    guard let bound, precision != .float32 else { return bound }
    // What is stored exactly is rounded only where it is multiplied again.
    let roundings = precision.storesExactly ? max(roundings - 1, 0) : roundings
    return bound + Double(roundings) * precision.unitRoundoff
      + Double(Self.longestSum) * precision.truncationPerProduct
  }

  /// The bits that the buffer holds before a run; operands such that their products in `precision` are exact.
  /// - Parameter salt: selects other made-up values.
  func words(salt: Int, precision: Precision = .float32) throws -> [UInt32] {
    let words = try plainWords(salt: salt)
    return isRounded ? words.map { precision.rounded(Float(bitPattern: $0)).bitPattern } : words
  }

  private func plainWords(salt: Int) throws -> [UInt32] {
    switch contents {
    case .formula(let name, let distribution):
      distribution.words(salt == 0 ? name : "\(name) #\(salt)", count: count)
    case .golden(let tensor) where tensor.dtype == .i32:
      try checked(tensor.values(as: Int32.self).map { UInt32(bitPattern: $0) })
    case .golden(let tensor): try checked(tensor.values(as: Float.self).map(\.bitPattern))
    case .nothing: Array(repeating: Float.nan.bitPattern, count: count)
    }
  }

  /// Whether the words are integers rather than floats.
  var isInteger: Bool {
    switch contents {
    case .formula(_, let distribution): distribution.isInteger
    case .golden(let tensor): tensor.dtype == .i32
    case .nothing: false
    }
  }

  private func checked(_ words: [UInt32]) throws(VerificationError) -> [UInt32] {
    guard words.count == count else {
      throw .mismatchedGolden(tensor: role, expectedCount: count, foundCount: words.count)
    }
    return words
  }
}
