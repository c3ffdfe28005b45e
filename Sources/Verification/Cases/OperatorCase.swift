import Devices

/// One operator on one problem: what to run, on which values, and where to find what should come out.
struct OperatorCase: Sendable {
  enum Expectation: Sendable {
    /// PyTorch's results by role.
    case golden([String: CaseBuffer])
    /// Whatever the oracle computes.
    case oracle
  }

  let name: String
  let operation: String
  let schedule: Schedule
  let buffers: [CaseBuffer]
  let scalars: Oracle.Scalars
  let expectation: Expectation

  /// Elements of all tensors: a measure of how long a simulator takes.
  var words: Int { buffers.reduce(0) { $0 + $1.count } }
}

extension CaseBuffer {
  /// Every buffer begins and ends with words that belong to no tensor. Their odd number leaves tensors as little
  /// aligned as parameters are in their arena.
  static let margin = 19

  var name: BufferName { BufferName(role) }
}
