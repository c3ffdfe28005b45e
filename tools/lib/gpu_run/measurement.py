"""One thing to measure, what it needs, and how its result is kept."""

import dataclasses
import datetime
import pathlib
import typing

# Exit codes of espalier: for flags that it does not know, and for what a device cannot do.
USAGE, UNAVAILABLE = 64, 69
# States of an entry. Refused: the program says that the device cannot do it. Absent: the program or a tool is missing.
DONE, FAILED, REFUSED, ABSENT, INTERRUPTED = "done", "failed", "refused", "absent", "interrupted"


@dataclasses.dataclass
class Context:
    """What all stages share."""

    espalier: pathlib.Path
    program: str
    """Which build it is: its version, and a digest of its file."""
    runner: object
    budget: object
    peer: object
    sizes: object
    out: pathlib.Path
    device: str
    information: dict
    """The device's entry in `espalier devices`."""
    dry_run: bool = False
    data: str = "sample"

    @property
    def family(self):
        """Of the kernels: the suffix of --device, or what the program takes by itself."""
        return self.device.partition("/")[2] or self.information["family"]

    def ask(self, *words, limit, precision=None, digest=None):
        """Runs espalier for a JSON document, and makes an entry of what `digest` keeps of it. With a `precision` other
        than fp32 the program may refuse."""
        outcome = self.runner.run([self.espalier, *words, "--json"], limit)
        return self.entry_for(outcome, precision, digest)

    def entry_for(self, outcome, precision=None, digest=None):
        found = outcome.json() if outcome.exit_code == 0 else None
        if found is None:
            note = "" if outcome.exit_code != 0 else "printed no JSON\n"
            return entry(REFUSED if is_refusal(outcome, precision) else FAILED, outcome, error=note + outcome.tail())
        return entry(DONE, outcome, digest(found) if digest else found)

    def on_device(self, *words, precision=None):
        words += ("--device", self.device)
        return words if precision in (None, "fp32") else (*words, "--precision", precision)


def is_refusal(outcome, precision):
    """Whether the program says that the device does not compute in a precision other than fp32."""
    return (precision not in (None, "fp32") and outcome.exit_code in (USAGE, UNAVAILABLE)
            and any(word in outcome.errors for word in ("precision", precision)))


class Item(typing.NamedTuple):
    """What one entry of a stage's file comes from."""

    name: str
    measure: typing.Callable
    """Takes the context and returns the entry."""
    need: float = 2
    """With fewer seconds left it is not worth beginning."""


def entry(state, outcome=None, result=None, error=None):
    # Without the folder of the program, which means nothing elsewhere.
    command = [pathlib.Path(outcome.command[0]).name, *outcome.command[1:]] if outcome else None
    return {
        "state": state, "command": command,
        "exitCode": outcome.exit_code if outcome else None, "seconds": outcome.seconds if outcome else None,
        "error": error, "result": result}


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
