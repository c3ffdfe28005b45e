"""Runs commands, each within a limit of its own and all within the time at hand."""

import dataclasses
import json
import os
import signal
import subprocess
import tempfile
import time

# What a training that is told to stop gets to finish its step and to save a checkpoint.
GRACE = 20


class OutOfTime(Exception):
    """The time at hand is over before something could end."""


class Budget:
    """The time at hand, less what writing the report takes."""

    def __init__(self, minutes=None, reserve=5, clock=time.monotonic):
        self.clock = clock
        self.end = float("inf") if minutes is None else clock() + 60 * minutes - reserve

    def remaining(self):
        return max(0.0, self.end - self.clock())


@dataclasses.dataclass
class Outcome:
    """How a command ended."""

    command: list
    seconds: float
    exit_code: int = None
    """None where it did not start or was stopped."""
    output: str = ""
    errors: str = ""
    note: str = ""
    """Why there is no exit code."""

    def tail(self, lines=12):
        """What to tell of a failure: the end of what the command wrote for people."""
        text = self.errors.strip() or self.output.strip()
        return "\n".join(([self.note] if self.note else []) + text.splitlines()[-lines:])

    def json(self):
        """The document that was printed; None where there is none."""
        try:
            return json.loads(self.output)
        except ValueError:
            return None


class Runner:
    def __init__(self, budget, environment=None):
        self.budget = budget
        self.environment = {**os.environ, **(environment or {})}

    def run(self, command, limit, interruptible=False):
        """The end of `command`, which is stopped after `limit` seconds; SIGINT tells one that is `interruptible` to end
        when the time at hand is over, and any other then raises `OutOfTime`."""
        command = [str(word) for word in command]
        at_hand = self.budget.remaining() - (GRACE if interruptible else 0)
        if at_hand <= 0:
            raise OutOfTime
        begin = time.monotonic()
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            try:
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=self.environment,
                    start_new_session=True)
            except OSError as error:
                return Outcome(command, 0.0, note=f"did not start: {error}")
            note = ""
            try:
                process.wait(None if min(limit, at_hand) == float("inf") else min(limit, at_hand))
            except subprocess.TimeoutExpired:
                ended = stop(process, interruptible)
                if at_hand <= limit and not ended:
                    raise OutOfTime from None
                if at_hand > limit:
                    note = f"stopped after its limit of {limit:.0f} s"
            except BaseException:
                stop(process, interruptible)
                raise
            texts = [read(file) for file in (output, errors)]
        return Outcome(command, time.monotonic() - begin, None if note else process.returncode, *texts, note)


def stop(process, interruptible):
    """Ends a process and what it started; returns whether it ended by itself when it was told to."""
    ended = False
    if interruptible:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(GRACE)
            ended = True
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    return ended


def read(file):
    file.seek(0)
    return file.read()
