/// The stack of a ``PickleMachine``, with marks in it below which no operation reaches.
struct PickleStack {
  private var values: [PickleValue] = []
  /// How many values lie below each mark.
  private var marks: [Int] = []
  /// Where the present operation begins, for messages.
  var position = 0

  mutating func push(_ value: PickleValue) { values.append(value) }

  mutating func mark() { marks.append(values.count) }

  func top() throws(PyTorchFileError) -> PickleValue {
    guard available > 0, let value = values.last else { throw malformed("a value on the stack", "none") }
    return value
  }

  mutating func pop() throws(PyTorchFileError) -> PickleValue {
    let value = try top()
    values.removeLast()
    return value
  }

  mutating func pop(_ count: Int) throws(PyTorchFileError) -> ArraySlice<PickleValue> {
    guard available >= count else { throw malformed("\(count) values on the stack", "\(available)") }
    let popped = ArraySlice(values.suffix(count))
    values.removeLast(count)
    return popped
  }

  mutating func popToMark() throws(PyTorchFileError) -> ArraySlice<PickleValue> {
    guard let mark = marks.last else { throw malformed("a mark on the stack", "none") }
    let popped = try pop(values.count - mark)
    marks.removeLast()
    return popped
  }

  func malformed(_ expected: String, _ found: String) -> PyTorchFileError {
    PyTorchFileError(.malformed(offset: position, expected: expected, found: found))
  }

  private var available: Int { values.count - (marks.last ?? 0) }
}
