"""The choice of kernels by time, for each network and precision. What was chosen lies in a file outside the results; a
copy among them brings it to a fresh machine, where the measurements go on."""

import functools
import pathlib
import shutil

from gpu_run.measurement import DONE, FAILED, Item
from gpu_run.sizes import PRECISIONS


def items(context):
    return [Item(f"{case.label}, {precision}", functools.partial(tune, case, precision), need=10)
            for case in context.sizes.cases for precision in PRECISIONS]


def tune(case, precision, context):
    words = context.on_device(
        "tune-kernels", "--model", case.model, "--input", case.input, "--classes", case.classes,
        "--batch-size", case.batch_size, "--seconds", context.sizes.tuning_seconds, precision=precision)
    limit = context.sizes.limits["tune"] + context.sizes.tuning_seconds
    found = context.ask(*words, limit=limit, precision=precision)
    if found["state"] == DONE:
        keep(found["result"].get("file"), context.out)
        if found["result"].get("failure"):
            return {**found, "state": FAILED, "error": f"the search ended early: {found['result']['failure']}"}
    return found


def copy_of(file, out):
    return pathlib.Path(out) / "tuning" / pathlib.Path(file).name


def keep(file, out):
    """Copies the file of choices to the results."""
    if file and pathlib.Path(file).is_file():
        copy_of(file, out).parent.mkdir(exist_ok=True)
        shutil.copyfile(file, copy_of(file, out))


def cache_folder(environment):
    """Where the program keeps the files of choices on this machine; nothing without a home."""
    base, home = environment.get("XDG_CACHE_HOME"), environment.get("HOME")
    # Which the program takes no notice of where it is relative.
    if not base or not pathlib.Path(base).is_absolute():
        base = home and home + "/.cache"
    return pathlib.Path(base) / "espalier" / "tuning" if base else None


def restore(stage, out, environment):
    """Brings back the files of choices that this machine lacks; returns their paths."""
    restored, folder = [], cache_folder(environment)
    for found in (stage or {}).get("entries", []):
        name = (found["result"] or {}).get("file") if found["state"] == DONE else None
        if not name or not folder or not copy_of(name, out).is_file():
            continue
        file = folder / pathlib.Path(name).name
        try:
            if not file.exists():
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(copy_of(name, out), file)
                restored.append(str(file))
        except OSError:
            # A home that cannot be written costs the choices, not the measurements.
            continue
    return restored
