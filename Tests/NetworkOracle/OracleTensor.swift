/// An array of float64 numbers, row-major, with the operators of inference in plain loops: slow, and simple
/// enough to be right. Feature maps are `[batch, channels, height, width]`, vectors `[batch, values]`.
package struct OracleTensor: Equatable {
  package var shape: [Int]
  package var values: [Double]

  package init(_ shape: [Int], _ values: [Double]) {
    precondition(values.count == shape.reduce(1, *), "\(values.count) values for shape \(shape)")
    self.shape = shape
    self.values = values
  }

  package init(_ shape: [Int], _ values: [Float]) { self.init(shape, values.map(Double.init)) }

  package func map(_ transform: (Double) -> Double) -> OracleTensor {
    OracleTensor(shape, values.map(transform))
  }

  package static func + (left: OracleTensor, right: OracleTensor) -> OracleTensor {
    precondition(left.shape == right.shape, "\(left.shape) + \(right.shape)")
    return OracleTensor(left.shape, zip(left.values, right.values).map(+))
  }

  /// The largest absolute difference; NaN where there is one.
  package func maximumDifference(from other: OracleTensor) -> Double {
    precondition(shape == other.shape, "\(shape) and \(other.shape)")
    return zip(values, other.values).reduce(0) { largest, pair in
      let difference = abs(pair.0 - pair.1)
      return difference <= largest || largest.isNaN ? largest : difference
    }
  }

  /// Every element: its index along `axis` and its position in ``values``.
  func forEach(axis: Int, _ body: (_ index: Int, _ position: Int) -> Void) {
    let inner = shape.dropFirst(axis + 1).reduce(1, *)
    for position in values.indices { body(position / inner % shape[axis], position) }
  }
}

/// A window that slides over feature maps.
package struct OracleWindow {
  package var kernel: [Int]
  package var stride: [Int]
  /// Top, left, bottom, right.
  package var pads: [Int]
  package var dilation: [Int]

  package init(kernel: [Int], stride: [Int], pads: [Int], dilation: [Int] = [1, 1]) {
    self.kernel = kernel
    self.stride = stride
    self.pads = pads
    self.dilation = dilation
  }

  func outputSize(_ size: Int, axis: Int) -> Int {
    (size + pads[axis] + pads[axis + 2] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis] + 1
  }

  /// The taps of one output pixel that lie within an image: the kernel's row and column, the image's row and
  /// column.
  func taps(row: Int, column: Int, height: Int, width: Int, _ body: (Int, Int, Int, Int) -> Void) {
    for kernelRow in 0..<kernel[0] {
      let y = row * stride[0] - pads[0] + kernelRow * dilation[0]
      guard (0..<height).contains(y) else { continue }
      for kernelColumn in 0..<kernel[1] {
        let x = column * stride[1] - pads[1] + kernelColumn * dilation[1]
        if (0..<width).contains(x) { body(kernelRow, kernelColumn, y, x) }
      }
    }
  }
}
