import Foundation

/// The elements of a tensor within a storage: element (i, j, …) lies at offset + i · stride 0 + j · stride 1
/// + ….
struct StridedView {
  /// The number of elements.
  let count: Int
  private let offset: Int
  private let shape: [Int]
  private let strides: [Int]

  /// nil unless every element lies within the storage's `elementCount`.
  init?(_ tensor: TensorReference, within elementCount: Int) {
    guard tensor.offset >= 0, tensor.offset <= elementCount, tensor.shape.count == tensor.strides.count,
      tensor.shape.allSatisfy({ $0 >= 0 }), tensor.strides.allSatisfy({ $0 >= 0 })
    else { return nil }
    var count = 1
    for size in tensor.shape {
      let (product, overflows) = count.multipliedReportingOverflow(by: size)
      if overflows { return nil }
      count = product
    }
    if count > 0 {
      var last = tensor.offset
      for (size, stride) in zip(tensor.shape, tensor.strides) {
        let span = (size - 1).multipliedReportingOverflow(by: stride)
        let sum = last.addingReportingOverflow(span.partialValue)
        if span.overflow || sum.overflow { return nil }
        last = sum.partialValue
      }
      if last >= elementCount { return nil }
    }
    self.count = count
    offset = tensor.offset
    shape = tensor.shape
    strides = tensor.strides
  }

  /// The elements in row-major order, without a copy where they lie like that.
  ///
  /// - Parameter storage: All bytes of the storage.
  func contiguous(_ storage: Data, elementByteCount: Int) -> Data {
    if isContiguous {
      return storage.dropFirst(offset * elementByteCount).prefix(count * elementByteCount)
    }
    var result = Data(count: count * elementByteCount)
    result.withUnsafeMutableBytes { target in
      storage.withUnsafeBytes { source in
        copy(source, to: target, elementByteCount: elementByteCount)
      }
    }
    return result
  }

  private var isContiguous: Bool {
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      if stride != expected { return count == 0 }
      expected *= size
    }
    return true
  }

  /// Counts through the indices, the last one fastest.
  private func copy(
    _ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, elementByteCount: Int
  ) {
    var indices = [Int](repeating: 0, count: shape.count)
    var position = offset
    for element in 0..<count {
      let from = position * elementByteCount
      target[(element * elementByteCount)..<((element + 1) * elementByteCount)].copyBytes(
        from: source[from..<from + elementByteCount])
      for dimension in shape.indices.reversed() {
        indices[dimension] += 1
        position += strides[dimension]
        if indices[dimension] < shape[dimension] { break }
        position -= shape[dimension] * strides[dimension]
        indices[dimension] = 0
      }
    }
  }
}
