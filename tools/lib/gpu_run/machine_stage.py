"""What the machine has: devices, the GPU as its driver tells it, processors, Python and PyTorch."""

import platform

import machine
from gpu_run.measurement import ABSENT, DONE, FAILED, Item, entry

FIELDS = ["name", "driver_version", "vbios_version", "compute_cap", "memory.total", "clocks.max.sm", "clocks.max.memory",
          "power.limit", "persistence_mode", "mig.mode.current", "ecc.mode.current"]


def items(context):
    return [Item("devices", devices), Item("nvidia-smi", driver), Item("host", host), Item("pytorch", pytorch)]


def devices(context):
    return context.ask("devices", limit=context.sizes.limits["machine"])


def driver(context):
    """What nvidia-smi says of each GPU; other vendors' machines have no such program."""
    command = ["nvidia-smi", f"--query-gpu={','.join(FIELDS)}", "--format=csv,noheader"]
    outcome = context.runner.run(command, context.sizes.limits["machine"])
    if outcome.exit_code is None and not outcome.seconds:
        return entry(ABSENT, outcome, error=outcome.tail())
    if outcome.exit_code != 0:
        return entry(FAILED, outcome, error=outcome.tail())
    rows = [[cell.strip() for cell in line.split(",")] for line in outcome.output.strip().splitlines()]
    return entry(DONE, outcome, {"gpus": [dict(zip(FIELDS, row)) for row in rows]})


def host(context):
    system = " ".join([platform.system(), platform.machine(), *platform.libc_ver()])
    return entry(DONE, result={
        "processor": machine.processor(), "espalier": context.program,
        "system": system})


def pytorch(context):
    facts = context.peer.facts()
    if "missing" in facts:
        return entry(ABSENT, result=facts, error=facts["missing"])
    return entry(DONE, result=facts)
