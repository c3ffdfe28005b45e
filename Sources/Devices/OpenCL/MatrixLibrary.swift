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
  /// Of its kernel for large matrices, for the products that are made from now on; nil for its own.
  private(set) var parameters: LibraryParameters?
  private var trial = Trial.none

  /// Whether parameters are being tried, and why they were given up.
  private enum Trial {
    case none
    case going
    case failed(String)
  }

  /// CLBlast's caches of kernels and parameters are shared by all devices of the process and not safe to use from two
  /// threads.
  private static let calls = Mutex(LibraryOverrides())

  /// - Parameter parameters: nil for the library's own, which stay also where these fail.
  init(
    queue: OpenCLQueue, budget: MemoryBudget, parameters: LibraryParameters? = nil,
    notice: @escaping (String) -> Void
  ) {
    self.queue = queue
    self.budget = budget
    self.parameters = parameters
    self.notice = notice
  }

  /// Whether to use the library. The first question multiplies a few matrices and checks the result; that also
  /// compiles the library's kernels, which would otherwise happen within the first step. Parameters that fail give way
  /// to the library's own.
  var isUsable: Bool {
    if let verdict { return verdict }
    var failure = checkFailure()
    if let reason = failure, let parameters {
      notice("CLBlast keeps its own parameters on this device, as \(parameters) failed (\(reason))")
      self.parameters = nil
      failure = checkFailure()
    }
    if let failure { distrust(failure) }
    verdict = failure == nil
    return failure == nil
  }

  private func checkFailure() -> String? {
    MatrixLibraryCheck(queue: queue, budget: budget, library: self).failure()
  }

  /// Stops using the library from now on; within a trial, only notes the failure.
  func distrust(_ reason: String) {
    switch trial {
    case .none: break
    case .going:
      trial = .failed(reason)
      return
    case .failed: return
    }
    if verdict != false {
      notice("CLBlast is not used on this device (\(reason)); our own matrix product takes over")
    }
    verdict = false
  }

  /// Lets products that are made from now on be computed by other parameters, unchecked, for a tuner that checks them
  /// itself; only while the library is usable.
  func tryOut(_ parameters: LibraryParameters?) {
    self.parameters = parameters
    trial = .going
  }

  /// Why the parameters that are tried do not work; nil while they do.
  var trialFailure: String? {
    if case .failed(let reason) = trial { return reason }
    return nil
  }

  /// Ends trials: parameters for good, checked like those that the library begins with.
  /// - Returns: whether they are in use.
  func settle(_ parameters: LibraryParameters?) -> Bool {
    trial = .none
    self.parameters = parameters
    verdict = nil
    return isUsable && self.parameters == parameters
  }

  /// The parameters that CLBlast has for the device now, whoever set them.
  static func parametersInForce(on device: OpenCLDevice) throws -> LibraryParameters {
    try calls.withLock { _ in try LibraryOverrides.inForce(on: device.handle) }
  }

  /// The side of the smallest square matrices that go to the kernel that has parameters.
  func largeSide() throws -> Int { try largeSideResult.get() }

  private lazy var largeSideResult = Result {
    try Self.calls.withLock { _ in try LibraryOverrides.largeSide(on: queue.context.device.handle) }
  }

  /// Whether a product of one matrix by another goes to the kernel that has parameters.
  func usesLargeKernel(rows: Int, columns: Int, depth: Int) throws -> Bool {
    let side = try largeSide()
    return rows * columns * depth >= side * side * side
  }

  /// Whether the library computes a product as it should. For batches of large matrices CLBlast 1.5.3 forgets, in
  /// `XgemmStridedBatched::BatchedGemmIndirect`, where a factor begins that needs no temporary copy.
  func suits(_ product: GEMM) -> Bool {
    product.batchCount == 1
      || (try? usesLargeKernel(rows: product.m, columns: product.n, depth: product.k)) == false
  }

  /// Where a matrix begins, in words.
  typealias Location = (memory: OpenCLMemory, offset: Int)

  /// The memory that the library would otherwise allocate and free within every product; nil where it needs none, or
  /// takes none from us, as for a batch. How much depends on the parameters.
  func makeTemporary(
    _ product: GEMM, a: Location, b: Location, c: Location, by parameters: LibraryParameters?
  ) throws -> OpenCLMemory? {
    if product.batchCount > 1 { return nil }
    var handle: cl_command_queue? = queue.handle
    var bytes = 0
    let status = try Self.calls.withLock { overrides in
      try overrides.apply(parameters, to: queue.context.device.handle)
      return CLBlastSGemmTempBufferSize(
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

  /// - Parameters:
  ///   - temporary: from ``makeTemporary(_:a:b:c:by:)`` with the same parameters.
  ///   - parameters: nil for the library's own.
  /// - Throws: ``DeviceError/openCL(call:code:context:)`` with the library's status.
  func enqueue(
    _ product: GEMM, a: Location, b: Location, c: Location, temporary: OpenCLMemory?,
    by parameters: LibraryParameters?, on queue: OpenCLQueue
  ) throws {
    let isSingle = product.batchCount == 1
    let status = try Self.calls.withLock { overrides in
      try overrides.apply(parameters, to: queue.context.device.handle)
      return isSingle
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
