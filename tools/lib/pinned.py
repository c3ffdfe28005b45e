"""Runs a program pinned to as many cores as it has threads, and reads the JSON that it prints."""

import json
import os
import re
import subprocess


# Variables with which glibc keeps what a program frees, instead of giving it back to the system and having every large
# result paged in anew: that takes longer than some of the convolutions that write those results.
KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**40)}


class Failure(Exception):
    """A program that did not do what was asked, in its own words."""

    @property
    def summary(self):
        """The line that names the error, without the trace or the compiler's messages around it."""
        lines = str(self).splitlines()
        named = [line for line in lines if re.match(r"(\w+: )?[\w.]*[Ee]rror: ", line)]
        return (named or lines)[0]


def cores(threads):
    """The first cores that this process may run on, one per thread."""
    available = sorted(os.sched_getaffinity(0))
    if threads > len(available):
        raise Failure(f"--threads {threads}: this process may run on {len(available)} cores only")
    return available[:threads]


def read_json(command, threads, environment=None, standard_input=None):
    """What `command` prints, parsed. `environment` adds to the variables of this process; `standard_input` goes in as
    JSON."""
    listed = ",".join(map(str, cores(threads)))
    command = [str(part) for part in command]
    try:
        done = subprocess.run(
            ["taskset", "-c", listed, *command], capture_output=True, text=True,
            input=None if standard_input is None else json.dumps(standard_input),
            env={**os.environ, **(environment or {})})
    except FileNotFoundError:
        raise Failure("taskset is missing; it comes with the package util-linux") from None
    if done.returncode:
        raise Failure(f"{' '.join(command)} failed with status {done.returncode}:\n{done.stderr.strip()}")
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError as error:
        raise Failure(f"{' '.join(command)} printed no JSON ({error}):\n{done.stdout[:500]}") from None
