/// A well-known data set, by the name that ``DataSource`` has for it: what weights that were trained with it
/// mean.
public enum KnownDataset: String, CaseIterable, Sendable {
  case mnist
  case fashionMNIST = "fashion-mnist"
  case cifar10
  case cifar100

  /// The names of its classes in label order.
  public var classes: [String] {
    switch self {
    case .mnist: ClassNames.mnist
    case .fashionMNIST: ClassNames.fashionMNIST
    case .cifar10: ClassNames.cifar10
    case .cifar100: ClassNames.cifar100
    }
  }

  /// The published normalisation of its images.
  public var normalization: Normalization {
    switch self {
    case .mnist: .mnist
    case .fashionMNIST: .fashionMNIST
    case .cifar10: .cifar10
    case .cifar100: .cifar100
    }
  }
}
