import Datasets
import Pruning
import Training
import XCTest

final class TrainingConfigurationTests: XCTestCase {
  private func read(_ yaml: String) throws -> TrainingConfiguration {
    try TrainingConfiguration(TrainingConfiguration.assignments(inYAML: yaml, source: "a.yaml"))
  }

  private func assertThrows(
    _ expected: ConfigurationError, line: UInt = #line, _ body: () throws -> TrainingConfiguration
  ) {
    XCTAssertThrowsError(try body(), line: line) { error in
      XCTAssertEqual(error as? ConfigurationError, expected, line: line)
    }
  }

  func testDefaults() throws {
    let configuration = try TrainingConfiguration([])
    XCTAssertEqual(configuration, TrainingConfiguration())
    XCTAssertEqual(configuration.epochs, 10)
    XCTAssertEqual(configuration.learningRate, 0.1)
    XCTAssertEqual(configuration.curve, .cosine)
    XCTAssertEqual(configuration.batchSize, 128)
    XCTAssertEqual(
      configuration.optimizer, OptimizerConfiguration(momentum: 0.9, nesterov: false, weightDecay: 1e-4))
    XCTAssertEqual(configuration.augmentation, .cropFlip(padding: 4))
    XCTAssertEqual(configuration.seed, 1)
    XCTAssertEqual(configuration.data, .sample)
  }

  func testEveryKeyIsRead() throws {
    let configuration = try read(
      """
      model: resnet56:shortcut=b
      init: a/b.safetensors
      data: cifar10=/data with space
      train-limit: 100
      validation-fraction: 0.25
      augment: none
      epochs: 3
      batch-size: 32
      lr: 5e-2
      schedule: step:1,2
      lr-warmup-epochs: 0.5
      momentum: 0.8
      nesterov: true
      weight-decay: 0
      label-smoothing: 0.1
      seed: 18446744073709551615
      device: cpu:avx2
      precision: bf16
      threads: 2
      checkpoint-steps: 7
      """)
    XCTAssertEqual(configuration.model, "resnet56:shortcut=b")
    XCTAssertEqual(configuration.initialWeights, "a/b.safetensors")
    XCTAssertEqual(configuration.data, .cifar10(directory: "/data with space"))
    XCTAssertEqual(configuration.trainLimit, 100)
    XCTAssertEqual(configuration.validationFraction, 0.25)
    XCTAssertEqual(configuration.augmentation, .none)
    XCTAssertEqual(configuration.epochs, 3)
    XCTAssertEqual(configuration.batchSize, 32)
    XCTAssertEqual(configuration.learningRate, 0.05)
    XCTAssertEqual(configuration.curve, .step(epochs: [1, 2]))
    XCTAssertEqual(configuration.warmupEpochs, 0.5)
    XCTAssertEqual(
      configuration.optimizer, OptimizerConfiguration(momentum: 0.8, nesterov: true, weightDecay: 0))
    XCTAssertEqual(configuration.labelSmoothing, 0.1)
    XCTAssertEqual(configuration.seed, .max)
    XCTAssertEqual(configuration.device, "cpu:avx2")
    XCTAssertEqual(configuration.precision, .bfloat16)
    XCTAssertEqual(configuration.threads, 2)
    XCTAssertEqual(configuration.checkpointSteps, 7)
    XCTAssertEqual(try read(configuration.yamlText), configuration)
  }

  func testWrittenConfigurationReadsTheSame() throws {
    XCTAssertEqual(try read(TrainingConfiguration().yamlText), TrainingConfiguration())
    var odd = TrainingConfiguration()
    for text in [
      "null", "~", "- a", "a: b", "#x", "\"q\"", "tab\there", "ünïcode", "'", "true", "1", "a:", "{", " x ",
    ] {
      odd.model = text
      odd.initialWeights = text
      XCTAssertEqual(try read(odd.yamlText), odd, text)
    }
    let texts = TrainingCommand.allCases.map { command in
      odd.reduction = .none
      if command == .prune { odd.pruning = PruningConfiguration() }
      if command == .removeConflicts { odd.conflictRemoval = ConflictRemovalConfiguration() }
      return odd.yamlText
    }
    for key in TrainingConfiguration.keys {
      XCTAssertTrue(texts.contains { $0.contains("\n\(key): ") }, key)
    }
  }

