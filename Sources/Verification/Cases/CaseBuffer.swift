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
  /// For results, the largest allowed max |a − b| / max |b|; nil for what is only read.
  let bound: Double?

  /// The bits that the buffer holds before a run.
  /// - Parameter salt: selects other made-up values.
  func words(salt: Int) throws -> [UInt32] {
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
