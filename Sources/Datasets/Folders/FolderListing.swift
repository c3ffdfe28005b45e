import Foundation

/// What is in folders, in the order of the names' bytes. Names that start with a dot are no data of the user's.
enum FolderListing {
  /// The names of the folders in a folder.
  static func folders(in directory: String) throws(DatasetError) -> [String] {
    try names(in: directory).filter { identity(ofFolder: "\(directory)/\($0)") != nil }
  }

  /// The paths, below a folder, of all images in it and in the folders below. Links are followed, but no folder is
  /// visited twice: so links that lead in a circle come to an end.
  static func images(below directory: String) throws(DatasetError) -> [String] {
    var paths: [String] = []
    var visited: Set<FolderIdentity> = []
    if let identity = identity(ofFolder: directory) { visited.insert(identity) }
    var folders = [""]
    while let prefix = folders.popLast() {
      for name in try names(in: directory + "/" + prefix) {
        let path = prefix + name
        if let identity = identity(ofFolder: "\(directory)/\(path)") {
          if visited.insert(identity).inserted { folders.append(path + "/") }
        } else if isImage(name) {
          paths.append(path)
        }
      }
    }
    return sorted(paths)
  }

  /// Whether a file of that name should be an image.
  private static func isImage(_ name: String) -> Bool {
    let name = name.lowercased()
    return [".jpg", ".jpeg", ".png"].contains(where: name.hasSuffix)
  }

  /// What tells a folder from all others, by whatever path it was reached.
  private struct FolderIdentity: Hashable {
    let device: dev_t
    let number: ino_t
  }

  /// nil for what is no folder.
  private static func identity(ofFolder path: String) -> FolderIdentity? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
    return FolderIdentity(device: status.st_dev, number: status.st_ino)
  }

  private static func names(in directory: String) throws(DatasetError) -> [String] {
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
