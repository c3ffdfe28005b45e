import Foundation

/// What is in folders, in the order of the names' bytes. Names that start with a dot are no data of the user's.
enum FolderListing {
  /// The names of the folders in a folder.
  ///
  /// - Throws: `DatasetError.unreadable`, also about a link that leads nowhere: it may stand for a folder.
  static func folders(in directory: String) throws(DatasetError) -> [String] {
    var folders: [String] = []
    for name in try names(in: directory) {
      if try isFolder("\(directory)/\(name)") { folders.append(name) }
    }
    return folders
  }

  /// Whether what is at `path` is a folder.
  ///
  /// - Throws: `DatasetError.unreadable` where that cannot be told.
  static func isFolder(_ path: String) throws(DatasetError) -> Bool {
    try identity(ofFolder: path) != nil
  }

  /// The paths, below a folder, of all images in it and in the folders below.
  static func images(below directory: String) throws(DatasetError) -> [String] {
    try files(below: directory).filter { type(of: $0, among: readableTypes) != nil }
  }

  /// How many images of other types than can be read are in a folder and in the folders below, by type.
  static func unreadableImages(below directory: String) throws(DatasetError) -> [String: Int] {
    let types = try files(below: directory).compactMap { type(of: $0, among: otherTypes) }
    return Dictionary(types.map { ($0, 1) }, uniquingKeysWith: +)
  }

  /// The paths, below a folder, of all files in it and in the folders below. Links are followed, but no folder is
  /// visited twice: so links that lead in a circle come to an end.
  private static func files(below directory: String) throws(DatasetError) -> [String] {
    var paths: [String] = []
    var visited: Set<FolderIdentity> = []
    if let identity = try identity(ofFolder: directory) { visited.insert(identity) }
    var folders = [""]
    while let prefix = folders.popLast() {
      for name in try names(in: directory + "/" + prefix) {
        let path = prefix + name
        if let identity = try identity(ofFolder: "\(directory)/\(path)") {
          if visited.insert(identity).inserted { folders.append(path + "/") }
        } else {
          paths.append(path)
        }
      }
    }
    return sorted(paths)
  }

  private static let readableTypes = [".jpg", ".jpeg", ".png"]
  private static let otherTypes = [".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm"]

  /// The one of `types` that a file's name ends with, nil where there is none.
  private static func type(of name: String, among types: [String]) -> String? {
    let name = name.lowercased()
    return types.first(where: name.hasSuffix)
  }

  /// What tells a folder from all others, by whatever path it was reached.
  private struct FolderIdentity: Hashable {
    let device: dev_t
    let number: ino_t
  }

  /// nil for what is no folder.
  private static func identity(ofFolder path: String) throws(DatasetError) -> FolderIdentity? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw .unreadable(file: path, reason: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return nil }
    return FolderIdentity(device: status.st_dev, number: status.st_ino)
  }

  /// The names of all that is in a folder.
  static func names(in directory: String) throws(DatasetError) -> [String] {
    guard let stream = opendir(directory) else {
      throw .unreadable(file: directory, reason: String(cString: strerror(errno)))
    }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
        String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
      }
      if !name.hasPrefix(".") { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw .unreadable(file: directory, reason: String(cString: strerror(errno))) }
    return sorted(names)
  }

  private static func sorted(_ names: [String]) -> [String] {
    names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
