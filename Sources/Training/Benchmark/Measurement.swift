import Foundation

extension Collection where Element == Double {
  /// The middle value, or the mean of the two middle ones; 0 of none.
  var median: Double {
    let sorted = self.sorted()
    if sorted.isEmpty { return 0 }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}

enum PeakMemory {
  /// The largest resident set of this process so far.
  static var bytes: Int {
    var usage = rusage()
    #if os(Linux)
      getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #else
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #endif
  }
}
