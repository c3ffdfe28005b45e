/// Who computes a matrix product on a GPU, and how.
package enum ProductMethod: Hashable, Sendable, CustomStringConvertible {
  /// Our kernels, tile by tile.
  case tile(ProductTile)
  /// Winograd's F(2×2, 3×3) by our kernels.
  case winograd(WinogradTile)
  /// The device's library for matrices.
  case library

  /// Such as `16x16:2x4x16`, `winograd:32x32x8:8x8` or `library`.
  package var description: String {
    switch self {
    case .tile(let tile): "\(tile)"
    case .winograd(let tile): "\(tile)"
    case .library: "library"
    }
  }

  /// Understands what ``description`` gives.
  /// - Throws: ``ProductTileError`` or ``WinogradTileError`` where the text is no method.
  package init(parsing text: String) throws {
    if text == "library" {
      self = .library
    } else if text.hasPrefix("winograd") {
      self = .winograd(try WinogradTile(parsing: text))
    } else {
      self = .tile(try ProductTile(parsing: text))
    }
  }

  /// Why a device with these limits cannot run the method for any problem, or nil.
  func obstacle(on limits: ProductTile.Limits) -> String? {
    switch self {
    case .tile(let tile):
      // Whether it multiplies as its problem wants it is a question for every problem.
      var limits = limits
      if !tile.options.usesUnits { limits.arithmetic = MatrixArithmetic() }
      return tile.obstacle(on: limits)
    case .winograd(let tile): return tile.obstacle(on: limits)
    case .library: return nil
    }
  }

  /// Why the method cannot compute a problem on a device with these limits, or nil.
  /// - Parameter hasLibrary: whether the device has one.
  package func obstacle(
    to problem: ProductProblem, on limits: ProductTile.Limits, hasLibrary: Bool
  ) -> String? {
    switch self {
    case .tile(let tile):
      var limits = limits
      limits.arithmetic = problem.arithmetic(of: limits.arithmetic)
      if case .convolution(.backwardWeights, _) = problem, tile.options.parts > 1 {
        return "gradients of weights are cut into groups of images, not into parts of a tile's depth"
      }
      return tile.obstacle(on: limits)
    case .winograd(let tile):
      guard case .convolution(_, let convolution) = problem, convolution.allowsWinograd else {
        return "it is no convolution of 3x3 taps without stride and dilation"
      }
      if limits.arithmetic.precision != .float32 {
        return "its transforms would lose the digits of a shorter type"
      }
      return tile.obstacle(on: limits)
    case .library:
      if !hasLibrary { return "the device has no library for matrices" }
      if !problem.suitsLibrary { return "it is no matrix product as the feature maps lie" }
      if problem.arithmetic(of: limits.arithmetic).precision != .float32 {
        return "the library multiplies in single precision"
      }
      return nil
    }
  }
}

/// Which method computes a matrix product: the default for the class of device, but for the problems that have one of
/// their own.
package struct ProductChoice: Hashable, Sendable {
  /// For all problems instead of the defaults, where it can compute them; for tests and tuning.
  package var usual: ProductMethod?
  /// By the problem's description, as a tuner stores it.
  package var exceptions: [String: ProductMethod]
  /// Of the library's kernel, where the library is used; nil for its own.
  package var library: LibraryParameters?

  package init(
    usual: ProductMethod? = nil, exceptions: [String: ProductMethod] = [:], library: LibraryParameters? = nil
  ) {
    self.usual = usual
    self.exceptions = exceptions
    self.library = library
  }

  package init(tile: ProductTile) { self.init(usual: .tile(tile)) }

  /// The tuned methods that a device with these limits cannot run, in order of their problems.
  func misfits(on limits: ProductTile.Limits) -> [ProductMethod] {
    inOrder.filter { $0.obstacle(on: limits) != nil }
  }

  private var inOrder: [ProductMethod] { exceptions.sorted { $0.key < $1.key }.map(\.value) }

  /// - Throws: ``ProductTileError/unsuitable(tile:device:reason:)`` or ``WinogradTileError/unsuitable(tile:device:reason:)``
  ///   for the first tile that the device cannot run.
  func check(on device: OpenCLDeviceDescription, _ arithmetic: MatrixArithmetic) throws {
    for method in [usual].compactMap(\.self) + inOrder {
      guard let reason = method.obstacle(on: device.tileLimits(arithmetic)) else { continue }
      if case .winograd(let tile) = method {
        throw WinogradTileError.unsuitable(tile: "\(tile)", device: device.name, reason: reason)
      }
      throw ProductTileError.unsuitable(tile: "\(method)", device: device.name, reason: reason)
    }
  }
}
