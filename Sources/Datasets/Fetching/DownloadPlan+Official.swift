import Spelling

extension DownloadPlan {
  /// The plans of all data sets that can be fetched.
  public static let official = [mnist, fashionMNIST, cifar10, cifar100]

  /// The plan of the data set `name`, such as `cifar10`.
  ///
  /// - Throws: `DatasetError.notUnderstood` that names what was meant, as far as one can tell.
  public init(named name: String) throws {
    guard let plan = Self.official.first(where: { $0.name == name }) else {
      let names = Self.official.map(\.name)
      let nearest = Spelling.nearest(to: name, among: names)
      throw DatasetError.notUnderstood(
        text: name, expected: "one of \(names.joined(separator: ", ")); did you mean \(nearest)?")
    }
    self = plan
  }

  /// The first address is the copy that PyTorch's developers keep: the original is often out of reach.
  private static let mnist = DownloadPlan(
    name: "mnist",
    bases: ["https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"],
    files: [
      ("train-images-idx3-ubyte.gz", 9_912_422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
      ("train-labels-idx1-ubyte.gz", 28_881, "d53e105ee54ea40749a09fcbcd1e9432"),
      ("t10k-images-idx3-ubyte.gz", 1_648_877, "9fb629c4189551a2d022fa330f9573f3"),
      ("t10k-labels-idx1-ubyte.gz", 4_542, "ec29112dd5afa0611ce80d1b7f02629c"),
    ])

  private static let fashionMNIST = DownloadPlan(
    name: "fashion-mnist",
    bases: ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
    files: [
      ("train-images-idx3-ubyte.gz", 26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
      ("train-labels-idx1-ubyte.gz", 29_515, "25c81989df183df01b3e8a0aad5dffbe"),
      ("t10k-images-idx3-ubyte.gz", 4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
      ("t10k-labels-idx1-ubyte.gz", 5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
    ])

  private static let cifar10 = DownloadPlan(
    name: "cifar10",
    files: [
      DownloadFile(
        name: "cifar-10-binary.tar.gz", addresses: ["\(cifarHome)cifar-10-binary.tar.gz"],
        byteCount: 170_052_171,
        digest: FileDigest(.sha256, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
        unpacked: UnpackedFolder(
          name: "cifar-10-batches-bin",
          members: ((1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]).map {
            UnpackedFolder.Member(name: $0, byteCount: 30_730_000)
          }))
    ])

  private static let cifar100 = DownloadPlan(
    name: "cifar100",
    files: [
      DownloadFile(
        name: "cifar-100-binary.tar.gz", addresses: ["\(cifarHome)cifar-100-binary.tar.gz"],
        byteCount: 168_513_733, digest: FileDigest(.md5, "03b5dce01913d631647c71ecec9e9cb8"),
        unpacked: UnpackedFolder(
          name: "cifar-100-binary",
          members: [
            UnpackedFolder.Member(
              name: "train.bin", byteCount: 153_700_000,
              digest: FileDigest(.md5, "6172c7755cfe09b2fe270c85cebc1b15")),
            UnpackedFolder.Member(
              name: "test.bin", byteCount: 30_740_000,
              digest: FileDigest(.md5, "4499cfba6c016c1be1438163640a0898")),
          ]))
    ])

  private static let cifarHome = "https://www.cs.toronto.edu/~kriz/"

  /// Files with MD5 fingerprints that each of the folders `bases` has.
  private init(name: String, bases: [String], files: [(name: String, byteCount: Int, md5: String)]) {
    self.init(
      name: name,
      files: files.map { file in
        DownloadFile(
          name: file.name, addresses: bases.map { $0 + file.name }, byteCount: file.byteCount,
          digest: FileDigest(.md5, file.md5))
      })
  }
}
