// Between the flat vector of gates and the gate tensors of the device. A tensor is `[rows, channels]` per site, the sites
// one behind another; a row is what a part of the batch sees. Where a unit's and a block's gate meet, their product stands.

extension GateLayout {
  /// Writes rows of gates as the device takes them.
  ///
  /// - Parameters:
  ///   - gates: `[rows, count]`.
  ///   - values: Receives `rows · deviceCount` values.
  public func expand(_ gates: [Float], rows: Int, into values: inout [Float]) {
    precondition(gates.count == rows * count, "expected \(rows) rows of \(count) gates")
    if values.count != rows * deviceCount { values = [Float](repeating: 1, count: rows * deviceCount) }
    gates.withUnsafeBufferPointer { gates in
      values.withUnsafeMutableBufferPointer { values in
        var position = 0
        for site in sites {
          for row in 0..<rows {
            let first = row * count
            let block = site.block.map { gates[first + $0] } ?? 1
            if let units = site.units {
              for channel in 0..<site.channels {
                values[position + channel] = gates[first + units + channel] * block
              }
            } else {
              for channel in 0..<site.channels { values[position + channel] = block }
            }
            position += site.channels
          }
        }
      }
    }
  }

  /// Derivatives by the gates from those by the device's values, by the chain rule.
  ///
  /// - Parameters:
  ///   - gradients: `rows · deviceCount` values in the device's order.
  ///   - gates: `[rows, count]`, as they were in the forward pass.
  ///   - result: Receives `[rows, count]`.
  public func contract(_ gradients: [Float], gates: [Float], rows: Int, into result: inout [Float]) {
    precondition(gradients.count == rows * deviceCount, "expected \(rows) rows of \(deviceCount) gradients")
    result = [Float](repeating: 0, count: rows * count)
    gates.withUnsafeBufferPointer { gates in
      gradients.withUnsafeBufferPointer { gradients in
        result.withUnsafeMutableBufferPointer { result in
          var position = 0
          for site in sites {
            for row in 0..<rows {
              let first = row * count
              let block = site.block.map { gates[first + $0] } ?? 1
              var blockSum: Float = 0
              for channel in 0..<site.channels {
                let gradient = gradients[position + channel]
                if let units = site.units {
                  result[first + units + channel] += block * gradient
                  blockSum += gates[first + units + channel] * gradient
                } else {
                  blockSum += gradient
                }
              }
              if let block = site.block { result[first + block] += blockSum }
              position += site.channels
            }
          }
        }
      }
    }
  }
}
