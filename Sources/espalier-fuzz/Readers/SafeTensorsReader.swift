import Foundation
import Interchange

extension FuzzReader {
  static func safetensors() throws -> FuzzReader {
    FuzzReader(
      name: .safetensors, bound: .usual, seeds: try safetensorsSeeds(),
      hostile: hostileHeaders.map(withLength),
      tokens: safetensorsTokens, inside: [Inside(seeds: try safetensorsSeeds(), wrap: withRightLength)],
      documents: { $0 is SafeTensorsError },
      read: { bytes in
        let file = try SafeTensorsFile(parsing: Data(bytes), source: "input")
        for tensor in file.tensors {
          _ = try? tensor.values(as: Float.self)
          _ = try? tensor.values(as: Int64.self)
        }
      })
  }

  static let safetensorsTokens = [
    "F32", "F16", "BF16", "I64", "U8", "BOOL", "F8_E4M3", "{", "}", "[", "]", ",", ":", "\"", "\\u0000",
    "\\ud800", "null", "true", "\"shape\":[", "\"data_offsets\":[0,0]", "\"dtype\":\"F32\"",
    "\"__metadata__\":{",
  ].map { Array($0.utf8) }

  private static func safetensorsSeeds() throws -> [[UInt8]] {
    let weight = try SafeTensor(name: "layer1.0.conv1.weight", shape: [4, 2, 3, 3], values: floats(72))
    let bias = try SafeTensor(name: "bias", shape: [5], values: floats(5))
    let scalar = try SafeTensor(name: "num_batches_tracked", shape: [], values: [Int64(7)])
    let empty = try SafeTensor(name: "empty", shape: [0, 3], values: [Float]())
    let flags = try SafeTensor(name: "flags", dtype: .bool, shape: [3], bytes: Data([0, 1, 1]))
    return try [
      SafeTensorsFile(tensors: [weight, bias, scalar], metadata: ["format": "pt", "note": "\"ü\"\n"]),
      SafeTensorsFile(tensors: [empty, flags, bias]),
      SafeTensorsFile(tensors: []),
    ].map { Array(try $0.encoded()) }
  }

  private static let hostileHeaders = [
    String(repeating: "[", count: 60_000), "{\"a\":" + String(repeating: "[", count: 60_000),
    String(repeating: "{\"a\":", count: 12_000),
    #"{"a":{"dtype":"U8","shape":[\#(String(repeating: "1,", count: 20_000))1],"data_offsets":[0,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[0,9223372036854775807,9223372036854775807],"data_offsets":[0,0]}}"#,
    "{\((0..<2000).map { #""t\#($0)":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"# }.joined(separator: ","))}",
  ].map { Array($0.utf8) }

  private static func withLength(_ header: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
  }

  /// The file with the length that its changed header has, as far as one can tell where it ends.
  private static func withRightLength(_ bytes: [UInt8]) -> [UInt8] {
    let content = Array(bytes.dropFirst(8))
    guard let brace = content.lastIndex(of: UInt8(ascii: "}")) else { return withLength(content) }
    let space = UInt8(ascii: " ")
    let end = content[(brace + 1)...].firstIndex { $0 != space } ?? content.count
    return withLength(Array(content[..<end])) + content[end...]
  }

  /// Some numbers.
  static func floats(_ count: Int) -> [Float] { (0..<count).map { Float($0) * 0.25 - 3 } }
}
