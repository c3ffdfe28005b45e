/// The eigenvalues of a symmetric matrix and, if wanted, its eigenvectors.
///
/// Householder reflections make it tridiagonal, QR steps with Wilkinson's shift diagonal (Golub and Van Loan, Matrix
/// Computations, 8.3). Errors are of the order of 1e-16 of the largest eigenvalue.
public struct SymmetricEigensystem: Hashable, Sendable {
  /// From the largest to the smallest, `[n]`.
  public let values: [Double]
  /// Of length 1, in the order of the values, one after the other, `[n, n]`; empty where they were not wanted.
  public let vectors: [Double]

  /// - Parameters:
  ///   - matrix: `[n, n]`, symmetric: its lower triangle is read.
  ///   - n: Its order, at least 1.
  ///   - withVectors: Whether the eigenvectors are wanted; they take several times as long.
  /// - Returns: nil where a number is NaN or infinite, and where the steps do not converge, which has never been seen.
  /// - Throws: `ProbeError` for another number of elements.
  public init?(_ matrix: [Double], order n: Int, withVectors: Bool = false) throws(ProbeError) {
    guard n > 0, matrix.count == n * n else {
      throw .wrongCount(
        of: "elements of a matrix of order \(n)", expected: max(1, n * n), found: matrix.count)
    }
    var largest = 0.0
    for value in matrix {
      guard value.isFinite else { return nil }
      largest = max(largest, abs(value))
    }
    // Squares must neither overflow nor vanish.
    let scale = largest > 0 ? largest : 1
    var form = TridiagonalMatrix(reducing: matrix.map { $0 / scale }, order: n, withBasis: withVectors)
    guard form.diagonalize() else { return nil }
    let diagonal = form.diagonal
    let order = diagonal.indices.sorted { diagonal[$0] > diagonal[$1] }
    values = order.map { diagonal[$0] * scale }
    vectors = withVectors ? order.flatMap { form.basis[($0 * n)..<(($0 + 1) * n)] } : []
  }
}

extension TridiagonalMatrix {
  /// Steps for an eigenvalue at most; two or three are usual.
  private static let mostSteps = 60

  /// Turns the basis until nothing is left beside the diagonal.
  ///
  /// - Returns: whether that came to an end.
  fileprivate mutating func diagonalize() -> Bool {
    let n = diagonal.count
    var norm = 0.0
    for index in 0..<n { norm = max(norm, abs(diagonal[index]) + abs(offDiagonal[index])) }
    // What cannot be told from the rounding of the reflections.
    let negligible = norm * Double.ulpOfOne
    var (end, steps) = (n - 1, 0)
    while end > 0 {
      if abs(offDiagonal[end - 1]) <= negligible {
        offDiagonal[end - 1] = 0
        (end, steps) = (end - 1, 0)
        continue
      }
      var begin = end - 1
      while begin > 0, abs(offDiagonal[begin - 1]) > negligible { begin -= 1 }
      steps += 1
      guard steps <= Self.mostSteps else { return false }
      step(from: begin, through: end)
    }
    return true
  }

  /// An implicit QR step on a part of the matrix whose numbers beside the diagonal all count.
  private mutating func step(from begin: Int, through end: Int) {
    let n = diagonal.count
    // The shift: the eigenvalue of the last 2×2 block that is nearer to its last number.
    let (half, beside) = ((diagonal[end - 1] - diagonal[end]) / 2, offDiagonal[end - 1])
    let root = (half * half + beside * beside).squareRoot()
    let shift = diagonal[end] - beside * beside / (half + (half < 0 ? -root : root))
    var (x, z) = (diagonal[begin] - shift, offDiagonal[begin])
    for index in begin..<end {
      let length = (x * x + z * z).squareRoot()
      let (cosine, sine) = length > 0 ? (x / length, z / length) : (1, 0)
      if index > begin { offDiagonal[index - 1] = length }
      let (a, b, c) = (diagonal[index], offDiagonal[index], diagonal[index + 1])
      diagonal[index] = cosine * cosine * a + 2 * cosine * sine * b + sine * sine * c
      diagonal[index + 1] = sine * sine * a - 2 * cosine * sine * b + cosine * cosine * c
      offDiagonal[index] = cosine * sine * (c - a) + (cosine * cosine - sine * sine) * b
      if index + 1 < end {
        x = offDiagonal[index]
        z = sine * offDiagonal[index + 1]
        offDiagonal[index + 1] *= cosine
      }
      guard !basis.isEmpty else { continue }
      basis.withUnsafeMutableBufferPointer { basis in
        guard let first = basis.baseAddress.map({ $0 + index * n }) else { return }
        let second = first + n
        for element in 0..<n {
          let (p, q) = (first[element], second[element])
          first[element] = cosine * p + sine * q
          second[element] = cosine * q - sine * p
        }
      }
    }
  }
}
