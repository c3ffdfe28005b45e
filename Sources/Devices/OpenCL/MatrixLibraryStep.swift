/// A matrix product by the library, or by our own kernel from the library's first failure on.
final class MatrixLibraryStep: OpenCLStep {
  private let product: GEMM
  private let a: MatrixLibrary.Location
  private let b: MatrixLibrary.Location
  private let c: MatrixLibrary.Location
  /// nil where the library is not asked.
  private let library: MatrixLibrary?
  private let temporary: OpenCLMemory?
  /// Those that the library had when the step was made.
  private let parameters: LibraryParameters?
  private let substitute: OpenCLKernelStep

  /// - Throws: ``DeviceError`` where the library or the memory for it fails.
  init(
    _ product: GEMM, a: MatrixLibrary.Location, b: MatrixLibrary.Location, c: MatrixLibrary.Location,
    library: MatrixLibrary, substitute: OpenCLKernelStep
  ) throws {
    self.product = product
    self.a = a
    self.b = b
    self.c = c
    parameters = library.parameters
    self.library = library.suits(product) ? library : nil
    temporary = try self.library?.makeTemporary(product, a: a, b: b, c: c, by: parameters)
    self.substitute = substitute
  }

  func enqueue(on queue: OpenCLQueue) throws {
    guard let library, library.isUsable else { return try substitute.enqueue(on: queue) }
    do {
      try library.enqueue(product, a: a, b: b, c: c, temporary: temporary, by: parameters, on: queue)
    } catch {
      library.distrust("\(error)")
      try substitute.enqueue(on: queue)
    }
  }

  /// The library enqueues several kernels for one product, whose events it keeps.
  func measure(on queue: OpenCLQueue) throws -> Double {
    try queue.seconds { try enqueue(on: queue) }
  }
}
