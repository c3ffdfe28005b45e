import Foundation

/// The parts of a PyTorch file in either layout: its object, and where the bytes of its storages are.
struct PyTorchContents {
  let root: PickleValue
  let graph: PickleGraph
  /// The bytes of the storage with a certain key, all of them; throws if there are none, or they are damaged.
  let storage: (_ key: String) throws(PyTorchFileError) -> Data

  /// - Throws: `PyTorchFileError` if the file has neither layout, or is damaged.
  init(_ bytes: FileBytes) throws(PyTorchFileError) {
    switch try PyTorchLayout(bytes) {
    case .zip: self = try ZipLayout.parse(bytes)
    case .legacy: self = try LegacyLayout.parse(bytes)
    }
  }

  init(
    _ object: PickleMachine.Outcome, storage: @escaping (String) throws(PyTorchFileError) -> Data
  ) {
    root = object.root
    graph = object.graph
    self.storage = storage
  }
}

/// The layouts of PyTorch files, which their first bytes tell.
enum PyTorchLayout {
  case zip
  case legacy

  /// How many bytes tell.
  static let prefixByteCount = 16

  /// - Throws: `PyTorchFileError` if it is neither.
  init(_ bytes: FileBytes) throws(PyTorchFileError) {
    if ZipLayout.begins(bytes) {
      self = .zip
    } else if LegacyLayout.begins(bytes) {
      self = .legacy
    } else {
      let start = (0..<min(4, bytes.count)).compactMap { bytes[$0] }.map { String($0, radix: 16) }
      throw PyTorchFileError(
        .notPyTorch(found: start.isEmpty ? "its end" : "the bytes \(start.joined(separator: " "))"))
    }
  }
}
