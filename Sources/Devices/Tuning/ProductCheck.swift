import Foundation

/// What a product should be: a few elements in double precision by plain loops, and then all of a result that agrees
/// with them.
struct ProductCheck {
  let problem: ProductProblem
  /// The largest max |a − b| / max |b| that passes: rounding errors of sums in single precision grow with the root of
  /// their length, those of matrix units, which cut off instead, with the length; and each stored value is rounded once, in
  /// the result and in what it is compared with.
  let bound: Double
  /// What of the bound is for storing results in a short type.
  private let rounding: Double
  private let reference: [Float]

  /// Elements that are computed in double precision.
  private static let samples = 64

  /// Takes a method's result as the reference for others, if the elements that are looked at are right.
  /// - Throws: ``TuningError/wrongDefault(problem:error:bound:)``.
  init(_ trial: ProductTrial, reference: [Float], precision: Precision) throws(TuningError) {
    problem = trial.problem
    self.reference = reference
    let stored = problem.arithmetic(of: MatrixArithmetic(precision)).precision
    rounding = stored.storesExactly ? 0 : 2 * stored.unitRoundoff
    let depth = Double(problem.depth)
    bound = 1e-5 + 8 * depth.squareRoot() * 0x1p-24 + rounding + depth * stored.truncationPerProduct
    // max(x, NaN) is x.
    let isFinite = reference.allSatisfy(\.isFinite)
    let scale = reference.reduce(0) { max($0, Double(abs($1))) }
    let step = max(1, reference.count / Self.samples)
    // An offset that grows, so that not every sample is of the same column.
    let indices = (0..<min(Self.samples, reference.count)).map { ($0 * step + $0 * 7) % reference.count }
    let errors = indices.map { index in
      abs(Double(reference[index]) - problem.element(index, of: trial.operands)) / scale
    }
    let error = isFinite && errors.allSatisfy(\.isFinite) ? errors.max() ?? 0 : .infinity
    guard error <= bound else {
      throw .wrongDefault(problem: "\(problem)", error: error, bound: bound)
    }
  }

  /// max |a − b| / max |b| between a result and the reference; infinite where a result has NaN or something else that is
  /// not finite.
  func error(of values: [Float]) -> Double {
    var largest: Float = 0
    var scale: Float = 0
    for (value, right) in zip(values, reference) {
      guard value.isFinite else { return .infinity }
      largest = max(largest, abs(value - right))
      scale = max(scale, abs(right))
    }
    return scale == 0 ? (largest == 0 ? 0 : .infinity) : Double(largest / scale)
  }

  /// 1 for a result without error, ½ for one at the bound, 0 beyond it. That a last bit of a short type tips over costs
  /// nothing: it does with every other order of sums.
  func correctness(_ error: Double) -> Double {
    if error > bound { return 0 }
    let excess = max(error - rounding, 0)
    let allowed = bound - rounding
    return allowed / (allowed + excess)
  }
}

extension ProductProblem {
  /// The products in one sum.
  var depth: Int {
    switch self {
    case .convolution(.forward, let problem): problem.weightCount / problem.outputChannels
    case .convolution(.backwardData, let problem): problem.weightCount / problem.input.channels
    case .convolution(.backwardWeights, let problem): problem.output.pixels
    case .matrices(_, _, _, let depth, _, _): depth
    }
  }

  /// One element of the result in double precision.
  fileprivate func element(_ index: Int, of operands: (left: [Float], right: [Float])) -> Double {
    switch self {
    case .convolution(.forward, let problem): problem.output(index, operands.left, operands.right)
    case .convolution(.backwardData, let problem): problem.inputGradient(index, operands.left, operands.right)
    case .convolution(.backwardWeights, let problem):
      problem.weightGradient(index, operands.left, operands.right)
    case .matrices(_, let rows, let columns, let depth, let transposesLeft, let transposesRight):
      (0..<depth).reduce(0.0) { sum, k in
        let (entry, at) = index.quotientAndRemainder(dividingBy: rows * columns)
        let (row, column) = at.quotientAndRemainder(dividingBy: columns)
        let left = entry * rows * depth + (transposesLeft ? k * rows + row : row * depth + k)
        let right = entry * depth * columns + (transposesRight ? column * depth + k : k * columns + column)
        return sum + Double(operands.left[left]) * Double(operands.right[right])
      }
    }
  }
}

