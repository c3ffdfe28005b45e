/// Tries the matrix library on a device before it is trusted: small integers, so that every result is exact, in a
/// destination full of NaN, which must not leak into the result, or of numbers to add to.
struct MatrixLibraryCheck {
  let queue: OpenCLQueue
  let budget: MemoryBudget
  let library: MatrixLibrary

  /// Words in front of each matrix, as in an arena.
  private static let offset = 64

  /// What is wrong, or nil. The sizes reach the library's kernels for small and for large matrices.
  func failure() -> String? {
    do {
      for (size, batch) in [(33, 1), (try library.largeSide() + 2, 1), (33, 3), (130, 2)] {
        for form in Form.used {
          let trial = Trial(m: size, n: size - 2, k: size - 1, batch: batch, form: form)
          guard library.suits(trial.product) else { continue }
          guard trial.agrees(try result(of: trial)) else { return "\(trial) came out wrong" }
        }
      }
      return nil
    } catch {
      return "\(error)"
    }
  }

  private func result(of trial: Trial) throws -> [Float] {
    let product = trial.product
    let a = try location(of: trial.a)
    let b = try location(of: trial.b)
    let c = try location(
      of: product.accumulate ? trial.initial : [Float](repeating: .nan, count: trial.initial.count))
    let parameters = library.parameters
    let temporary = try library.makeTemporary(product, a: a, b: b, c: c, by: parameters)
    try library.enqueue(product, a: a, b: b, c: c, temporary: temporary, by: parameters, on: queue)
    var result = [Float](repeating: 0, count: trial.initial.count)
    try result.withUnsafeMutableBytes { try c.memory.read(into: $0, atWord: c.offset) }
    return result
  }

  /// Memory with these values behind NaN.
  private func location(of values: [Float]) throws -> MatrixLibrary.Location {
    let memory = try OpenCLMemory(
      words: Self.offset + values.count, name: "a check of the matrix library", queue: queue, budget: budget)
    try memory.fill(Float.nan.bitPattern, atWord: 0, count: Self.offset)
    try values.withUnsafeBytes { try memory.write($0, atWord: Self.offset) }
    return (memory, Self.offset)
  }
}

/// Which factors lie transposed, and whether the product is added to its destination.
private struct Form {
  var transposesA = false
  var transposesB = false
  var accumulates = false

  /// Those of the layers: a linear layer's output and its weights' gradient, and a 1 × 1 convolution's output and its
  /// input's gradient.
  static let used = [
    Form(transposesB: true), Form(transposesA: true), Form(), Form(transposesA: true, accumulates: true),
  ]
}

/// A batch of products of made-up matrices.
private struct Trial: CustomStringConvertible {
  let product: GEMM
  let a: [Float]
  let b: [Float]
  /// What the destination holds before, for a product that is added to it.
  let initial: [Float]

  /// One left factor for the whole batch, as in a 1 × 1 convolution.
  init(m: Int, n: Int, k: Int, batch: Int, form: Form) {
    product = GEMM(
      m: m, n: n, k: k,
      a: GEMM.Matrix(
        slot: Slot(index: 0), leadingDimension: form.transposesA ? m : k, transposed: form.transposesA),
      b: GEMM.Matrix(
        slot: Slot(index: 1), leadingDimension: form.transposesB ? k : n, transposed: form.transposesB,
        batchStride: n * k),
      c: GEMM.Matrix(slot: Slot(index: 2), leadingDimension: n, batchStride: m * n),
      accumulate: form.accumulates, batchCount: batch)
    a = Self.matrix(count: m * k, period: 7)
    b = Self.matrix(count: batch * n * k, period: 5)
    initial = Self.matrix(count: batch * m * n, period: 11)
  }

  var description: String {
    "a product of \(product.m)x\(product.n)x\(product.k) x \(product.batchCount) matrices"
      + (product.a.transposed ? ", the first transposed" : "")
      + (product.b.transposed ? ", the second transposed" : "")
      + (product.accumulate ? ", added to another," : "")
  }

  /// Freivalds' check: `C·v = A·(B·v)` for one vector `v`, without a product on the host. All values are integers
  /// below 2^53.
  func agrees(_ result: [Float]) -> Bool {
    let vector = (0..<product.n).map { Double($0 * $0 % 251 + 1) }
    return (0..<product.batchCount).allSatisfy { entry in
      let inner = Self.multiply(b, product.b, entry: entry, rows: product.k, by: vector)
      var expected = Self.multiply(a, product.a, entry: entry, rows: product.m, by: inner)
      if product.accumulate {
        let before = Self.multiply(initial, product.c, entry: entry, rows: product.m, by: vector)
        for row in expected.indices { expected[row] += before[row] }
      }
      return Self.multiply(result, product.c, entry: entry, rows: product.m, by: vector) == expected
    }
  }

  private static func multiply(
    _ values: [Float], _ matrix: GEMM.Matrix, entry: Int, rows: Int, by vector: [Double]
  ) -> [Double] {
    let first = entry * matrix.batchStride
    let (down, across) = matrix.transposed ? (1, matrix.leadingDimension) : (matrix.leadingDimension, 1)
    return (0..<rows).map { row in
      var sum = 0.0
      for column in vector.indices {
        sum += Double(values[first + row * down + column * across]) * vector[column]
      }
      return sum
    }
  }

  private static func matrix(count: Int, period: Int) -> [Float] {
    (0..<count).map { Float(($0 * $0 / 3 + $0) % period - period / 2) }
  }
}
