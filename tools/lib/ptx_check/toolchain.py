"""The two compilers: clang for NVPTX, and ptxas, NVIDIA's assembler."""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess

# The newest that every clang in question knows; ptxas assembles it for later GPUs too.
CLANG_ARCHITECTURE = 80
# PTX 7.0 is the first with the instructions of gpu/matrix_units.cl.
# Pedantic, as compilers of drivers may be older than this one: what is an extension here may be an error there.
CLANG_OPTIONS = [
    "-x", "cl", "-cl-std=CL1.2", "-fgnu-keywords", "-target", "nvptx64-nvidia-cuda", "-Xclang", "-target-feature",
    "-Xclang", "+ptx70", "-O3", "-Wall", "-Wpedantic", "-Wno-language-extension-token", "-Wno-unused-function",
    "-Werror", "-S",
]  # fmt: skip
MESSAGE_LINES = 12
WHAT_TO_INSTALL = {
    "clang": "a clang with the target NVPTX: apt-get install clang-15",
    "ptxas": "ptxas: part of NVIDIA's CUDA toolkit and of Triton, which PyTorch brings (pip install triton)",
}


@dataclasses.dataclass
class Usage:
    """What a kernel takes, as ptxas tells it."""

    kernel: str
    registers: int = 0
    stack: int = 0
    spill_stores: int = 0
    spill_loads: int = 0
    shared: int = 0


@dataclasses.dataclass
class Toolchain:
    clang: str
    ptxas: str
    architecture: str = "sm_80"

    def compile(self, source, definitions, output):
        """Writes PTX; None, or what clang complains about."""
        architecture = f"sm_{min(CLANG_ARCHITECTURE, number_of(self.architecture))}"
        command = [self.clang, *CLANG_OPTIONS, "-Xclang", "-target-cpu", "-Xclang", architecture,
                   *(f"-D{definition}" for definition in definitions), "-o", str(output), "-"]
        done = subprocess.run(command, input=source, capture_output=True, text=True)
        if done.returncode:
            return message(done)
        missing = functions_without_body(output.read_text())
        return f"calls what {output.name} does not define: {', '.join(missing)}" if missing else None

    def assemble(self, ptx, most_registers=None):
        """The usage of each kernel, and None or what ptxas complains about."""
        command = [self.ptxas, "-v", f"-arch={self.architecture}", "-o", os.devnull, str(ptx)]
        if most_registers:
            command.insert(1, f"-maxrregcount={most_registers}")
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            return [], message(done)
        return usages(done.stdout + done.stderr), None


def message(done):
    """Why a compiler has failed: the beginning of what it says."""
    lines = (done.stderr or done.stdout).strip().splitlines()
    more = [f"… and {len(lines) - MESSAGE_LINES} more lines"] if len(lines) > MESSAGE_LINES else []
    return "\n".join(lines[:MESSAGE_LINES] + more) or f"{done.args[0]} ended with status {done.returncode}"


def number_of(architecture):
    """80 of sm_80 or sm_80a; 0 of anything else."""
    match = re.fullmatch(r"sm_(\d+)[a-z]?", architecture)
    return int(match[1]) if match else 0


def functions_without_body(ptx):
    """Functions that would have to come from a library: names as C++ mangles them, or plain."""
    return re.findall(r"^\.extern \.func\s+(?:\([^)]*\)\s*)?(\w+)", ptx, re.MULTILINE)


def usages(text):
    """What `ptxas -v` prints about each kernel, in order."""
    found, about = {}, None
    for line in text.splitlines():
        if match := re.search(r"Compiling entry function '(\w+)'", line):
            about = found.setdefault(match[1], Usage(match[1]))
        elif match := re.search(r"Function properties for '?(\w+)", line):
            # Functions that kernels call have frames of their own, which are part of the kernels'.
            about = found.get(match[1])
        elif match := re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", line):
            if about:
                about.stack, about.spill_stores, about.spill_loads = map(int, match.groups())
        elif about and (match := re.search(r"Used (\d+) registers", line)):
            about.registers = int(match[1])
            shared = re.search(r"(\d+) bytes smem", line)
            about.shared = int(shared[1]) if shared else 0
    return list(found.values())


def has_nvptx(clang):
    try:
        done = subprocess.run([clang, "--print-targets"], capture_output=True, text=True)
    except OSError:
        return False
    return done.returncode == 0 and re.search(r"^\s*nvptx64\b", done.stdout, re.MULTILINE) is not None


def find_clang():
    """A clang with the target, the plain name first; None where there is none."""
    names = ["clang", *(f"clang-{version}" for version in range(15, 30))]
    return next((path for path in map(shutil.which, names) if path and has_nvptx(path)), None)


def find_ptxas(environment):
    """On PATH, or in the Triton of a Python environment, such as the one of tools/lib/peers.py; None if nowhere."""
    inside = "lib/python3*/site-packages/triton/backends/nvidia/bin/ptxas"
    found = sorted(pathlib.Path(environment).glob(inside))
    return shutil.which("ptxas") or (str(found[0]) if found else None)
