extension OracleTensor {
  /// - Parameter weights: `[outputs, inputs / groups, kernel height, kernel width]`.
  package func convolved(
    _ weights: OracleTensor, bias: [Double]?, groups: Int, window: OracleWindow
  ) -> OracleTensor {
    let (inputs, outputs) = (weights.shape[1], weights.shape[0])
    precondition(inputs * groups == shape[1] && outputs % groups == 0, "\(groups) groups of \(inputs)")
    return windows(channels: outputs, window) { image, output, taps in
      var sum = bias?[output] ?? 0
      let firstInput = output / (outputs / groups) * inputs
      for input in 0..<inputs {
        let plane = (image * shape[1] + firstInput + input) * shape[2]
        let kernel = (output * inputs + input) * window.kernel[0]
        taps { kernelRow, kernelColumn, y, x in
          sum +=
            values[(plane + y) * shape[3] + x]
            * weights.values[(kernel + kernelRow) * window.kernel[1] + kernelColumn]
        }
      }
      return sum
    }
  }

  /// The largest element of each window, padding left out.
  package func maximumPooled(_ window: OracleWindow) -> OracleTensor {
    windows(channels: shape[1], window) { image, channel, taps in
      var largest = -Double.infinity
      taps { _, _, y, x in
        largest = max(largest, values[((image * shape[1] + channel) * shape[2] + y) * shape[3] + x])
      }
      return largest
    }
  }

  /// The mean of each window, padding counted as zeros.
  package func averagePooled(_ window: OracleWindow) -> OracleTensor {
    windows(channels: shape[1], window) { image, channel, taps in
      var sum = 0.0
      taps { _, _, y, x in sum += values[((image * shape[1] + channel) * shape[2] + y) * shape[3] + x] }
      return sum / Double(window.kernel[0] * window.kernel[1])
    }
  }

  /// - Returns: `[batch, channels, 1, 1]`.
  package func globallyAveraged() -> OracleTensor {
    let count = shape[2] * shape[3]
    let means = (0..<shape[0] * shape[1]).map { plane in
      values[plane * count..<(plane + 1) * count].reduce(0, +) / Double(count)
    }
    return OracleTensor([shape[0], shape[1], 1, 1], means)
  }

  package func flattened() -> OracleTensor { OracleTensor([shape[0], values.count / shape[0]], values) }

  /// - Parameter weights: `[outputs, inputs]`.
  package func multiplied(_ weights: OracleTensor, bias: [Double]?) -> OracleTensor {
    let (inputs, outputs) = (weights.shape[1], weights.shape[0])
    precondition(shape == [shape[0], inputs], "\(shape) times \(weights.shape)")
    let products = (0..<shape[0] * outputs).map { index in
      let (image, output) = index.quotientAndRemainder(dividingBy: outputs)
      return (0..<inputs).reduce(bias?[output] ?? 0) {
        $0 + values[image * inputs + $1] * weights.values[output * inputs + $1]
      }
    }
    return OracleTensor([shape[0], outputs], products)
  }

  package func normalised(
    mean: [Double], variance: [Double], scale: [Double], shift: [Double], epsilon: Double
  ) -> OracleTensor {
    var result = self
    forEach(axis: 1) { channel, position in
      result.values[position] =
        (values[position] - mean[channel]) / (variance[channel] + epsilon).squareRoot() * scale[channel]
        + shift[channel]
    }
    return result
  }

  /// Computes each pixel of new feature maps; `body` gets the image, the channel and a loop over the window's
  /// taps.
  private func windows(
    channels: Int, _ window: OracleWindow,
    _ body: (_ image: Int, _ channel: Int, _ taps: ((Int, Int, Int, Int) -> Void) -> Void) -> Double
  ) -> OracleTensor {
    let (height, width) = (window.outputSize(shape[2], axis: 0), window.outputSize(shape[3], axis: 1))
    var result = OracleTensor(
      [shape[0], channels, height, width], [Double](repeating: 0, count: shape[0] * channels * height * width)
    )
    var position = 0
    for image in 0..<shape[0] {
      for channel in 0..<channels {
        for row in 0..<height {
          for column in 0..<width {
            result.values[position] = body(image, channel) { tap in
              window.taps(row: row, column: column, height: shape[2], width: shape[3], tap)
            }
            position += 1
          }
        }
      }
    }
    return result
  }
}
