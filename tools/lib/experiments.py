"""What experiments share: rows that last, the folders of their runs, the machine."""

import csv
import json
import pathlib
import platform
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RESULTS = ROOT / "docs" / "results"
RUNS = pathlib.Path(tempfile.gettempdir()) / "espalier-experiments"
ESPALIER = ROOT / ".build/release/espalier"


class Table:
    """Rows of a CSV file with a key of some columns."""

    def __init__(self, name, columns, key):
        self.path, self.columns, self.key = RESULTS / f"{name}.csv", columns, key
        RESULTS.mkdir(parents=True, exist_ok=True)
        if not self.path.exists():
            self.path.write_text(",".join(columns) + "\n")

    def rows(self):
        with self.path.open(newline="") as file:
            return list(csv.DictReader(file))

    def has(self, **key):
        return any(all(row[k] == str(v) for k, v in key.items()) for row in self.rows())

    def add(self, **row):
        with self.path.open("a", newline="") as file:
            csv.DictWriter(file, self.columns).writerow(row)


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def run(command):
    print("$", " ".join(map(str, command)), file=sys.stderr)
    return subprocess.run([*map(str, command)], check=True, stdout=subprocess.PIPE, text=True).stdout


def train(command, folder, *arguments):
    """Trains into `folder`, or goes on there, and returns the result."""
    resume = ["--resume"] if folder.exists() else []
    return json.loads(run([ESPALIER, command, *arguments, "--device", "cpu", "--out", folder, "--json", *resume]))