// Plain loops over the definition of a convolution and its gradients.
extension ConvolutionProblem {
  /// Where a tap of the window of an output pixel lies in the input; nil outside.
  private func inputPixel(_ oy: Int, _ ox: Int, _ ky: Int, _ kx: Int) -> (y: Int, x: Int)? {
    let y = oy * stride.height - padding.height + ky * dilation.height
    let x = ox * stride.width - padding.width + kx * dilation.width
    return (0..<input.height).contains(y) && (0..<input.width).contains(x) ? (y, x) : nil
  }

  fileprivate func output(_ index: Int, _ values: [Float], _ weights: [Float]) -> Double {
    let at = output.coordinates(index)
    var sum = 0.0
    for channel in 0..<input.channels {
      for ky in 0..<kernel.height {
        for kx in 0..<kernel.width {
          guard let pixel = inputPixel(at.y, at.x, ky, kx) else { continue }
          let weight = ((at.channel * input.channels + channel) * kernel.height + ky) * kernel.width + kx
          sum +=
            Double(weights[weight]) * Double(values[input.index(at.image, channel, pixel.y, pixel.x)])
        }
      }
    }
    return sum
  }

  fileprivate func inputGradient(_ index: Int, _ gradient: [Float], _ weights: [Float]) -> Double {
    let at = input.coordinates(index)
    var sum = 0.0
    for ky in 0..<kernel.height {
      for kx in 0..<kernel.width {
        let y = at.y + padding.height - ky * dilation.height
        let x = at.x + padding.width - kx * dilation.width
        guard y >= 0, x >= 0, y.isMultiple(of: stride.height), x.isMultiple(of: stride.width) else {
          continue
        }
        let (oy, ox) = (y / stride.height, x / stride.width)
        guard oy < output.height, ox < output.width else { continue }
        for channel in 0..<outputChannels {
          let weight = ((channel * input.channels + at.channel) * kernel.height + ky) * kernel.width + kx
          sum += Double(weights[weight]) * Double(gradient[output.index(at.image, channel, oy, ox)])
        }
      }
    }
    return sum
  }

  fileprivate func weightGradient(_ index: Int, _ values: [Float], _ gradient: [Float]) -> Double {
    let (rest, kx) = index.quotientAndRemainder(dividingBy: kernel.width)
    let (channels, ky) = rest.quotientAndRemainder(dividingBy: kernel.height)
    let (outputChannel, channel) = channels.quotientAndRemainder(dividingBy: input.channels)
    var sum = 0.0
    for image in 0..<input.batch {
      for oy in 0..<output.height {
        for ox in 0..<output.width {
          guard let pixel = inputPixel(oy, ox, ky, kx) else { continue }
          sum +=
            Double(values[input.index(image, channel, pixel.y, pixel.x)])
            * Double(gradient[output.index(image, outputChannel, oy, ox)])
        }
      }
    }
    return sum
  }
}

extension ActivationShape {
  fileprivate func index(_ image: Int, _ channel: Int, _ y: Int, _ x: Int) -> Int {
    ((image * channels + channel) * height + y) * width + x
  }

  fileprivate func coordinates(_ index: Int) -> (image: Int, channel: Int, y: Int, x: Int) {
    let (row, x) = index.quotientAndRemainder(dividingBy: width)
    let (plane, y) = row.quotientAndRemainder(dividingBy: height)
    return (plane / channels, plane % channels, y, x)
  }
}
