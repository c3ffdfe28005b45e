import Training
import XCTest

/// The keys of the optimiser and of first weights.
final class OptimizerConfigurationTests: TrainingTestCase {
  private func read(_ yaml: String) throws -> TrainingConfiguration {
    try TrainingConfiguration(TrainingConfiguration.assignments(inYAML: yaml, source: "a.yaml"))
  }

  func testEveryKeyIsReadAndWritten() throws {
    let configuration = try read(
      "optimizer: adamw\nbeta1: 0.8\nbeta2: 0.99\nepsilon: 1e-6\nweight-decay: 0.01\ninitialization: he-uniform"
    )
    XCTAssertEqual(
      configuration.optimizer,
      OptimizerConfiguration(method: .adamw, weightDecay: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-6))
    XCTAssertEqual(configuration.initialisation, .heUniform)
    XCTAssertEqual(try read(configuration.yamlText), configuration)
    for line in ["optimizer: adamw", "beta1: 0.8", "lr: 0.001", "initialization: he-uniform"] {
      XCTAssertTrue(configuration.yamlText.contains("\n\(line)\n"), configuration.yamlText)
    }
  }

  func testTheDefaultLearningRateIsTheOptimisers() throws {
    XCTAssertEqual(try read("optimizer: sgd").learningRate, 0.1)
    for method in ["adam", "adamw"] {
      XCTAssertEqual(try read("optimizer: \(method)").learningRate, 1e-3)
      XCTAssertEqual(try read("lr: 0.1\noptimizer: \(method)").learningRate, 0.1)
      XCTAssertEqual(try read("optimizer: \(method)").optimizer.weightDecay, 1e-4)
    }
  }

  func testConstantsOfOtherMethodsAreConflicts() {
    for (yaml, parts) in [
      ("optimizer: adam\nnesterov: true", ["nesterov is for sgd", "adam", "leave it out"]),
      ("optimizer: adamw\nmomentum: 0.8", ["momentum is for sgd", "adamw", "beta1"]),
      ("beta1: 0.5", ["for adam and adamw", "set optimizer"]),
      ("beta2: 0.5", ["for adam and adamw"]), ("epsilon: 1e-3", ["for adam and adamw"]),
      ("init: a.safetensors\ninitialization: he-uniform", ["leave one of them out"]),
    ] {
      XCTAssertThrowsError(try read(yaml), yaml) { error in
        guard case ConfigurationError.conflict(let advice) = error else { return XCTFail("\(error)") }
        for part in parts { XCTAssertTrue(advice.contains(part), "\(yaml): \(advice)") }
      }
    }
    // As every written configuration has them.
    XCTAssertNoThrow(try read("optimizer: adam\nmomentum: 0.9\nnesterov: false"))
    XCTAssertNoThrow(try read("optimizer: sgd\nbeta1: 0.9\nbeta2: 0.999\nepsilon: 1e-8"))
  }

  func testWrongValuesNameWhatIsExpected() {
    for (key, values, expected) in [
      ("optimizer", ["rmsprop", "Adam", ""], "sgd or adam or adamw"),
      ("beta1", ["1", "-0.1", "0.99999999"], "a number from 0 to below 1"),
      ("beta2", ["1", "nan"], "a number from 0 to below 1"),
      ("epsilon", ["0", "-1e-8", "1e-40", "2", "inf"], "a number from 1e-30 to 1"),
      ("initialization", ["he", "xavier"], "he-normal or he-uniform or glorot-uniform"),
    ] {
      for value in values {
        XCTAssertThrowsError(try TrainingConfiguration([ConfigurationAssignment(key, value)])) {
          XCTAssertEqual(
            $0 as? ConfigurationError,
            .wrongValue(key: key, origin: .commandLine, expected: expected, found: "'\(value)'"))
        }
      }
    }
  }

  func testUnknownKeysNameTheNearest() {
    for (key, nearest) in [
      ("optimiser", "optimizer"), ("initialisation", "initialization"), ("eps", "epsilon"),
      ("beta-1", "beta1"),
    ] {
      XCTAssertThrowsError(try read("\(key): 1")) {
        XCTAssertEqual(
          $0 as? ConfigurationError,
          .unknownKey(key, origin: .file("a.yaml", line: 1), nearest: nearest))
      }
    }
  }

  func testAResumedRunKeepsThem() throws {
    let saved = try read("optimizer: adam\nlr: 0.01")
    for (key, other) in [
      ("optimizer", "optimizer: adamw\nlr: 0.01"), ("optimizer", "lr: 0.01"),
      ("beta1", "optimizer: adam\nlr: 0.01\nbeta1: 0.5"),
      ("epsilon", "optimizer: adam\nlr: 0.01\nepsilon: 1e-4"),
      ("initialization", "optimizer: adam\nlr: 0.01\ninitialization: he-uniform"),
    ] {
      XCTAssertThrowsError(try read(other).checkResumes(saved)) { error in
        guard case .changedOnResume(let found, _, _) = error as? ConfigurationError else {
          return XCTFail("\(error)")
        }
        XCTAssertEqual(found, key)
      }
    }
    XCTAssertNoThrow(try read("optimizer: adam\nlr: 0.01\nepochs: 20").checkResumes(saved))
  }

  /// A library's user may set what no file can say.
  func testATrainerChecksToo() throws {
    var configuration = TrainingConfiguration()
    configuration.optimizer = OptimizerConfiguration(method: .adam, nesterov: true)
    XCTAssertThrowsError(try makeTrainer(configuration)) {
      XCTAssertTrue("\($0)".contains("nesterov is for sgd"), "\($0)")
    }
  }
}
