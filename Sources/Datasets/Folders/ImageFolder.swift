import Foundation

/// A data set of JPEG and PNG files: `DIRECTORY/SPLIT/CLASS/`, and below that folders of any depth.
struct ImageFolder {
  let directory: String

  /// Lists the images of a split.
  func load(
    _ split: Split, imageSize: Int, onBadImage: BadImagePolicy
  ) throws(DatasetError) -> ImageDataset {
    guard imageSize >= 1, imageSize <= DataSource.largestImageSize else {
      throw .invalidRequest(
        expected: "an image size in 1…\(DataSource.largestImageSize)", found: "\(imageSize)")
    }
    let folder = try self.folder(of: split)
    let classes = try self.classes(of: split, in: folder)
    var paths: [String] = []
    var labels: [Int32] = []
    for (label, name) in classes.enumerated() {
      let files = try FolderListing.images(below: "\(folder)/\(name)")
      if files.isEmpty { throw try noImages(in: "\(folder)/\(name)") }
      paths += files.map { "\(name)/\($0)" }
      labels += files.map { _ in Int32(label) }
    }
    let dataset = ImageDataset(
      name: DataSource.folder(directory: directory).name, classes: classes, channels: 3, height: imageSize,
      width: imageSize, labels: labels, store: .files(paths, root: folder))
    guard onBadImage == .skip else { return dataset }
    let decodable = try dataset.withoutBadImages(folder: folder)
    try requireEveryClass(decodable, folder: folder)
    return decodable
  }

  /// The error for a class's folder without images, which names what is there instead.
  private func noImages(in folder: String) throws(DatasetError) -> DatasetError {
    let others = try FolderListing.unreadableImages(below: folder).sorted {
      ($1.value, $0.key) < ($0.value, $1.key)
    }
    let counts = others.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    let isOne = others.map(\.value) == [1]
    return .malformedFolder(
      folder, expected: "at least one image (.jpg, .jpeg or .png) of that class",
      found: others.isEmpty
        ? "none" : "\(counts) \(isOne ? "file; convert it" : "files; convert them") to JPEG or PNG")
  }

  /// Throws if no image of a class is left: a network must not learn a class that it never sees.
  private func requireEveryClass(_ dataset: ImageDataset, folder: String) throws(DatasetError) {
    let present = Set(dataset.labels)
    for (label, name) in dataset.classes.enumerated() where !present.contains(Int32(label)) {
      let bad = dataset.skippedImages.filter { $0.file.hasPrefix("\(folder)/\(name)/") }
      throw .malformedFolder(
        "\(folder)/\(name)", expected: "at least one image of that class that can be decoded",
        found: "\(bad.count) bad ones" + (bad.first.map { ", such as \($0)" } ?? ""))
    }
  }

  private static let folders: [Split: [String]] = [
    .train: ["train"], .test: ["test", "val", "validation"],
  ]

  private func folder(of split: Split) throws(DatasetError) -> String {
    if let folder = try existingFolder(of: split) { return folder }
    let names = Self.folders[split, default: []]
    let present = try FolderListing.names(in: directory).filter {
      (try? FolderListing.isFolder("\(directory)/\($0)")) == true
    }
    throw .malformedFolder(
      directory,
      expected: "a folder \(names.joined(separator: " or ")) with one folder of images per class, such as "
        + "\(names[0])/cat/1.jpg",
      found: present.isEmpty ? "no folder" : "only " + Self.list(present))
  }

  /// nil where there is none. A link of that name that leads nowhere is an error.
  private func existingFolder(of split: Split) throws(DatasetError) -> String? {
    let present = Set(try FolderListing.names(in: directory))
    for name in Self.folders[split, default: []] where present.contains(name) {
      let path = "\(directory)/\(name)"
      if try FolderListing.isFolder(path) { return path }
    }
    return nil
  }

  /// The names of the classes, which are those of the training images where there are some.
  private func classes(of split: Split, in folder: String) throws(DatasetError) -> [String] {
    let classes = try FolderListing.folders(in: folder)
    guard !classes.isEmpty else {
      throw .malformedFolder(
        folder, expected: "one folder of images per class, such as cat/1.jpg", found: "none")
    }
    guard split != .train, let training = try existingFolder(of: .train) else { return classes }
    let expected = try FolderListing.folders(in: training)
    guard classes != expected else { return classes }
    let missing = expected.filter { !classes.contains($0) }
    let unknown = classes.filter { !expected.contains($0) }
    let differences = [("no", missing), ("also", unknown)].filter { !$0.1.isEmpty }
    throw .malformedFolder(
      folder, expected: "the \(expected.count) classes of \(training)",
      found: differences.map { "\($0) \(Self.list($1))" }.joined(separator: ", "))
  }

  /// Names for a message: the first three, and how many more.
  private static func list(_ names: [String]) -> String {
    let more = names.count > 3 ? " and \(names.count - 3) more" : ""
    return names.prefix(3).joined(separator: ", ") + more
  }
}
