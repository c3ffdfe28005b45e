extension Precision {
  /// The error for a GPU whose matrix units are missing or compute something else.
  func unavailableForMatrixUnits(on device: String) -> DeviceError {
    unavailable(on: device, reason: "its matrix units were not found to multiply in it")
  }

  /// The error for a training in a precision in which small gradients are lost.
  package func unavailableForTraining(on device: String) -> DeviceError {
    unavailable(on: device, reason: "it is for evaluation: small gradients would be lost")
  }

  /// The error for a device that cannot compute with this precision.
  func unavailable(on device: String, reason: String) -> DeviceError {
    .unavailable(
      requested: "\(device) with --precision \(rawValue)", reason: reason,
      advice:
        "bf16 and fp16 run on the gpu family of OpenCL (--device opencl/gpu), bf16 also on the CPU fallback "
        + "(--device cpu) where the processor has AVX512-BF16, tf32 on NVIDIA's tensor cores, fp32 everywhere; "
        + "use --precision fp32")
  }
}
