"""Which programs are compiled, and what is wrong with one."""

import concurrent.futures
import dataclasses
import pathlib
import re
import typing

from . import occupancy, sources, tiles
from .tiles import Tile
from .toolchain import Toolchain, Usage

# GPULowering.swift's work-groups for words one by one; reductions have fewer items.
ITEMS = 256
# Who asks whether matrix units work, and with which tile.
PROBE, PROBE_TILE = "gpu/unit_probe", Tile.parse("8x8:4x4x32:units")
# What no default has, so that every branch of the preprocessor is compiled.
OTHER_OPTIONS = [Tile.parse("16x16:2x4x16:vector2:double:parts2:fixed")]


@dataclasses.dataclass
class Program:
    """A file of kernels with one set of definitions."""

    path: str
    precision: str
    tile: typing.Optional[Tile] = None
    # How the tile uses matrix units, where it does.
    way: typing.Optional[str] = None

    def definitions(self):
        return self.tile.definitions(self.precision, self.way) if self.tile else sources.MAP_DEFINITIONS[self.precision]

    def __str__(self):
        tile = f" with {self.tile}" if self.tile else ""
        return f"{self.path}.cl in {self.precision}{tile}" + (f" by {self.way}" if self.way else "")


@dataclasses.dataclass
class Result:
    program: Program
    usages: typing.List[Usage]
    error: typing.Optional[str] = None


@dataclasses.dataclass
class Row:
    """One kernel of one program."""

    file: str
    precision: str
    tile: typing.Optional[str]
    way: typing.Optional[str]
    kernel: str
    items: int
    registers: int
    stack: int
    spill_stores: int
    spill_loads: int
    local_bytes: int
    groups: int

    @property
    def complaint(self):
        """Why a tile's kernel will be slow, or will not run; None for a good one."""
        if self.groups == 0:
            return f"no work-group of {self.items} items fits"
        found = [f"a stack frame of {self.stack} bytes"] if self.stack else []
        if self.spill_stores or self.spill_loads:
            found.append(f"{self.spill_stores} bytes of spilled registers")
        return " and ".join(found) or None


def rows(result, architecture):
    tile, precision = result.program.tile, result.program.precision
    # The probe's memory is its own.
    passed = tile.local_bytes(precision) if tile and result.program.path != PROBE else 0
    for usage in result.usages:
        items, local_bytes = tile.items if tile else ITEMS, usage.shared + passed
        yield Row(result.program.path, precision, str(tile) if tile else None, result.program.way, usage.kernel, items,
                  usage.registers, usage.stack, usage.spill_stores, usage.spill_loads, local_bytes,
                  occupancy.groups(usage.registers, items, local_bytes, architecture))


def programs_of_tile(path, text, tile, precisions=None):
    """Of a file of tiled products. Files without feature maps multiply in single precision only, by items."""
    possible = tile.precisions() if sources.handles_maps(text) else ["fp32"] if not tile.units else []
    return [Program(path, precision, tile, way) for precision in possible if precision in (precisions or possible)
            for way in tile.ways()]


def all_programs(folder, read, default_tiles):
    """Every file with kernels in every precision that it knows, tiled products with every tile of the defaults."""
    found = []
    for path in sources.with_kernels(folder, read):
        text = read(path)
        if path == PROBE:
            found += [Program(path, precision, PROBE_TILE, way) for precision in tiles.UNITS for way in PROBE_TILE.ways()]
        elif sources.is_tiled(text):
            for tile in [*default_tiles, *OTHER_OPTIONS]:
                found += programs_of_tile(path, text, tile)
        else:
            precisions = ["fp32", "bf16", "fp16"] if sources.handles_maps(text) else ["fp32"]
            found += [Program(path, precision) for precision in precisions]
    return found


def products(folder, read):
    """The files of tiled products, but for the probe."""
    return [path for path in sources.with_kernels(folder, read) if sources.is_tiled(read(path)) and path != PROBE]


def run(program, read, toolchain: Toolchain, scratch: pathlib.Path, most_registers=None):
    """Compiles and assembles one program; its PTX is left in `scratch`."""
    name = re.sub(r"\W+", "-", f"{program.path} {program.precision} {program.tile or ''} {program.way or ''}").strip("-")
    ptx = scratch / f"{name}.ptx"
    error = toolchain.compile(sources.program(program.path, read), program.definitions(), ptx)
    if error:
        return Result(program, [], f"clang does not compile {program}:\n{error}")
    usages, error = toolchain.assemble(ptx, most_registers)
    if error:
        return Result(program, [], f"ptxas does not assemble {program}:\n{error}")
    expected = sources.kernels(read(program.path))
    missing = [name for name in expected if name not in [usage.kernel for usage in usages]]
    if missing:
        return Result(program, usages, f"ptxas says nothing about {', '.join(missing)} of {program}")
    return Result(program, usages)


def run_all(programs, jobs, *arguments):
    """The results in the order of the programs."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda program: run(program, *arguments), programs))


def problems(results, found_rows):
    """What is to be put right: errors of either compiler, and tiles whose sums do not stay in registers."""
    complaints = [f"{row.file}.cl, {row.kernel} in {row.precision} with {row.tile}{f' by {row.way}' if row.way else ''}: "
                  + row.complaint for row in found_rows if row.tile and row.complaint]
    return [result.error for result in results if result.error] + complaints
