"""The environment with PyTorch and ONNX that comparisons use: outside the repository, made at its first use."""

import os
import pathlib
import subprocess
import sys

PACKAGES = ["torch", "torchvision", "numpy", "safetensors", "onnx", "onnxruntime"]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "espalier" / "peers"


def python():
    """The environment's interpreter; makes the environment where it is missing."""
    interpreter = CACHE / "bin" / "python"
    works = interpreter.exists() and not subprocess.run([interpreter, "-c", "import " + ", ".join(PACKAGES)], capture_output=True).returncode
    if not works:
        print(f"setting up PyTorch in {CACHE} (a few GB, once)", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", CACHE], check=True)
        subprocess.run([interpreter, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return interpreter
