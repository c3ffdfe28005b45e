"""Goes through the stages, leaves out what earlier calls have finished, and keeps each result at once."""

import sys
import time

from gpu_run import (machine_stage, network_benchmark, operator_benchmark, probe_stage, startup_benchmark,
                     training_stage, tuning_stage, verification_stage)
from gpu_run.commands import OutOfTime
from gpu_run.measurement import DONE, FAILED, INTERRUPTED, entry, now
from gpu_run.store import FORMAT


def benchmarks(context):
    # Small things first: where the time ends, they are there.
    return [*startup_benchmark.items(context), *operator_benchmark.items(context), *network_benchmark.items(context)]


STAGES = {
    "machine": machine_stage.items, "probes": probe_stage.items, "verify": verification_stage.items,
    "tune": tuning_stage.items, "bench": benchmarks, "train": training_stage.items,
}


class Session:
    def __init__(self, context, store, stages, retry=False):
        self.context, self.store, self.retry = context, store, retry
        self.items = {stage: STAGES[stage](context) for stage in STAGES if stage in stages}
        self.contents = {stage: store.load(stage) for stage in STAGES}
        self.interrupted = False

    def run(self):
        """Measures what is left while there is time."""
        for file in tuning_stage.restore(self.contents["tune"], self.context.out, self.context.runner.environment):
            tell(f"brought back {file}")
        try:
            for stage, items in self.items.items():
                for number, item in enumerate(items, 1):
                    if self.is_left(stage, item):
                        self.measure(stage, item, f"{stage} {number}/{len(items)}: {item.name}")
        except OutOfTime:
            tell("the time is over")
        except KeyboardInterrupt:
            self.interrupted = True
            tell("interrupted; what was finished is kept")

    def measure(self, stage, item, title):
        if self.context.budget.remaining() < item.need:
            raise OutOfTime
        tell(title)
        begin = time.monotonic()
        try:
            found = item.measure(self.context)
        except (KeyError, TypeError, ValueError, AttributeError, OSError) as error:
            # A document that is not what it is thought to be must not keep the rest from being measured.
            found = entry(FAILED, error=f"could not be understood: {type(error).__name__}: {error}")
        found = {**found, "name": item.name, "date": now(), "driver": self.context.information.get("driver"),
                 "program": self.context.program}
        if found["seconds"] is None:
            found["seconds"] = time.monotonic() - begin
        self.put(stage, found)
        first = (found["error"] or "").strip().splitlines()[:1]
        tell(f"  {found['state']}, {found['seconds']:.1f} s" + "".join(f": {line}" for line in first))

    def put(self, stage, found):
        content = self.contents[stage] or {
            "format": FORMAT, "stage": stage, "dryRun": self.context.dry_run,
            "device": self.context.information["name"], "deviceId": self.context.device,
            "family": self.context.family, "entries": []}
        kept = [one for one in content["entries"] if one["name"] != found["name"]]
        content["entries"] = [*kept, found]
        self.contents[stage] = content
        content["state"] = self.state(stage)
        self.store.save(stage, content)

    def entry(self, stage, name):
        entries = (self.contents[stage] or {"entries": []})["entries"]
        return next((one for one in entries if one["name"] == name), None)

    def is_left(self, stage, item):
        found = self.entry(stage, item.name)
        if found is None or found["state"] == INTERRUPTED:
            return True
        return self.retry and found["state"] != DONE

    def left(self):
        """Names of what no call has finished yet, by stage."""
        names = {}
        for stage, items in self.items.items():
            found = [(item.name, self.entry(stage, item.name)) for item in items]
            names[stage] = [name for name, one in found if one is None or one["state"] == INTERRUPTED]
        return {stage: missing for stage, missing in names.items() if missing}

    def state(self, stage):
        """failed if an entry has, else partial while something is left, else done."""
        if any(one["state"] == FAILED for one in self.contents[stage]["entries"]):
            return FAILED
        return "partial" if stage in self.left() else DONE

    def failed(self):
        return [stage for stage in self.items if self.contents[stage] and self.state(stage) == FAILED]


def tell(line):
    print(f"gpu-run: {line}", file=sys.stderr, flush=True)
