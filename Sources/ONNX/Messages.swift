import Foundation

// Short ways to make the generated messages.

/// ONNX's numbers of the element types that we write.
enum ElementType {
  static let float: Int32 = 1
  static let integer: Int32 = 7
}

extension ONNXTensor {
  init(_ name: String, shape: [Int], floats: [Float]) {
    self.init(
      name, shape: shape, elementType: ElementType.float,
      // A closure, as a key path takes tens of seconds for a large network.
      littleEndian: floats.map { $0.bitPattern.littleEndian })
  }

  /// A vector of integers.
  init(_ name: String, integers: [Int]) {
    self.init(
      name, shape: [integers.count], elementType: ElementType.integer,
      littleEndian: integers.map { Int64($0).littleEndian })
  }

  private init(
    _ name: String, shape: [Int], elementType: Int32, littleEndian values: [some FixedWidthInteger]
  ) {
    self.init()
    self.name = name
    self.elementType = elementType
    dimensions = shape.map(Int64.init)
    rawData = values.withUnsafeBytes { Data($0) }
  }
}

extension ONNXAttribute {
  init(_ name: String, integers: [Int]) {
    self.init()
    self.name = name
    self.integers = integers.map(Int64.init)
    kind = .integers
  }

  init(_ name: String, integer: Int) {
    self.init()
    self.name = name
    self.integer = Int64(integer)
    kind = .integer
  }

  init(_ name: String, float: Float) {
    self.init()
    self.name = name
    self.float = float
    kind = .float
  }
}

extension ONNXValue {
  /// A batch of any size, `N`, of float tensors of this shape.
  init(_ name: String, batchOf shape: [Int]) {
    self.init()
    self.name = name
    type.tensor.elementType = ElementType.float
    var batch = ONNXDimension()
    batch.symbol = "N"
    type.tensor.shape.dimensions =
      [batch]
      + shape.map { size in
        var dimension = ONNXDimension()
        dimension.count = Int64(size)
        return dimension
      }
  }
}
