"""Tiles of matrix products: their texts, definitions and memory, as Sources/Devices/GPU/ProductTile.swift has them."""

import dataclasses
import itertools
import re

from .sources import MAP_DEFINITIONS, SourceError

TEXT = re.compile(r"(\d+)x(\d+):(\d+)x(\d+)x(\d+)(?::vector(\d+))?(:double)?(:units)?(?::parts(\d+))?(:fixed)?")
# The values of TILE_UNITS by precision.
UNITS = {"bf16": 1, "tf32": 2}
# What each way to use matrix units defines, as MatrixArithmetic.swift has it.
UNIT_DEFINITIONS = {"ptx": ["UNITS_PTX"], "ptx-matrix-loads": ["UNITS_PTX", "PTX_MATRIX_LOADS"]}
# The sizes that `fixed` compiles in: a layer in the middle of a ResNet-50.
FIXED_SIZES = {
    "batch": 64, "channels": 128, "height": 28, "width": 28, "outputs": 128, "output_height": 28, "output_width": 28,
    "kernel_height": 3, "kernel_width": 3, "stride_y": 1, "stride_x": 1, "padding_y": 1, "padding_x": 1,
    "dilation_y": 1, "dilation_x": 1,
}  # fmt: skip
LOCAL_BYTES = 48 * 1024
MOST_SUMS = MOST_GATHERED = 64


class TileError(ValueError):
    """A text that names no tile, or one that a precision has no use for."""


@dataclasses.dataclass(frozen=True)
class Tile:
    across: int
    down: int
    rows_per_item: int
    columns_per_item: int
    depth: int
    vector: int = 1
    buffers: int = 1
    units: bool = False
    parts: int = 1
    fixed: bool = False

    @classmethod
    def parse(cls, text):
        match = TEXT.fullmatch(text)
        if not match:
            raise TileError(f"'{text}' is no tile: expected such as 16x16:2x4x16 or 8x32:4x4x8:vector4:double")
        numbers = [int(number) for number in match.group(1, 2, 3, 4, 5)]
        vector, parts = int(match[6] or 1), int(match[9] or 1)
        tile = cls(*numbers, vector, 2 if match[7] else 1, bool(match[8]), parts, bool(match[10]))
        if min(*numbers, vector, parts) < 1 or any(number & (number - 1) for number in numbers):
            raise TileError(f"'{text}': items, sums and depth must be powers of two")
        return tile

    def __str__(self):
        text = f"{self.across}x{self.down}:{self.rows_per_item}x{self.columns_per_item}x{self.depth}"
        text += f":vector{self.vector}" * (self.vector > 1) + ":double" * (self.buffers > 1)
        return text + ":units" * self.units + f":parts{self.parts}" * (self.parts > 1) + ":fixed" * self.fixed

    @property
    def items(self):
        return self.across * self.down

    @property
    def rows(self):
        return self.down * self.rows_per_item

    @property
    def columns(self):
        return self.across * self.columns_per_item

    def precisions(self):
        """Those that it can compute in."""
        return list(UNITS) if self.units else ["fp32", "bf16", "fp16"]

    def ways(self):
        """The ways to use matrix units; of other tiles none."""
        return list(UNIT_DEFINITIONS) if self.units else [None]

    def definitions(self, precision, way=None):
        """The preprocessor's, maps included."""
        if precision not in self.precisions():
            raise TileError(f"the tile {self} does not multiply in {precision}, but in {', '.join(self.precisions())}")
        numbers = {
            "ITEMS_ACROSS": self.across, "ITEMS_DOWN": self.down, "ITEM_ROWS": self.rows_per_item,
            "ITEM_COLUMNS": self.columns_per_item, "TILE_DEPTH": self.depth, "TILE_VECTOR": self.vector,
            "TILE_BUFFERS": self.buffers, "TILE_PARTS": self.parts, "TILE_UNITS": UNITS[precision] if self.units else 0,
        }  # fmt: skip
        numbers.update({f"SIZE_{name}": value for name, value in FIXED_SIZES.items()} if self.fixed else {})
        return (MAP_DEFINITIONS[precision] + [f"{name}={value}" for name, value in numbers.items()]
                + (UNIT_DEFINITIONS[way or "ptx"] if self.units else []))

    def local_bytes(self, precision):
        """Of the work-group memory that the host passes to the kernels."""

        def words(lines):
            line = self.depth // (2 if precision == "bf16" else 1) + 4
            return self.buffers * (lines * line if self.units else (lines + self.vector) * self.depth)

        return 4 * (max(words(self.rows), self.rows * self.across) + words(self.columns))

    def is_possible(self, precision):
        """Whether the host would take it for a tile, as ProductTile+Validity.swift says."""
        sums, gathered = self.rows_per_item * self.columns_per_item, (self.rows + self.columns) * self.depth // self.items
        if self.rows_per_item % self.vector or self.columns_per_item % self.vector or self.items < self.depth:
            return False
        suits_units = (self.vector == 1 and self.across % 4 == self.down % 8 == 0 and self.depth % 16 == 0
                       and min(self.rows_per_item, self.columns_per_item) > 1)
        return (sums <= MOST_SUMS and gathered <= MOST_GATHERED and 32 <= self.items <= 1024
                and self.local_bytes(precision) <= LOCAL_BYTES and (suits_units or not self.units))


def standard(tile_source):
    """The tile of kernels that are compiled without definitions, from the text of gpu/tile.cl."""
    found = dict(re.findall(r"^#ifndef (\w+)\n#define \1 (\d+)$", tile_source, re.MULTILINE))
    names = ["ITEMS_ACROSS", "ITEMS_DOWN", "ITEM_ROWS", "ITEM_COLUMNS", "TILE_DEPTH"]
    missing = [name for name in names if name not in found]
    if missing:
        raise SourceError(f"gpu/tile.cl: expected the usual value of {', '.join(missing)}")
    return Tile(*(int(found[name]) for name in names))


def defaults(swift):
    """The tiles that are listed in the text of ProductDefaults.swift, one list after the other."""
    lists = re.findall(r"\btiles\(\[(.*?)\]\)", swift, re.DOTALL)
    texts = [text for found in lists for text in re.findall(r'"([^"\n]+)"', found)]
    if len(lists) < 2 or not texts:
        raise SourceError("ProductDefaults.swift: expected lists of tiles, such as tiles([\"16x16:8x8x16:vector4\"])")
    tiles = [Tile.parse(text) for text in texts]
    if not any(tile.units for tile in tiles) or all(tile.units for tile in tiles):
        raise SourceError("ProductDefaults.swift: expected tiles for matrix units and others")
    return tiles


def neighbours(tile, precision, count):
    """The `count` tiles nearest to one, beginning with itself: the same kind of unit, shapes that differ by few doublings."""
    choices = itertools.product([8, 16, 32], [4, 8, 16, 32], [1, 2, 4, 8], [1, 2, 4, 8], [8, 16, 32], [1, 2, 4], [1, 2])

    def distance(other):
        def doublings(a, b):
            return abs(a.bit_length() - b.bit_length())

        numbers = [doublings(a, b) for a, b in zip(dataclasses.astuple(tile)[:7], dataclasses.astuple(other)[:7])]
        # A tile of the same sides has the same use.
        return 2 * (doublings(tile.rows, other.rows) + doublings(tile.columns, other.columns)) + sum(numbers)

    tiles = [dataclasses.replace(Tile(*numbers), units=tile.units, parts=tile.parts, fixed=tile.fixed)
             for numbers in choices]
    possible = [other for other in tiles if other != tile and other.is_possible(precision)]
    return [tile, *sorted(possible, key=distance)][:count]
