/// The programs of one context, each compiled once, or not at all where a folder has it from an earlier process.
final class OpenCLProgramCache {
  private struct Key: Hashable {
    var source: String
    var definitions: [String]
  }

  private let context: OpenCLContext
  /// nil where the driver keeps programs itself.
  private let folder: ProgramFolder?
  private let rewriting: OpenCLProgramRewriting?
  private var programs: [Key: OpenCLProgram] = [:]
  /// How many programs were compiled from source so far.
  private(set) var builds = 0

  init(_ context: OpenCLContext, folder: ProgramFolder?, rewriting: OpenCLProgramRewriting?) {
    self.context = context
    self.folder = folder
    self.rewriting = rewriting
  }

  /// A kernel object of its own for `reference`.
  func kernel(_ reference: KernelReference) throws -> OpenCLKernel {
    try program(reference).kernel(reference.name)
  }

  private func program(_ reference: KernelReference) throws -> OpenCLProgram {
    let key = Key(source: reference.source, definitions: reference.definitions)
    if let program = programs[key] { return program }
    let program = try stored(reference) { source, options in
      builds += 1
      return try OpenCLProgram(
        name: reference.source, source: source, options: options, context: context)
    }
    programs[key] = program
    return program
  }

  /// The program from the folder, or else from `compile` and then kept in the folder.
  private func stored(
    _ reference: KernelReference, compile: (_ source: String, _ options: String) throws -> OpenCLProgram
  ) throws -> OpenCLProgram {
    let text = try KernelSource.program(reference.source)
    let source = rewriting?(reference.source, reference.definitions, text) ?? text
    let options = Self.options(reference.definitions, for: context.device.description)
    guard let folder else { return try compile(source, options) }
    let key = ProgramKey(source: source, options: options, device: context.device.description)
    if let binary = folder.binary(for: key),
      let program = try? OpenCLProgram(
        name: reference.source, binary: binary, options: options, context: context),
      // Some drivers take a binary and have no kernels then.
      (try? program.kernel(reference.name)) != nil
    {
      return program
    }
    let program = try compile(source, options)
    if let binary = try? program.binary() { folder.store(binary, for: key) }
    return program
  }

  /// Never a fast-math option: kernels rely on NaN and on the order of their sums.
  static func options(_ definitions: [String], for device: OpenCLDeviceDescription) -> String {
    (["-cl-std=CL1.2"]
      + (device.roundsDivisionCorrectly ? ["-cl-fp32-correctly-rounded-divide-sqrt"] : [])
      + definitions.map { "-D \($0)" }).joined(separator: " ")
  }
}
