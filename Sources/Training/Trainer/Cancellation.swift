import Synchronization

/// A request to stop training that any thread, or a signal, may make.
public final class Cancellation: Sendable {
  private let flag = Atomic(false)

  public init() {}

  /// Asks the trainer to stop after the step it is at.
  public func request() { flag.store(true, ordering: .relaxed) }

  public var isRequested: Bool { flag.load(ordering: .relaxed) }
}
