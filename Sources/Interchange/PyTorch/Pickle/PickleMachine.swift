import Foundation

/// Follows a pickle, which is a program for a machine with a stack, without ever running anything: tensors
/// and storages are only described, and every function and class but those of ``PickleGlobal`` is refused.
///
/// Time and memory are in proportion to the pickle's length, and bounded by ``maximumOperations``.
struct PickleMachine {
  /// More than tens of thousands of tensors take.
  static let maximumOperations = 1 << 21

  private var cursor: PickleCursor
  private var graph = PickleGraph()
  private var stack = PickleStack()
  private var memo: [Int: PickleValue] = [:]
  private var operationsLeft: Int

  /// What a pickle leaves.
  struct Outcome {
    let root: PickleValue
    let graph: PickleGraph
    /// The first byte behind the pickle.
    let end: Int
  }

  /// Follows the pickle that begins where `range` does and ends within it.
  static func run(_ bytes: FileBytes, _ range: Range<Int>) throws(PyTorchFileError) -> Outcome {
    var machine = PickleMachine(cursor: PickleCursor(bytes, range), byteCount: range.count)
    let root = try machine.run()
    return Outcome(root: root, graph: machine.graph, end: machine.cursor.offset)
  }

  private init(cursor: PickleCursor, byteCount: Int) {
    self.cursor = cursor
    operationsLeft = min(Self.maximumOperations, 2 * byteCount)
  }

  private mutating func run() throws(PyTorchFileError) -> PickleValue {
    while true {
      stack.position = cursor.offset
      let code = try cursor.byte()
      guard let opcode = PickleOpcode(rawValue: code) else {
        throw PyTorchFileError(.unsupportedOpcode(code, offset: stack.position))
      }
      if opcode == .stop { return try stack.pop() }
      try count(1)
      try execute(opcode)
    }
  }

  private mutating func count(_ operations: Int) throws(PyTorchFileError) {
    operationsLeft -= operations
    guard operationsLeft >= 0 else {
      throw PyTorchFileError(.tooManyOperations(limit: Self.maximumOperations, offset: stack.position))
    }
  }

  private mutating func execute(_ opcode: PickleOpcode) throws(PyTorchFileError) {
    switch opcode {
    case .protocol: try checkProtocol()
    case .frame: _ = try cursor.length(UInt64.self)
    case .stop: break
    case .mark: stack.mark()
    case .pop: _ = try stack.pop()
    case .popMark: _ = try stack.popToMark()

    case .none: stack.push(.none)
    case .newTrue: stack.push(.boolean(true))
    case .newFalse: stack.push(.boolean(false))
    case .binaryInteger: stack.push(.integer(Int(try cursor.number(as: Int32.self))))
    case .binaryInteger1: stack.push(.integer(Int(try cursor.byte())))
    case .binaryInteger2: stack.push(.integer(Int(try cursor.number(as: UInt16.self))))
    case .long1: stack.push(Self.integer(try cursor.take(Int(try cursor.byte()))))
    case .binaryFloat: stack.push(.real(try cursor.bigEndianDouble()))
    case .shortBinaryString, .shortBinaryUnicode: try pushText(UInt8.self)
    case .binaryString: try pushText(Int32.self)
    case .binaryUnicode: try pushText(UInt32.self)
    case .binaryUnicode8: try pushText(UInt64.self)

    case .emptyTuple: stack.push(graph.makeTuple([]))
    case .tuple: stack.push(graph.makeTuple(try stack.popToMark()))
    case .tuple1: stack.push(graph.makeTuple(try stack.pop(1)))
    case .tuple2: stack.push(graph.makeTuple(try stack.pop(2)))
    case .tuple3: stack.push(graph.makeTuple(try stack.pop(3)))
    case .emptyList: stack.push(graph.makeList())
    case .append: try append(try stack.pop(1))
    case .appends: try append(try stack.popToMark())
    case .emptyDictionary: stack.push(graph.makeDictionary())
    case .setItem: try setItems(try stack.pop(2))
    case .setItems: try setItems(try stack.popToMark())

    case .binaryGet: try pushRemembered(Int(try cursor.byte()))
    case .longBinaryGet: try pushRemembered(Int(try cursor.number(as: UInt32.self)))
    case .binaryPut: memo[Int(try cursor.byte())] = try stack.top()
    case .longBinaryPut: memo[Int(try cursor.number(as: UInt32.self))] = try stack.top()
    case .memoize: memo[memo.count] = try stack.top()

    case .global: try pushGlobal(module: try cursor.line(), name: try cursor.line())
    case .stackGlobal: try pushGlobalFromStack()
    case .binaryPersistentIdentifier: try pushStorage()
    case .reduce: try reduce()
    case .build: try build()
    }
  }

