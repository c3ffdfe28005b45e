/// The logical size of a batch of feature maps, in PyTorch's N, C, H, W order.
///
/// Nothing here says how a device stores it: blocks of channels, halos and padding belong to the device.
public struct ActivationShape: Hashable, Sendable {
  public var batch: Int
  public var channels: Int
  public var height: Int
  public var width: Int

  public init(batch: Int, channels: Int, height: Int, width: Int) {
    self.batch = batch
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Number of elements, batch × channels × height × width.
  public var count: Int { batch * channels * height * width }
}

extension ActivationShape: CustomStringConvertible {
  public var description: String { "\(batch)x\(channels)x\(height)x\(width)" }
}
