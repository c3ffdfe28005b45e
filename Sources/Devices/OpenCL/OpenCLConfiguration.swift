import Foundation

/// Changes the text of a program, of a file below `Kernels/` with these definitions, before it is compiled.
package typealias OpenCLProgramRewriting =
  @Sendable (_ path: String, _ definitions: [String], _ text: String) -> String

/// How a runtime works where devices and drivers differ. Tests choose what a device would not.
package struct OpenCLConfiguration: Sendable {
  /// Whether inputs travel on a queue of their own, while the device computes.
  package var uploadsInParallel: Bool
  /// Where compiled programs are kept from process to process; nil where the driver does that.
  package var programFolder: ProgramFolder?
  /// Changes the text of programs before they are compiled; nil for none.
  package var rewriting: OpenCLProgramRewriting?

  package init(
    uploadsInParallel: Bool = false, programFolder: ProgramFolder? = nil,
    rewriting: OpenCLProgramRewriting? = nil
  ) {
    self.uploadsInParallel = uploadsInParallel
    self.programFolder = programFolder
    self.rewriting = rewriting
  }

  /// What suits a device in this process.
  init(suiting device: OpenCLDeviceDescription) {
    self.init(suiting: device, environment: ProcessInfo.processInfo.environment)
  }

  /// What suits a device. A CPU works in the host's memory: there is no way that a copy could take meanwhile.
  /// - Parameter environment: the process's variables, which tell where the user's cache is.
  package init(suiting device: OpenCLDeviceDescription, environment: [String: String]) {
    self.init(
      uploadsInParallel: device.kind == .gpu,
      programFolder: device.driverKeepsPrograms ? nil : ProgramFolder.standard(in: environment))
  }
}

extension OpenCLDeviceDescription {
  /// Whether the driver keeps compiled programs itself, as NVIDIA's, Mesa's and PoCL do; AMD's and Intel's own do not,
  /// or not in every version. The platform tells whose driver it is, the vendor only whose processor.
  fileprivate var driverKeepsPrograms: Bool { !["AMD ", "Intel(R) "].contains { platform.hasPrefix($0) } }
}