  // MARK: - Values

  private mutating func checkProtocol() throws(PyTorchFileError) {
    let version = try cursor.byte()
    guard (2...5).contains(version) else {
      throw stack.malformed("a pickle of protocol 2 to 5", "protocol \(version)")
    }
  }

  private mutating func pushText<Length: FixedWidthInteger>(_ length: Length.Type) throws(PyTorchFileError) {
    stack.push(.text(try cursor.text(try cursor.length(length))))
  }

  /// Two's complement, little endian.
  private static func integer(_ bytes: Data) -> PickleValue {
    guard bytes.count <= 8 else { return .largeInteger(bytes) }
    let isNegative = (bytes.last ?? 0) & 0x80 != 0
    return .integer(bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) })
  }

  private mutating func append(_ elements: ArraySlice<PickleValue>) throws(PyTorchFileError) {
    guard case .list(let list) = try stack.top() else {
      throw stack.malformed("a list", try stack.top().kind)
    }
    graph.append(elements, toList: list)
  }

  private mutating func setItems(_ items: ArraySlice<PickleValue>) throws(PyTorchFileError) {
    guard case .dictionary(let dictionary) = try stack.top() else {
      throw stack.malformed("a dictionary", try stack.top().kind)
    }
    guard items.count.isMultiple(of: 2) else {
      throw stack.malformed("keys with a value each", "a key without")
    }
    for index in stride(from: items.startIndex, to: items.endIndex, by: 2) {
      graph.set(items[index], to: items[index + 1], in: dictionary)
    }
  }

  private mutating func pushRemembered(_ index: Int) throws(PyTorchFileError) {
    guard let value = memo[index] else { throw stack.malformed("a value remembered as \(index)", "none") }
    stack.push(value)
  }

  // MARK: - Functions and classes

  private mutating func pushGlobal(module: String, name: String) throws(PyTorchFileError) {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw PyTorchFileError(.forbiddenGlobal("\(module).\(name)", offset: stack.position))
    }
    stack.push(.global(global))
  }

  private mutating func pushGlobalFromStack() throws(PyTorchFileError) {
    let name = try stack.pop()
    let module = try stack.pop()
    guard case .text(let moduleText) = module, case .text(let nameText) = name else {
      throw stack.malformed("the names of a module and of what it has", "\(module.kind) and \(name.kind)")
    }
    try pushGlobal(module: moduleText, name: nameText)
  }

  private mutating func pushStorage() throws(PyTorchFileError) {
    let identifier = try stack.pop()
    guard let storage = graph.makeStorage(identifier) else {
      throw stack.malformed("the identifier of a whole storage", "another value")
    }
    stack.push(storage)
  }

  /// What a function makes of its arguments.
  private mutating func reduce() throws(PyTorchFileError) {
    let arguments = try stack.pop()
    let function = try stack.pop()
    guard case .tuple(let range) = arguments, case .global(let global) = function else {
      throw stack.malformed("a function and its arguments", "\(function.kind) and \(arguments.kind)")
    }
    let copied = graph.copiedPairs(range)
    try count(copied)
    guard let result = graph.apply(global, toTuple: range) else {
      throw stack.malformed("the arguments of \(global)", "others")
    }
    stack.push(result)
  }

  /// Attributes of a dictionary, such as the version numbers of a state dictionary, say nothing that matters
  /// here.
  private mutating func build() throws(PyTorchFileError) {
    let attributes = try stack.pop()
    let target = try stack.top()
    guard case .dictionary = attributes, case .dictionary = target else {
      throw stack.malformed("attributes of an ordered dictionary", "\(attributes.kind) for \(target.kind)")
    }
  }
}
