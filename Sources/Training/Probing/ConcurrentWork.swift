import Foundation
import Synchronization

/// The same work for several layers, on several threads. What comes out does not depend on their number.
enum ConcurrentWork {
  /// Calls `body` with 0..<count.
  ///
  /// - Parameter threads: At least 1.
  /// - Throws: Of the errors thrown the one of the smallest number.
  static func forEach(_ count: Int, threads: Int, _ body: @Sendable (Int) throws -> Void) throws {
    guard count > 0 else { return }
    let failure = Mutex((index: Int.max, error: (any Error)?.none))
    let workers = min(max(1, threads), count)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      for index in stride(from: worker, to: count, by: workers) {
        do {
          try body(index)
        } catch {
          failure.withLock { if index < $0.index { $0 = (index, error) } }
        }
      }
    }
    if let error = failure.withLock({ $0.error }) { throw error }
  }
}
