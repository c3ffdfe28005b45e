/// Tries the matrix library on a device before it is trusted: small integers, so that every result is exact, in a
/// destination full of NaN, which must not leak into the result.
struct MatrixLibraryCheck {
  let queue: OpenCLQueue
  let budget: MemoryBudget
  let library: MatrixLibrary

  /// What is wrong, or nil. The sizes reach the library's kernels for small and for large matrices.
  func failure() -> String? {
    do {
      for (size, batch) in [(33, 1), (1030, 1), (33, 3), (520, 2)] {
        guard try isCorrect(m: size, n: size - 2, k: size - 1, batch: batch) else {
          return "a product of \(size)x\(size - 2)x\(size - 1) x \(batch) matrices came out wrong"
        }
      }
      return nil
    } catch {
      return "\(error)"
    }
  }

  private func isCorrect(m: Int, n: Int, k: Int, batch: Int) throws -> Bool {
    // One left factor for the whole batch, as in a 1 × 1 convolution.
    let a = Self.matrix(count: m * k, period: 7)
    let b = Self.matrix(count: batch * n * k, period: 5)
    let product = GEMM(
      m: m, n: n, k: k,
      a: GEMM.Matrix(slot: Slot(index: 0), leadingDimension: k),
      b: GEMM.Matrix(slot: Slot(index: 1), leadingDimension: k, transposed: true, batchStride: n * k),
      c: GEMM.Matrix(slot: Slot(index: 2), leadingDimension: n, batchStride: m * n), batchCount: batch)
    let c = try memory(words: batch * m * n)
    try c.fill(Float.nan.bitPattern, atWord: 0, count: c.words)
    let left = (memory: try memory(a), offset: 0)
    let right = (memory: try memory(b), offset: 0)
    let temporary = try library.makeTemporary(product, a: left, b: right, c: (c, 0))
    try library.enqueue(product, a: left, b: right, c: (c, 0), temporary: temporary, on: queue)
    var result = [Float](repeating: 0, count: c.words)
    try result.withUnsafeMutableBytes { try c.read(into: $0, atWord: 0) }
    return (0..<batch).allSatisfy { entry in
      Self.agree(a: a, b: b[(entry * n * k)...], c: result[(entry * m * n)...], m: m, n: n, k: k)
    }
  }

  /// Freivalds' check: `C·v = A·(Bᵀ·v)` for one vector `v`, without a product on the host. All values are integers
  /// below 2^53.
  private static func agree(
    a: [Float], b: ArraySlice<Float>, c: ArraySlice<Float>, m: Int, n: Int, k: Int
  ) -> Bool {
    let vector = (0..<n).map { Double($0 * $0 % 251 + 1) }
    var inner = [Double](repeating: 0, count: k)
    for row in 0..<n {
      for column in 0..<k { inner[column] += Double(b[b.startIndex + row * k + column]) * vector[row] }
    }
    return (0..<m).allSatisfy { row in
      var expected = 0.0
      for column in 0..<k { expected += Double(a[row * k + column]) * inner[column] }
      var found = 0.0
      for column in 0..<n { found += Double(c[c.startIndex + row * n + column]) * vector[column] }
      return expected == found
    }
  }

  private static func matrix(count: Int, period: Int) -> [Float] {
    (0..<count).map { Float(($0 * $0 / 3 + $0) % period - period / 2) }
  }

  private func memory(words: Int) throws -> OpenCLMemory {
    try OpenCLMemory(words: words, name: "a check of the matrix library", queue: queue, budget: budget)
  }

  private func memory(_ values: [Float]) throws -> OpenCLMemory {
    let memory = try memory(words: values.count)
    try values.withUnsafeBytes { try memory.write($0, atWord: 0) }
    return memory
  }
}
