/// How an activation becomes a 32-bit word: samples whose words agree in all elements of a layer are in one bundle.
///
/// `exact` and `reference` are the comparisons of the authors' public code and its idealisation; `perWeight` and
/// `tolerance` are ours.
public enum ResolutionModel: Hashable, Sendable {
  /// Bits of the activation, −0 as 0.
  case exact
  /// Bits of the weight that an update with the activation would leave.
  case reference(ReferenceResolution)
  /// A cell for each channel, as wide as the next layer's weights make it. See ``WeightResolution``.
  case perWeight(CellWidths)
  /// Cells of one width that the user gives.
  case tolerance(CellWidths)

  /// The word of every NaN.
  public static let notANumberWord: UInt32 = 0x7FC0_0000

  /// Bits of x + 0, so that −0 is 0, and of one NaN for all.
  @inline(__always)
  static func bits(_ x: Float) -> UInt32 { x.isNaN ? notANumberWord : (x + 0).bitPattern }

  /// Bits of the cell's number as a float: an integer number would saturate, and put all large activations into one cell.
  @inline(__always)
  static func cell(_ activation: Float, scale: Float) -> UInt32 {
    bits((activation * scale).rounded(.toNearestOrEven))
  }

  /// - Parameter channel: Which of the cell widths holds, below their number.
  public func word(_ activation: Float, channel: Int = 0) -> UInt32 {
    switch self {
    case .exact: Self.bits(activation)
    case .reference(let reference): reference.word(activation)
    case .perWeight(let cells), .tolerance(let cells): Self.cell(activation, scale: cells.scales[channel])
    }
  }

  /// What activation 0 becomes, in every channel.
  public var zeroWord: UInt32 { word(0) }

  /// γ per channel, or one for all: activations in one cell differ by no more but for rounding; 0 for exact equality.
  public var cellWidths: [Float] {
    switch self {
    case .exact: [0]
    case .reference(let reference): [Float(reference.cellWidth)]
    case .perWeight(let cells), .tolerance(let cells): cells.widths
    }
  }
}

extension ResolutionModel {
  /// One key per sample.
  ///
  /// - Throws: `BundleError.wrongCount` where the cell widths do not split the elements evenly.
  public func keys(of activations: ActivationMatrix) throws -> [BundleKey] {
    let zeroWord = zeroWord
    return try map(activations) { row, wordOf in
      var hash = ActivationHash()
      for (index, activation) in row.enumerated() {
        hash.add(index: index, activation: activation, word: wordOf(activation, index), zeroWord: zeroWord)
      }
      return hash.key
    }
  }

  /// All words, `[samples, features]`.
  ///
  /// - Throws: `BundleError.wrongCount` where the cell widths do not split the elements evenly.
  public func words(of activations: ActivationMatrix) throws -> [UInt32] {
    var words: [UInt32] = []
    words.reserveCapacity(activations.values.count)
    _ = try map(activations) { row, wordOf in
      for (index, activation) in row.enumerated() { words.append(wordOf(activation, index)) }
    }
    return words
  }

  /// Calls `body` for every row, with the function from an activation and its index to its word.
  @inline(__always)
  private func map<Result>(
    _ activations: ActivationMatrix,
    _ body: (UnsafeBufferPointer<Float>, (Float, Int) -> UInt32) -> Result
  ) throws -> [Result] {
    let features = activations.features
    switch self {
    case .exact:
      return activations.mapRows { body($0) { activation, _ in Self.bits(activation) } }
    case .reference(let reference):
      return activations.mapRows { body($0) { activation, _ in reference.word(activation) } }
    case .perWeight(let cells), .tolerance(let cells):
      let area = try Self.area(features: features, channels: cells.scales.count)
      return cells.scales.withUnsafeBufferPointer { scales in
        activations.mapRows { row in
          body(row) { activation, index in Self.cell(activation, scale: scales[index / area]) }
        }
      }
    }
  }

  /// The number of elements that share a cell width.
  static func area(features: Int, channels: Int) throws -> Int {
    guard features.isMultiple(of: channels), features > 0 else {
      throw BundleError.wrongCount(
        of: "elements, or a divisor of them, as cell widths", expected: features, found: channels)
    }
    return features / channels
  }
}
