"""Tests of tools/gpu-run, with an espalier and a PyTorch that only pretend to measure."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

TOOLS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOOLS / "lib"))

from gpu_run import commands, opencl, peer, sections, sizes, store, targets, tuning_stage  # noqa: E402

# Logs its arguments. What is in replies.json replaces its usual answer: by subcommand, [exit code, text], a number of
# seconds to sleep first, or the folder's own file of chosen kernels.
PRETENDER = f"""#!{sys.executable} -IS
import json, pathlib, signal, sys, time
folder = pathlib.Path(__file__).parent
words = sys.argv[1:]
with open(folder / "asked.txt", "a") as log:
    log.write(json.dumps(words) + "\\n")
replies = folder / "replies.json"
replies = json.loads(replies.read_text()) if replies.exists() else {{}}
def option(name):
    return words[words.index(name) + 1] if name in words else None
command = " ".join(words[:2]) if words[0] == "bench" else words[0]
if option("--precision") == "tf32":
    sys.exit("espalier: error: no --precision tf32 here") if command == "verify" else None
    print("Error: The value 'tf32' is invalid for '--precision'", file=sys.stderr)
    sys.exit(64)
if command in replies:
    code, text = replies[command]
    print(text, file=sys.stderr)
    sys.exit(code)
devices = [("opencl:0/cpu", "cpu", "Oclgrind Simulator"), ("opencl:1/cpu", "cpu", "pthread"),
           ("opencl:2/gpu", "gpu", "A GPU")]
if command == "train":
    run = pathlib.Path(option("--out"))
    (run / "checkpoints").mkdir(parents=True, exist_ok=True)
    (run / "checkpoints" / "last.safetensors").write_text("saved")
    def saved(*_):
        print("espalier: interrupted; everything is saved", file=sys.stderr)
        sys.exit(130)
    signal.signal(signal.SIGINT, saved)
    if (folder / "slow").exists():
        time.sleep(60)
    (run / "metrics.jsonl").write_text(json.dumps({{"epoch": 1, "imagesPerSecond": 5}}) + "\\n" + '{{"cut')
    (run / "result.json").write_text(json.dumps({{"top1": 0.5, "seconds": 3}}))
    sys.exit()
print({{
    "--version": lambda: "1.0",
    "devices": lambda: json.dumps({{"devices": [
        {{"id": id, "kind": kind, "name": name, "driver": "7", "family": kind, "probes": {{"half|loads": "yes"}}}}
        for id, kind, name in devices]}}),
    "summary": lambda: json.dumps({{"parameters": 11}}),
    "bench --help": lambda: "SUBCOMMANDS:\\n  ops    Times a\\n         device.\\n  device    Times launches",
    "bench device": lambda: json.dumps({{"launchMicroseconds": 2.5, "copies": {{"pinned": 20.0}}}}),
    "bench startup": lambda: json.dumps({{"medianSeconds": 1.5, "runs": 3}}),
    "bench ops": lambda: json.dumps({{"operations": [
        {{"problem": "p", "direction": "forward", "milliseconds": 2, "gflops": 1.0}}]}}),
    "bench train-step": lambda: json.dumps(
        {{"imagesPerSecond": 300 if option("--precision") else 100, "medianMilliseconds": 2, "peakMemoryBytes": 9}}),
    "bench inference": lambda: json.dumps({{"imagesPerSecond": 400, "medianMilliseconds": 1, "peakMemoryBytes": 9}}),
    "verify": lambda: json.dumps({{"passed": 2, "failed": 0, "cases": [{{"passed": True}}] * 2}}),
    "tune-kernels": lambda: json.dumps({{
        "device": "A GPU", "precision": "fp32", "seconds": 1, "file": str(folder / "home" / "chosen.json"),
        "problems": [{{"problem": "q", "method": "m", "microseconds": 2, "defaultMicroseconds": 3}}]}}),
}}[command]())
"""
PEER = f"""#!{sys.executable} -IS
import json, os, sys
for line in sys.stdin:
    request = json.loads(line)
    if request["do"] == "facts":
        found = {{"torch": "9", "device": "cuda", "deviceName": "A GPU"}}
    elif request["do"] == "convolution":
        found = {{"operations": 2e6, "milliseconds": {{"channels_last": 3, "contiguous": 1}}}}
    elif "vgg16" in request["options"]:
        found = {{"error": "RuntimeError: no such network"}}
    elif "resnet20" in request["options"]:
        sys.exit("PyTorch crashed")
    else:
        rate = 50 if "contiguous" in request["options"] else 40
        found = {{"imagesPerSecond": rate, "medianMilliseconds": 3, "peakMemoryBytes": 5, "parameters": 11}}
    print(json.dumps(found), flush=True)
