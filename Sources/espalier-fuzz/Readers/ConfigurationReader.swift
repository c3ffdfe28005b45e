import Training

extension FuzzReader {
  static func yaml() -> FuzzReader {
    FuzzReader(
      name: .yaml, bound: AllocationBound(base: 256 << 10, perByte: 256), seeds: yamlSeeds,
      hostile: hostileYAML,
      tokens: [
        "&a", "*a", "? *a\n: 1\n", "!!binary", "!!int", "? ", ": ", "- ", "---\n", "...\n", "|\n", ">-\n",
        "'", "\"",
        "{", "}", "[", "]", ",", "#", "%YAML 1.1\n", "<<: ", "\t", "\u{FEFF}", "\u{85}", "lr: ", "data: ",
        "model: ",
        "null", "~", "cosine", "step:", "crop-flip",
      ].map { Array($0.utf8) } + [[0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF8]],
      documents: { $0 is ConfigurationError },
      read: { bytes in
        // As the file's reader does it: what is no UTF-8 never gets further.
        guard let text = String(validating: bytes, as: UTF8.self) else {
          throw ConfigurationError.malformedFile("input", line: nil, reason: "expected text in UTF-8")
        }
        let assignments = try TrainingConfiguration.assignments(inYAML: text, source: "input")
        let configuration = try TrainingConfiguration(assignments)
        _ = try TrainingConfiguration.assignments(inYAML: configuration.yamlText, source: "output")
      })
  }

  private static let yamlSeeds: [[UInt8]] = [
    TrainingConfiguration().yamlText,
    """
    # A run
    model: resnet20:shortcut=b,width=0.5
    data: "cifar10=/data/c\\u00ef"
    epochs: 164
    lr: 0.1   # per batch
    schedule: 'step:81,122'
    weight-decay: 1e-4
    nesterov: true
    train-limit: ~
    """,
    "{model: resnet56, epochs: 3, lr: .5, augment: none}\n",
    "optimizer: adamw\nbeta1: .8\nbeta2: 0.99\nepsilon: 1e-6\ninitialization: glorot-uniform\n",
    "lr: &rate 0.1\nmomentum: 0.9\nseed: 18446744073709551615\nthreads: null\n",
  ].map { Array($0.utf8) }

  /// Aliases of aliases stand for a thousand million words in a few lines, as a value and as a key; and brackets
  /// without end.
  private static let hostileYAML: [[UInt8]] = {
    let words = repeatElement("x", count: 10).joined(separator: ",")
    let lists = (1..<9).map { level in
      "a\(level): &a\(level) [\(repeatElement("*a\(level - 1)", count: 10).joined(separator: ","))]\n"
    }
    let bomb = "a0: &a0 [\(words)]\n" + lists.joined()
    return [
      bomb, bomb + "? *a8\n: 1\n", bomb + "<<: *a8\n", "lr: &a [*a]\n",
      String(repeating: "[", count: 60_000), String(repeating: "{a: ", count: 15_000),
      String(repeating: "- ", count: 30_000), String(repeating: "? ", count: 30_000),
    ].map { Array($0.utf8) }
  }()
}
