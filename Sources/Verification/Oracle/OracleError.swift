/// Why the oracle cannot run a schedule: always a mistake of the schedule or of its buffers.
public enum OracleError: Error, Hashable, Sendable, CustomStringConvertible {
  case notBound(buffer: String)
  /// An external tensor reaches beyond its buffer.
  case outOfBounds(tensor: String, buffer: String, count: Int)
  /// A transient tensor was read before anything was written to it.
  case readBeforeWritten(tensor: String)
  /// A tensor holds another number of elements than an operator needs.
  case mismatchedCount(tensor: String, expected: Int, found: Int)
  /// An operator is asked for something that it cannot do without another operand.
  case missingOperand(operation: String, operand: String)
  /// An operation on bits, which has no result in double precision.
  case onBits(operation: String)

  public var description: String {
    switch self {
    case .notBound(let buffer): "no buffer was bound to '\(buffer)'"
    case .outOfBounds(let tensor, let buffer, let count):
      "\(tensor) reaches beyond the \(count) words of '\(buffer)'"
    case .readBeforeWritten(let tensor): "\(tensor) is read before it is written"
    case .mismatchedCount(let tensor, let expected, let found):
      "\(tensor): an operator needs \(expected) elements, the tensor holds \(found)"
    case .missingOperand(let operation, let operand): "\(operation) needs \(operand)"
    case .onBits(let operation): "\(operation) is about bits and has no result in double precision"
    }
  }
}
