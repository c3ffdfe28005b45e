import CCLBlast
import COpenCL
import Synchronization

/// Matrix products by CLBlast on one queue, while it can be trusted.
final class MatrixLibrary {
  private let queue: OpenCLQueue
  private let budget: MemoryBudget
  private let notice: (String) -> Void
  /// Whether the library computes correctly here; nil before it was tried.
  private var verdict: Bool?

  /// CLBlast's cache of kernels is shared by all devices of the process and not safe to use from two threads.
  private static let calls = Mutex(())

  init(queue: OpenCLQueue, budget: MemoryBudget, notice: @escaping (String) -> Void) {
    self.queue = queue
    self.budget = budget
    self.notice = notice
  }

  /// Whether to use the library. The first question multiplies a few matrices and checks the result; that also
  /// compiles the library's kernels, which would otherwise happen within the first step.
  var isUsable: Bool {
    if let verdict { return verdict }
    let failure = MatrixLibraryCheck(queue: queue, budget: budget, library: self).failure()
    if let failure { distrust(failure) }
    verdict = failure == nil
    return failure == nil
  }

  /// Stops using the library from now on.
  func distrust(_ reason: String) {
    if verdict != false {
      notice("CLBlast is not used on this device (\(reason)); our own matrix product takes over")
    }
    verdict = false
  }

  /// Where a matrix begins, in words.
  typealias Location = (memory: OpenCLMemory, offset: Int)

  /// The memory that the library would otherwise allocate and free within every product; nil where it needs none, or
  /// takes none from us, as for a batch.
  func makeTemporary(_ product: GEMM, a: Location, b: Location, c: Location) throws -> OpenCLMemory? {
    if product.batchCount > 1 { return nil }
    var handle: cl_command_queue? = queue.handle
    var bytes = 0
    let status = Self.calls.withLock { _ in
      CLBlastSGemmTempBufferSize(
        CLBlastLayoutRowMajor, Self.transposition(product.a), Self.transposition(product.b), product.m,
        product.n, product.k, a.offset + product.a.offset, product.a.leadingDimension,
        b.offset + product.b.offset, product.b.leadingDimension, c.offset + product.c.offset,
        product.c.leadingDimension, &handle, &bytes)
    }
    try OpenCLStatus.check(status.rawValue, "CLBlastSGemmTempBufferSize")
    if bytes == 0 { return nil }
    return try OpenCLMemory(
      words: (bytes + 3) / 4, name: "the matrix library's memory", queue: queue, budget: budget)
  }

  /// - Parameter temporary: from ``makeTemporary(_:a:b:c:)``.
  /// - Throws: ``DeviceError/openCL(call:code:context:)`` with the library's status.
  func enqueue(
    _ product: GEMM, a: Location, b: Location, c: Location, temporary: OpenCLMemory?, on queue: OpenCLQueue
  ) throws {
    let isSingle = product.batchCount == 1
    let status = Self.calls.withLock { _ in
      isSingle
        ? Self.single(product, a: a, b: b, c: c, temporary: temporary, on: queue)
        : Self.batched(product, a: a, b: b, c: c, on: queue)
    }
    try OpenCLStatus.check(
      status.rawValue, isSingle ? "CLBlastSgemmWithTempBuffer" : "CLBlastSgemmStridedBatched",
      "\(product.m)x\(product.n)x\(product.k)")
  }

  private static func single(
    _ product: GEMM, a: Location, b: Location, c: Location, temporary: OpenCLMemory?, on queue: OpenCLQueue
  ) -> CLBlastStatusCode {
    var handle: cl_command_queue? = queue.handle
    return CLBlastSgemmWithTempBuffer(
      CLBlastLayoutRowMajor, transposition(product.a), transposition(product.b), product.m, product.n,
      product.k,
      1, a.memory.handle, a.offset + product.a.offset, product.a.leadingDimension,
      b.memory.handle, b.offset + product.b.offset, product.b.leadingDimension,
      product.accumulate ? 1 : 0, c.memory.handle, c.offset + product.c.offset, product.c.leadingDimension,
      &handle, nil, temporary?.handle)
  }

  private static func batched(
    _ product: GEMM, a: Location, b: Location, c: Location, on queue: OpenCLQueue
  ) -> CLBlastStatusCode {
    var handle: cl_command_queue? = queue.handle
    return CLBlastSgemmStridedBatched(
      CLBlastLayoutRowMajor, transposition(product.a), transposition(product.b), product.m, product.n,
      product.k,
      1, a.memory.handle, a.offset + product.a.offset, product.a.leadingDimension, product.a.batchStride,
      b.memory.handle, b.offset + product.b.offset, product.b.leadingDimension, product.b.batchStride,
      product.accumulate ? 1 : 0, c.memory.handle, c.offset + product.c.offset, product.c.leadingDimension,
      product.c.batchStride, product.batchCount, &handle, nil)
  }

  private static func transposition(_ matrix: GEMM.Matrix) -> CLBlastTranspose {
    matrix.transposed ? CLBlastTransposeYes : CLBlastTransposeNo
  }
}
