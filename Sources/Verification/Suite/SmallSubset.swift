/// A few small cases of each operation, for devices on which every case takes long.
enum SmallSubset {
  private static let casesPerOperation = 12
  private static let words = 3000

  /// At least one case of each operation that `cases` contains, in their order.
  static func select(from cases: [OperatorCase]) -> [OperatorCase] {
    var operations: [String] = []
    for test in cases where !operations.contains(test.operation) { operations.append(test.operation) }
    return operations.flatMap { operation in
      let candidates = cases.filter { $0.operation == operation }
      let small = candidates.filter { $0.words <= words }
      return small.isEmpty
        ? Array(candidates.sorted { $0.words < $1.words }.prefix(1)) : evenlySpaced(small)
    }
  }

  private static func evenlySpaced(_ cases: [OperatorCase]) -> [OperatorCase] {
    if cases.count <= casesPerOperation { return cases }
    return (0..<casesPerOperation).map { cases[$0 * (cases.count - 1) / (casesPerOperation - 1)] }
  }
}
