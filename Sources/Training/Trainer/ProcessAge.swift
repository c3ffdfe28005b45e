import Foundation

/// How long this process has been running.
enum ProcessAge {
  /// Wall-clock seconds since the process was created, in steps of the kernel's clock ticks (10 ms); nil where the system
  /// does not tell.
  static var seconds: Double? {
    #if os(Linux)
      guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
        let name = text.lastIndex(of: ")")
      else { return nil }
      // The program's name, in parentheses, is field 2 and may hold anything; the time of creation is field 22.
      let fields = text[name...].split(separator: " ")
      guard fields.count > 20, let ticks = Double(fields[20]) else { return nil }
      var now = timespec()
      guard clock_gettime(CLOCK_BOOTTIME, &now) == 0 else { return nil }
      return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9 - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    #else
      return nil
    #endif
  }
}
