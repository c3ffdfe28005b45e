import Foundation
import Synchronization

/// What one look at every image of a data set, as evaluation sees it, tells. It does not depend on the number of
/// threads that look.
struct ImageSurvey: Sendable {
  /// How often each byte occurs: element 256 · c + b belongs to byte b of channel c.
  private(set) var histogram: [Int]
  /// The images that cannot be read or decoded and their places in the data set, ascending.
  private(set) var badImages: [(index: Int, image: BadImage)] = []
  /// The width of each image before it was resized, ascending.
  private(set) var widths: [Int] = []
  /// The height of each image before it was resized, ascending.
  private(set) var heights: [Int] = []

  /// - Parameter onBadImage: `skip` collects the images that cannot be decoded.
  /// - Throws: `DatasetError.badImage` or `DatasetError.unreadable` about the first image that cannot be had.
  init(_ dataset: ImageDataset, onBadImage: BadImagePolicy) throws(DatasetError) {
    let result = Mutex((survey: ImageSurvey(channels: dataset.channels), failure: Failure?.none))
    let workers = min(ProcessInfo.processInfo.activeProcessorCount, dataset.count)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      var survey = ImageSurvey(channels: dataset.channels)
      var renderer = ImageRenderer(dataset)
      for index in stride(from: worker, to: dataset.count, by: workers) {
        // Only a failure nearer to the front can still change the result.
        guard result.withLock({ index < $0.failure?.index ?? .max }) else { break }
        do throws(DatasetError) {
          try survey.look(at: index, through: &renderer, onBadImage: onBadImage)
        } catch {
          result.withLock {
            if index < $0.failure?.index ?? .max { $0.failure = Failure(index: index, error: error) }
          }
        }
      }
      result.withLock { $0.survey.add(survey) }
    }
    let (survey, failure) = result.withLock { $0 }
    if let failure { throw failure.error }
    self = survey
    badImages.sort { $0.index < $1.index }
    widths.sort()
    heights.sort()
  }

  private struct Failure {
    let index: Int
    let error: DatasetError
  }

  /// What no look at all tells.
  private init(channels: Int) {
    histogram = [Int](repeating: 0, count: 256 * channels)
  }

  private mutating func look(
    at index: Int, through renderer: inout ImageRenderer, onBadImage: BadImagePolicy
  ) throws(DatasetError) {
    do {
      try renderer.render(index) { bytes, size in
        widths.append(size.width)
        heights.append(size.height)
        count(bytes)
      }
    } catch {
      // A link to nowhere is as bad as what cannot be decoded.
      switch error {
      case .badImage(let file, let reason), .unreadable(let file, let reason):
        guard onBadImage == .skip else { throw error }
        badImages.append((index, BadImage(file: file, reason: reason)))
      default: throw error
      }
    }
  }

  private mutating func count(_ bytes: UnsafeBufferPointer<UInt8>) {
    let channels = histogram.count / 256
    let plane = bytes.count / channels
    histogram.withUnsafeMutableBufferPointer { histogram in
      for channel in 0..<channels {
        for byte in bytes[channel * plane..<(channel + 1) * plane] {
          histogram[channel * 256 + Int(byte)] += 1
        }
      }
    }
  }

  private mutating func add(_ other: ImageSurvey) {
    for index in histogram.indices { histogram[index] += other.histogram[index] }
    badImages += other.badImages
    widths += other.widths
    heights += other.heights
  }
}

extension ImageDataset {
  /// The data set without the images that cannot be decoded; they are listed in `skippedImages`.
  ///
  /// - Parameter folder: What error messages call the data set.
  /// - Throws: `DatasetError.malformedFolder` if none is left, `DatasetError.unreadable`.
  func withoutBadImages(folder: String) throws(DatasetError) -> ImageDataset {
    let survey = try ImageSurvey(self, onBadImage: .skip)
    let bad = Set(survey.badImages.map(\.index))
    if bad.count == count, let first = survey.badImages.first {
      throw .malformedFolder(
        folder, expected: "at least one image that can be decoded",
        found: "\(count) bad ones, such as \(first.image)")
    }
    return subset((0..<count).filter { !bad.contains($0) }, skippedImages: survey.badImages.map(\.image))
  }
}
