import EmbeddedData
import Foundation

/// Where a data set comes from, as users write it: `sample`, `mnist=DIR`, `fashion-mnist=DIR`, `cifar10=DIR` or
/// `cifar100=DIR`.
public enum DataSource: Sendable, Equatable {
  /// 6,000 training and 1,000 test images of Fashion-MNIST that are part of the program.
  case sample
  /// MNIST's four official files, .gz or plain.
  case mnist(directory: String)
  /// Fashion-MNIST's four official files, .gz or plain.
  case fashionMNIST(directory: String)
  /// The binary version of CIFAR-10: its files, or the archive's folder `cifar-10-batches-bin`.
  case cifar10(directory: String)
  /// The binary version of CIFAR-100 with its fine labels: its files, or the archive's folder `cifar-100-binary`.
  case cifar100(directory: String)

  /// Reads one split into memory.
  ///
  /// - Throws: `DatasetError` if a file is missing, unreadable or malformed.
  public func load(split: Split) throws -> ImageDataset {
    switch self {
    case .sample:
      try Self.loadSample(split)
    case .mnist(let directory):
      try IDXDataset(name: name, classes: ClassNames.mnist).load(split, directory: directory)
    case .fashionMNIST(let directory):
      try IDXDataset(name: name, classes: ClassNames.fashionMNIST).load(split, directory: directory)
    case .cifar10(let directory):
      try CIFARDataset.cifar10.load(split, directory: directory)
    case .cifar100(let directory):
      try CIFARDataset.cifar100.load(split, directory: directory)
    }
  }

  /// The published normalisation of the data set.
  public var normalization: Normalization {
    switch self {
    case .sample, .fashionMNIST: .fashionMNIST
    case .mnist: .mnist
    case .cifar10: .cifar10
    case .cifar100: .cifar100
    }
  }

  /// The name of the data set, without its directory.
  public var name: String {
    switch self {
    case .sample: "sample"
    case .mnist: "mnist"
    case .fashionMNIST: "fashion-mnist"
    case .cifar10: "cifar10"
    case .cifar100: "cifar100"
    }
  }

  private static func loadSample(_ split: Split) throws -> ImageDataset {
    let (images, labels) =
      switch split {
      case .train: (espalier_sample_train_images(), espalier_sample_train_labels())
      case .test: (espalier_sample_test_images(), espalier_sample_test_labels())
      }
    func reader(_ what: String, _ file: espalier_embedded_file) throws -> ByteReader {
      try ByteReader(
        name: "embedded sample, \(split.rawValue) \(what)",
        embedded: UnsafeRawBufferPointer(start: file.bytes, count: file.count))
    }
    return try IDXDataset(name: sample.name, classes: ClassNames.fashionMNIST)
      .load(images: reader("images", images), labels: reader("labels", labels))
  }
}
