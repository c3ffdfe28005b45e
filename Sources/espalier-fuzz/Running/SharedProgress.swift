import Foundation
import Synchronization

/// Numbers that a worker writes and its supervisor reads, also after the worker has crashed: a file in the memory of
/// both.
struct SharedProgress: ~Copyable {
  /// What the numbers are, in their order.
  enum Field: Int, CaseIterable {
    /// The input that is being read, or the number behind the last one.
    case current
    case accepted, rejected
    /// The highest allocation, as a share of its bound in millionths, and the input and bytes it belongs to.
    case worstShare, worstInput, worstPeak, worstFile
    /// The longest time that an input took, in microseconds, and the input.
    case slowest, slowestInput
  }

  private let numbers: UnsafeMutablePointer<Atomic<Int>>
  private static let byteCount = Field.allCases.count * MemoryLayout<Atomic<Int>>.stride

  /// The progress of a reader, in a file of `folder`; all zeros where there is none yet.
  init(_ reader: FuzzReader.Name, folder: String) throws {
    let path = "\(folder)/\(reader.rawValue).progress"
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(file) }
    guard file >= 0, ftruncate(file, off_t(Self.byteCount)) == 0,
      let memory = mmap(nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0),
      memory != MAP_FAILED
    else { throw FuzzFailure("cannot map \(path): \(String(cString: strerror(errno)))") }
    numbers = memory.bindMemory(to: Atomic<Int>.self, capacity: Field.allCases.count)
  }

  deinit { munmap(numbers, Self.byteCount) }

  subscript(field: Field) -> Int {
    get { numbers[field.rawValue].load(ordering: .relaxed) }
    nonmutating set { numbers[field.rawValue].store(newValue, ordering: .relaxed) }
  }
}
