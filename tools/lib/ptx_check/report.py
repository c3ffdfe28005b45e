"""What tools/check-ptx prints."""

import dataclasses
import json

import tables

LEGEND = ("registers / work-groups on a multiprocessor; [stack frame, spilled] in bytes where there are such; local memory of a "
          "group in KB")


def cell(row):
    text = f"{row.registers} / {row.groups}"
    return text + (f" [{row.stack}, {row.spill_stores}]" if row.stack or row.spill_stores or row.spill_loads else "")


def table_of_tiles(rows):
    """A line for each tile, precision and way to use matrix units, a column for each kernel."""
    kernels = list(dict.fromkeys(row.kernel for row in rows))
    lines = {}
    for row in rows:
        cells = lines.setdefault((row.tile, row.precision, row.way or ""), {"local": f"{row.local_bytes / 1024:.1f}"})
        cells[row.kernel] = cell(row)
    columns = ["tile", "precision", "units", "local", *(kernel.removeprefix("convolution_") for kernel in kernels)]
    cells = [[*key, line["local"], *(line.get(kernel, "") for kernel in kernels)] for key, line in lines.items()]
    return table(columns, cells)


def table_of_kernels(rows):
    """A line for each kernel, a column for each precision."""
    precisions = list(dict.fromkeys(row.precision for row in rows))
    lines = {}
    for row in rows:
        lines.setdefault((row.file, row.kernel), {})[row.precision] = cell(row)
    cells = [[f"{file.removeprefix('gpu/')}: {kernel}", *(line.get(precision, "") for precision in precisions)]
             for (file, kernel), line in lines.items()]
    return table(["kernel", *precisions], cells)


def table(columns, cells):
    return tables.Report("", columns, cells, [], {}).table() if cells else ""


def text(rows):
    tiled = [row for row in rows if row.tile]
    plain = [row for row in rows if not row.tile]
    parts = [table_of_tiles(tiled), table_of_kernels(plain), LEGEND]
    return "\n\n".join(part for part in parts if part)


def as_json(rows, problems, toolchain):
    return json.dumps({"architecture": toolchain.architecture, "kernels": [dataclasses.asdict(row) for row in rows],
                       "problems": problems}, indent=2)


def ranked(rows):
    """Tiles whose kernels keep all in registers first, then by the items on a multiprocessor, then by registers."""
    tiles = {}
    for row in rows:
        tiles.setdefault((row.tile, row.precision, row.way), []).append(row)

    def rank(of_tile):
        return (any(row.complaint for row in of_tile), -min(row.groups * row.items for row in of_tile),
                sum(row.registers for row in of_tile))

    return [row for of_tile in sorted(tiles.values(), key=rank) for row in of_tile]
