import COpenCL

/// Host memory on its way to a device: two places used in turn, so that one can be filled while the device has not yet
/// fetched the other.
final class OpenCLStaging {
  private var places: [Place]
  private var writes = 0
  private let lane: OpenCLUploadLane?

  /// - Parameters:
  ///   - words: the most that one write copies.
  ///   - queue: what computes.
  ///   - uploads: the queue that copies to the device; nil where `queue` does.
  /// - Throws: ``DeviceError/outOfMemory(device:name:requestedBytes:availableBytes:)``.
  init(
    words: Int, name: String, queue: OpenCLQueue, uploads: OpenCLQueue?, budget: MemoryBudget
  ) throws {
    places = try (0..<2).map { _ in
      Place(
        memory: try OpenCLPinnedMemory(words: words, name: name, queue: uploads ?? queue, budget: budget))
    }
    lane = try uploads.map {
      try OpenCLUploadLane(words: words, name: name, compute: queue, uploads: $0, budget: budget)
    }
  }

  /// How often an input's words are there: two places, perhaps a landing place, and the buffer itself.
  static func copies(uploadsInParallel: Bool) -> Int { uploadsInParallel ? 4 : 3 }

  /// Copies `source` and enqueues its write to `target`. Waits only if the device has not come to the write before the
  /// last one.
  /// - Returns: the code of the enqueuing call.
  func write(
    _ source: UnsafeRawBufferPointer, to target: cl_mem, atWord offset: Int, on queue: OpenCLQueue
  ) throws -> cl_int {
    let index = writes % places.count
    writes += 1
    try places[index].fetched?.wait()
    let bytes = UnsafeMutableRawBufferPointer(rebasing: places[index].memory.bytes[..<source.count])
    bytes.copyMemory(from: source)
    var event: cl_event?
    let code =
      lane?.write(UnsafeRawBufferPointer(bytes), to: target, atWord: offset, event: &event)
      ?? clEnqueueWriteBuffer(
        queue.handle, target, cl_bool(CL_FALSE), offset * 4, bytes.count, bytes.baseAddress, 0, nil, &event)
    places[index].fetched = event.map { OpenCLEvent($0) }
    return code
  }

  private struct Place {
    let memory: OpenCLPinnedMemory
    /// The last write from here.
    var fetched: OpenCLEvent?
  }
}
