"""What the device's compiler and driver can do, and what launches, buffers and copies cost."""

import re

from gpu_run.measurement import ABSENT, Item, entry


def items(context):
    return [Item("capabilities", capabilities), Item("costs", costs)]


def capabilities(context):
    def of_device(found):
        return next(device for device in found["devices"] if device["id"] == context.information["id"])

    return context.ask("devices", limit=context.sizes.limits["probes"], digest=of_device)


def costs(context):
    """`espalier bench device`, if this program has it."""
    limit = context.sizes.limits["probes"]
    described = context.runner.run([context.espalier, "bench", "--help"], limit)
    if described.exit_code == 0 and not re.search(r"^  device\b", described.output, re.MULTILINE):
        return entry(ABSENT, described, error="not offered by this program: it has no `bench device`")
    return context.ask(*context.on_device("bench", "device"), limit=limit)


def probes(found):
    """Names and answers, of an entry's result."""
    return sorted((found or {}).get("probes", {}).items())


def figures(found, prefix=""):
    """What a document holds, as pairs of a dotted name and a value."""
    pairs = []
    branches = found.items() if isinstance(found, dict) else enumerate(found)
    for key, value in sorted(branches) if isinstance(found, dict) else branches:
        name = f"{prefix}{key}"
        pairs += figures(value, name + ".") if isinstance(value, (dict, list)) else [(name, value)]
    return pairs
