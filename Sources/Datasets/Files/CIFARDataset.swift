/// A data set in the binary layout of CIFAR: records of label bytes and a 32×32 image in planes red, green, blue.
struct CIFARDataset {
  let name: String
  /// The folder that the official archive unpacks to.
  let folder: String
  /// The files of each split.
  let files: [Split: [String]]
  /// The number of records an official file of each split has: a file may have fewer, but not more.
  let recordsPerFile: [Split: Int]
  /// The label bytes at the start of a record. The last one is the class.
  let labels: [Label]
  /// The text file of class names, and the names where it is missing.
  let classNameFile: String
  let defaultClasses: [String]

  /// A label byte: its name and the number of values it can have.
  struct Label {
    let name: String
    let count: Int
  }

  static let cifar10 = CIFARDataset(
    name: "cifar10", folder: "cifar-10-batches-bin",
    files: [.train: (1...5).map { "data_batch_\($0).bin" }, .test: ["test_batch.bin"]],
    recordsPerFile: [.train: 10_000, .test: 10_000],
    labels: [Label(name: "label", count: 10)],
    classNameFile: "batches.meta.txt", defaultClasses: ClassNames.cifar10)

  static let cifar100 = CIFARDataset(
    name: "cifar100", folder: "cifar-100-binary",
    files: [.train: ["train.bin"], .test: ["test.bin"]],
    recordsPerFile: [.train: 50_000, .test: 10_000],
    labels: [Label(name: "coarse label", count: 20), Label(name: "fine label", count: 100)],
    classNameFile: "fine_label_names.txt", defaultClasses: ClassNames.cifar100)

  private static let side = 32
  private static let imageBytes = 3 * side * side

  private var recordBytes: Int { labels.count + Self.imageBytes }

  /// Reads a split from the official files, in `directory` itself or in the archive's folder there.
  func load(_ split: Split, directory: String) throws -> ImageDataset {
    let directories = [directory, "\(directory)/\(folder)"]
    let paths = try files[split, default: []].map { try OfficialFile.path(of: $0, in: directories) }
    let classes = try OfficialFile.classNames(
      in: classNameFile, directories: directories, count: defaultClasses.count)
    let maximum = recordsPerFile[split, default: 0]
    var images: [UInt8] = []
    var classLabels: [Int32] = []
    for path in paths {
      let records = try readRecords(ByteReader(file: path), maximum: maximum)
      images.reserveCapacity(images.count + records.count)
      for start in stride(from: 0, to: records.count, by: recordBytes) {
        let pixels = start + labels.count
        classLabels.append(Int32(records[pixels - 1]))
        images += records[pixels..<pixels + Self.imageBytes]
      }
    }
    return try ImageDataset(
      name: name, classes: classes ?? defaultClasses, channels: 3, height: Self.side, width: Self.side,
      images: images, labels: classLabels)
  }

  /// The whole records of a file, their labels checked.
  private func readRecords(_ reader: ByteReader, maximum: Int) throws -> [UInt8] {
    let bytes = try reader.read(upTo: maximum * recordBytes)
    try reader.expectEnd(after: "\(maximum) records of \(recordBytes) bytes")
    let (records, rest) = bytes.count.quotientAndRemainder(dividingBy: recordBytes)
    guard records > 0, rest == 0 else {
      throw reader.malformed(
        record: records, expected: "\(recordBytes) bytes per record", found: "the end after \(rest) of them")
    }
    for record in 0..<records {
      for (position, label) in labels.enumerated() {
        let byte = record * recordBytes + position
        guard bytes[byte] < label.count else {
          throw reader.malformed(
            at: byte, record: record, expected: "a \(label.name) in 0…\(label.count - 1)",
            found: "\(bytes[byte])")
        }
      }
    }
    return bytes
  }
}
