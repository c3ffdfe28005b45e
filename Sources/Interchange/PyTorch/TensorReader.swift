import Foundation

/// Makes plain tensors of the views into storages that a PyTorch file describes.
///
/// Several tensors may share a storage, and an expanded one repeats its elements: the bytes of all tensors
/// together are bounded by the file's size.
struct TensorReader {
  private let contents: PyTorchContents
  private let fileByteCount: Int
  private let limit: Int
  private var byteCount = 0
  private var storages: [String: Data] = [:]

  init(_ contents: PyTorchContents, fileByteCount: Int) {
    self.contents = contents
    self.fileByteCount = fileByteCount
    let (product, overflows) = fileByteCount.multipliedReportingOverflow(by: 4)
    limit = overflows ? .max : product.addingReportingOverflow(1 << 20).partialValue
  }

  /// The tensor in row-major order. One that lies in its storage like that shares the file's memory.
  ///
  /// - Throws: `PyTorchFileError` if its storage is missing or damaged, or it does not lie within.
  mutating func read(_ name: String, _ reference: TensorReference) throws(PyTorchFileError) -> SafeTensor {
    let storage = contents.graph.storages[reference.storage]
    guard let dtype = storage.type.dtype else {
      throw PyTorchFileError(.unsupportedType(tensor: name, type: "torch.\(storage.type.rawValue)"))
    }
    guard let view = StridedView(reference, within: storage.count) else {
      throw PyTorchFileError(
        .invalidView(
          tensor: name, offset: reference.offset, shape: reference.shape, strides: reference.strides,
          elements: storage.count))
    }
    let size = view.count.multipliedReportingOverflow(by: dtype.byteCount)
    let total = byteCount.addingReportingOverflow(size.partialValue)
    guard !size.overflow, !total.overflow, total.partialValue <= limit else {
      throw PyTorchFileError(.tooLarge(tensor: name, limit: limit, fileByteCount: fileByteCount))
    }
    byteCount = total.partialValue
    let bytes = view.contiguous(try self.bytes(of: storage), elementByteCount: dtype.byteCount)
    do {
      return try SafeTensor(name: name, dtype: dtype, shape: reference.shape, bytes: bytes)
    } catch {
      throw PyTorchFileError(
        .wrongStorageSize(key: storage.key, expected: size.partialValue, found: bytes.count))
    }
  }

  private mutating func bytes(of storage: StorageReference) throws(PyTorchFileError) -> Data {
    let known = storages[storage.key]
    let bytes = if let known { known } else { try contents.storage(storage.key) }
    storages[storage.key] = bytes
    guard bytes.count == storage.byteCount else {
      throw PyTorchFileError(
        .wrongStorageSize(key: storage.key, expected: storage.byteCount ?? .max, found: bytes.count))
    }
    return bytes
  }
}
