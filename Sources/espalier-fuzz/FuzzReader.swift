import Foundation

/// A reader under test: how to make valid files for it, how to call it, and what it may do.
struct FuzzReader {
  /// The readers by name. The position is part of what makes an input: add names at the end.
  enum Name: String, CaseIterable {
    case safetensors, checkpoint, idx
    case gzippedIDX = "idx-gz"
    case cifar10, cifar100, yaml, pytorch, jpeg, png
  }

  /// What lies behind checksums or compression, where changes to the file itself rarely get: most inputs are made by
  /// changing this and wrapping it up again.
  struct Inside {
    let seeds: [[UInt8]]
    let wrap: ([UInt8]) throws -> [UInt8]
  }

  let name: Name
  /// What it may allocate for a file.
  let bound: AllocationBound
  /// Valid files.
  let seeds: [[UInt8]]
  /// Files made to hurt readers of the format. They may be accepted or refused.
  var hostile: [[UInt8]] = []
  /// Pieces that mean something in the format.
  var tokens: [[UInt8]] = []
  var inside: [Inside] = []
  /// Whether it documents that it throws such an error.
  let documents: (any Error) -> Bool
  /// Reads a file, all of it.
  let read: ([UInt8]) throws -> Void

  /// The reader of a name.
  ///
  /// - Parameter folder: Where it may write files.
  static func named(_ name: Name, folder: String) throws -> FuzzReader {
    switch name {
    case .safetensors: try safetensors()
    case .checkpoint: try checkpoint(folder: folder)
    case .idx: idx(folder: folder)
    case .gzippedIDX: gzippedIDX(folder: folder)
    case .cifar10: cifar10(folder: folder)
    case .cifar100: cifar100(folder: folder)
    case .yaml: yaml()
    case .pytorch: try pytorch()
    case .jpeg: try jpeg()
    case .png: try png()
    }
  }

  /// Input `index` of `seed`. The first inputs are the valid files themselves and the hostile ones.
  func input(_ index: Int, seed: UInt64) -> [UInt8] {
    if index < seeds.count { return seeds[index] }
    if index - seeds.count < hostile.count { return hostile[index - seeds.count] }
    let stream = UInt32(Name.allCases.firstIndex(of: name) ?? 0)
    var mutator = Mutator(seed: seed, stream: stream, index: index, tokens: tokens)
    guard !inside.isEmpty, mutator.isLikely() else { return mutator.changed(seeds) }
    let inside = mutator.pick(inside)
    let content = mutator.changed(inside.seeds)
    return (try? inside.wrap(content)) ?? content
  }
}

/// The most memory that reading a file may take at one time.
struct AllocationBound {
  /// For any file.
  let base: Int
  /// For every byte of the file.
  let perByte: Int

  /// Twice for a file's bytes, as much again for parsed pieces, and a little for error messages.
  static let usual = AllocationBound(base: 64 << 10, perByte: 16)

  func bytes(for fileByteCount: Int) -> Int { base + perByte * fileByteCount }
}

/// A file of a reader that takes a path. It is written anew for each input.
struct InputFile {
  let path: String

  func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { bytes in
      // Cut to length and not to nothing: after that, some file systems write to the disk when the file is closed.
      let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
      defer { close(file) }
      guard file >= 0, Foundation.write(file, bytes.baseAddress, bytes.count) == bytes.count,
        ftruncate(file, off_t(bytes.count)) == 0
      else { throw FuzzFailure("cannot write \(path): \(String(cString: strerror(errno)))") }
    }
  }
}
