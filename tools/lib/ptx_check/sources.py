"""The texts of kernels, put together as Sources/Devices/OpenCL/KernelSource.swift does it."""

import pathlib
import re

# What a precision defines in every program that handles feature maps.
MAP_DEFINITIONS = {"fp32": [], "tf32": [], "bf16": ["MAPS_BFLOAT16"], "fp16": ["MAPS_HALF"]}
BUILT_INS = pathlib.Path(__file__).with_name("builtins.cl")

INCLUDE = re.compile(r'#include "(.+)\.cl"')
# A kernel's body, which a library of kernels would export: GPUs' compilers know that nobody else calls it.
BODY = re.compile(r"\bvoid (?=name##_body\()")
# Kernels come from one of these; a macro's definition is no kernel.
KERNEL = re.compile(r"^(?:(?:\w+_)?KERNEL\(|__kernel void )(\w+)", re.MULTILINE)
HANDLES_MAPS = re.compile(r"\b(?:MAPS_IN|MAPS_OUT|RESULTS)\b")


class SourceError(Exception):
    """The kernels are not as this tool expects them."""


def expanded(path, read):
    """The text of a file with what it includes.

    - path: below Kernels/, without extension.
    - read: gives the text of a path."""
    lines = [f'#line 1 "{path}.cl"']
    for number, line in enumerate(read(path).split("\n"), 1):
        include = INCLUDE.fullmatch(line)
        lines += [expanded(include[1], read), f'#line {number + 1} "{path}.cl"'] if include else [line]
    return "\n".join(lines)


def program(path, read):
    """What a compiler for NVPTX gets: the built-in functions, the dialect's macros, the file."""
    dialect, count = BODY.subn("HELPER void ", expanded("common/kernel", read))
    if not count:
        raise SourceError("common/kernel.cl: expected the macro KERNEL to declare `void name##_body(`")
    built_ins = f'#line 1 "{BUILT_INS.name}"\n{BUILT_INS.read_text()}'
    return "\n".join([built_ins, expanded("common/arguments", read), dialect, expanded(path, read)])


def kernels(text):
    """The names of the kernels that a file itself has; none where others include it."""
    return KERNEL.findall(text)


def handles_maps(text):
    return HANDLES_MAPS.search(text) is not None


def is_tiled(text):
    return '#include "gpu/tile.cl"' in text


def reader(folder):
    """Reads files below Kernels/."""

    def read(path):
        try:
            return (folder / f"{path}.cl").read_text()
        except OSError as error:
            raise SourceError(f"cannot read {error.filename}: {error.strerror}") from None

    return read


def with_kernels(folder, read):
    """The paths of the gpu family's files that have kernels of their own, in order."""
    paths = ["gpu/" + file.stem for file in sorted((folder / "gpu").glob("*.cl"))]
    paths = [path for path in paths if kernels(read(path))]
    if not paths:
        raise SourceError(f"{folder / 'gpu'} has no file with a kernel")
    return paths
