import COpenCL

/// Host memory that drivers pin, which devices fetch from and store to without a copy between, mapped for as long as it
/// lives.
final class OpenCLPinnedMemory {
  let bytes: UnsafeMutableRawBufferPointer
  private let memory: OpenCLMemory
  private let queue: OpenCLQueue

  /// - Parameter queue: what copies from here. It is in order: the memory goes after the last copy.
  /// - Throws: ``DeviceError/outOfMemory(device:name:requestedBytes:availableBytes:)``.
  init(words: Int, name: String, queue: OpenCLQueue, budget: MemoryBudget) throws {
    memory = try OpenCLMemory(words: words, name: name, queue: queue, budget: budget, use: .staging)
    self.queue = queue
    var code: cl_int = 0
    let address = clEnqueueMapBuffer(
      queue.handle, memory.handle, cl_bool(CL_TRUE), cl_map_flags(CL_MAP_READ | CL_MAP_WRITE), 0, words * 4,
      0, nil, nil, &code)
    bytes = UnsafeMutableRawBufferPointer(
      start: try OpenCLStatus.created(address, code, "clEnqueueMapBuffer", name), count: words * 4)
  }

  deinit { clEnqueueUnmapMemObject(queue.handle, memory.handle, bytes.baseAddress, 0, nil, nil) }
}
