import Probes

/// How layers are probed.
public struct ProbeConfiguration: Hashable, Sendable {
  public var saturation: Saturation.Rule
  /// What of an image is a row of the covariance.
  public var rows: CovarianceAccumulator.Rows
  /// Feature maps are averaged to so many cells in each direction for the probes; vectors are taken as they are.
  public var pool: Int
  public var softmax: SoftmaxRegression
  public var ridge: RidgeRegression
  /// A layer is productive if its accuracy is above that of all before by more than this.
  public var tolerance: Double
  /// Features of training images to hold in memory, in bytes; layers beyond that take another pass over the images. A layer
  /// that is larger by itself is held all the same.
  public var featureBytes: Int

  public init(
    saturation: Saturation.Rule, rows: CovarianceAccumulator.Rows = .positions, pool: Int = 4,
    softmax: SoftmaxRegression, ridge: RidgeRegression, tolerance: Double = 0, featureBytes: Int = 1 << 30
  ) {
    self.saturation = saturation
    self.rows = rows
    self.pool = pool
    self.softmax = softmax
    self.ridge = ridge
    self.tolerance = tolerance
    self.featureBytes = featureBytes
  }

  /// All as by default.
  public init() throws {
    self.init(
      saturation: try Saturation.Rule(), softmax: try SoftmaxRegression(), ridge: try RidgeRegression())
  }

  /// - Throws: `ProbeError.outOfRange`.
  func check() throws(ProbeError) {
    guard (1...Self.largestPool).contains(pool) else {
      throw .outOfRange(
        parameter: "pool", expected: "a whole number in 1…\(Self.largestPool)", found: "\(pool)")
    }
    guard tolerance >= 0, tolerance.isFinite else {
      throw .outOfRange(parameter: "tolerance", expected: "a finite number from 0", found: "\(tolerance)")
    }
  }

  /// Cells in each direction for the closed form: as many as for the other probe, or fewer to have no more than
  /// ``RidgeRegression/largestPooledFeatures``.
  func ridgePool(of layer: ProbedLayer) -> Int {
    (1...max(1, pool)).last { layer.channels * $0 * $0 <= RidgeRegression.largestPooledFeatures } ?? 1
  }

  /// Features of a layer, of the one probe and of the other.
  func features(of layer: ProbedLayer) -> (softmax: Int, ridge: Int) {
    guard !layer.isVector else { return (layer.count, layer.count) }
    let ridgePool = ridgePool(of: layer)
    return (layer.channels * pool * pool, layer.channels * ridgePool * ridgePool)
  }

  private static let largestPool = 64
}
