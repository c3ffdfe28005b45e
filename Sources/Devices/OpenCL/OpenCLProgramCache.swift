/// The programs of one context, each compiled once.
final class OpenCLProgramCache {
  private struct Key: Hashable {
    var source: String
    var definitions: [String]
  }

  private let context: OpenCLContext
  private var programs: [Key: OpenCLProgram] = [:]
  /// How many programs were compiled so far.
  private(set) var builds = 0

  init(_ context: OpenCLContext) { self.context = context }

  /// A kernel object of its own for `reference`.
  func kernel(_ reference: KernelReference) throws -> OpenCLKernel {
    try program(reference).kernel(reference.name)
  }

  private func program(_ reference: KernelReference) throws -> OpenCLProgram {
    let key = Key(source: reference.source, definitions: reference.definitions)
    if let program = programs[key] { return program }
    builds += 1
    let program = try OpenCLProgram(
      name: reference.source, source: try KernelSource.program(reference.source),
      options: options(reference.definitions), context: context)
    programs[key] = program
    return program
  }

  /// Never a fast-math option: kernels rely on NaN and on the order of their sums.
  private func options(_ definitions: [String]) -> String {
    let rounding = context.device.description.roundsDivisionCorrectly
    return
      (["-cl-std=CL1.2"] + (rounding ? ["-cl-fp32-correctly-rounded-divide-sqrt"] : [])
      + definitions.map { "-D \($0)" }).joined(separator: " ")
  }
}
