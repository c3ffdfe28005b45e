import Foundation

/// Host memory of whole pages, its content undefined: large ones where it is large, as kernels that walk many planes at
/// once would otherwise wait for the addresses of pages.
final class HostPages {
  let address: UnsafeMutableRawPointer

  private static let pageBytes = 4096
  private static let largePageBytes = 2 << 20

  /// nil where there is no such memory.
  init?(bytes: Int) {
    let page = bytes < Self.largePageBytes ? Self.pageBytes : Self.largePageBytes
    let (sum, overflow) = bytes.addingReportingOverflow(page - 1)
    var address: UnsafeMutableRawPointer?
    guard !overflow, posix_memalign(&address, page, sum / page * page) == 0, let address else { return nil }
    #if os(Linux)
      // Only a wish: the system may not grant it.
      if page == Self.largePageBytes { madvise(address, sum / page * page, MADV_HUGEPAGE) }
    #endif
    self.address = address
  }

  deinit { free(address) }
}
