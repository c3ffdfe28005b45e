/// Which method computes a matrix product that was never tuned: by the class of device and the size of the result, the
/// same on every machine.
///
/// The tiles were not chosen by measurements but by what such devices have: registers for 64 sums per item, 32 items that
/// run in step, tiles no taller than the result, and by the registers that NVIDIA's assembler gives them (tools/check-ptx).
package struct ProductDefaults: Hashable, Sendable {
  let deviceClass: DeviceClass
  let limits: ProductTile.Limits
  let hasLibrary: Bool

  package init(deviceClass: DeviceClass, limits: ProductTile.Limits, hasLibrary: Bool) {
    self.deviceClass = deviceClass
    self.limits = limits
    self.hasLibrary = hasLibrary
  }

  /// Devices that want the same tiles.
  package enum DeviceClass: CaseIterable, Hashable, Sendable {
    /// NVIDIA's and AMD's: 128 registers and more for each of 256 items.
    case largeGPU
    /// Others, such as Intel's, with fewer registers.
    case smallGPU
    /// OpenCL on processors.
    case processor

    init(_ device: OpenCLDeviceDescription) {
      let vendor = device.vendor.lowercased()
      let isLarge = ["nvidia", "amd", "advanced micro devices"].contains { vendor.contains($0) }
      self = device.kind != .gpu ? .processor : isLarge ? .largeGPU : .smallGPU
    }
  }

  package func method(for problem: ProductProblem) -> ProductMethod {
    if ProductMethod.library.obstacle(to: problem, on: limits, hasLibrary: hasLibrary) == nil {
      return .library
    }
    let fitting = ladder(for: problem).first {
      ProductMethod.tile($0).obstacle(to: problem, on: limits, hasLibrary: hasLibrary) == nil
    }
    return .tile(fitting ?? .standard)
  }

  /// The tiles to choose from, the best first.
  private func ladder(for problem: ProductProblem) -> [ProductTile] {
    let (rows, columns) = problem.resultSize
    let arithmetic = problem.arithmetic(of: limits.arithmetic)
    let hasUnits = arithmetic.units != nil && arithmetic.unitCode != nil
    let tiles: [ProductTile]
    if hasUnits && (arithmetic.units != .emulated || arithmetic.precision == .tensorFloat32) {
      tiles = Self.unitTiles
    } else {
      switch deviceClass {
      case .largeGPU: tiles = Self.largeTiles
      case .smallGPU: tiles = Self.smallTiles
      case .processor: tiles = []
      }
    }
    // A result of few tiles keeps few work-groups busy: then smaller ones.
    let suiting = tiles.filter { tile in
      let groups = tile.count(rows: rows, columns: columns) * problem.resultCount
      return tile.rows < 2 * max(rows, 16) && (groups >= 64 || tile.rows <= 32)
    }
    return suiting + tiles.suffix(1)
  }

  /// From tall to flat.
  private static let largeTiles = tiles([
    "16x16:8x8x8:vector4:double", "16x16:4x4x16:vector4", "32x8:4x4x16:vector4", "32x4:4x4x16:vector4",
  ])
  private static let smallTiles = tiles([
    "16x16:4x4x8:vector4", "32x8:4x4x8:vector4", "32x4:4x4x8:vector4",
  ])
  private static let unitTiles = tiles([
    "16x16:8x8x16:units", "16x16:4x8x16:double:units", "16x16:2x8x32:units", "32x8:2x4x32:units",
    "8x8:2x4x16:units",
  ])

  private static func tiles(_ texts: [String]) -> [ProductTile] {
    texts.compactMap { try? ProductTile(parsing: $0) }
  }
}
