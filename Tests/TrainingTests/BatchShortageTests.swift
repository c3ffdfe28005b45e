import Devices
import Networks
import Training
import XCTest

/// What a session says when its device has too little memory.
final class BatchShortageTests: TrainingTestCase {
  private typealias Open = (_ memoryLimitBytes: Int?) throws -> any Device
  private typealias MakeSession = (_ device: any Device, _ batchSize: Int) throws -> TrainingSession

  private func gatedNetwork() -> Network {
    var nodes = tinyNetwork(channels: 24).nodes
    nodes.insert(Node("gate", .gate, "relu"), at: 3)
    nodes[4] = Node("pool", .globalAveragePool, "gate")
    return Network(
      name: "gated", input: ImageShape(channels: 1, height: 28, width: 28), classes: 10, nodes: nodes)
  }

  /// Sessions of every kind, by name, and what their batch sizes are multiples of.
  private func sessions() -> [(name: String, unit: Int, make: MakeSession)] {
    let (plain, gated) = (tinyNetwork(channels: 24), gatedNetwork())
    func training(
      _ network: Network, _ method: OptimizerMethod = .sgd, gates: ((Int) -> StochasticGates)? = nil
    ) -> MakeSession {
      { device, batchSize in
        try TrainingSession(
          network: network, device: device, batchSize: batchSize,
          optimizer: OptimizerConfiguration(method: method), labelSmoothing: 0,
          stochasticGates: gates?(batchSize))
      }
    }
    return [
      ("evaluation", 1, { try TrainingSession(evaluating: plain, device: $0, batchSize: $1) }),
      ("training", 1, training(plain)), ("adaptive", 1, training(plain, .adamw)),
      (
        "gates of groups", 4,
        training(gated, gates: { _ in StochasticGates(rows: 4, hasOwnStatistics: true) })
      ),
      ("gates of images", 1, training(gated, gates: { StochasticGates(rows: $0) })),
    ]
  }

  private func shortage(
    _ make: MakeSession, _ device: any Device, batchSize: Int, _ context: String
  ) throws -> BatchShortage {
    do {
      _ = try make(device, batchSize)
    } catch DeviceError.batchTooLarge(let shortage) {
      XCTAssertEqual(shortage.batchSize, batchSize, context)
      return shortage
    }
    XCTFail("\(context): a batch of \(batchSize) fits")
    throw XCTSkip("nothing to look at")
  }

  /// The need is exact, and the batch that is said to fit is the largest that does.
  private func check(_ open: Open, limit: Int, _ device: String) throws {
    for (name, unit, make) in sessions() {
      let context = "\(name) on \(device)"
      let shortage = try shortage(make, open(limit), batchSize: 96, context)
      XCTAssertEqual(shortage.supply.bytes, limit, context)
      let need = shortage.need.bytes
      XCTAssertNoThrow(try make(open(need), 96), context)
      XCTAssertEqual(
        try self.shortage(make, open(need - 4), batchSize: 96, context).need.bytes, need, context)

      let fitting = try XCTUnwrap(shortage.fittingBatchSize, context)
      XCTAssertEqual(fitting % unit, 0, context)
      XCTAssertTrue((1..<96).contains(fitting), "\(context): \(fitting)")
      let limited = try open(limit)
      XCTAssertNoThrow(try make(limited, fitting), context)
      // What the first session took is given back.
      let next = try self.shortage(make, limited, batchSize: fitting + unit, context)
      XCTAssertEqual(next.fittingBatchSize, fitting, context)
    }
  }

  func testTheFallback() throws {
    try check(openFallback(memoryLimitBytes:), limit: 3 << 20, "the fallback")
  }

  func testOpenCL() throws {
    try requireOpenCL()
    for (family, parallel) in [(DeviceRequest.Family.cpu, false), (.cpu, true), (.gpu, true)] {
      try check(
        {
          try OpenCLDevices.open(
            0, family: family, configuration: OpenCLConfiguration(uploadsInParallel: parallel),
            memoryLimitBytes: $0)
        }, limit: 4 << 20, "\(family.rawValue), uploads in parallel: \(parallel)")
    }
  }

  func testWhatIsSaid() throws {
    let device = try openFallback(memoryLimitBytes: 3 << 20)
    let network = tinyNetwork(channels: 24)
    XCTAssertThrowsError(try TrainingSession(evaluating: network, device: device, batchSize: 200)) { error in
      guard case DeviceError.batchTooLarge(let shortage) = error, let fitting = shortage.fittingBatchSize
      else {
        return XCTFail("\(error)")
      }
      XCTAssertTrue("\(error)".hasPrefix("out of memory on the CPU: batch size 200 needs "), "\(error)")
      XCTAssertTrue(
        "\(error)".hasSuffix(
          " MiB and 3.0 MiB are there; a batch size of \(fitting) fits (--batch-size \(fitting))"), "\(error)"
      )
    }
  }

  func testNothingFits() throws {
    for (name, _, make) in sessions() {
      let shortage = try shortage(make, openFallback(memoryLimitBytes: 1000), batchSize: 8, name)
      XCTAssertNil(shortage.fittingBatchSize, name)
      XCTAssertTrue(shortage.description.contains("and 1000 bytes are there; no smaller --batch-size fits"))
    }
    // The smallest batch there is.
    let shortage = try shortage(
      sessions()[1].make, openFallback(memoryLimitBytes: 1000), batchSize: 1, "one image")
    XCTAssertNil(shortage.fittingBatchSize)
  }

  /// Memory that others hold on the device is not there.
  func testMemoryInUseCounts() throws {
    let device = try openFallback(memoryLimitBytes: 3 << 20)
    let make = sessions()[0].make
    let alone = try XCTUnwrap(shortage(make, device, batchSize: 200, "alone").fittingBatchSize)
    let other = try device.makeBuffer(count: 1 << 18, name: "another session")
    let beside = try shortage(make, device, batchSize: 200, "beside another")
    XCTAssertEqual(beside.supply.bytes, 2 << 20)
    XCTAssertLessThan(try XCTUnwrap(beside.fittingBatchSize), alone)
    XCTAssertEqual(other.count, 1 << 18)
  }
}
