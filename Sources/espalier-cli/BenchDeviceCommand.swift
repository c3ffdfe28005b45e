import ArgumentParser
import Espalier

struct BenchDeviceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "device",
    abstract: "Measures an OpenCL device and its driver: launches, copies, compilation and peaks.")

  @OptionGroup var device: DeviceOptions
  @Flag(help: "Print the figures as JSON.")
  var json = false

  func run() throws {
    let figures = try OpenCLFigures(measuring: device.open())
    if json { return try Console.result(figures.json) }
    let copies = figures.copies
    func rate(_ value: Double) -> String { "\(value.formatted(decimals: 1)) GB/s" }
    func microseconds(_ value: Double) -> String { "\(value.formatted(decimals: 1)) µs" }
    func seconds(_ value: Double) -> String { "\(value.formatted(decimals: 3)) s" }
    let rows = [
      ["launch of an empty kernel", microseconds(figures.launchMicroseconds)],
      ["buffer of 1 MiB", microseconds(figures.bufferMicroseconds)],
      ["pageable memory to the device", rate(copies.pageableToDevice)],
      ["pageable memory from the device", rate(copies.pageableFromDevice)],
      ["pinned memory to the device", rate(copies.pinnedToDevice)],
      ["pinned memory from the device", rate(copies.pinnedFromDevice)],
      ["copy and computation at once / in turn", figures.overlap.formatted(decimals: 2)],
      ["\(figures.program), compiled for the first time", seconds(figures.coldBuildSeconds)],
      ["\(figures.program), compiled again", seconds(figures.warmBuildSeconds)],
      ["fp32 multiply-adds", "\(figures.gflops.formatted(decimals: 1)) GFLOP/s"],
      ["memory of the device", rate(figures.gigabytesPerSecond)],
    ]
    try Console.result(TextTable(header: [figures.device, ""], rows: rows).text)
  }
}

extension OpenCLFigures {
  fileprivate var json: JSONValue {
    [
      "device": .string(device), "launchMicroseconds": .number(launchMicroseconds),
      "bufferMicroseconds": .number(bufferMicroseconds),
      "copyGigabytesPerSecond": [
        "pageableToDevice": .number(copies.pageableToDevice),
        "pageableFromDevice": .number(copies.pageableFromDevice),
        "pinnedToDevice": .number(copies.pinnedToDevice),
        "pinnedFromDevice": .number(copies.pinnedFromDevice),
      ],
      "overlap": .number(overlap), "program": .string(program),
      "coldBuildSeconds": .number(coldBuildSeconds), "warmBuildSeconds": .number(warmBuildSeconds),
      "gflops": .number(gflops), "gigabytesPerSecond": .number(gigabytesPerSecond),
    ]
  }
}
