"""How long a training takes to its first step, once the driver has its kernels compiled."""

from gpu_run.measurement import Item

NAME = "startup"


def items(context):
    return [Item(NAME, measure, need=20)]


def measure(context):
    """The program trains once without counting it, and then anew in further processes: warm starts."""
    words = context.on_device("bench", "startup", *context.sizes.startup)
    found = context.ask(*words, limit=context.sizes.limits["bench"])
    if found["result"]:
        found["result"] = {**found["result"], "warmSeconds": found["result"]["medianSeconds"]}
    return found