  func testAWrittenConflictRemovalReadsTheSame() throws {
    var configuration = TrainingConfiguration()
    configuration.bundles = BundleMonitoring(every: 1)
    configuration.conflictRemoval = ConflictRemovalConfiguration()
    func readRemoval(_ text: String) throws -> TrainingConfiguration {
      try TrainingConfiguration(
        TrainingConfiguration.assignments(inYAML: text, source: "test.yaml"), command: .removeConflicts)
    }
    XCTAssertEqual(try readRemoval(""), configuration, "bundles are measured after every epoch")
    XCTAssertEqual(try readRemoval(configuration.yamlText), configuration)
    var odd = ConflictRemovalConfiguration()
    (odd.rule, odd.restart, odd.checkEpochs) = (.firstInTypeAndRest, .warm, 3)
    (odd.protection, odd.maximumRestarts, odd.threshold, odd.guardsMacs) = (.none, 0, 0.25, false)
    configuration.conflictRemoval = odd
    XCTAssertEqual(try readRemoval(configuration.yamlText), configuration)
    XCTAssertThrowsError(try readRemoval("nu: 0.1")) { XCTAssertTrue("\($0)".contains("espalier prune")) }
    XCTAssertThrowsError(try readRemoval("restart: warm\nrule: bisect"))
    XCTAssertThrowsError(try readRemoval("init: a.safetensors"))
    XCTAssertThrowsError(try readRemoval("bundles: null"))
  }

  func testAWrittenPruningReadsTheSame() throws {
    var configuration = TrainingConfiguration()
    configuration.pruning = PruningConfiguration()
    func readPruning(_ text: String) throws -> TrainingConfiguration {
      try TrainingConfiguration(
        TrainingConfiguration.assignments(inYAML: text, source: "test.yaml"), command: .prune)
    }
    XCTAssertEqual(try readPruning(configuration.yamlText), configuration)
    var odd = PruningConfiguration()
    (odd.method, odd.nu, odd.alpha, odd.beta, odd.gates) = (.l1, 0.25, 0, 1, .both)
    (odd.initialTheta, odd.warmupEpochs, odd.freezeAt, odd.thetaEpochs) = (0.5, 2, 0.75, 1.5)
    (odd.targetMacs, odd.rounding, odd.masks) = (1e6, .multiples(of: 8), .groups(8))
    (odd.layerEstimator, odd.exploration, odd.smoothing) = (.difference, 0.05, 0.9)
    (odd.auditImages, odd.trainingCost) = (100, 0.5)
    configuration.pruning = odd
    XCTAssertEqual(try readPruning(configuration.yamlText), configuration)
    configuration.pruning?.rounding = .automatic
    configuration.pruning?.masks = .batch
    XCTAssertEqual(try readPruning(configuration.yamlText), configuration)
  }

  func testPruningsRefuseWhatDoesNotFit() throws {
    func refusal(_ text: String, command: TrainingCommand = .prune) -> String {
      do {
        _ = try TrainingConfiguration(
          TrainingConfiguration.assignments(inYAML: text, source: "test.yaml"), command: command)
        return "accepted"
      } catch {
        return "\(error)"
      }
    }
    for (text, part) in [
      ("method: magic", "bernoulli or dense"), ("nu: -1", "number from 0"), ("alpha: 1.5", "from 0 to 1"),
      ("gates: some", "units or layers"), ("masks: 2", "from 4"), ("masks: 5", "divide a batch of 128"),
      ("round-to: 0", "none, auto"), ("exploration: 0.5", "below 0.5"), ("theta-init: 0", "above 0"),
      ("method: l1", "target-macs"), ("method: random\ntarget-macs: 0.5\ngates: layers", "removes units"),
      ("masks: batch\nlayer-estimator: leave-one-out", "there is one"),
      ("gate-warmup-epochs: 10", "below the 10 epochs"), ("training-cost: 0.5", "other methods"),
      ("nu: 1e300", "to 1000000"),
      ("nu: 0\ntarget-macs: 0.5", "prunes nothing"),
    ] {
      XCTAssertTrue(refusal(text).contains(part), "\(text): \(refusal(text))")
    }
    XCTAssertTrue(refusal("nu: 0.1", command: .train).contains("espalier prune"))
    XCTAssertEqual(refusal("nu: 0.1"), "accepted")
  }

