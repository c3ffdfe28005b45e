/// An OpenCL device on which matrix products are tried by one method after another, and one at a time: all share programs
/// and memory.
package final class ProductBench {
  package let information: DeviceInformation
  package let limits: ProductTile.Limits
  package let hasLibrary: Bool
  let runtime: OpenCLRuntime
  let memory: TrialMemory
  private let arithmetic: MatrixArithmetic

  /// - Parameters:
  ///   - arithmetic: nil for what the device offers in `precision`.
  ///   - hasLibrary: whether the library multiplies here; nil for what the device gets otherwise.
  ///   - rewriting: changes the text of programs before they are compiled; for tests of what a tuner notices.
  ///   - notice: receives a line when the library is given up.
  /// - Throws: ``DeviceError/unavailable(requested:reason:advice:)`` where there is no such device, or it cannot multiply
  ///   in `precision`.
  package init(
    _ index: Int, precision: Precision = .float32, arithmetic: MatrixArithmetic? = nil,
    hasLibrary: Bool? = nil, rewriting: OpenCLProgramRewriting? = nil,
    notice: @escaping (String) -> Void = { _ in }
  ) throws {
    let offered = try arithmetic ?? OpenCLDevices.arithmetic(of: index, precision)
    runtime = try OpenCLDevices.makeRuntime(
      index, configuration: OpenCLConfiguration(rewriting: rewriting), memoryLimitBytes: nil,
      notice: notice)
    information = runtime.device.information(family: "gpu", precision: precision)
    guard let offered else { throw precision.unavailableForMatrixUnits(on: information.identifier) }
    self.arithmetic = offered
    limits = runtime.device.tileLimits(offered)
    memory = TrialMemory(precision: precision)
    self.hasLibrary = hasLibrary ?? (runtime.device.kind == .gpu)
  }

  /// The method without any tuning.
  package func defaultMethod(for problem: ProductProblem) -> ProductMethod {
    family(ProductChoice()).method(for: problem)
  }

  /// Why a method cannot compute a problem here, or nil.
  package func obstacle(to problem: ProductProblem, by method: ProductMethod) -> String? {
    method.obstacle(to: problem, on: limits, hasLibrary: hasLibrary)
  }

  /// The device with one method for one problem.
  func device(_ problem: ProductProblem, by method: ProductMethod) -> KernelDevice {
    KernelDevice(
      information: information, runtime: runtime,
      family: family(ProductChoice(exceptions: ["\(problem)": method])))
  }

  private func family(_ choice: ProductChoice) -> GPUFamily {
    GPUFamily(on: runtime.device, arithmetic, hasLibrary: hasLibrary, choice: choice)
  }
}
