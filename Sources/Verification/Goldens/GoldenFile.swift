import EmbeddedData
import Foundation
import Interchange

/// The golden files inside the program.
enum GoldenFile {
  static func operators() throws -> SafeTensorsFile {
    try load(espalier_operator_goldens(), name: "operators.safetensors")
  }

  static func resNet20Step() throws -> SafeTensorsFile {
    try load(espalier_resnet20_step_goldens(), name: "resnet20-step.safetensors")
  }

  /// The JSON document under `key` of the file's metadata.
  static func metadata<Value: Decodable>(
    _ key: String, of file: SafeTensorsFile, as type: Value.Type
  ) throws -> Value {
    let name = file.source ?? "golden file"
    guard let text = file.metadata[key] else {
      throw VerificationError.missingMetadata(file: name, key: key)
    }
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
      throw VerificationError.malformedMetadata(file: name, reason: "\(error)")
    }
  }

  private static func load(_ file: espalier_embedded_file, name: String) throws -> SafeTensorsFile {
    // Constant memory that is there for the program's whole life needs no copy and no deallocation.
    let bytes = UnsafeMutableRawPointer(mutating: file.bytes)
    let data = Data(bytesNoCopy: bytes, count: file.count, deallocator: .none)
    return try SafeTensorsFile(parsing: data, source: name)
  }
}
