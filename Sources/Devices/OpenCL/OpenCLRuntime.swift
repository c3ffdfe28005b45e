/// Executes launches on one OpenCL device: a context, an in-order queue, perhaps another for uploads, and every program
/// compiled once.
final class OpenCLRuntime: Runtime {
  let device: OpenCLDeviceDescription
  let queue: OpenCLQueue
  /// What brings inputs while ``queue`` computes; nil where that gains nothing.
  private let uploads: OpenCLQueue?
  private let programs: OpenCLProgramCache
  let budget: MemoryBudget
  let library: MatrixLibrary

  /// - Parameters:
  ///   - configuration: how to work; nil for what suits the device.
  ///   - memoryLimitBytes: an upper bound on all memory taken; nil for the device's own.
  ///   - libraryParameters: those of the library for matrices; nil for its own.
  ///   - notice: receives a line for the user when something works, but not in the best way.
  init(
    _ device: OpenCLDevice, configuration: OpenCLConfiguration? = nil, memoryLimitBytes: Int?,
    libraryParameters: LibraryParameters? = nil,
    notice: @escaping (String) -> Void
  ) throws {
    let configuration = configuration ?? OpenCLConfiguration(suiting: device.description)
    let context = try OpenCLContext(device)
    self.device = device.description
    queue = try OpenCLQueue(context)
    uploads = configuration.uploadsInParallel ? try OpenCLQueue(context) : nil
    programs = OpenCLProgramCache(
      context, folder: configuration.programFolder, rewriting: configuration.rewriting)
    budget = device.description.memoryBudget(limitBytes: memoryLimitBytes)
    library = MatrixLibrary(
      queue: queue, budget: budget, parameters: libraryParameters, notice: notice)
  }

  /// How many programs were compiled so far; one that was found compiled does not count. Matrix products of the library are not counted.
  var programBuilds: Int { programs.builds }

  /// CLBlast counts words within a buffer in 32 bits.
  var maximumAllocationWords: Int { min(device.maximumAllocationBytes / 4, Int(Int32.max)) }

  var supply: MemorySupply { budget.supply }

  var inputCopies: Int { OpenCLStaging.copies(uploadsInParallel: uploads != nil) }

  func allocate(words: Int, name: String) throws -> any Memory {
    try OpenCLMemory(words: words, name: name, queue: queue, budget: budget)
  }

  func allocateInput(words: Int, name: String) throws -> any Memory {
    try OpenCLMemory(words: words, name: name, queue: queue, budget: budget, use: .input, uploads: uploads)
  }

  func prepare(_ launches: [Launch], place: (Slot) -> Placement) throws -> any PreparedProgram {
    let steps = try launches.map { try step($0) { try Self.location(place($0)) } }
    return OpenCLPreparedProgram(steps, queue: queue)
  }

  private typealias Location = (memory: OpenCLMemory, offset: Int)

  private func step(_ launch: Launch, place: (Slot) throws -> Location) throws -> any OpenCLStep {
    switch launch {
    case .kernel(let reference, let arguments, let global, let local):
      try kernelStep(reference, arguments, global: global, local: local, place: place)
    case .gemm(let product):
      try productStep(product, place: place)
    }
  }

  private func kernelStep(
    _ reference: KernelReference, _ arguments: [Argument], global: GridSize, local: GridSize,
    place: (Slot) throws -> Location
  ) throws -> OpenCLKernelStep {
    try OpenCLKernelStep(
      try programs.kernel(reference), arguments: arguments, global: global, local: local, place: place)
  }

  /// The library's product, with our own kernel bound to the same operands in case the library fails.
  private func productStep(_ product: GEMM, place: (Slot) throws -> Location) throws -> any OpenCLStep {
    let own = MatrixProductKernel(product)
    let substitute = try kernelStep(
      own.kernel, own.arguments, global: own.global, local: own.local, place: place)
    guard library.isUsable else { return substitute }
    let (a, b, c) = (try place(product.a.slot), try place(product.b.slot), try place(product.c.slot))
    do {
      return try MatrixLibraryStep(product, a: a, b: b, c: c, library: library, substitute: substitute)
    } catch {
      library.distrust("\(error)")
      return substitute
    }
  }

  private static func location(_ placement: Placement) throws -> Location {
    guard let memory = placement.memory as? OpenCLMemory else {
      throw DeviceError.notBound(buffer: "memory of another device")
    }
    return (memory, placement.offset)
  }
}