  func testEmptyFilesChangeNothing() throws {
    for text in ["", "# nothing\n", "---\n", "null\n"] {
      XCTAssertEqual(try read(text), TrainingConfiguration())
    }
  }

  func testLaterAssignmentsWin() throws {
    let file = try TrainingConfiguration.assignments(inYAML: "lr: 0.2\nepochs: 4", source: "a.yaml")
    let configuration = try TrainingConfiguration(file + [ConfigurationAssignment("lr", "0.3")])
    XCTAssertEqual(configuration.learningRate, 0.3)
    XCTAssertEqual(configuration.epochs, 4)
  }

  func testUnknownKeysNameTheNearest() {
    for (key, nearest) in [
      ("momentun", "momentum"), ("epoch", "epochs"),
      ("batchsize", "batch-size"), ("weight_decay", "weight-decay"), ("lrs", "lr"),
      ("learning-rate", "lr"), ("Learning_Rate", "lr"), ("augmentation", "augment"), ("wd", "weight-decay"),
    ] {
      let origin = ConfigurationError.Origin.file("a.yaml", line: 2)
      assertThrows(.unknownKey(key, origin: origin, nearest: nearest)) { try read("seed: 1\n\(key): 1") }
    }
    let error = ConfigurationError.unknownKey("lrs", origin: .file("a.yaml", line: 2), nearest: "lr")
    XCTAssertEqual("\(error)", "a.yaml:2: lrs: unknown key; did you mean 'lr'?")
  }

  func testWrongValuesNameKeyExpectedAndFound() {
    for (key, values, expected) in [
      ("epochs", ["ten", "0", "-1", "1.5", "true", "", "1000000001"], "a whole number in 1…1000000000"),
      ("threads", ["0", "1025"], "a whole number in 1…1024"),
      ("lr", ["fast", "0", "-0.1", "nan", "inf", "1e50"], "a number above 0"),
      ("momentum", ["1", "-0.1", "x"], "a number from 0 to below 1"),
      ("weight-decay", ["-1e-4"], "a number from 0"),
      ("nesterov", ["yes", "1"], "true or false"),
      ("seed", ["-1", "18446744073709551616"], "a whole number in 0…18446744073709551615"),
      (
        "schedule", ["step:2,1", "step:1000000001"],
        "constant, cosine or step:E1,E2,… with growing epochs in 1…1000000000"
      ),
      (
        "augment", ["crop"],
        "none, crop-flip, resized-crop-flip, resized-crop-flip-jitter; did you mean none?"
      ),
      ("image-size", ["0", "4097", "big"], "a whole number in 1…4096"),
      ("normalization", ["imagenet", ""], "published or measured"),
      ("on-bad-image", ["ignore"], "fail or skip"),
      ("workers", ["0", "1025"], "a whole number in 1…1024"),
      ("validation-fraction", ["1"], "a number from 0 to below 1"),
    ] {
      for value in values {
        assertThrows(.wrongValue(key: key, origin: .commandLine, expected: expected, found: "'\(value)'")) {
          try TrainingConfiguration([ConfigurationAssignment(key, value)])
        }
      }
    }
    assertThrows(
      .wrongValue(
        key: "lr", origin: .file("a.yaml", line: 1), expected: "a number above 0", found: "null")
    ) {
      try read("lr: null")
    }
  }

