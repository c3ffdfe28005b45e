"""Every operator against its golden and exact results, in each precision."""

import functools

from gpu_run.measurement import FAILED, Item
from gpu_run.sizes import PRECISIONS

# Of a device that gets everything wrong, a part will do.
SHOWN = 40


def items(context):
    return [Item(precision, functools.partial(verify, precision)) for precision in PRECISIONS]


def verify(precision, context):
    words = context.on_device("verify", *context.sizes.verify, precision=precision)
    outcome = context.runner.run([context.espalier, *words, "--json"], context.sizes.limits["verify"])
    # A wrong operator is a failure too, but one with a report.
    if outcome.json() is not None:
        report = digest(outcome.json())
        found = context.entry_for(outcome, precision, digest)
        return {**found, "result": report, **({"state": FAILED} if report["failed"] else {})}
    return context.entry_for(outcome, precision)


def digest(report):
    failures = [case for case in report["cases"] if not case["passed"]]
    return {"passed": report["passed"], "failed": report["failed"], "cases": len(report["cases"]),
            "failures": failures[:SHOWN]}
