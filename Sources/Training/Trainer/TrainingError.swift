/// Why a training did not start or did not end well.
public enum TrainingError: Error, Hashable, Sendable {
  /// The loss, or a tensor, is infinite or not a number. The last good checkpoint, if any, is untouched.
  case diverged(quantity: String, epoch: Int, step: Int, learningRate: Float, lastCheckpoint: String?)
  /// Stopped on request, after saving a checkpoint there if the training has a folder.
  case interrupted(epoch: Int, step: Int, checkpoint: String?)
  /// A new run would mix its files with others.
  case folderNotEmpty(String)
  /// Images or classes that are not what the network was made for.
  case dataMismatch(network: String, expected: String, data: String, found: String)
}

extension TrainingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .diverged(let quantity, let epoch, let step, let rate, let checkpoint):
      "training diverged: \(quantity) is infinite or not a number by step \(step) of epoch \(epoch), with learning rate "
        + "\(rate); start anew with a smaller --lr, or longer --lr-warmup-epochs; "
        + (checkpoint.map { "the last good checkpoint is \($0)" } ?? "there is no checkpoint from before")
    case .interrupted(let epoch, let step, let checkpoint):
      "interrupted after step \(step) of epoch \(epoch)"
        + (checkpoint.map { "; everything is saved in \($0)" } ?? "")
    case .folderNotEmpty(let path):
      "expected a new or empty folder for the run, found files in \(path); add --resume to go on with that run, or "
        + "choose another folder"
    case .dataMismatch(let network, let expected, let data, let found):
      "network \(network) takes \(expected), but data set \(data) has \(found); choose a model and data that fit"
    }
  }
}