  func testFoldersHaveKeysOfTheirOwn() throws {
    let configuration = try read(
      """
      data: folder=a/b
      image-size: 64
      normalization: measured
      on-bad-image: skip
      workers: 3
      """)
    XCTAssertEqual(configuration.data, .folder(directory: "a/b"))
    XCTAssertEqual(configuration.imageSize, 64)
    XCTAssertEqual(configuration.normalization, .measured)
    XCTAssertEqual(configuration.onBadImage, .skip)
    XCTAssertEqual(configuration.workers, 3)
    XCTAssertEqual(try read(configuration.yamlText), configuration)
    XCTAssertEqual(try read("data: sample").imageSize, nil)
    XCTAssertEqual(try read("data: sample\nimage-size: 64").imageSize, 64)
  }

  func testFoldersTakeResizedCropsUnlessToldOtherwise() throws {
    XCTAssertEqual(try read("data: folder=a").augmentation, .resizedCropFlip)
    XCTAssertEqual(try read("augment: crop-flip\ndata: folder=a").augmentation, .cropFlip(padding: 4))
    XCTAssertEqual(try read("data: cifar10=a").augmentation, .cropFlip(padding: 4))
    XCTAssertEqual(try read("augment: resized-crop-flip-jitter").augmentation, .resizedCropFlipJitter)
  }

  func testOnlyTheNumberOfWorkersMayChangeOnResume() throws {
    let saved = try read("data: folder=a")
    XCTAssertNoThrow(try read("data: folder=a\nworkers: 3").checkResumes(saved))
    for other in ["image-size: 64", "normalization: measured", "on-bad-image: skip", "augment: none"] {
      XCTAssertThrowsError(try read("data: folder=a\n\(other)").checkResumes(saved), other)
    }
  }

  func testNesterovNeedsMomentum() {
    XCTAssertThrowsError(try read("nesterov: true\nmomentum: 0")) { error in
      guard case ConfigurationError.conflict = error else { return XCTFail("\(error)") }
    }
  }

  func testWarmUpFitsTheEpochs() throws {
    XCTAssertEqual(try read("lr-warmup-epochs: 2\nepochs: 2").warmupEpochs, 2)
    for yaml in ["lr-warmup-epochs: 2.5\nepochs: 2", "lr-warmup-epochs: 1e30"] {
      XCTAssertThrowsError(try read(yaml)) { error in
        guard case ConfigurationError.conflict = error else { return XCTFail("\(error)") }
      }
    }
  }

  func testMalformedFiles() {
    for (text, expectedLine) in [
      ("- a\n- b", 1), ("epochs", 1), ("seed: 1\nlr: [1, 2]", 2), ("lr: {a: 1}", 1), ("a: b: c", 1),
      ("lr: 1\nlr: 2", 1), ("\"open", 1),
    ] {
      XCTAssertThrowsError(try read(text), text) { error in
        guard case ConfigurationError.malformedFile("a.yaml", let line, _) = error else {
          return XCTFail("\(text): \(error)")
        }
        XCTAssertEqual(line, expectedLine, "\(text): \(error)")
      }
    }
  }

  func testResumingKeepsWhatDecidesTheResult() throws {
    let saved = try read("lr: 0.2")
    let allowed = try read("lr: 0.2\nepochs: 20\ndevice: cpu\nthreads: 1\ncheckpoint-steps: 3")
    XCTAssertNoThrow(try allowed.checkResumes(saved))
    XCTAssertThrowsError(try read("lr: 0.1").checkResumes(saved)) { error in
      XCTAssertEqual(
        error as? ConfigurationError, .changedOnResume(key: "lr", saved: "0.2", requested: "0.1"))
    }
    XCTAssertThrowsError(try read("lr: 0.2\ntrain-limit: 5").checkResumes(saved)) { error in
      XCTAssertEqual(
        error as? ConfigurationError,
        .changedOnResume(key: "train-limit", saved: "none", requested: "5"))
    }
  }
}
