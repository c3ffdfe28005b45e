import Kernels

/// The text of a kernel file as an OpenCL compiler gets it.
///
/// A line `#include "gpu/tile.cl"` names a file below `Kernels/` and is replaced by its text: the sources are embedded
/// in the program, so the compiler could not find them.
enum KernelSource {
  /// The dialect's macros, then the file.
  /// - Parameter path: below `Kernels/`, without extension.
  static func program(_ path: String) throws -> String {
    try ["common/arguments", "common/kernel", path].map(expanded).joined()
  }

  private static func expanded(_ path: String) throws -> String {
    var text = line(1, path)
    for (number, line) in try embedded(path).split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated()
    {
      if let included = includedPath(line) {
        text += try expanded(included) + Self.line(number + 2, path)
      } else {
        text += line + "\n"
      }
    }
    return text
  }

  /// Lets the compiler's messages name the file and its own lines.
  private static func line(_ number: Int, _ path: String) -> String { "#line \(number) \"\(path).cl\"\n" }

  private static func includedPath(_ line: Substring) -> String? {
    guard line.hasPrefix("#include \""), line.hasSuffix(".cl\"") else { return nil }
    return String(line.dropFirst("#include \"".count).dropLast(".cl\"".count))
  }

  private static func embedded(_ path: String) throws -> String {
    var length = 0
    guard let text = espalier_kernel_source(path, &length) else {
      throw DeviceError.missingKernel(program: path, kernel: "(no such source)")
    }
    return String(decoding: UnsafeRawBufferPointer(start: text, count: length), as: UTF8.self)
  }
}
