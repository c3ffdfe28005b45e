import EmbeddedData
import Foundation

/// Where a data set comes from, as users write it: `sample`, `mnist=DIR`, `fashion-mnist=DIR`, `cifar10=DIR`,
/// `cifar100=DIR` or `folder=DIR`.
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
  /// JPEG and PNG images in `train/CLASS/` and `test/CLASS/`, at any depth; `val` or `validation` may stand for `test`.
  case folder(directory: String)

  /// The size of a folder's images where no other is asked for.
  public static let defaultImageSize = 224
  /// The largest size for them: a batch of a few such images still fits a memory.
  public static let largestImageSize = 4096

  /// Reads one split into memory; of a folder only the names of its images.
  ///
  /// - Parameters:
  ///   - imageSize: The rows and columns that images are resized to: by bilinear interpolation, as a folder's are. nil leaves
  ///     them as large as they are, and takes ``defaultImageSize`` for a folder's.
  ///   - onBadImage: What to do about a folder's images that cannot be decoded. `skip` decodes each of them once.
  /// - Throws: `DatasetError` if a file is missing, unreadable or malformed.
  public func load(
    split: Split, imageSize: Int? = nil, onBadImage: BadImagePolicy = .fail
  ) throws -> ImageDataset {
    let dataset: ImageDataset
    switch self {
    case .sample: dataset = try Self.loadSample(split)
    case .mnist(let directory):
      dataset = try IDXDataset(name: name, classes: ClassNames.mnist).load(split, directory: directory)
    case .fashionMNIST(let directory):
      dataset = try IDXDataset(name: name, classes: ClassNames.fashionMNIST).load(split, directory: directory)
    case .cifar10(let directory): dataset = try CIFARDataset.cifar10.load(split, directory: directory)
    case .cifar100(let directory): dataset = try CIFARDataset.cifar100.load(split, directory: directory)
    case .folder(let directory):
      return try ImageFolder(directory: directory).load(
        split, imageSize: imageSize ?? Self.defaultImageSize, onBadImage: onBadImage)
    }
    return try imageSize.map(dataset.resized) ?? dataset
  }

  /// The published normalisation of the data set; that of ImageNet for a folder.
  public var normalization: Normalization {
    switch self {
    case .sample, .fashionMNIST: .fashionMNIST
    case .mnist: .mnist
    case .cifar10: .cifar10
    case .cifar100: .cifar100
    case .folder: .imageNet
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
    case .folder: "folder"
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
