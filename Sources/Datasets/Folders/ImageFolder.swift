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
      guard !files.isEmpty else {
        throw .malformedFolder(
          "\(folder)/\(name)", expected: "at least one image (.jpg, .jpeg or .png) of that class",
          found: "none")
      }
      paths += files.map { "\(name)/\($0)" }
      labels += files.map { _ in Int32(label) }
    }
    let dataset = ImageDataset(
      name: DataSource.folder(directory: directory).name, classes: classes, channels: 3, height: imageSize,
      width: imageSize, labels: labels, store: .files(paths, root: folder))
    return onBadImage == .skip ? try dataset.withoutBadImages(folder: folder) : dataset
  }

  private static let folders: [Split: [String]] = [
    .train: ["train"], .test: ["test", "val", "validation"],
  ]

  private func folder(of split: Split) throws(DatasetError) -> String {
    let names = Self.folders[split, default: []]
    let present = Set(try FolderListing.folders(in: directory))
    guard let name = names.first(where: present.contains) else {
      throw .malformedFolder(
        directory,
        expected: "a folder \(names.joined(separator: " or ")) with one folder of images per class, such as "
          + "\(names[0])/cat/1.jpg",
        found: present.isEmpty ? "no folder" : "only " + Self.list(present.sorted()))
    }
    return "\(directory)/\(name)"
  }

  /// The names of the classes, which are those of the training images where there are some.
  private func classes(of split: Split, in folder: String) throws(DatasetError) -> [String] {
    let classes = try FolderListing.folders(in: folder)
    guard !classes.isEmpty else {
      throw .malformedFolder(
        folder, expected: "one folder of images per class, such as cat/1.jpg", found: "none")
    }
    guard split != .train, let training = try? self.folder(of: .train) else { return classes }
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
