import Foundation
import Interchange
import Probes

/// A folder with what probes were computed from, for other programs to check.
///
/// `images.safetensors` has the labels and the order in which the probes saw the training images in each epoch; for every
/// layer there is one file with its values for the test images, `[samples, channels, height, width]` or
/// `[samples, features]`, and one with its pooled training features and the weights of its probes; `index.json` says which,
/// and with what settings.
public struct ActivationDump: Sendable {
  public let folder: String

  /// Makes the folder where it is missing. Files of an earlier dump are replaced, others stay.
  ///
  /// - Throws: `FileError`.
  public init(folder: String) throws {
    self.folder = folder
    try RunFolder.createFolder(folder)
  }

  /// What comes before a layer's names of files: its number, and its name as far as it is plain.
  private func stem(_ number: Int, _ layer: ProbedLayer) -> String {
    let name = layer.name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" }
    return String(format: "%03d-", number) + String(String(name).prefix(100))
  }

  private func path(_ file: String) -> String { "\(folder)/\(file)" }

  func writeValues(
    of layer: ProbedLayer, number: Int, samples: Int,
    _ body: ((ArraySlice<Float>) throws -> Void) throws -> Void
  ) throws {
    let shape = layer.isVector ? [layer.count] : [layer.channels, layer.height, layer.width]
    try SafeTensorStream.write(
      to: path("\(stem(number, layer)).values.safetensors"), name: "values", shape: [samples] + shape, body)
  }

  func writeProbes(of layer: ProbedLayer, number: Int, _ state: LayerProbe.State) throws {
    func table(_ name: String, _ table: FeatureTable) throws -> SafeTensor {
      try SafeTensor(name: name, shape: [table.samples, table.features], values: table.values)
    }
    var tensors = [try table("features", state.training)]
    if let features = state.ridgeTraining { tensors.append(try table("ridgeFeatures", features)) }
    for (name, probe) in [("softmax", state.softmax), ("ridge", state.ridge)] {
      guard let probe else { continue }
      tensors.append(
        try SafeTensor(name: "\(name).weight", shape: [probe.classes, probe.features], values: probe.weights))
      tensors.append(try SafeTensor(name: "\(name).bias", shape: [probe.classes], values: probe.bias))
    }
    try SafeTensorsFile(tensors: tensors).write(to: path("\(stem(number, layer)).probes.safetensors"))
  }

  func writeImages(
    trainingLabels: [Int32], testLabels: [Int32], _ softmax: SoftmaxRegression
  ) throws {
    let count = trainingLabels.count
    let order = (0..<softmax.epochs).flatMap { epoch in
      softmax.order(epoch: epoch, count: count).map(Int32.init)
    }
    try SafeTensorsFile(tensors: [
      SafeTensor(name: "trainLabels", shape: [count], values: trainingLabels),
      SafeTensor(name: "testLabels", shape: [testLabels.count], values: testLabels),
      SafeTensor(name: "order", shape: [softmax.epochs, count], values: order),
    ]).write(to: path("images.safetensors"))
  }

  func writeIndex(_ layers: [ProbedLayer], classes: Int, _ configuration: ProbeConfiguration) throws {
    let (softmax, saturation) = (configuration.softmax, configuration.saturation)
    let index: JSONValue = [
      "classes": .integer(classes), "pool": .integer(configuration.pool),
      "rows": .string(configuration.rows.rawValue), "delta": .number(saturation.delta),
      "delve": .bool(saturation.isDelveCompatible), "ridge": .number(configuration.ridge.strength),
      "softmax": [
        "epochs": .integer(softmax.epochs), "batchSize": .integer(softmax.batchSize),
        "learningRate": .number(softmax.learningRate), "momentum": .number(softmax.momentum),
        "weightDecay": .number(softmax.weightDecay),
      ],
      "layers": .array(
        layers.enumerated().map { number, layer in
          [
            "name": .string(layer.name), "values": .string("\(stem(number, layer)).values.safetensors"),
            "probes": .string("\(stem(number, layer)).probes.safetensors"),
            "ridgePool": .integer(configuration.ridgePool(of: layer)),
          ]
        }),
    ]
    try AtomicFile.write(Data(index.prettyText.utf8), to: path("index.json"))
  }
}
