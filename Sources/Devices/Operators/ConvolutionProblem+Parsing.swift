extension ConvolutionProblem {
  /// Understands what ``description`` gives, such as `mb32ic3ih224oc64kh7sh2ph3`: pairs of a key and a number in any
  /// order, each key at most once. Dilation counts as in PyTorch: 1 is none.
  ///
  /// Without `iw`, `kw`, `sw`, `pw` or `dw` the size is that of the other axis; without `sh`, `ph` and `dh` it is 1, 0 and 1.
  ///
  /// - Throws: ``OperatorError/invalidProblem(_:_:)`` that says what was expected at which character, or what is wrong with
  ///   the sizes.
  public init(parsing text: String) throws {
    var scanner = ProblemScanner(text)
    let sizes = try scanner.sizes()
    func extent(_ vertical: ProblemKey, _ horizontal: ProblemKey, default value: Int) -> Extent {
      let height = sizes[vertical] ?? value
      return Extent(height: height, width: sizes[horizontal] ?? height)
    }
    /// The scanner has seen that the keys without a default are there.
    func size(_ key: ProblemKey) -> Int { sizes[key] ?? 0 }
    let image = extent(.ih, .iw, default: 0)
    try self.init(
      input: ActivationShape(
        batch: size(.mb), channels: size(.ic), height: image.height, width: image.width),
      outputChannels: size(.oc), kernel: extent(.kh, .kw, default: 0),
      stride: extent(.sh, .sw, default: 1), padding: extent(.ph, .pw, default: 0),
      dilation: extent(.dh, .dw, default: 1))
    guard isCountable else {
      throw OperatorError.invalidProblem(text, "it has more elements or operations than 64 bits count")
    }
  }

  /// Whether 64-bit integers hold the number of bytes of each operand and of operations.
  private var isCountable: Bool {
    let products = [
      [input.batch, input.channels, input.height, input.width, 4],
      [output.batch, output.channels, output.height, output.width, 4],
      [outputChannels, input.channels, kernel.height, kernel.width, 4],
      [
        output.batch, output.channels, output.height, output.width, input.channels, kernel.height,
        kernel.width, 2,
      ],
    ]
    return products.allSatisfy { factors in
      var product = 1
      return factors.allSatisfy { factor in
        let (next, overflow) = product.multipliedReportingOverflow(by: factor)
        product = next
        return !overflow
      }
    }
  }
}

/// The keys of a problem string: minibatch, input and output channels, then heights and widths.
private enum ProblemKey: String, CaseIterable {
  case mb
  case ic
  case ih
  case iw
  case oc
  case kh
  case kw
  case sh
  case sw
  case ph
  case pw
  case dh
  case dw

  static let withoutDefault: [ProblemKey] = [.mb, .ic, .ih, .oc, .kh]
}

/// Reads a problem string from left to right.
private struct ProblemScanner {
  private let text: String
  private var rest: Substring

  /// Kernels count in 32 bits.
  private static let largest = Int(Int32.max)

  init(_ text: String) {
    self.text = text
    rest = text[...]
  }

  mutating func sizes() throws -> [ProblemKey: Int] {
    var sizes: [ProblemKey: Int] = [:]
    while !rest.isEmpty {
      let key = try key(otherThan: sizes)
      sizes[key] = try number(of: key)
    }
    if let missing = ProblemKey.withoutDefault.first(where: { sizes[$0] == nil }) {
      throw expected("\(missing)")
    }
    return sizes
  }

  private mutating func key(otherThan known: [ProblemKey: Int]) throws -> ProblemKey {
    guard let key = ProblemKey(rawValue: String(rest.prefix(2))), known[key] == nil else {
      let left = ProblemKey.allCases.filter { known[$0] == nil }.map(\.rawValue)
      throw expected(left.isEmpty ? "the end" : "one of \(left.joined(separator: ", "))")
    }
    rest = rest.dropFirst(2)
    return key
  }

  private mutating func number(of key: ProblemKey) throws -> Int {
    let digits = rest.prefix { ("0"..."9").contains($0) }
    guard let number = Int(digits), number <= Self.largest else {
      throw expected("a whole number up to \(Self.largest) for \(key)")
    }
    rest = rest.dropFirst(digits.count)
    return number
  }

  private func expected(_ expectation: String) -> OperatorError {
    let position = text.distance(from: text.startIndex, to: rest.startIndex) + 1
    let found = rest.isEmpty ? "the end" : "'\(rest.prefix(12))'"
    return .invalidProblem(text, "expected \(expectation) at character \(position), found \(found)")
  }
}
