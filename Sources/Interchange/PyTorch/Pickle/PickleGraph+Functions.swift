// What the few allowed functions make of their arguments. Each gives nil for arguments that it cannot take.

extension PickleGraph {
  /// The storage of a persistent identifier: ('storage', type, key, device, number of elements). The older
  /// layout adds None, or which part of another storage it is, which no present version of PyTorch writes.
  mutating func makeStorage(_ identifier: PickleValue) -> PickleValue? {
    guard case .tuple(let range) = identifier, (5...6).contains(range.count) else { return nil }
    let parts = Array(elements(ofTuple: range))
    guard case .text("storage") = parts[0], case .global(.storage(let type)) = parts[1],
      case .text(let key) = parts[2], case .text = parts[3], case .integer(let count) = parts[4], count >= 0
    else { return nil }
    if parts.count == 6 {
      guard case .none = parts[5] else { return nil }
    }
    return add(StorageReference(key: key, type: type, count: count))
  }

  /// The result of a function.
  mutating func apply(_ function: PickleGlobal, toTuple arguments: Range<Int>) -> PickleValue? {
    guard arguments.count <= 7 else { return nil }
    let values = Array(elements(ofTuple: arguments))
    switch function {
    case .orderedDictionary: return makeOrderedDictionary(values)
    case .rebuildTensor where values.count == 4, .rebuildTensorV2 where values.count >= 6:
      return makeTensor(values)
    case .rebuildParameter where values.count == 3:
      guard case .tensor = values[0] else { return nil }
      return values[0]
    default: return nil
    }
  }

  /// How many pairs `apply` copies from a list, which the same few bytes can ask for again and again.
  func copiedPairs(_ arguments: Range<Int>) -> Int {
    guard case .list(let list)? = elements(ofTuple: arguments).first else { return 0 }
    return elements(ofList: list).count
  }

  /// OrderedDict() or, from Python 2, OrderedDict([[key, value], …]).
  private mutating func makeOrderedDictionary(_ arguments: [PickleValue]) -> PickleValue? {
    let result = makeDictionary()
    guard let first = arguments.first else { return result }
    guard arguments.count == 1, case .list(let list) = first, case .dictionary(let dictionary) = result else {
      return nil
    }
    for pair in elements(ofList: list) {
      let pair = shortSequence(pair)
      guard pair.count == 2 else { return nil }
      set(pair[0], to: pair[1], in: dictionary)
    }
    return result
  }

  /// The elements of a tuple or list of two.
  private func shortSequence(_ value: PickleValue) -> [PickleValue] {
    switch value {
    case .tuple(let range) where range.count == 2: Array(elements(ofTuple: range))
    case .list(let list): elements(ofList: list)
    default: []
    }
  }

  /// (storage, offset, shape, strides, …): what follows is for training.
  private mutating func makeTensor(_ arguments: [PickleValue]) -> PickleValue? {
    guard case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
      let shape = sizes(arguments[2]), let strides = sizes(arguments[3]), shape.count == strides.count
    else { return nil }
    return add(TensorReference(storage: storage, offset: offset, shape: shape, strides: strides))
  }

  /// The integers of a tuple of at most 64, which is as many dimensions as PyTorch computes with.
  private func sizes(_ value: PickleValue) -> [Int]? {
    guard case .tuple(let range) = value, range.count <= 64 else { return nil }
    var sizes: [Int] = []
    for element in elements(ofTuple: range) {
      guard case .integer(let size) = element else { return nil }
      sizes.append(size)
    }
    return sizes
  }
}
