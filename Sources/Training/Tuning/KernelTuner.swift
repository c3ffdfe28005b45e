import Devices
import Networks

/// Tunes the matrix products of a network's training step on a device.
public struct KernelTuner {
  public let network: Network
  public let batchSize: Int
  /// How long to search.
  public let seconds: Double

  public init(network: Network, batchSize: Int, seconds: Double) {
    self.network = network
    self.batchSize = batchSize
    self.seconds = seconds
  }

  /// - Parameters:
  ///   - request: A device with the gpu family.
  ///   - store: Where what is found goes.
  ///   - progress: Called with the share of the time that has passed, and what is looked at.
  ///   - notice: Receives a line when something works, but not in the best way.
  /// - Throws: `NetworkError`, `OperatorError`, `DeviceError`, a ``TuningError`` where the device computes wrongly without
  ///   tuning, `FileError`.
  public func run(
    on request: DeviceRequest, precision: Precision, store: TuningStore,
    progress: (Double, String) -> Void = { _, _ in }, notice: @escaping (String) -> Void = { _ in }
  ) throws -> TuningReport {
    let plan = try Plan.trainingStep(
      network, batchSize: batchSize, labelSmoothing: 0, optimizer: OptimizerConfiguration())
    let index = try DeviceCatalog.indexOfGPUFamily(request)
    func makeTuner() throws -> ProductTuner {
      let bench = try ProductBench(index, precision: precision, notice: notice)
      let known = try store.record(for: bench.information) { _ in }?.tuning
      return ProductTuner(
        bench, problems: plan.schedule.productProblems, seconds: seconds, known: known ?? .none)
    }
    var tuner = try makeTuner()
    // What cannot be kept is better known before the search than after it.
    try RunFolder.createFolder(store.path)
    let clock = Stopwatch()
    var library: TunedLibrary?
    do {
      library = try tuner.tuneLibrary(progress: progress)
    } catch let error as DeviceError {
      notice("CLBlast's parameters stay as they are, as the device failed while some were tried: \(error)")
      // The failure may have made the other one unusable.
      tuner = try makeTuner()
    }
    let outcome = try tuner.run(progress: progress)
    if let failure = outcome.failure {
      notice("the search ended early, and what was found until then is kept: \(failure)")
    }
    let device = tuner.bench.information
    let file = try store.add(Self.records(of: outcome.products), library: library, of: device)
    return TuningReport(
      device: device, file: file, seconds: clock.seconds, library: library.map(TuningReport.Library.init),
      products: outcome.products.map(TuningReport.Product.init), failure: outcome.failure)
  }

  /// By problem, as files keep them.
  private static func records(of products: [TunedProduct]) -> [String: TuningRecord.Product] {
    let records = products.map { product in
      (
        "\(product.problem)",
        TuningRecord.Product(
          method: "\(product.method)",
          measurement: TuningRecord.Measurement(
            microseconds: product.seconds * 1e6, defaultMethod: "\(product.defaultMethod)",
            defaultMicroseconds: product.defaultSeconds * 1e6, error: product.error))
      )
    }
    return Dictionary(records, uniquingKeysWith: { first, _ in first })
  }
}
