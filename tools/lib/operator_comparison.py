"""Single convolutions, beside oneDNN's through PyTorch."""

import pathlib
import statistics

import medians
import peers
import pinned
import tables

PEER = pathlib.Path(__file__).resolve().parent.parent / "peers" / "convolutions.py"
COLUMNS = ["problem", "direction", "espalier GFLOP/s", "of FMA peak", "oneDNN GFLOP/s", "layout", "ratio", ""]
DIRECTIONS = ["forward", "backward-data", "backward-weights"]
EXPECTED = 0.8
LEGEND = (
    "Medians of the rounds, at 2 operations per multiply-accumulate. The ratio is espalier's GFLOP/s over oneDNN's in "
    "the faster of PyTorch's layouts. Bringing operands into oneDNN's own form at each call is part of oneDNN's time, "
    "paging in memory for results is not. Espalier's shares count the operations of the direct convolution: 3x3 at stride 1 "
    "runs by Winograd's algorithm, which needs fewer, and taps that meet only zeros are left out.")


class Row:
    """One problem in one direction: what both sides measured, round by round."""

    def __init__(self, problem, direction):
        self.problem, self.direction = problem, direction
        self.ours, self.theirs = [], []

    def add(self, operation, reply):
        """A round: what espalier and the peer say."""
        self.ours.append(operation["milliseconds"])
        self.theirs.append(reply["milliseconds"])
        self.operations = reply["operations"]
        counted = operation["gflops"] * operation["milliseconds"] * 1e6
        if abs(counted / self.operations - 1) > 0.01:
            raise pinned.Failure(
                f"{self.problem} {self.direction}: espalier counts {counted:.0f} operations and the peer "
                f"{self.operations}; their GFLOP/s cannot be compared")

    def finish(self, peak):
        layouts = {layout: statistics.median(times[layout] for times in self.theirs) for layout in self.theirs[0]}
        self.layout = min(layouts, key=layouts.get)
        self.rate = self.operations / statistics.median(self.ours) / 1e6
        self.their_rate = self.operations / layouts[self.layout] / 1e6
        self.ratio = self.rate / self.their_rate
        self.share = self.rate / peak if peak else None

    @property
    def cells(self):
        share = "" if self.share is None else f"{self.share:.0%}"
        return [self.problem, self.direction, f"{self.rate:.1f}", share, f"{self.their_rate:.1f}", self.layout,
                f"{self.ratio:.2f}", "" if self.ratio >= EXPECTED else f"below {EXPECTED}"]

    @property
    def figures(self):
        return {"problem": self.problem, "direction": self.direction, "gflops": self.rate, "shareOfPeak": self.share,
                "oneDNNGflops": self.their_rate, "layout": self.layout, "ratio": self.ratio}


def report(arguments):
    ours = [arguments.espalier, "bench", "ops", *arguments.problems, "--direction", "all", "--device", arguments.device,
            "--batch-size", arguments.batch_size, "--input", arguments.input, "--threads", arguments.threads, "--json"]
    ours += ["--zoo"] if arguments.zoo else []
    ours += ["--models", arguments.models] if arguments.models else []
    theirs = [peers.python(), "-B", PEER, "--threads", arguments.threads, "--seconds", arguments.seconds]
    rows, peaks, version = {}, [], ""
    for number in range(1, arguments.rounds + 1):
        medians.tell(f"round {number}, espalier")
        found = pinned.read_json(ours, arguments.threads)
        peaks += [found["peak"]["gflops"]] if found.get("peak") else []
        if not found["operations"]:
            raise pinned.Failure("espalier bench ops measured no convolution; name problems, --models or --zoo")
        medians.tell(f"round {number}, oneDNN, {tables.counted(len(found['operations']), 'row')}")
        answer = pinned.read_json(theirs, arguments.threads, pinned.KEEP_MEMORY, found["operations"])
        for operation, reply in zip(found["operations"], answer["rows"]):
            key = (operation["problem"], operation["direction"])
            rows.setdefault(key, Row(*key)).add(operation, reply)
        version = answer["version"]
    # Whatever else runs can only lower a measured peak.
    peak = max(peaks, default=None)
    for row in rows.values():
        row.finish(peak)
    title = f"convolutions, fp32, {tables.counted(arguments.threads, 'thread')}"
    notes = [*summary(list(rows.values())), LEGEND]
    if peak:
        notes.insert(0, f"The FMA peak measured here is {peak:.1f} GFLOP/s.")
    return tables.Report(
        title, COLUMNS, [row.cells for row in rows.values()], notes,
        {"peakGflops": peak, "operations": [row.figures for row in rows.values()]}, {"PyTorch": version})


def summary(rows):
    """The lowest and the median ratio and share, of all rows and by direction."""
    groups = [("All", rows), *((name, [row for row in rows if row.direction == name]) for name in DIRECTIONS)]
    lines = []
    for name, group in groups:
        if not group:
            continue
        lowest = min(group, key=lambda row: row.ratio)
        good = sum(row.ratio >= EXPECTED for row in group)
        line = (f"{name}: {good} of {tables.counted(len(group), 'row')} reach {EXPECTED}; median ratio "
                f"{statistics.median(row.ratio for row in group):.2f}, lowest {lowest.ratio:.2f} at {lowest.problem}")
        shares = [row.share for row in group if row.share is not None]
        if shares:
            middle = statistics.median(shares)
            line += f"; share of the peak {min(shares):.0%} to {max(shares):.0%}, median {middle:.0%}"
        lines.append(line + ".")
    return lines
