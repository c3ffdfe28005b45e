extension Collection where Element == Double {
  /// The middle value, or the mean of the two middle ones; 0 of none.
  package var median: Double {
    let sorted = self.sorted()
    if sorted.isEmpty { return 0 }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}