"""
NO_TORCH = f"#!{sys.executable}\nimport sys\nsys.exit('ModuleNotFoundError: No module named torch')\n"
STAGE_FILES = {f"{stage}.json" for stage in ("machine", "probes", "verify", "tune", "bench", "train")}
REPORTS = {"results.json", "results.md"}


class RunTestCase(unittest.TestCase):
    def setUp(self):
        # As gpu-run does, so that what it starts does not ignore SIGINT, as all do that a shell starts in the background.
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.program = self.script("espalier", PRETENDER)
        self.python = self.script("python", NO_TORCH)
        self.script("nvidia-smi", "#!/bin/sh\necho A GPU, 580.1, 96.0\n")
        self.out = self.folder / "out"
        (self.folder / "home").mkdir()
        (self.folder / "home" / "chosen.json").write_text("chosen")

    def script(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def reply(self, **replies):
        (self.folder / "replies.json").write_text(
            json.dumps({command.replace("_", " ").replace("tune kernels", "tune-kernels"): answer
                        for command, answer in replies.items()}))

    def command(self, *options, out=None):
        return [sys.executable, str(TOOLS / "gpu-run"), "--espalier", str(self.program), "--python", str(self.python),
                "--out", str(out or self.out), *options]

    def call(self, *options, out=None, status=0):
        environment = {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}",
                       "XDG_CACHE_HOME": str(self.folder / "cache")}
        done = subprocess.run(self.command(*options, out=out), capture_output=True, text=True, env=environment)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def asked(self, *words):
        """The calls of the program that had these words."""
        lines = (self.folder / "asked.txt").read_text().splitlines()
        return [line for line in map(json.loads, lines) if set(words) <= set(line)]

    def results(self, out=None):
        return json.loads(((out or self.out) / "results.json").read_text())

    def entries(self, stage):
        entries = json.loads((self.out / f"{stage}.json").read_text())["entries"]
        return {entry["name"]: entry for entry in entries}

    def report(self, out=None):
        return ((out or self.out) / "results.md").read_text()


def keys(value):
    """The names in a document, without the parts that differ by what was measured."""
    if isinstance(value, dict):
        return {key: keys(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return keys(value[0]) if value else None
    return None


class WholeRunTests(RunTestCase):
    def test_a_dry_run_writes_the_same_files_with_the_same_keys(self):
        self.python = self.script("python", PEER)
        dry = self.folder / "dry"
        # The pretender ends without JSON where it verifies tf32.
        self.call("--models", "mlp@4", "--rounds", "1", status=1)
        self.call("--models", "mlp@4", "--rounds", "1", "--dry-run", out=dry, status=1)
        for out in (self.out, dry):
            self.assertEqual({path.name for path in out.iterdir()}, STAGE_FILES | REPORTS | {"run", "tuning"})
        self.assertEqual(keys(self.results()), keys(self.results(dry)))
        for stage in STAGE_FILES:
            self.assertEqual(*(keys(json.loads((out / stage).read_text())) for out in (self.out, dry)), stage)
        self.assertEqual((self.results()["deviceId"], self.results(dry)["deviceId"]), ("opencl:2/gpu", "opencl:1/gpu"))
        self.assertTrue(self.report().startswith("# GPU run on A GPU\n\nMeasured from"))
        self.assertTrue(self.report(dry).startswith("# Dry run on pthread\n\n**This was a dry run on `opencl:1/gpu`"))
        self.assertEqual({target["reached"] for target in self.results(dry)["targets"]}, {None})

    def test_what_is_done_is_not_measured_again(self):
        self.call("--stages", "probes,tune,bench", "--models", "mlp@4")
        before = {path.name: path.read_text() for path in self.out.glob("[pbt]*.json")}
        count = len(self.asked())
        self.call("--stages", "probes,tune,bench", "--models", "mlp@4")
        self.assertEqual({path.name: path.read_text() for path in self.out.glob("[pbt]*.json")}, before)
        self.assertEqual([words[0] for words in self.asked()[count:]], ["devices", "--version"])
        self.call("--stages", "bench", "--models", "mlp@4,mlp@8")
        self.assertFalse(any("4" in words for words in self.asked("train-step")[3 * 2 + 1:]))
        self.assertEqual(len(self.asked("train-step", "8", "fp32")), 0)
        self.assertEqual(len(self.asked("train-step", "8", "bf16")), sizes.REAL.rounds)

    def test_a_failing_command_is_recorded_and_the_next_one_runs(self):
        self.reply(tune_kernels=[64, "Error: Unknown option '--model'"],
                   bench_startup=[70, "line\nespalier: error: broken"])
        text = self.call("--stages", "tune,bench,train", "--models", "mlp@4", "--rounds", "1", status=1)
        self.assertIn("failed: tune, bench", text)
        tuned = self.entries("tune")
        self.assertEqual({entry["state"] for entry in tuned.values() if "tf32" not in entry["name"]}, {"failed"})
        self.assertEqual({entry["exitCode"] for entry in tuned.values()}, {64})
        self.assertIn("broken", self.entries("bench")["startup"]["error"])
        self.assertEqual(self.entries("bench")["inference mlp 3x32x32 batch 4, fp32"]["state"], "done")
        self.assertEqual(self.entries("train")["training"]["result"]["epochs"], [{"epoch": 1, "imagesPerSecond": 5}])
        self.assertIn("| bench: startup | failed | espalier: error: broken |", self.report())
        self.assertIn("Unknown option", self.report())

        (self.folder / "replies.json").unlink()
        self.call("--stages", "tune,bench", "--models", "mlp@4", "--rounds", "1", status=1)
        self.call("--stages", "tune,bench", "--models", "mlp@4", "--rounds", "1", "--retry")
        self.assertEqual(self.entries("bench")["startup"]["result"]["warmSeconds"], 1.5)

    def test_an_answer_that_is_not_understood_is_a_failure(self):
        self.reply(verify=[1, "wrong"], bench_device=[0, ""])
        self.call("--stages", "verify,probes", status=1)
        self.assertIn("printed no JSON", self.entries("probes")["costs"]["error"])
        self.assertEqual(self.entries("verify")["bf16"]["state"], "failed")

    def test_a_refused_precision_is_no_failure(self):
        self.call("--stages", "tune", "--models", "mlp@4")
        refused = self.entries("tune")["mlp 3x32x32 batch 4, tf32"]
        self.assertEqual((refused["state"], refused["exitCode"], refused["result"]), ("refused", 64, None))
        self.assertEqual(refused["command"][:4], ["espalier", "tune-kernels", "--model", "mlp"])
        self.assertIn("invalid for '--precision'", refused["error"])
        self.assertIn("| tune: mlp 3x32x32 batch 4, tf32 | refused |", self.report())
        self.assertIn("1.50", self.report())

    def test_results_of_different_devices_are_not_mixed(self):
        self.call("--stages", "machine")
        self.assertIn("dryRun = False", self.call("--stages", "machine", "--dry-run", status=2))
        self.assertIn("device = 'A GPU'", self.call("--stages", "machine", "--device", "opencl:1", status=2))
        (self.out / "bench.json").write_text("{")
        self.assertIn("bench.json is no result", self.call("--stages", "machine", status=2))

    def test_bad_options_and_missing_things_are_told(self):
        self.assertIn("--device cuda:0: expected one of opencl:0/cpu", self.call("--device", "cuda:0", status=69))
        for options in (["--stages", "bench,x"], ["--minutes", "0"], ["--models", "resnet20@x"], ["--rounds", "0"]):
            self.assertIn(options[0], self.call(*options, status=2))
        self.reply(devices=[69, "nothing here"])
        self.assertIn("nothing here", self.call(status=69))
        self.program = self.folder / "nowhere"
        self.assertIn("no program at", self.call(status=66))

    def test_the_machine_and_its_probes_are_told(self):
        self.call("--stages", "machine,probes")
        text = self.report()
        for cells in ("| nvidia-smi: driver_version | 580.1 |", "| half\\|loads | yes |", "| copies.pinned | 20 |",
                      "| machine: pytorch | absent |", "* bench: not asked for"):
            self.assertIn(cells, text)


class BudgetTests(RunTestCase):
    def test_training_is_interrupted_in_time_and_goes_on(self):
        (self.folder / "slow").touch()
        process = subprocess.Popen(self.command("--stages", "train"), stderr=subprocess.PIPE, text=True)
        while not (self.out / "run" / "checkpoints" / "last.safetensors").exists():
            self.assertIsNone(process.poll())
        process.terminate()
        self.assertIn("go on with: ", process.communicate(timeout=20)[1])
        self.assertEqual(process.returncode, 130)
        (self.folder / "slow").unlink()
        self.call("--stages", "train")
        self.assertIn("--resume", self.asked("train")[-1])
        self.assertNotIn("--model", self.asked("train")[-1])
        self.assertTrue(self.entries("train")["training"]["result"]["resumed"])

    def test_without_time_nothing_begins_and_the_way_on_is_told(self):
        text = self.call("--minutes", "0.1", status=75)
        self.assertIn("the time is over", text)
        self.assertIn("left of train: 1 of 1", text)
        self.assertEqual(set(self.results()["left"]) & {"tune", "train"}, {"tune", "train"})
        self.assertRegex(self.report(), r"Go on with:\n\n```sh\n.*gpu-run .*--minutes 0.1\n```")

    def test_an_interruptible_command_ends_by_itself_and_others_are_stopped(self):
        clock = iter([0.0, 60.0 - commands.GRACE - 2]).__next__
        runner = commands.Runner(commands.Budget(1, reserve=0, clock=clock))
        code = "import sys, time\ntry: time.sleep(60)\nexcept KeyboardInterrupt: sys.exit(130)"
        self.assertEqual(runner.run([sys.executable, "-c", code], 100, interruptible=True).exit_code, 130)
        runner = commands.Runner(commands.Budget(1, reserve=0, clock=iter([0.0, 59.9]).__next__))
        with self.assertRaises(commands.OutOfTime):
            runner.run([sys.executable, "-c", code], 100)

    def test_one_that_does_not_end_when_told_to_is_begun_anew(self):
        self.addCleanup(setattr, commands, "GRACE", commands.GRACE)
        commands.GRACE = 0.1
        runner = commands.Runner(commands.Budget(1, reserve=0, clock=iter([0.0, 59.5]).__next__))
        with self.assertRaises(commands.OutOfTime):
            runner.run(["sh", "-c", "trap '' INT; sleep 60"], 100, interruptible=True)

    def test_a_limit_and_a_missing_program_are_told(self):
        runner = commands.Runner(commands.Budget())
        slow = runner.run(["sleep", "60"], 0.1)
        self.assertEqual((slow.exit_code, slow.tail()), (None, "stopped after its limit of 0 s"))
        self.assertIn("did not start", runner.run(["/nowhere/program"], 1).tail())
        failed = runner.run(["sh", "-c", "echo a; echo b >&2; exit 3"], 5)
        self.assertEqual((failed.exit_code, failed.output, failed.tail(), failed.json()), (3, "a\n", "b", None))


class PeerTests(RunTestCase):
    def setUp(self):
        super().setUp()
        self.python = self.script("python", PEER)

    def test_the_faster_layout_counts_and_a_failing_peer_leaves_our_figures(self):
        self.call("--stages", "bench", "--rounds", "1", status=1)
        entries = self.entries("bench")
        row = entries["train-step resnet18 3x224x224 batch 64, bf16"]["result"]
        self.assertEqual((row["peer"]["layout"], row["peer"]["precision"], row["ratio"]), ("contiguous", "autocast", 6))
        self.assertEqual(row["layouts"], {"channels_last": 40, "contiguous": 50})
        refused = entries["train-step resnet18 3x224x224 batch 64, tf32"]["result"]
        self.assertEqual((refused["peer"]["imagesPerSecond"], refused["ratio"]), (50, None))
        for network, reason in (("vgg16", "no such network"), ("resnet20", "PyTorch crashed")):
            row = entries[f"inference {network} 3x32x32 batch 128, fp32"]
            self.assertEqual((row["state"], row["result"]["espalier"]["imagesPerSecond"]), ("failed", 400))
            self.assertIn(reason, row["error"])
        operation = entries["convolutions, fp32"]["result"]["operations"][0]
        self.assertEqual((operation["layout"], operation["ratio"]), ("contiguous", 0.5))
        reached = [(target["value"], target["reached"]) for target in self.results()["targets"]]
        self.assertEqual(reached, [(2, True), (3, True), (2, True), (1.5, True)])
        self.assertIn("| resnet56 3x32x32 ", self.report())

    def test_networks_of_different_size_are_not_compared(self):
        self.python = self.script("python", PEER.replace('"parameters": 11', '"parameters": 12'))
        self.call("--stages", "bench", "--models", "mlp@4", "--rounds", "2", status=1)
        row = self.entries("bench")["train-step mlp 3x32x32 batch 4, fp32"]
        self.assertIn("11 parameters but PyTorch's twin 12", row["error"])
        self.assertEqual((row["result"]["peer"], row["result"]["ratio"]), (None, None))

    def test_a_silent_peer_is_given_up(self):
        silent = self.script("silent", "#!/bin/sh\nexec sleep 60\n")
        one = peer.Peer(str(silent), commands.Budget())
        with self.assertRaisesRegex(peer.PeerFailure, "no answer within 0 s"):
            one.ask({}, 0.1)
        self.assertIsNone(one.process)


class DecisionTests(unittest.TestCase):
    def test_a_driver_without_an_icd_file_is_registered_beside_the_others(self):
        pocl = {"pocl.icd": "libpocl.so"}
        library = [opencl.LIBRARY, "/usr/local/nvidia/lib64/" + opencl.LIBRARY]
        self.assertEqual(opencl.vendor_files(pocl, library, None), {**pocl, "nvidia.icd": opencl.LIBRARY + "\n"})
        self.assertEqual(opencl.vendor_files({}, library[1:], None), {"nvidia.icd": library[1] + "\n"})
        self.assertIsNone(opencl.vendor_files(pocl, [], None))
        self.assertIsNone(opencl.vendor_files(pocl, library, "/nonexistent"))
        self.assertIsNone(opencl.vendor_files({"n.icd": "libnvidia-opencl.so.1"}, library, None))

    def test_devices_are_chosen(self):
        listed = [{"id": id, "kind": kind, "name": name} for id, kind, name in (
            ("opencl:0/cpu", "cpu", "Oclgrind"), ("opencl:1/gpu", "gpu", "G"), ("opencl:2/cpu", "cpu", "pthread"),
            ("cpu:avx2", "fallback", "F"))]
        found = [opencl.choose(listed, *wanted)[0] for wanted in ((), (None, True), ("opencl:2/gpu",), ("cpu",))]
        self.assertEqual(found, ["opencl:1/gpu", "opencl:2/gpu", "opencl:2/gpu", "cpu"])
        self.assertEqual(opencl.choose(listed, "opencl:2/gpu")[1], listed[2])
        for wanted in ((None,), (None, True), ("opencl:10",)):
            with self.assertRaises(opencl.NoDevice):
                opencl.choose(listed[:1] + listed[3:], *wanted)

    def test_cases_are_read(self):
        self.assertEqual(sizes.cases("resnet18@64@3x224x224@1000,mlp:width=5,depth=2@8"), [
            sizes.CASES[0], ("mlp:width=5,depth=2", "3x32x32", 8, 10)])
        self.assertEqual(sizes.REAL.role(sizes.cases("resnet56")[0]), sizes.MANY_LAYERS)
        for text in ("", "a@0", "a@1@3x4", "a@1@3x4x5@0", "a@1@3x4x5@6@7", "a@1@3x4xy"):
            with self.assertRaises(ValueError, msg=text):
                sizes.cases(text)

    def test_targets_are_missed_too(self):
        def row(role, precision, rate, ratio):
            return {"result": {"task": "train-step", "role": role, "precision": precision, "ratio": ratio,
                               "espalier": {"imagesPerSecond": rate}}}

        entries = [row(sizes.LARGE_IMAGES, "fp32", 10, 0.74), row(sizes.LARGE_IMAGES, "bf16", 19, 3),
                   {"result": {"warmSeconds": 3.0}}, {"result": None}]
        found = [(target["value"], target["reached"]) for target in targets.evaluate(entries, False)]
        self.assertEqual(found, [(0.74, False), (1.9, False), (None, None), (3.0, False)])

    def test_files_are_replaced_as_a_whole(self):
        with tempfile.TemporaryDirectory() as folder:
            store.write_json(pathlib.Path(folder) / "a.json", {"a": 1})
            with self.assertRaises(TypeError):
                store.write_json(pathlib.Path(folder) / "a.json", {"a": object()})
            self.assertEqual([path.name for path in pathlib.Path(folder).iterdir()], ["a.json"])
            self.assertEqual(json.loads((pathlib.Path(folder) / "a.json").read_text()), {"a": 1})

    def test_chosen_kernels_come_back_on_a_fresh_machine(self):
        with tempfile.TemporaryDirectory() as folder:
            home, out = pathlib.Path(folder) / "cache", pathlib.Path(folder) / "out"
            file, environment = home / "espalier" / "tuning" / "gpu.json", {"XDG_CACHE_HOME": str(home)}
            file.parent.mkdir(parents=True)
            out.mkdir()
            file.write_text("first")
            tuning_stage.keep(str(file), out)
            stage = {"entries": [{"state": "done", "result": {"file": "/another/home/gpu.json"}}, {"state": "failed", "result": None}]}
            self.assertEqual(tuning_stage.restore(stage, out, environment), [])
            shutil.rmtree(home)
            self.assertEqual(tuning_stage.restore(stage, out, {}), [], "there is no home")
            self.assertIsNone(tuning_stage.cache_folder({"XDG_CACHE_HOME": "relative"}))
            self.assertEqual(tuning_stage.cache_folder({"XDG_CACHE_HOME": "relative", "HOME": "/h"}),
                             pathlib.Path("/h/.cache/espalier/tuning"))
            self.assertEqual(tuning_stage.restore(stage, out, {"HOME": "/dev/null"}), [], "nothing can be written there")
            self.assertEqual(tuning_stage.restore(stage, out, environment), [str(file)])
            self.assertEqual(file.read_text(), "first")

    def test_a_search_that_ended_early_is_tried_again_and_its_kernels_are_kept(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "out"
            out.mkdir()
            file = pathlib.Path(folder) / "gpu.json"
            file.write_text("found")
            asked = []

            class Context:
                sizes = sizes.DRY

                def on_device(self, *words, precision):
                    return words

                def ask(self, *words, limit, precision):
                    asked.append(limit)
                    return {"state": "done", "error": None, "result": {"file": str(file), "failure": "a kernel"}}

            Context.out = out
            found = tuning_stage.tune(sizes.DRY_CASES[0], "fp32", Context())
            self.assertEqual((found["state"], found["error"]), ("failed", "the search ended early: a kernel"))
            self.assertEqual((out / "tuning" / "gpu.json").read_text(), "found")
            self.assertEqual(asked, [sizes.DRY.limits["tune"] + sizes.DRY.tuning_seconds])

    def test_cells_of_a_table_stay_in_it(self):
        self.assertEqual(sections.plain("a | b\nc"), "a \\| b c")
        self.assertEqual([sections.number(value) for value in (None, 1234.5, 0.12345, 3, "x")],
                         ["", "1234", "0.123", "3", "x"])


class PackageTests(unittest.TestCase):
    def test_the_package_carries_every_module(self):
        """Each of our modules that one in the package imports is in the package too."""
        text = (TOOLS / "package").read_text()
        carried = [re.search(rf"for module in (.*); do\n  cp \"tools/{folder}/", text).group(1).split()
                   for folder in ("lib", "peers")]
        for folder, names in zip(("lib", "peers"), carried):
            sources = [TOOLS / folder / f"{name}.py" for name in names]
            sources += [TOOLS / "gpu-run", *(TOOLS / "lib" / "gpu_run").glob("*.py")] if folder == "lib" else []
            ours = {path.stem for path in (TOOLS / folder).glob("*.py")}
            imported = {name for source in sources
                        for name in re.findall(r"^\s*(?:import|from) (\w+)", source.read_text(), re.MULTILINE)}
            self.assertEqual(imported & ours - set(names), set(), folder)


if __name__ == "__main__":
    unittest.main()
