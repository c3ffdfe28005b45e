import COpenCL

/// Reads the answers of OpenCL's `clGet…Info` functions, which all take a capacity, a destination and a length.
struct OpenCLQuery {
  typealias Function = (
    _ capacity: Int, _ destination: UnsafeMutableRawPointer?, _ length: UnsafeMutablePointer<Int>?
  ) -> cl_int

  /// The name of the function, for errors.
  let call: String
  let function: Function

  init(_ call: String, _ function: @escaping Function) {
    self.call = call
    self.function = function
  }

  /// The answer as text, without the terminating zero.
  func string() throws -> String {
    String(decoding: try bytes().prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The answer as a value of the type of `initial`.
  func value<Value: BitwiseCopyable>(_ initial: Value) throws -> Value {
    var value = initial
    let code = withUnsafeMutableBytes(of: &value) { function($0.count, $0.baseAddress, nil) }
    try OpenCLStatus.check(code, call)
    return value
  }

  private func bytes() throws -> [UInt8] {
    var length = 0
    try OpenCLStatus.check(function(0, nil, &length), call)
    if length == 0 { return [] }
    var bytes = [UInt8](repeating: 0, count: length)
    let code = bytes.withUnsafeMutableBytes { function($0.count, $0.baseAddress, nil) }
    try OpenCLStatus.check(code, call)
    return bytes
  }
}
