/// A data set in the layout of MNIST: one IDX file of grey images and one of labels per split.
struct IDXDataset {
  let name: String
  let classes: [String]

  /// Reads the official files of a split from `directory`.
  func load(_ split: Split, directory: String) throws -> ImageDataset {
    let prefix = split == .train ? "train" : "t10k"
    let images = try OfficialFile.path(of: "\(prefix)-images-idx3-ubyte", in: [directory])
    let labels = try OfficialFile.path(of: "\(prefix)-labels-idx1-ubyte", in: [directory])
    return try load(images: ByteReader(file: images), labels: ByteReader(file: labels))
  }

  func load(images imageReader: ByteReader, labels labelReader: ByteReader) throws -> ImageDataset {
    let images = try IDXArray(imageReader)
    guard images.dimensions.count == 3, !images.elements.isEmpty else {
      throw imageReader.malformed(
        at: 3, expected: "three dimensions (images, rows, columns), none of them 0",
        found: "\(images.dimensions)")
    }
    let labels = try IDXArray(labelReader)
    guard labels.dimensions.count == 1 else {
      throw labelReader.malformed(at: 3, expected: "one dimension (labels)", found: "\(labels.dimensions)")
    }
    guard labels.elements.count == images.dimensions[0] else {
      throw DatasetError.countMismatch(
        imageFile: imageReader.name, images: images.dimensions[0], labelFile: labelReader.name,
        labels: labels.elements.count)
    }
    for (record, label) in labels.elements.enumerated() where Int(label) >= classes.count {
      throw labelReader.malformed(
        at: 8 + record, record: record, expected: "a label in 0…\(classes.count - 1)", found: "\(label)")
    }
    return try ImageDataset(
      name: name, classes: classes, channels: 1, height: images.dimensions[1], width: images.dimensions[2],
      images: images.elements, labels: labels.elements.map(Int32.init))
  }
}
