/// The lower triangle L of a symmetric, positive definite matrix A = LLᵀ.
package struct CholeskyFactor: Sendable {
  package let order: Int
  /// `[n, n]`; what is above the diagonal means nothing.
  package private(set) var values: [Double]

  /// - Parameter matrix: `[n, n]`, of which the lower triangle is read.
  /// - Returns: nil unless the matrix is positive definite and finite.
  package init?(_ matrix: [Double], order n: Int) {
    guard n > 0, matrix.count == n * n else { return nil }
    order = n
    values = matrix
    var isPositive = true
    values.withUnsafeMutableBufferPointer { values in
      guard let l = values.baseAddress else { return }
      // Four rows at a time, so that the rows above are read a quarter as often.
      for first in stride(from: 0, to: n, by: 4) {
        let last = min(first + 4, n)
        for column in 0..<last {
          for row in max(first, column)..<last {
            let line = l + row * n
            let rest = line[column] - VectorLoops.dot(line, l + column * n, count: column)
            if row == column {
              guard rest > 0, rest.isFinite else {
                isPositive = false
                return
              }
              line[column] = rest.squareRoot()
            } else {
              line[column] = rest / l[column * n + column]
            }
          }
        }
      }
    }
    guard isPositive else { return nil }
  }

  /// x with Ax = b, `[n]`.
  package func solve(_ b: [Double]) -> [Double] {
    var x = b
    values.withUnsafeBufferPointer { values in
      x.withUnsafeMutableBufferPointer { x in
        guard let l = values.baseAddress, let x = x.baseAddress else { return }
        for row in 0..<order {
          x[row] = (x[row] - VectorLoops.dot(l + row * order, x, count: row)) / l[row * order + row]
        }
        for row in (0..<order).reversed() {
          x[row] /= l[row * order + row]
          VectorLoops.add(l + row * order, times: -x[row], to: x, count: row)
        }
      }
    }
    return x
  }
}
