import Bundles
import Devices

/// Whether a device's hashes are those of the plain loop: each operation rounded for itself, and tiny numbers kept.
enum HashingProbe {
  private static let shape = ActivationShape(batch: 2, channels: 3, height: 5, width: 7)

  static func passes(on device: any Device) throws -> Bool {
    let isShort = device.information.precision.bytes == 2
    let activations = (0..<shape.count).map { index -> Float in
      // From where updates are lost to where they are not, beyond what cells can number, and below the smallest normal
      // number; of few enough bits for any type of feature maps, which may have no subnormal numbers.
      if index.isMultiple(of: 11), !isShort { return Float(bitPattern: UInt32(index) << 16) }
      let value = index.isMultiple(of: 13) ? -3e5 * Float(index) : Float(index * index % 97) * 1.37e-4
      return Float(bitPattern: value.bitPattern & 0xFFFF_0000)
    }
    let matrix = try ActivationMatrix(
      samples: shape.batch, features: shape.count / shape.batch, values: activations)
    let widths = try CellWidths((0..<shape.channels).map { 1e-3 * Float($0 + 1) / 3 })
    let reference = try ReferenceResolution(amplitude: 0.7746, learningRate: 1e-3, batchSize: 60)
    for (resolution, model) in [
      (.exact, .exact), (.update, .reference(reference)), (.cells, .tolerance(widths)),
    ] as [(ActivationHashProblem.Resolution, ResolutionModel)] {
      guard try keys(activations, resolution, model, on: device) == model.keys(of: matrix) else {
        return false
      }
    }
    return true
  }

  private static func keys(
    _ activations: [Float], _ resolution: ActivationHashProblem.Resolution, _ model: ResolutionModel,
    on device: any Device
  ) throws -> [BundleKey] {
    let problem = ActivationHashProblem(shape: shape, resolution: resolution)
    let wordCount = shape.batch * ActivationHashProblem.words
    var schedule = Schedule()
    let maps = schedule.activation("maps", shape)
    schedule.append(
      .importActivation(from: schedule.external(.images, "images", count: shape.count), to: maps))
    schedule.append(
      .activationHash(
        problem, input: maps,
        scales: problem.scaleCount == 0
          ? nil : schedule.external(.hashScales, "scales", count: problem.scaleCount),
        keys: schedule.external(.hashKeys, "keys", count: wordCount)))
    let images = try device.makeBuffer(count: shape.count, name: "images")
    let keys = try device.makeBuffer(count: wordCount, name: "keys")
    let scales = try device.makeBuffer(count: max(1, problem.scaleCount), name: "scales")
    try images.write(activations)
    try scales.write(model.scales(count: problem.scaleCount))
    let executable = try device.compile(
      schedule, buffers: [.images: images, .hashKeys: keys, .hashScales: scales])
    try executable.run()
    let words = try keys.read(as: UInt32.self)
    return (0..<shape.batch).map { BundleKey(words: words, image: $0) }
  }
}
