import COpenCL

/// A buffer of 32-bit words on an OpenCL device.
final class OpenCLMemory: Memory {
  let words: Int
  let handle: cl_mem
  private let queue: OpenCLQueue
  private let name: String
  private let budget: MemoryBudget
  /// The memory itself, where the device works in the host's.
  private let pages: HostPages?
  private let staging: OpenCLStaging?

  /// Who writes to the memory, and from where.
  enum Use {
    /// Mostly the device.
    case device
    /// The host, without waiting for what was enqueued before.
    case input
    /// The host, for the device to fetch from there.
    case staging
  }

  /// - Parameter uploads: the queue by which an input travels; nil for `queue` itself.
  /// - Throws: ``DeviceError/outOfMemory(device:name:requestedBytes:availableBytes:)``.
  init(
    words: Int, name: String, queue: OpenCLQueue, budget: MemoryBudget, use: Use = .device,
    uploads: OpenCLQueue? = nil
  ) throws {
    staging =
      use == .input
      ? try OpenCLStaging(words: words, name: name, queue: queue, uploads: uploads, budget: budget) : nil
    self.words = words
    self.name = name
    self.queue = queue
    self.budget = budget
    let bytes = words * 4
    try budget.take(bytes: bytes, name: name)
    do {
      let isOnHost = queue.context.device.description.kind == .cpu && use != .staging
      pages = isOnHost ? HostPages(bytes: bytes) : nil
      var flags = CL_MEM_READ_WRITE
      if use == .staging { flags |= CL_MEM_ALLOC_HOST_PTR }
      if pages != nil { flags |= CL_MEM_USE_HOST_PTR }
      var code: cl_int = 0
      let buffer = clCreateBuffer(
        queue.context.handle, cl_mem_flags(flags), bytes, pages?.address, &code)
      if OpenCLStatus.meansOutOfMemory(code) || code == CL_OUT_OF_RESOURCES {
        throw budget.refused(name: name, bytes: bytes)
      }
      handle = try OpenCLStatus.created(buffer, code, "clCreateBuffer", name)
    } catch {
      budget.give(bytes: bytes)
      throw error
    }
  }

  deinit {
    // What was enqueued may still use the pages.
    if pages != nil { clFinish(queue.handle) }
    clReleaseMemObject(handle)
    budget.give(bytes: words * 4)
  }

  func write(_ source: UnsafeRawBufferPointer, atWord offset: Int) throws {
    let code =
      try staging?.write(source, to: handle, atWord: offset, on: queue)
      ?? clEnqueueWriteBuffer(
        queue.handle, handle, cl_bool(CL_TRUE), offset * 4, source.count, source.baseAddress, 0, nil, nil)
    try check(code, "clEnqueueWriteBuffer")
  }

  func read(into destination: UnsafeMutableRawBufferPointer, atWord offset: Int) throws {
    let code = clEnqueueReadBuffer(
      queue.handle, handle, cl_bool(CL_TRUE), offset * 4, destination.count, destination.baseAddress, 0, nil,
      nil)
    try check(code, "clEnqueueReadBuffer")
  }

  func fill(_ pattern: UInt32, atWord offset: Int, count: Int) throws {
    if count == 0 { return }
    let code = withUnsafeBytes(of: pattern) {
      clEnqueueFillBuffer(queue.handle, handle, $0.baseAddress, $0.count, offset * 4, count * 4, 0, nil, nil)
    }
    try check(code, "clEnqueueFillBuffer")
  }

  private func check(_ code: cl_int, _ call: String) throws {
    if OpenCLStatus.meansOutOfMemory(code) { throw budget.refused(name: name, bytes: words * 4) }
    // What NVIDIA's driver also says after a kernel has read or written where it must not.
    let ranOut = code == CL_OUT_OF_RESOURCES ? ", after a kernel failed or as memory ran out" : ""
    try OpenCLStatus.check(code, call, name + ranOut)
  }
}
