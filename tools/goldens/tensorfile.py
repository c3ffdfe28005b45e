"""Writes safetensors files; equal tensors give equal bytes."""

import json
import struct

import numpy as np

DTYPES = {np.dtype("<f4"): "F32", np.dtype("<i4"): "I32"}


def write(path, tensors, metadata):
    """Writes `tensors` (a dict of float or integer arrays, stored as float32 and int32) in order of their names."""
    header, blobs, offset = {"__metadata__": metadata}, [], 0
    for name in sorted(tensors):
        array = np.asarray(tensors[name])
        array = array.astype("<i4" if array.dtype.kind == "i" else "<f4")
        blob = array.tobytes()
        header[name] = {
            "dtype": DTYPES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + len(blob)],
        }
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))
