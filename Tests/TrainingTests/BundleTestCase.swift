import Devices
import ModelZoo
import Networks
import Training

/// A test that looks for bundles in untrained networks of the zoo, for images of the sample.
class BundleTestCase: TrainingTestCase {
  func network(_ model: String) throws -> Network {
    try ModelZoo.network(model, input: ImageShape(channels: 1, height: 28, width: 28), classes: 10)
  }

  func session(
    _ model: String, batchSize: Int = 32, device: (any Device)? = nil
  ) throws -> TrainingSession {
    let session = try TrainingSession(
      evaluating: network(model), device: device ?? openFallback(), batchSize: batchSize)
    try session.initialise(seed: 1)
    return session
  }
}
