"""Tests of tools/check-ptx that need neither of its compilers."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parent.parent
ROOT = TOOLS.parent
sys.path.insert(0, str(TOOLS / "lib"))

from ptx_check import checks, occupancy, report, sources, tiles, toolchain  # noqa: E402
from ptx_check.tiles import Tile  # noqa: E402

PTXAS = """\
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'first' for 'sm_80'
ptxas info    : Function properties for first
    96 bytes stack frame, 12 bytes spill stores, 16 bytes spill loads
ptxas info    : Used 167 registers, used 1 barriers, 96 bytes cumulative stack size, 1536 bytes smem, 480 bytes cmem[0]
ptxas info    : Compile time = 12.5 ms
ptxas info    : Compiling entry function 'second' for 'sm_80'
ptxas info    : Function properties for second
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 10 registers, 360 bytes cmem[0]
ptxas info    : Function properties for helper
    8 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
"""
DEFAULTS = """
  private static let largeTiles = tiles([
    "16x16:8x8x16:vector4", "32x8:4x4x16:vector4",
  ])
  private static let unitTiles = tiles(["8x8:2x4x16:units"])
  private static func tiles(_ texts: [String]) -> [ProductTile] { [] }
"""


class SourcesTests(unittest.TestCase):
    def setUp(self):
        files = {
            "common/arguments": "#define MORE_",
            "common/kernel": "#define KERNEL(name, arguments) void name##_body(); void name##_body()",
            "gpu/a": 'one\n#include "gpu/b.cl"\nthree', "gpu/b": '#include "gpu/c.cl"', "gpu/c": "//  #include \"no.cl\"",
        }  # fmt: skip
        self.read = files.__getitem__

    def test_includes_are_replaced_and_lines_keep_their_numbers(self):
        self.assertEqual(sources.expanded("gpu/a", self.read).split("\n"), [
            '#line 1 "gpu/a.cl"', "one", '#line 1 "gpu/b.cl"', '#line 1 "gpu/c.cl"', '//  #include "no.cl"',
            '#line 2 "gpu/b.cl"', '#line 3 "gpu/a.cl"', "three",
        ])  # fmt: skip

    def test_a_program_begins_with_built_ins_and_dialect_and_inlines_bodies(self):
        text = sources.program("gpu/c", self.read)
        places = [text.index(part) for part in ("get_local_id", "#define MORE_", "#define KERNEL", "//  #include")]
        self.assertEqual(places, sorted(places))
        self.assertEqual(text.count("HELPER void name##_body"), 2)

    def test_a_dialect_without_bodies_is_an_error(self):
        with self.assertRaisesRegex(sources.SourceError, "name##_body"):
            sources.program("gpu/c", lambda path: "")

    def test_kernels_are_those_of_the_file_itself(self):
        text = "// KERNEL(no)\n#define KERNEL(name) \nKERNEL(one, (IN, x)) {}\n__kernel void two(__global int *a) {}\n"
        text += "GROUP_KERNEL(three, (IN, x)) {}"
        self.assertEqual(sources.kernels(text), ["one", "two", "three"])

    def test_every_kernel_file_of_the_project_is_found(self):
        read = sources.reader(ROOT / "Kernels")
        found = sources.with_kernels(ROOT / "Kernels", read)
        for name in ("convolution", "gemm", "winograd", "winograd_weights", "epilogue"):
            self.assertIn(f"gpu/{name}", found)
        self.assertIn(checks.PROBE, found)
        self.assertNotIn("gpu/tile", found)
        self.assertNotIn("gpu/matrix_units", found)
        self.assertTrue(sources.is_tiled(read("gpu/gemm")) and not sources.handles_maps(read("gpu/gemm")))
        self.assertTrue(sources.handles_maps(read("gpu/pooling")) and not sources.is_tiled(read("gpu/pooling")))
        for path in found:
            sources.program(path, read)

    def test_a_missing_file_is_named(self):
        with self.assertRaisesRegex(sources.SourceError, "nothing.cl"):
            sources.reader(ROOT / "Kernels")("gpu/nothing")


class TileTests(unittest.TestCase):
    def test_texts_come_back(self):
        for text in ("16x16:2x4x16", "8x32:4x4x8:vector4:double", "16x16:8x8x32:units:parts2:fixed"):
            self.assertEqual(str(Tile.parse(text)), text)
        self.assertEqual(Tile.parse("32x8:4x2x16:vector2:double"), Tile(32, 8, 4, 2, 16, 2, 2))

    def test_what_is_no_tile_is_refused(self):
        for text in ("", "16x16", "16x16:2x4", "16x16:2x4x16:units:double", "16x16:2x4x16:vector", "16x16:3x4x16", "16x0:2x4x16"):
            with self.assertRaises(tiles.TileError, msg=text):
                Tile.parse(text)

    def test_definitions_are_those_of_the_host(self):
        self.assertEqual(Tile.parse("32x8:4x2x16:vector2:double:parts4").definitions("fp32"), [
            "ITEMS_ACROSS=32", "ITEMS_DOWN=8", "ITEM_ROWS=4", "ITEM_COLUMNS=2", "TILE_DEPTH=16", "TILE_VECTOR=2",
            "TILE_BUFFERS=2", "TILE_PARTS=4", "TILE_UNITS=0",
        ])  # fmt: skip
        units = Tile.parse("16x16:8x8x32:units")
        self.assertEqual([units.definitions("bf16")[place] for place in (0, -2, -1)],
                         ["MAPS_BFLOAT16", "TILE_UNITS=1", "UNITS_PTX"])
        self.assertEqual(units.definitions("bf16", "ptx-matrix-loads")[-2:], ["UNITS_PTX", "PTX_MATRIX_LOADS"])
        self.assertIn("TILE_UNITS=2", units.definitions("tf32"))
        self.assertIn("SIZE_kernel_width=3", Tile.parse("16x16:2x4x16:fixed").definitions("fp16"))
        with self.assertRaisesRegex(tiles.TileError, "fp32"):
            units.definitions("fp32")
        with self.assertRaisesRegex(tiles.TileError, "tf32"):
            Tile.parse("16x16:2x4x16").definitions("tf32")

    def test_names_of_the_definitions_are_in_the_kernels(self):
        text = "".join(file.read_text() for file in (ROOT / "Kernels" / "gpu").glob("*.cl"))
        for definition in Tile.parse("16x16:2x4x16:units:fixed").definitions("tf32", "ptx-matrix-loads"):
            self.assertRegex(text, rf"#ifn?def {definition.split('=')[0]}\b|#define {definition.split('=')[0]}\b")

    def test_ways_to_use_matrix_units_are_those_of_the_host(self):
        swift = (ROOT / "Sources/Devices/GPU/MatrixArithmetic.swift").read_text()
        names = re.findall(r"^  case (\w+)(?: = \"(.+)\")?$", swift, re.MULTILINE)
        ways = {value or name for name, value in names} - {"emulated"}
        self.assertEqual(ways, set(tiles.UNIT_DEFINITIONS))
        self.assertEqual(Tile.parse("16x16:2x4x16:units").ways(), list(tiles.UNIT_DEFINITIONS))
        self.assertEqual(Tile.parse("16x16:2x4x16").ways(), [None])

    def test_local_memory_holds_both_factors_with_padding(self):
        self.assertEqual(Tile.parse("16x16:8x8x16:vector4").local_bytes("fp32"), 4 * 2 * (128 + 4) * 16)
        self.assertEqual(Tile.parse("16x16:8x8x32:units").local_bytes("bf16"), 4 * 2 * 128 * (16 + 4))
        self.assertEqual(Tile.parse("16x16:8x8x32:double:units").local_bytes("tf32"), 4 * 2 * 2 * 128 * (32 + 4))
        # Statistics of 128 rows want more than a flat factor has.
        self.assertEqual(Tile.parse("32x16:8x1x1").local_bytes("fp32"), 4 * (128 * 32 + 33))

    def test_the_usual_tile_is_read_from_the_kernels(self):
        self.assertEqual(str(tiles.standard((ROOT / "Kernels/gpu/tile.cl").read_text())), "16x16:2x4x16")
        with self.assertRaisesRegex(sources.SourceError, "ITEMS_ACROSS"):
            tiles.standard("#define ITEMS_ACROSS 16")

    def test_default_tiles_are_read_from_the_lists(self):
        self.assertEqual([str(tile) for tile in tiles.defaults(DEFAULTS)],
                         ["16x16:8x8x16:vector4", "32x8:4x4x16:vector4", "8x8:2x4x16:units"])
        for text in ("", 'tiles(["16x16:2x4x16"])', 'tiles([]) tiles([])', 'tiles(["16x16:2x4x16"]) tiles(["8x8:4x4x16"])'):
            with self.assertRaises(sources.SourceError, msg=text):
                tiles.defaults(text)
        with self.assertRaises(tiles.TileError):
            tiles.defaults('tiles(["16x16:2x4x16"]) tiles(["something else"])')

    def test_the_project_s_default_tiles_are_possible(self):
        found = tiles.defaults((ROOT / "Sources/Devices/GPU/ProductDefaults.swift").read_text())
        for tile in found:
            self.assertTrue(all(tile.is_possible(precision) for precision in tile.precisions()), tile)

    def test_neighbours_begin_with_the_tile_and_are_possible(self):
        tile = Tile.parse("16x16:8x8x32:units")
        found = tiles.neighbours(tile, "tf32", 8)
        self.assertEqual((found[0], len(found), len(set(found))), (tile, 8, 8))
        self.assertTrue(all(other.units and other.is_possible("tf32") for other in found))
        self.assertIn(Tile.parse("16x16:8x8x16:units"), found)


class ToolchainTests(unittest.TestCase):
    def test_usages_are_those_of_kernels_only(self):
        self.assertEqual(toolchain.usages(PTXAS), [
            toolchain.Usage("first", 167, 96, 12, 16, 1536), toolchain.Usage("second", 10)])
        self.assertEqual(toolchain.usages("ptxas fatal : unresolved"), [])

    def test_functions_that_nobody_defines_are_named(self):
        ptx = ".extern .func  (.param .b32 r) _Z3expf\n(\n)\n;\n.extern .func _Z7barrierj\n(\n)\n;\n.visible .entry f(\n)"
        self.assertEqual(toolchain.functions_without_body(ptx), ["_Z3expf", "_Z7barrierj"])

    def test_ptxas_is_found_in_an_environment_s_triton(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, "lib/python3.11/site-packages/triton/backends/nvidia/bin/ptxas")
            program.parent.mkdir(parents=True)
            program.touch()
            self.assertEqual(pathlib.Path(toolchain.find_ptxas(folder)).name, "ptxas")

    def test_long_messages_are_cut(self):
        def failed(text):
            return toolchain.message(subprocess.CompletedProcess(["ptxas"], 3, "", text))

        self.assertEqual(failed("one\ntwo\n"), "one\ntwo")
        self.assertEqual(failed(""), "ptxas ended with status 3")
        self.assertEqual(failed("line\n" * 20).splitlines()[-2:], ["line", "… and 8 more lines"])

    def test_architectures_have_numbers(self):
        self.assertEqual([toolchain.number_of(text) for text in ("sm_80", "sm_90a", "80")], [80, 90, 0])


class OccupancyTests(unittest.TestCase):
    def test_registers_limit_in_portions_of_a_warp(self):
        # 128 registers each for 2 × 256 items fill a multiprocessor; with one more there is room for one group.
        self.assertEqual([occupancy.groups(registers, 256, 0, "sm_80") for registers in (16, 32, 64, 128, 129, 255)],
                         [8, 8, 4, 2, 1, 1])
        self.assertEqual(occupancy.groups(129, 512, 0, "sm_80"), 0)
        # 168 registers: 3 warps in each quarter, 1 group of 8.
        self.assertEqual(occupancy.groups(168, 128, 0, "sm_80"), 3)

    def test_items_groups_and_memory_limit_too(self):
        self.assertEqual(occupancy.groups(16, 1024, 0, "sm_80"), 2)
        self.assertEqual(occupancy.groups(16, 32, 0, "sm_80"), 32)
        self.assertEqual(occupancy.groups(16, 32, 40 * 1024, "sm_80"), 4)
        self.assertEqual(occupancy.groups(16, 32, 40 * 1024, "sm_90"), 5)
        self.assertEqual(occupancy.groups(16, 32, 48 * 1024 + 4, "sm_80"), 0)


class ChecksTests(unittest.TestCase):
    def setUp(self):
        self.tile = Tile.parse("16x16:8x8x16:vector4")

    def result(self, *usages, tile=None, path="gpu/convolution"):
        return checks.Result(checks.Program(path, "fp32", tile), list(usages))

    def problems(self, *results):
        rows = [row for result in results for row in checks.rows(result, "sm_80")]
        return checks.problems(list(results), rows)

    def test_every_precision_of_every_file_is_compiled(self):
        read = sources.reader(ROOT / "Kernels")
        units = Tile.parse("16x16:8x8x32:units")
        found = [str(program) for program in checks.all_programs(ROOT / "Kernels", read, [self.tile, units])]
        self.assertEqual(len(found), len(set(found)))
        for text in ("gpu/convolution.cl in fp16 with 16x16:8x8x16:vector4",
                     "gpu/convolution.cl in tf32 with 16x16:8x8x32:units by ptx",
                     "gpu/convolution.cl in bf16 with 16x16:8x8x32:units by ptx-matrix-loads",
                     "gpu/gemm.cl in fp32 with 16x16:8x8x16:vector4",
                     "gpu/unit_probe.cl in bf16 with 8x8:4x4x32:units by ptx-matrix-loads",
                     "gpu/pooling.cl in bf16", "gpu/elementwise.cl in fp32"):
            self.assertIn(text, found)
        for text in ("gpu/gemm.cl in bf16", "gpu/gemm.cl in fp32 with 16x16:8x8x32:units", "gpu/elementwise.cl in bf16"):
            self.assertFalse([program for program in found if program.startswith(text)])

    def test_a_row_counts_the_memory_that_the_host_passes(self):
        usage = toolchain.Usage("kernel", 100, shared=8)
        tiled, = checks.rows(self.result(usage, tile=self.tile), "sm_80")
        plain, = checks.rows(self.result(usage), "sm_80")
        self.assertEqual((tiled.items, tiled.local_bytes, tiled.groups), (256, 16896 + 8, 2))
        self.assertEqual((plain.items, plain.local_bytes, plain.complaint), (256, 8, None))

    def test_frames_and_spills_of_products_are_problems(self):
        frame, spill = toolchain.Usage("a", 64, stack=16), toolchain.Usage("b", 255, spill_loads=4)
        self.assertEqual(self.problems(self.result(toolchain.Usage("a", 64), tile=self.tile)), [])
        found = self.problems(self.result(frame, spill, tile=self.tile), self.result(frame))
        self.assertEqual(len(found), 2)
        self.assertRegex(found[0], "convolution.cl, a in fp32 with 16x16:8x8x16:vector4: a stack frame of 16 bytes")
        large = self.result(toolchain.Usage("c", 200), tile=Tile.parse("32x16:4x4x16:vector4"))
        self.assertRegex(self.problems(large)[0], "no work-group of 512 items fits")

    def test_errors_of_compilers_are_problems(self):
        failed = checks.Result(checks.Program("gpu/gemm", "fp32"), [], "clang does not")
        self.assertEqual(self.problems(failed), ["clang does not"])


class ReportTests(unittest.TestCase):
    def setUp(self):
        def row(tile, kernel, registers, stack=0, groups=2):
            return checks.Row("gpu/convolution", "fp32", tile, None, kernel, 256, registers, stack, 0, 0, 2048, groups)

        self.rows = [row("8x8:2x4x16", "convolution_forward", 64, groups=4), row("16x16:2x4x16", "convolution_forward", 32, 8, groups=8),
                     row("16x16:2x4x16", "gemm", 40), row("8x8:2x4x8", "convolution_forward", 60, groups=4),
                     row(None, "plain", 9)]  # fmt: skip

    def test_tiles_have_a_line_each_and_other_kernels_one_of_their_own(self):
        lines = report.text(self.rows).splitlines()
        self.assertEqual(lines[0].split(), "| tile | precision | units | local | forward | gemm |".split())
        self.assertEqual(lines[3].split(), "| 16x16:2x4x16 | fp32 | | 2.0 | 32 / 8 [8, 0] | 40 / 2 |".split())
        self.assertEqual(lines[8].split(), "| convolution: plain | 9 / 2 |".split())

    def test_ranking_puts_stack_frames_last(self):
        found = report.ranked([row for row in self.rows if row.tile])
        self.assertEqual([row.tile for row in found], ["8x8:2x4x8", "8x8:2x4x16", "16x16:2x4x16", "16x16:2x4x16"])

    def test_json_has_every_number(self):
        found = json.loads(report.as_json(self.rows, ["a problem"], toolchain.Toolchain("", "", "sm_90")))
        self.assertEqual((found["architecture"], found["problems"], len(found["kernels"])), ("sm_90", ["a problem"], 5))
        self.assertEqual(found["kernels"][0]["registers"], 64)


class ProgramTests(unittest.TestCase):
    def check(self, *words):
        command = [sys.executable, "-B", "-IS", TOOLS / "check-ptx", *words]
        environment = {"PATH": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"}
        return subprocess.run(command, capture_output=True, text=True, env=environment)

    def test_without_compilers_it_says_what_to_install(self):
        done = self.check()
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, "(?s)skipped: please install a clang.*skipped: please install ptxas")
        done = self.check("--require")
        self.assertEqual((done.returncode, done.stdout), (69, ""))
        self.assertIn("missing: please install", done.stderr)

    def test_wrong_options_are_refused(self):
        for words, message in ((["--tile", "spam"], "is no tile"), (["--arch", "sm_75"], "sm_80"), (["--sweep", "3"], "need --tile"),
                               (["--tile", "16x16:8x8x32:units", "--precision", "fp32"], "bf16, tf32 only")):
            done = self.check(*words)
            self.assertEqual(done.returncode, 2)
            self.assertIn(message, done.stderr)


if __name__ == "__main__":
    unittest.main()
