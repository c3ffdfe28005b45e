// The whole library in one import.

@_exported import Bundles
@_exported import Charts
@_exported import Datasets
@_exported import Devices
@_exported import Interchange
@_exported import ModelZoo
@_exported import Networks
@_exported import ONNX
@_exported import Probes
@_exported import Pruning
@_exported import Randomness
@_exported import ReceptiveFields
@_exported import Training
@_exported import Verification
