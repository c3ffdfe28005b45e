// Trains fully connected networks of many widths and depths, each for a moment, and draws their test accuracy with a line
// around those whose last hidden layer bundles images of different classes. Rows that are in the table already are not
// computed again.
//
//   MapPerceptrons fashion-mnist=DIR FOLDER

import Espalier
import Foundation

let widths = [5, 8, 12, 18, 25, 37, 50, 75, 100]
let depths = [5, 10, 15, 20, 30, 40, 55, 75, 100]
let arguments = CommandLine.arguments
guard arguments.count == 3 else {
  print("usage: MapPerceptrons sample|mnist=DIR|fashion-mnist=DIR FOLDER")
  exit(64)
}
let data = try TrainingData(DataSource(parsing: arguments[1]), trainLimit: 5000)
let folder = arguments[2]
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
let table = "\(folder)/perceptrons.csv"
let header = "width,depth,top1,entropyBefore,entropyAfter"

/// What one network comes to.
struct Row {
  var (width, depth) = (0, 0)
  var top1 = 0.0
  /// H of the last hidden layer before training and after it; nil where activations are no numbers.
  var (before, after): (Double?, Double?) = (nil, nil)

  var line: String {
    let numbers = [before, after].map { $0.map { "\($0)" } ?? "" }
    return "\(width),\(depth),\(top1),\(numbers[0]),\(numbers[1])"
  }

  init?(_ line: Substring) {
    let parts = line.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 5, let width = Int(parts[0]), let depth = Int(parts[1]), let top1 = Double(parts[2])
    else { return nil }
    (self.width, self.depth, self.top1) = (width, depth, top1)
    (before, after) = (Double(parts[3]), Double(parts[4]))
  }

  init(width: Int, depth: Int, _ result: TrainingResult) {
    (self.width, self.depth, top1) = (width, depth, result.test.top1)
    before = result.bundles.first?.report.layers.last?.entropy
    after = result.bundles.last?.report.layers.last?.entropy
  }
}

func train(width: Int, depth: Int, on device: any Device) throws -> Row {
  var configuration = TrainingConfiguration()
  configuration.epochs = 5
  configuration.batchSize = 64
  configuration.learningRate = 0.01
  configuration.augmentation = .none
  configuration.optimizer = OptimizerConfiguration(momentum: 0.9, weightDecay: 0)
  configuration.bundles = BundleMonitoring(every: configuration.epochs)
  let network = try ModelZoo.network("mlp:width=\(width),depth=\(depth)", input: data.input, classes: 10)
  let trainer = try Trainer(network: network, data: data, configuration: configuration, device: device)
  return Row(width: width, depth: depth, try trainer.train())
}

let device = try DeviceCatalog.open(.cpu(nil), threads: 1).device
let saved = (try? String(contentsOfFile: table, encoding: .utf8)) ?? ""
var rows = saved.split(separator: "\n").dropFirst().compactMap(Row.init)
for depth in depths {
  for width in widths where !rows.contains(where: { $0.width == width && $0.depth == depth }) {
    let row = try train(width: width, depth: depth, on: device)
    print(row.line)
    rows.append(row)
    try AtomicFile.write(Data(([header] + rows.map(\.line)).map { "\($0)\n" }.joined().utf8), to: table)
  }
}

func grid<Value>(_ rows: [Row], _ value: (Row) -> Value, otherwise: Value) -> [[Value]] {
  depths.map { depth in
    widths.map { width in rows.first { $0.width == width && $0.depth == depth }.map(value) ?? otherwise }
  }
}
let map = HeatMap(
  title: "Fully connected networks", subtitle: "test top-1 after 5 epochs on 5,000 images",
  columns: .named("width", widths.map(String.init)), rows: .named("depth", depths.map(String.init)),
  values: grid(rows, { $0.top1 }, otherwise: nil),
  region: .init(
    "the last hidden layer conflicts", grid(rows, { $0.after.map { $0 > 0 } ?? true }, otherwise: false)),
  colours: Axis("top-1", range: 0...1, numbers: .percent))
try AtomicFile.write(Data(map.svg.utf8), to: "\(folder)/perceptrons.svg")
print("\(rows.count) networks: \(table), \(folder)/perceptrons.svg")
