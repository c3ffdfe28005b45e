"""Checks exported models with ONNX's own checker and ONNX Runtime; needs onnx, onnxruntime and numpy.

    check_onnx.py FILE... [--images IMAGES --logits LOGITS [--tolerance 1e-4]]

Each FILE must pass the checker with its inferred shapes, be of the promised format, and run with batches of several
sizes. With --images and --logits its logits must also be those of LOGITS, a safetensors file with a tensor `logits`
[N, classes], as `espalier eval --logits` writes it. IMAGES are the images they belong to, in order: a safetensors file
with a tensor `images` [N, channels, height, width], normalised; or a folder with CIFAR-10 or CIFAR-100 in binary, whose
test images are normalised as the model's metadata say. Prints a line per FILE; the exit status is 1 if any fails.
"""

import argparse
import json
import pathlib
import struct
import sys

import numpy
import onnx
import onnxruntime

DTYPES = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8"}
BATCH = 100


def tensor(path, name):
    """A tensor of a safetensors file."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    entry = json.loads(data[8 : 8 + length])[name]
    begin, end = (8 + length + offset for offset in entry["data_offsets"])
    return numpy.frombuffer(data[begin:end], DTYPES[entry["dtype"]]).reshape(entry["shape"])


def cifar(folder, metadata):
    """The test images of a folder in CIFAR's binary layout, as the model wants them."""
    for name, labels in (("test_batch.bin", 1), ("test.bin", 2)):
        found = sorted(folder.rglob(name))
        if found:
            records = numpy.fromfile(found[0], numpy.uint8).reshape(-1, labels + 3072)
            break
    else:
        sys.exit(f"{folder}: expected test_batch.bin or test.bin in it")
    normalization = json.loads(metadata["normalization"])
    mean, deviation = (
        numpy.array(normalization[key], numpy.float32).reshape(1, 3, 1, 1) for key in ("mean", "standardDeviation")
    )
    pixels = records[:, labels:].reshape(-1, 3, 32, 32).astype(numpy.float32) / numpy.float32(255)
    return (pixels - mean) / deviation


def load(path):
    """The model, checked; raises where it is not of the promised format."""
    onnx.checker.check_model(str(path), full_check=True)
    model = onnx.load(str(path))
    versions = {entry.domain: entry.version for entry in model.opset_import}
    if model.ir_version != 8 or versions != {"": 17}:
        raise ValueError(f"expected IR 8 and opset 17, found IR {model.ir_version} and {versions}")
    names = [[port.name for port in ports] for ports in (model.graph.input, model.graph.output)]
    if names != [["input"], ["logits"]]:
        raise ValueError(f"expected input and logits, found {names}")
    return model


def runtime(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda images: session.run(["logits"], {"input": images})[0]


def check(path, arguments):
    """What is in a model, and how far its logits are from the expected ones."""
    model = load(path)
    run = runtime(path)
    shape, classes = (
        [dimension.dim_param or dimension.dim_value for dimension in port.type.tensor_type.shape.dim]
        for port in (model.graph.input[0], model.graph.output[0])
    )
    if shape[0] != "N" or classes[0] != "N":
        raise ValueError(f"expected any batch size N, found {shape} and {classes}")
    generator = numpy.random.default_rng(1)
    for count in (1, 3):
        logits = run(generator.standard_normal([count, *shape[1:]], numpy.float32))
        if logits.shape != (count, classes[1]):
            raise ValueError(f"expected logits {[count, classes[1]]}, found {list(logits.shape)}")
    text = f"{len(model.graph.node)} nodes, {len(model.graph.initializer)} initializers"
    if not arguments.logits:
        return text

    expected = tensor(arguments.logits, "logits")
    if arguments.images.is_dir():
        images = cifar(arguments.images, {entry.key: entry.value for entry in model.metadata_props})
    else:
        images = tensor(arguments.images, "images").astype(numpy.float32)
    if len(expected) == 0 or len(images) < len(expected):
        raise ValueError(f"expected as many images as logits, found {len(images)} and {len(expected)}")
    batches = [images[start : start + BATCH] for start in range(0, len(expected), BATCH)]
    found = numpy.concatenate([run(batch) for batch in batches])[: len(expected)]
    # NaN stays NaN here, and then fails.
    difference = float(numpy.abs(found - expected).max())
    if not difference <= arguments.tolerance:
        raise ValueError(f"expected logits within {arguments.tolerance}, found a difference of {difference:.3g}")
    return f"{text}; {len(expected)} images, largest difference of a logit {difference:.3g}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", metavar="FILE", nargs="+", type=pathlib.Path)
    parser.add_argument("--images", type=pathlib.Path)
    parser.add_argument("--logits", type=pathlib.Path)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    arguments = parser.parse_args()
    if (arguments.images is None) != (arguments.logits is None):
        parser.error("--images and --logits go together")
    failures = 0
    for path in arguments.files:
        try:
            print(f"{path}: {check(path, arguments)}", flush=True)
        except Exception as error:
            failures += 1
            print(f"{path}: failed: {error}", file=sys.stderr, flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
