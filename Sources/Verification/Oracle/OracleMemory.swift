import Devices

/// The tensors of a schedule as plain row-major arrays.
struct OracleMemory {
  private let schedule: Schedule
  private(set) var buffers: [BufferName: [Double]]
  /// By tensor index; nil before the first write.
  private var transients: [[Double]?]

  init(_ schedule: Schedule, buffers: [BufferName: [Double]]) {
    self.schedule = schedule
    self.buffers = buffers
    transients = Array(repeating: nil, count: schedule.tensors.count)
  }

  /// What `tensor` holds.
  /// - Parameter count: the number of elements that the operator relies on; nil for whatever the tensor has.
  func read(_ tensor: Tensor, count: Int? = nil) throws(OracleError) -> [Double] {
    let description = schedule[tensor]
    try check(description, count: count)
    switch description.origin {
    case .transient:
      guard let values = transients[tensor.index] else {
        throw .readBeforeWritten(tensor: description.name)
      }
      return values
    case .external(let name, let offset):
      guard let buffer = buffers[name] else { throw .notBound(buffer: name.description) }
      return Array(buffer[try range(description, name, offset, buffer.count)])
    }
  }

  func readIfPresent(_ tensor: Tensor?, count: Int) throws(OracleError) -> [Double]? {
    guard let tensor else { return nil }
    return try read(tensor, count: count)
  }

  /// Replaces what `tensor` holds, or adds to it.
  mutating func write(
    _ values: [Double], to tensor: Tensor, accumulate: Bool = false
  ) throws(OracleError) {
    let description = schedule[tensor]
    try check(description, count: values.count)
    let result = accumulate ? zip(try read(tensor), values).map { $0 + $1 } : values
    switch description.origin {
    case .transient: transients[tensor.index] = result
    case .external(let name, let offset):
      guard let count = buffers[name]?.count else { throw .notBound(buffer: name.description) }
      let range = try range(description, name, offset, count)
      buffers[name]?.replaceSubrange(range, with: result)
    }
  }

  private func check(_ description: TensorDescription, count: Int?) throws(OracleError) {
    if let count, count != description.count {
      throw .mismatchedCount(tensor: description.name, expected: count, found: description.count)
    }
  }

  private func range(
    _ description: TensorDescription, _ buffer: BufferName, _ offset: Int, _ count: Int
  ) throws(OracleError) -> Range<Int> {
    guard offset >= 0, offset + description.count <= count else {
      throw .outOfBounds(tensor: description.name, buffer: buffer.description, count: count)
    }
    return offset..<(offset + description.count)
  }
}

extension TensorDescription {
  /// The number of logical elements.
  var count: Int {
    switch kind {
    case .activation(let shape): shape.count
    case .vector(let count): count
    }
  }
}
