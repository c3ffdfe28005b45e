/// A symmetric matrix with numbers on and beside its diagonal only.
struct TridiagonalMatrix {
  /// `[n]`.
  var diagonal: [Double]
  /// `[n]`; the last one is 0 and stands for nothing.
  var offDiagonal: [Double]
  /// The basis in which the matrix has this form, one vector after the other, `[n, n]`; empty where it is not wanted.
  var basis: [Double]

  /// A symmetric matrix in a basis in which it is tridiagonal, by Householder reflections.
  ///
  /// - Parameters:
  ///   - matrix: `[n, n]`, of which the lower triangle is read.
  ///   - n: Its order, at least 1.
  init(reducing matrix: [Double], order n: Int, withBasis: Bool) {
    var matrix = matrix
    diagonal = [Double](repeating: 0, count: n)
    offDiagonal = diagonal
    basis = []
    var (vector, product) = (diagonal, diagonal)
    var reflections: [[Double]] = []
    matrix.withUnsafeMutableBufferPointer { matrix in
      guard let a = matrix.baseAddress else { return }
      for step in 0..<n {
        diagonal[step] = a[step * n + step]
        guard step + 1 < n else { break }
        let rest = n - step - 1
        for row in 0..<rest { vector[row] = a[(step + 1 + row) * n + step] }
        let (isNeeded, value) = Self.reflect(&vector, count: rest)
        offDiagonal[step] = value
        if isNeeded { Self.apply(vector, &product, to: a + (step + 1) * (n + 1), order: rest, stride: n) }
        if withBasis { reflections.append(isNeeded ? Array(vector.prefix(rest)) : []) }
      }
    }
    if withBasis { basis = Self.basis(reflections, order: n) }
  }

  /// Makes the reflection I − vvᵀ that turns `vector` into (value, 0, 0, …).
  ///
  /// - Returns: whether that is any other than `vector` itself, which is then v, of length √2; and the value.
  private static func reflect(_ vector: inout [Double], count: Int) -> (isNeeded: Bool, value: Double) {
    var tail = 0.0
    for index in 1..<max(1, count) { tail += vector[index] * vector[index] }
    guard tail > 0 else { return (false, vector[0]) }
    let norm = (vector[0] * vector[0] + tail).squareRoot()
    // Away from cancellation.
    let value = vector[0] > 0 ? -norm : norm
    vector[0] -= value
    let factor = (2 / (vector[0] * vector[0] + tail)).squareRoot()
    for index in 0..<count { vector[index] *= factor }
    return (true, value)
  }

  /// A ← (I − vvᵀ) A (I − vvᵀ) in the lower triangle: A − vwᵀ − wvᵀ with w = Av − ½(vᵀAv) v.
  private static func apply(
    _ vector: [Double], _ product: inout [Double], to a: UnsafeMutablePointer<Double>, order n: Int,
    stride: Int
  ) {
    vector.withUnsafeBufferPointer { vector in
      product.withUnsafeMutableBufferPointer { product in
        guard let v = vector.baseAddress, let w = product.baseAddress else { return }
        for row in 0..<n { w[row] = 0 }
        for row in 0..<n {
          let line = a + row * stride
          w[row] += VectorLoops.dot(line, v, count: row + 1)
          VectorLoops.add(line, times: v[row], to: w, count: row)
        }
        VectorLoops.add(v, times: -VectorLoops.dot(v, w, count: n) / 2, to: w, count: n)
        for row in 0..<n {
          let line = a + row * stride
          VectorLoops.add(w, times: -v[row], to: line, count: row + 1)
          VectorLoops.add(v, times: -w[row], to: line, count: row + 1)
        }
      }
    }
  }

  /// H₀H₁…: reflection k acts on all but the first k + 1 numbers. Transposed, so that a vector of the basis is a row.
  private static func basis(_ reflections: [[Double]], order n: Int) -> [Double] {
    var basis = [Double](repeating: 0, count: n * n)
    for index in 0..<n { basis[index * n + index] = 1 }
    basis.withUnsafeMutableBufferPointer { basis in
      guard let rows = basis.baseAddress else { return }
      for (step, vector) in reflections.enumerated().reversed() where !vector.isEmpty {
        vector.withUnsafeBufferPointer { vector in
          guard let v = vector.baseAddress else { return }
          for row in (step + 1)..<n {
            let line = rows + (row * n + step + 1)
            VectorLoops.add(
              v, times: -VectorLoops.dot(v, line, count: vector.count), to: line, count: vector.count)
          }
        }
      }
    }
    return basis
  }
}
