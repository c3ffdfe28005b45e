import COpenCL

/// Host memory on its way to a device: two places used in turn, so that one can be filled while the device has not yet
/// fetched the other.
final class OpenCLStaging {
  private let places: [Place]
  private var writes = 0

  /// - Parameter words: the most that one write copies.
  /// - Throws: ``DeviceError/outOfMemory(device:name:requestedBytes:availableBytes:)``.
  init(words: Int, name: String, queue: OpenCLQueue, budget: MemoryBudget) throws {
    places = try (0..<2).map { _ in try Place(words: words, name: name, queue: queue, budget: budget) }
  }

  /// Copies `source` and enqueues its write to `target`. Waits only if the device has not come to the write before the
  /// last one.
  /// - Returns: the code of the enqueuing call.
  func write(
    _ source: UnsafeRawBufferPointer, to target: cl_mem, atWord offset: Int, on queue: OpenCLQueue
  ) throws -> cl_int {
    let place = places[writes % places.count]
    writes += 1
    try place.fetched?.wait()
    place.bytes.copyMemory(from: source)
    var event: cl_event?
    let code = clEnqueueWriteBuffer(
      queue.handle, target, cl_bool(CL_FALSE), offset * 4, source.count, place.bytes.baseAddress, 0, nil,
      &event)
    place.fetched = event.map { OpenCLEvent($0) }
    return code
  }

  /// Memory that drivers pin, mapped for as long as it lives.
  private final class Place {
    let bytes: UnsafeMutableRawBufferPointer
    /// The last write from here.
    var fetched: OpenCLEvent?
    private let memory: OpenCLMemory
    private let queue: OpenCLQueue

    init(words: Int, name: String, queue: OpenCLQueue, budget: MemoryBudget) throws {
      memory = try OpenCLMemory(words: words, name: name, queue: queue, budget: budget, use: .staging)
      self.queue = queue
      var code: cl_int = 0
      let address = clEnqueueMapBuffer(
        queue.handle, memory.handle, cl_bool(CL_TRUE), cl_map_flags(CL_MAP_WRITE), 0, words * 4, 0, nil, nil,
        &code)
      bytes = UnsafeMutableRawBufferPointer(
        start: try OpenCLStatus.created(address, code, "clEnqueueMapBuffer", name), count: words * 4)
    }

    /// The queue is in order: the memory goes after the writes from it.
    deinit { clEnqueueUnmapMemObject(queue.handle, memory.handle, bytes.baseAddress, 0, nil, nil) }
  }
}
