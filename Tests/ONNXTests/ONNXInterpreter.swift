import NetworkOracle
import XCTest

/// Runs an ONNX file in float64, strictly: every operation must have just the attributes and inputs that it
/// takes.
struct ONNXInterpreter {
  private let file: ONNXFile
  private var values: [String: OracleTensor]

  static func logits(_ file: ONNXFile, images: OracleTensor) throws -> OracleTensor {
    var interpreter = ONNXInterpreter(file: file, values: ["input": images])
    for operation in file.operations {
      XCTAssertNil(interpreter.values[operation.output], "\(operation.output) twice")
      XCTAssertNil(file.initializers[operation.output], "\(operation.output) twice")
      XCTAssertFalse(operation.output.isEmpty)
      interpreter.values[operation.output] = try interpreter.run(Arguments(operation))
    }
    return try interpreter.value("logits")
  }

  /// The attributes of an operation, taken one by one.
  private struct Arguments {
    let type: String
    let inputs: [String]
    private var attributes: [String: ONNXFile.Attribute]

    init(_ operation: ONNXFile.Operation) {
      type = operation.type
      inputs = operation.inputs
      attributes = operation.attributes
    }

    mutating func integers(_ name: String, count: Int) throws -> [Int] {
      guard case .integers(let value) = attributes.removeValue(forKey: name), value.count == count else {
        throw Unsupported(what: "\(type) without \(count) \(name)")
      }
      return value
    }

    mutating func expect(_ name: String, _ value: ONNXFile.Attribute) throws {
      guard attributes.removeValue(forKey: name) == value else {
        throw Unsupported(what: "\(type) whose \(name) is not \(value)")
      }
    }

    mutating func integer(_ name: String) throws -> Int {
      guard case .integer(let value) = attributes.removeValue(forKey: name) else {
        throw Unsupported(what: "\(type) without \(name)")
      }
      return value
    }

    func requireEmpty() throws {
      guard attributes.isEmpty else { throw Unsupported(what: "\(type) with \(attributes)") }
    }
  }

  private struct Unsupported: Error { let what: String }

  private func value(_ name: String) throws -> OracleTensor {
    try XCTUnwrap(values[name], "nothing gives '\(name)'")
  }

  private func floats(_ name: String) throws -> OracleTensor {
    let tensor = try XCTUnwrap(file.initializers[name], name)
    XCTAssertEqual(tensor.type, 1, name)
    return OracleTensor(tensor.shape, tensor.floats)
  }

  private func integers(_ name: String) throws -> [Int] {
    let tensor = try XCTUnwrap(file.initializers[name], name)
    XCTAssertEqual(tensor.type, 7, name)
    XCTAssertEqual(tensor.shape, [tensor.integers.count], name)
    return tensor.integers
  }

  private func run(_ arguments: Arguments) throws -> OracleTensor {
    var arguments = arguments
    let result = try result(&arguments)
    try arguments.requireEmpty()
    return result
  }

  private func result(_ arguments: inout Arguments) throws -> OracleTensor {
    let inputs = arguments.inputs
    let first = try value(inputs[0])
    switch (arguments.type, inputs.count) {
    case ("Conv", 2), ("Conv", 3):
      let window = try window(&arguments, dilation: arguments.integers("dilations", count: 2))
      let weights = try floats(inputs[1])
      XCTAssertEqual(Array(weights.shape[2...]), window.kernel)
      return first.convolved(
        weights, bias: inputs.count == 3 ? try floats(inputs[2]).values : nil,
        groups: try arguments.integer("group"), window: window)
    case ("BatchNormalization", 5):
      try arguments.expect("epsilon", .float(1e-5))
      let operands = try inputs[1...].map { try floats($0).values }
      return first.normalised(
        mean: operands[2], variance: operands[3], scale: operands[0], shift: operands[1], epsilon: 1e-5)
    case ("Relu", 1): return first.map { max($0, 0) }
    case ("Identity", 1): return first
    case ("Add", 2): return first + (try value(inputs[1]))
    case ("MaxPool", 1): return first.maximumPooled(try window(&arguments))
    case ("AveragePool", 1):
      try arguments.expect("count_include_pad", .integer(1))
      return first.averagePooled(try window(&arguments))
    case ("GlobalAveragePool", 1): return first.globallyAveraged()
    case ("Flatten", 1):
      try arguments.expect("axis", .integer(1))
      return first.flattened()
    case ("Gemm", 2), ("Gemm", 3):
      try arguments.expect("transB", .integer(1))
      return first.multiplied(
        try floats(inputs[1]), bias: inputs.count == 3 ? try floats(inputs[2]).values : nil)
    case ("Slice", 5):
      let operands = try inputs[1...].map(integers)
      return first.sliced(starts: operands[0], ends: operands[1], axes: operands[2], steps: operands[3])
    case ("Pad", 2): return first.padded(try integers(inputs[1]))
    case ("Gather", 2):
      try arguments.expect("axis", .integer(1))
      return first.taking(try integers(inputs[1]), axis: 1)
    default: throw Unsupported(what: "\(arguments.type) of \(inputs.count) inputs")
    }
  }

  private func window(_ arguments: inout Arguments, dilation: [Int] = [1, 1]) throws -> OracleWindow {
    OracleWindow(
      kernel: try arguments.integers("kernel_shape", count: 2),
      stride: try arguments.integers("strides", count: 2),
      pads: try arguments.integers("pads", count: 4), dilation: dilation)
  }
}

extension OracleTensor {
  /// The elements at some indices of an axis, in that order.
  fileprivate func taking(_ indices: [Int], axis: Int) -> OracleTensor {
    let outer = shape.prefix(axis).reduce(1, *)
    let inner = shape.dropFirst(axis + 1).reduce(1, *)
    var result: [Double] = []
    for block in 0..<outer {
      for index in indices {
        let start = (block * shape[axis] + index) * inner
        result += values[start..<start + inner]
      }
    }
    var shape = shape
    shape[axis] = indices.count
    return OracleTensor(shape, result)
  }

  fileprivate func sliced(starts: [Int], ends: [Int], axes: [Int], steps: [Int]) -> OracleTensor {
    axes.indices.reduce(self) { tensor, index in
      let end = min(ends[index], tensor.shape[axes[index]])
      return tensor.taking(Array(stride(from: starts[index], to: end, by: steps[index])), axis: axes[index])
    }
  }

  /// - Parameter pads: zeros before each axis, then those behind each.
  fileprivate func padded(_ pads: [Int]) -> OracleTensor {
    XCTAssertEqual(pads.count, 2 * shape.count)
    XCTAssertTrue(pads.allSatisfy { $0 >= 0 }, "\(pads)")
    return shape.indices.reduce(self) { tensor, axis in
      // One more element of zeros along the axis, which the padding's indices then name.
      let count = tensor.shape[axis]
      let indices =
        [Int](repeating: count, count: pads[axis]) + Array(0..<count)
        + [Int](repeating: count, count: pads[axis + shape.count])
      return tensor.withZeros(axis: axis).taking(indices, axis: axis)
    }
  }

  private func withZeros(axis: Int) -> OracleTensor {
    let inner = shape.dropFirst(axis).reduce(1, *)
    let zeros = [Double](repeating: 0, count: shape.dropFirst(axis + 1).reduce(1, *))
    var result: [Double] = []
    for block in 0..<shape.prefix(axis).reduce(1, *) {
      result += values[block * inner..<(block + 1) * inner] + zeros
    }
    var shape = shape
    shape[axis] += 1
    return OracleTensor(shape, result)
  }
}
