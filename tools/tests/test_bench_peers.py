"""Tests of tools/bench-peers, with programs that only pretend to measure:

    python3 -B -m unittest discover -s tools/tests
"""

import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

TOOLS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOOLS / "lib"), str(TOOLS / "peers")]

import medians  # noqa: E402
import network_comparison  # noqa: E402
import operator_comparison  # noqa: E402
import peers  # noqa: E402
import pinned  # noqa: E402
import tables  # noqa: E402
from convolution_problem import Problem  # noqa: E402

# Logs its arguments, and prints the first answer of which it was given all words; fails where that is null or missing.
PRETENDER = f"""#!{sys.executable}
import json, pathlib, sys
folder = pathlib.Path(__file__).parent
with open(folder / "asked.txt", "a") as log:
    log.write(json.dumps(sys.argv) + "\\n")
for words, answer in json.loads((folder / "answers.json").read_text()):
    if set(words) <= set(sys.argv):
        break
else:
    answer = None
if answer is None:
    sys.exit("Traceback\\nsome.ValueError: cannot do it\\n\\nSet VARIABLE for hints")
print(json.dumps(answer))
"""


class PretendingTestCase(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.program = self.folder / "pretender"
        self.program.write_text(PRETENDER)
        self.program.chmod(0o755)
        self.enter(contextlib.redirect_stderr(io.StringIO()))

    def enter(self, context):
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def answer(self, *answers):
        (self.folder / "answers.json").write_text(json.dumps(answers))

    def asked(self):
        return [json.loads(line)[1:] for line in (self.folder / "asked.txt").read_text().splitlines()]


class PinnedTests(PretendingTestCase):
    def test_a_program_runs_on_the_first_core_only(self):
        code = "import json, os; print(json.dumps([sorted(os.sched_getaffinity(0)), os.environ['ADDED']]))"
        found = pinned.read_json([sys.executable, "-c", code], 1, {"ADDED": "value"})
        self.assertEqual(found, [pinned.cores(1), "value"])

    def test_standard_input_arrives_as_json(self):
        self.assertEqual(pinned.read_json(["cat"], 1, standard_input=[{"a": 1}]), [{"a": 1}])

    def test_more_threads_than_cores_are_refused(self):
        with self.assertRaisesRegex(pinned.Failure, "--threads 100000"):
            pinned.read_json(["true"], 100000)

    def test_what_is_no_json_is_quoted(self):
        with self.assertRaisesRegex(pinned.Failure, "no JSON.*\nspam"):
            pinned.read_json(["echo", "spam"], 1)

    def test_a_failure_names_the_error_among_its_lines(self):
        self.answer()
        with self.assertRaises(pinned.Failure) as caught:
            pinned.read_json([self.program], 1)
        self.assertIn("status 1", str(caught.exception))
        self.assertEqual(caught.exception.summary, "some.ValueError: cannot do it")
        with self.assertRaises(pinned.Failure) as caught:
            pinned.read_json(["/nowhere/program"], 1)
        self.assertIn("/nowhere/program failed", caught.exception.summary)


class MediansTests(PretendingTestCase):
    def test_contenders_take_turns_and_a_failing_optional_one_is_left_out(self):
        self.answer([["a"], {"imagesPerSecond": 3}], [["b"], {"imagesPerSecond": 2}])
        contenders = [medians.Contender(name, [self.program, name], optional=name == "c") for name in "acb"]
        there = medians.alternate("test", contenders, 2)
        self.assertEqual(self.asked(), [["a"], ["c"], ["b"], ["a"], ["b"]])
        self.assertEqual([contender.name for contender in there], ["a", "b"])
        self.assertEqual(medians.failures("test", contenders), ["test, c: some.ValueError: cannot do it"])

    def test_a_failing_contender_that_is_not_optional_ends_the_comparison(self):
        self.answer()
        with self.assertRaises(pinned.Failure):
            medians.alternate("test", [medians.Contender("a", [self.program])], 1)

    def test_the_ratio_is_that_of_medians_and_its_range_that_of_rounds(self):
        first, second = (medians.Contender("", [], results=[{"imagesPerSecond": rate} for rate in rates])
                         for rates in ((100, 300, 200), (100, 100, 50)))
        ratio = medians.Ratio(first, second)
        self.assertEqual((ratio.value, ratio.low, ratio.high), (2, 1, 4))


class ReportTests(PretendingTestCase):
    def test_sections_are_appended_and_columns_align(self):
        report = tables.Report("title", ["name", "x"], [["a", "1.00"], ["long name", "10.00"]], ["a note"], {"x": 1})
        lines = report.table().splitlines()
        self.assertEqual(lines[1], "| --------- | ----: |")
        self.assertEqual(len(set(map(len, lines))), 1)
        path = self.folder / "results.md"
        path.write_text("# Before\n\n\n")
        provenance = {"date": "2026-01-02", "processor": "P", "versions": {"A": "1"}, "command": "do it"}
        report.append(path, provenance)
        report.append(path, provenance)
        text = path.read_text()
        self.assertTrue(text.startswith("# Before\n\n## 2026-01-02: title\n\nP; A 1.\n\n```sh\ndo it\n```\n\n| name"))
        self.assertEqual(text.count("\n\n* a note\n"), 2)
        self.assertEqual(json.loads(report.json(provenance)), {**provenance, "x": 1, "notes": ["a note"]})


class NetworkComparisonTests(PretendingTestCase):
    def setUp(self):
        super().setUp()
        self.enter(mock.patch.object(peers, "python", lambda: self.program))
        self.arguments = types.SimpleNamespace(
            models=[("resnet20", 16)], threads=1, steps=1, rounds=2, device="cpu", precision="fp32", compile=True,
            keep_memory=False, espalier=self.program)
        self.ours = [["bench"], {"imagesPerSecond": 300, "peakMemoryBytes": 2**20}]
        self.eager = {"imagesPerSecond": 200, "peakMemoryBytes": 5 * 2**20, "importBytes": 3 * 2**20, "parameters": 7,
                      "version": "2"}

    def test_the_faster_layout_counts_and_what_does_not_compile_is_noted(self):
        self.answer(
            [["summary"], {"parameters": 7}], self.ours, [["--compile"], None],
            [["--fold"], {**self.eager, "imagesPerSecond": 250}],
            [["channels_last"], {**self.eager, "imagesPerSecond": 100}], [["contiguous"], self.eager])
        report = network_comparison.report("inference", self.arguments)
        self.assertEqual([row[0] for row in report.rows], [
            "**resnet20@16**, espalier", "PyTorch eager, contiguous", "PyTorch folded, contiguous"])
        self.assertEqual(report.rows[1][2:], ["**1.50**", "1.50–1.50", "5", "0.20", "2", "0.50"])
        self.assertEqual(report.rows[2][2], "1.20")
        self.assertEqual(report.notes[0], "resnet20@16, PyTorch compiled, contiguous: some.ValueError: cannot do it")
        self.assertEqual(report.versions, {"PyTorch": "2"})

    def test_both_sides_are_asked_for_the_same(self):
        self.arguments.precision, self.arguments.keep_memory = "bf16", True
        self.answer([["summary"], {"parameters": 7}], self.ours, [["autocast"], {**self.eager, "imagesPerSecond": 300}],
                    [["bf16"], self.eager])
        report = network_comparison.report("train-step", self.arguments)
        self.assertEqual([row[0] for row in report.rows[1:]], [
            f"PyTorch {kind}, channels_last, autocast" for kind in ("eager", "eager keeping memory", "compiled")])
        common = {"--model", "resnet20", "--batch-size", "16", "--threads", "1", "--steps"}
        timed = [words for words in self.asked() if "summary" not in words]
        self.assertEqual(len(timed), 2 * 3 + 2 * 4)
        self.assertTrue(all(common <= set(words) for words in timed), timed)
        self.assertTrue({"train-step", "cpu", "--precision", "bf16"} <= set(timed[6]))

    def test_a_peer_that_fails_ends_the_comparison(self):
        self.answer([["summary"], {"parameters": 7}], self.ours)
        with self.assertRaises(pinned.Failure):
            network_comparison.report("train-step", self.arguments)

    def test_networks_of_different_size_are_not_compared(self):
        self.answer([["summary"], {"parameters": 8}], self.ours, [["-B"], self.eager])
        with self.assertRaisesRegex(pinned.Failure, "8 parameters but PyTorch's twin 7"):
            network_comparison.report("train-step", self.arguments)


class OperatorComparisonTests(PretendingTestCase):
    def test_problems_are_read(self):
        problem = Problem("mb2ic6ih9iw7oc4kh3kw1sh2ph1pw0dh2dw1")
        self.assertEqual(problem.input, [2, 6, 9, 7])
        self.assertEqual(problem.weight, [4, 6, 3, 1])
        self.assertEqual((problem.stride, problem.padding, problem.dilation), ([2, 2], [1, 0], [2, 1]))
        self.assertEqual(problem.output, [2, 4, 4, 4])
        self.assertEqual(problem.operations, 2 * 2 * 4 * 4 * 4 * 6 * 3)
        plain = Problem("mb128ic16ih32oc16kh3ph1")
        self.assertEqual((plain.output, plain.stride, plain.dilation), ([128, 16, 32, 32], [1, 1], [1, 1]))

    def test_what_is_no_problem_is_refused(self):
        for text in ("", "resnet20", "mb1ic3oc4kh3", "mb1ic3ih8oc4kh3zz2", "mb-1ic3ih8oc4kh3"):
            with self.assertRaises(ValueError, msg=text):
                Problem(text)

    def report(self, gflops):
        """One round of one problem that takes us 2 ms, and oneDNN 3 and 1 ms in its layouts."""
        self.enter(mock.patch.object(peers, "python", lambda: self.program))
        operation = {"problem": "p", "direction": "forward", "milliseconds": 2, "gflops": gflops}
        self.answer(
            [["ops", "--zoo", "--models", "a,b"], {"peak": {"gflops": 2}, "operations": [operation]}],
            [["-B"], {"version": "2", "rows": [
                {"operations": 2e6, "milliseconds": {"channels_last": 3, "contiguous": 1}}]}])
        return operator_comparison.report(types.SimpleNamespace(
            problems=[], zoo=True, models="a,b", device="cpu", batch_size=1, input="3x32x32", threads=1, seconds=1,
            rounds=2, espalier=self.program))

    def test_rows_below_the_expected_ratio_are_marked(self):
        report = self.report(1)
        self.assertEqual(report.rows, [["p", "forward", "1.0", "50%", "2.0", "contiguous", "0.50", "below 0.8"]])
        self.assertIn("All: 0 of 1 row reach 0.8; median ratio 0.50, lowest 0.50 at p; share", report.notes[1])

    def test_operations_must_be_counted_alike(self):
        with self.assertRaisesRegex(pinned.Failure, "espalier counts 4000000 operations"):
            self.report(2)


class CommandTests(PretendingTestCase):
    def test_devices_are_compared_with_one_thread_of_the_fallback(self):
        self.answer(
            [["devices"], {"devices": [{"id": "opencl:0/cpu", "kind": "cpu", "name": "Oclgrind Simulator"},
                                       {"id": "opencl:1/cpu", "kind": "cpu", "name": "pthread"}]}],
            [["opencl:1/cpu"], {"imagesPerSecond": 90, "peakMemoryBytes": 2**20}],
            [["--threads", "1"], {"imagesPerSecond": 100, "peakMemoryBytes": 2**20}])
        done = subprocess.run(
            [TOOLS / "bench-peers", "devices", "--models", "resnet20:width=2,shortcut=b@4,vgg16", "--rounds", "1",
             "--threads", "100000", "--espalier", self.program, "--json"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual([(model["model"], model["batchSize"]) for model in found["models"]],
                         [("resnet20:width=2,shortcut=b", 4), ("vgg16", 128)])
        self.assertEqual([contender["ratio"] for contender in found["models"][0]["contenders"]], [1, 0.9])
        self.assertIn("--threads 100000", found["notes"][0])

    def test_bad_values_of_options_are_refused(self):
        for options in (["--rounds", "0"], ["--models", "resnet20@x"], ["--precision", "fp8"]):
            done = subprocess.run([TOOLS / "bench-peers", "train-step", *options], capture_output=True, text=True)
            self.assertEqual(done.returncode, 2, options)
            self.assertIn(options[0], done.stderr)


if __name__ == "__main__":
    unittest.main()
