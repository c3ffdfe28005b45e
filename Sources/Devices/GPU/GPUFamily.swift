/// Kernels with work-groups and local memory over plain NCHW feature maps.
struct GPUFamily: KernelFamily {
  let name = "gpu"
  let arithmetic: MatrixArithmetic
  let defaults: ProductDefaults
  let choice: ProductChoice
  /// Whether one launch may do what several small ones would: on a GPU a launch costs as much time as a small kernel takes.
  /// Results are the same bits.
  let mergesLaunches: Bool

  /// - Parameter hasLibrary: whether matrix products go to the runtime's library where nothing else is chosen.
  init(
    on device: OpenCLDeviceDescription, _ arithmetic: MatrixArithmetic = MatrixArithmetic(), hasLibrary: Bool,
    choice: ProductChoice = ProductChoice(), mergesLaunches: Bool = true
  ) {
    self.arithmetic = arithmetic
    self.choice = choice
    self.mergesLaunches = mergesLaunches
    defaults = ProductDefaults(
      deviceClass: ProductDefaults.DeviceClass(device), limits: device.tileLimits(arithmetic),
      hasLibrary: hasLibrary)
  }

  /// How a problem is computed.
  func method(for problem: ProductProblem) -> ProductMethod {
    if let method = choice.exceptions.isEmpty ? nil : choice.exceptions["\(problem)"], canUse(method, problem)
    {
      return method
    }
    if let method = choice.usual, canUse(method, problem) { return method }
    return defaults.method(for: problem)
  }

  private func canUse(_ method: ProductMethod, _ problem: ProductProblem) -> Bool {
    method.obstacle(to: problem, on: defaults.limits, hasLibrary: defaults.hasLibrary) == nil
  }

  func lower(_ schedule: Schedule) throws -> LoweredProgram {
    var lowering = try GPULowering(schedule, family: self)
    var remaining = schedule.operations[...]
    while let operation = remaining.popFirst() {
      if mergesLaunches, let next = remaining.first, lowering.lower(operation, with: next) {
        remaining.removeFirst()
      } else {
        lowering.lower(operation)
      }
    }
    var program = lowering.program
    if mergesLaunches { program.merge(lowering.partSums) }
    return program
  }
}
