import Foundation

/// What to download for a data set, from where, and how to know that it is right.
public struct DownloadPlan: Sendable, Equatable {
  /// The data set's name as in `DataSource`, such as `cifar10`.
  public let name: String
  public let files: [DownloadFile]

  public init(name: String, files: [DownloadFile]) {
    self.name = name
    self.files = files
  }

  /// The same files from `mirror`, a folder's address, instead of their official places.
  ///
  /// - Throws: `DatasetError.notUnderstood` unless `mirror` starts with https://, http://, ftp:// or file://.
  public func from(mirror: String) throws -> DownloadPlan {
    let scheme = mirror.split(separator: "://", maxSplits: 1).first.map { $0.lowercased() }
    guard let scheme, ["https", "http", "ftp", "file"].contains(scheme), URL(string: mirror) != nil else {
      throw DatasetError.notUnderstood(
        text: mirror,
        expected: "the address of a folder that starts with https://, http://, ftp:// or file://")
    }
    let base = mirror.hasSuffix("/") ? mirror : mirror + "/"
    return DownloadPlan(
      name: name,
      files: files.map {
        DownloadFile(
          name: $0.name, addresses: [base + $0.name], byteCount: $0.byteCount, digest: $0.digest,
          unpacked: $0.unpacked)
      })
  }
}

/// A file to download.
public struct DownloadFile: Sendable, Equatable {
  public let name: String
  /// Where it can be had, the best place first.
  public let addresses: [String]
  public let byteCount: Int
  public let digest: FileDigest
  /// What the file unpacks to where it is a .tar.gz archive.
  public let unpacked: UnpackedFolder?

  public init(
    name: String, addresses: [String], byteCount: Int, digest: FileDigest, unpacked: UnpackedFolder? = nil
  ) {
    self.name = name
    self.addresses = addresses
    self.byteCount = byteCount
    self.digest = digest
    self.unpacked = unpacked
  }
}

/// The one folder that an archive unpacks to.
public struct UnpackedFolder: Sendable, Equatable {
  /// A file that must be in the folder. Others may be there too.
  public struct Member: Sendable, Equatable {
    public let name: String
    public let byteCount: Int
    /// Its fingerprint where one is published.
    public let digest: FileDigest?

    public init(name: String, byteCount: Int, digest: FileDigest? = nil) {
      self.name = name
      self.byteCount = byteCount
      self.digest = digest
    }
  }

  public let name: String
  public let members: [Member]

  public init(name: String, members: [Member]) {
    self.name = name
    self.members = members
  }

  var byteCount: Int { members.reduce(0) { $0 + $1.byteCount } }
}
