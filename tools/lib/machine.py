"""What a measurement was taken with: when, how, on which processor, and by which versions of programs."""

import datetime
import os
import pathlib
import platform
import shlex
import subprocess


def provenance(command, espalier, root, versions):
    """`versions` are those of other programs by name; `command` is a list of words."""
    return {
        "date": datetime.date.today().isoformat(), "command": shlex.join(command), "processor": processor(),
        "versions": {"espalier": espalier_version(espalier, root), **versions}}


def processor():
    """The processor's name, the cores at hand, and the vector extensions that matter here."""
    name, flags = platform.machine(), []
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = (part.strip() for part in line.partition(":"))
            name = value if key == "model name" else name
            flags = value.split() if key == "flags" else flags
    except OSError:
        pass
    known = {"avx2": "AVX2", "avx512f": "AVX-512", "avx512_bf16": "AVX512-BF16", "amx_bf16": "AMX-BF16"}
    extensions = [text for flag, text in known.items() if flag in flags]
    return ", ".join([f"{name} ({len(os.sched_getaffinity(0))} cores)", *extensions])


def espalier_version(espalier, root):
    """The program's version, and the commit of the working tree where git knows it."""
    version = output([espalier, "--version"]) or "unknown"
    commit = output(["git", "-C", root, "describe", "--always", "--dirty"])
    return f"{version} ({commit})" if commit else version


def output(command):
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
