import Foundation

/// A value of a pickle. What has parts points into a ``PickleGraph``: values stay small, may point at each
/// other in circles, and go away without recursion, however deeply they are nested.
enum PickleValue {
  case none
  case boolean(Bool)
  case integer(Int)
  /// An integer of more than 64 bits: two's complement, little endian.
  case largeInteger(Data)
  case real(Double)
  case text(String)
  case tuple(Range<Int>)
  case list(Int)
  case dictionary(Int)
  case global(PickleGlobal)
  case storage(Int)
  case tensor(Int)

  /// What messages call such a value.
  var kind: String {
    switch self {
    case .none: "None"
    case .boolean: "a truth value"
    case .integer, .largeInteger: "an integer"
    case .real: "a number"
    case .text(let text): "the text \(JSONText.excerpt(text))"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .global: "a function or class"
    case .storage: "a storage"
    case .tensor: "a tensor"
    }
  }
}

/// A storage as the pickle names it; its bytes lie elsewhere in the file.
struct StorageReference: Equatable {
  let key: String
  let type: PyTorchScalarType
  /// The number of elements.
  let count: Int

  /// The number of bytes, nil beyond `Int`.
  var byteCount: Int? {
    let (product, overflows) = count.multipliedReportingOverflow(by: type.byteCount)
    return overflows ? nil : product
  }
}

/// A tensor as the pickle describes it; nothing of that has been checked.
struct TensorReference {
  /// An index into the graph's storages.
  let storage: Int
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}

/// The parts of a pickle's values.
struct PickleGraph {
  typealias Entry = (key: PickleValue, value: PickleValue)

  private(set) var storages: [StorageReference] = []
  private(set) var tensors: [TensorReference] = []
  private var tupleElements: [PickleValue] = []
  private var lists: [[PickleValue]] = []
  private var dictionaries: [[Entry]] = []

  func elements(ofTuple range: Range<Int>) -> ArraySlice<PickleValue> { tupleElements[range] }

  func elements(ofList index: Int) -> [PickleValue] { lists[index] }

  /// In the order of insertion; a key that was set twice appears twice.
  func entries(of dictionary: Int) -> [Entry] { dictionaries[dictionary] }

  /// What the text `key` stands for in a dictionary.
  func value(of key: String, in dictionary: Int) -> PickleValue? {
    dictionaries[dictionary].last { entry in
      if case .text(key) = entry.key { true } else { false }
    }?.value
  }

  mutating func makeTuple(_ elements: ArraySlice<PickleValue>) -> PickleValue {
    let start = tupleElements.count
    tupleElements += elements
    return .tuple(start..<tupleElements.count)
  }

  mutating func makeList() -> PickleValue {
    lists.append([])
    return .list(lists.count - 1)
  }

  mutating func append(_ elements: ArraySlice<PickleValue>, toList index: Int) { lists[index] += elements }

  mutating func makeDictionary() -> PickleValue {
    dictionaries.append([])
    return .dictionary(dictionaries.count - 1)
  }

  mutating func set(_ key: PickleValue, to value: PickleValue, in dictionary: Int) {
    dictionaries[dictionary].append((key, value))
  }

  mutating func add(_ storage: StorageReference) -> PickleValue {
    storages.append(storage)
    return .storage(storages.count - 1)
  }

  mutating func add(_ tensor: TensorReference) -> PickleValue {
    tensors.append(tensor)
    return .tensor(tensors.count - 1)
  }
}
