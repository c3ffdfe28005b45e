import Datasets
import Foundation

extension FuzzReader {
  static func cifar10(folder: String) -> FuzzReader {
    cifar(.cifar10, InputFile(path: "\(folder)/test_batch.bin"), .cifar10(directory: folder), labelBytes: 1)
  }

  static func cifar100(folder: String) -> FuzzReader {
    cifar(.cifar100, InputFile(path: "\(folder)/test.bin"), .cifar100(directory: folder), labelBytes: 2)
  }

  private static func cifar(
    _ name: Name, _ file: InputFile, _ source: DataSource, labelBytes: Int
  ) -> FuzzReader {
    FuzzReader(
      name: name, bound: AllocationBound(base: readingBlock + (64 << 10), perByte: 16),
      seeds: (1...3).map { records in
        (0..<records).flatMap { record in
          [UInt8](repeating: UInt8(record), count: labelBytes) + (0..<3072).map { UInt8($0 % 251) }
        }
      },
      tokens: [[UInt8](repeating: 0, count: labelBytes + 3072)], documents: { $0 is DatasetError },
      read: { bytes in
        try file.write(bytes)
        _ = try source.load(split: .test)
      })
  }
}
