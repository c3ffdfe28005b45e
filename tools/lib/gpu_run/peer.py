"""PyTorch in a process of its own, which answers requests (tools/peers/serve.py)."""

import importlib.util
import json
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading

import peers
from gpu_run.commands import OutOfTime

SERVER = pathlib.Path(__file__).resolve().parent.parent.parent / "peers" / "serve.py"


class PeerFailure(Exception):
    """Why PyTorch did not measure something."""


def find_python(given=None):
    """The interpreter that has PyTorch; None where none is known."""
    if given:
        return given
    if importlib.util.find_spec("torch"):
        return sys.executable
    environment = peers.CACHE / "bin" / "python"
    return str(environment) if environment.exists() else None


class Peer:
    """Starts the process at the first request, and again after it has failed."""

    def __init__(self, python, budget):
        self.python, self.budget = python, budget
        self.process = self.errors = None
        self.known = None

    def facts(self):
        """Versions and the device of PyTorch here, or why there is none: {"missing": …}."""
        if self.known is None:
            if not self.python:
                self.known = {"missing": "no PyTorch was found: give its interpreter with --python"}
            else:
                try:
                    self.known = self.ask({"do": "facts"}, 180)
                except PeerFailure as failure:
                    self.known = {"missing": f"{self.python}: {failure}"}
        return self.known

    def ask(self, request, limit):
        allowed = min(limit, self.budget.remaining())
        if allowed <= 0:
            raise OutOfTime
        if self.process is None:
            self.start()
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = self.lines.get(timeout=allowed)
        except queue.Empty:
            self.close()
            if allowed < limit:
                raise OutOfTime from None
            raise PeerFailure(f"no answer within {limit:.0f} s") from None
        except OSError:
            line = ""
        if not line:
            raise PeerFailure(f"ended: {self.last_words()}")
        try:
            answer = json.loads(line)
        except ValueError:
            self.close()
            raise PeerFailure(f"answered what is no JSON: {line[:200]}") from None
        if "error" in answer:
            raise PeerFailure(answer["error"])
        return answer

    def start(self):
        self.close()
        self.errors = tempfile.TemporaryFile("w+")
        try:
            self.process = subprocess.Popen(
                [self.python, "-B", str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
                universal_newlines=True, start_new_session=True)
        except OSError as error:
            raise PeerFailure(f"did not start: {error}") from None
        self.lines = queue.Queue()
        threading.Thread(target=forward, args=(self.process.stdout, self.lines), daemon=True).start()

    def last_words(self):
        self.end()
        self.errors.seek(0)
        return "\n".join(self.errors.read().strip().splitlines()[-5:]) or "it said nothing"

    def close(self):
        self.end()
        if self.errors:
            self.errors.close()
            self.errors = None

    def end(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            try:
                self.process.stdin.close()
            except OSError:
                pass
            self.process = None


def forward(stream, lines):
    """Hands on each line, and an empty one at the end."""
    for line in stream:
        lines.put(line)
    lines.put("")
    stream.close()
