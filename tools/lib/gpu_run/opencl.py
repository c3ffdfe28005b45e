"""Which OpenCL devices there are: a driver that nobody registered, and the device to measure."""

import os
import pathlib
import re
import subprocess

VENDORS = pathlib.Path("/etc/OpenCL/vendors")
LIBRARY = "libnvidia-opencl.so.1"
# Where containers get the driver's libraries from their host.
FOLDERS = ["/usr/local/nvidia/lib64", "/usr/local/nvidia/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib64"]


class NoDevice(Exception):
    """There is nothing to measure, or not what was asked for."""


def vendor_files(registered, libraries, chosen):
    """The ICD files to show to OpenCL instead of the system's, by name; None if those will do.

    - registered: the system's ICD files, name to content.
    - libraries: where NVIDIA's library is: names or paths that the loader would find.
    - chosen: what OCL_ICD_VENDORS says; a choice of the user's stays."""
    if chosen or not libraries or any("libnvidia-opencl" in content for content in registered.values()):
        return None
    return {**registered, "nvidia.icd": libraries[0] + "\n"}


def registered_files(folder=VENDORS):
    try:
        return {path.name: path.read_text() for path in sorted(folder.glob("*.icd"))}
    except OSError:
        return {}


def driver_libraries():
    """NVIDIA's OpenCL library as the loader finds it, or where a container keeps it."""
    found = []
    for program in ("ldconfig", "/sbin/ldconfig"):
        try:
            cache = subprocess.run([program, "-p"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        except OSError:
            continue
        found += [LIBRARY] if LIBRARY in cache else []
        break
    folders = [folder for folder in os.environ.get("LD_LIBRARY_PATH", "").split(":") if folder] + FOLDERS
    paths = [os.path.join(folder, LIBRARY) for folder in folders]
    return found + [path for path in paths if os.path.exists(path)]


def environment(scratch):
    """Variables with which OpenCL finds a driver that brings its library but no ICD file, as some machines do."""
    files = vendor_files(registered_files(), driver_libraries(), os.environ.get("OCL_ICD_VENDORS"))
    if files is None:
        return {}
    folder = pathlib.Path(scratch) / "vendors"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_text(content)
    return {"OCL_ICD_VENDORS": f"{folder}/"}


def choose(devices, wanted=None, dry_run=False):
    """What `--device` gets, and the entry of `espalier devices` that it means."""
    if wanted:
        base = wanted.split("/")[0]
        for device in devices:
            if base == device["id"].split("/")[0] or device["id"].startswith(base + ":"):
                return wanted, device
        raise NoDevice(f"--device {wanted}: expected one of {listed(devices)}")
    opencl = [device for device in devices if re.match(r"opencl\b", device["id"])]
    if dry_run:
        for device in opencl:
            if device["kind"] == "cpu" and "oclgrind" not in device["name"].lower():
                return device["id"].split("/")[0] + "/gpu", device
        raise NoDevice("--dry-run needs an OpenCL implementation on the CPU: install pocl-opencl-icd, or name a "
                       "--device")
    for device in opencl:
        if device["kind"] == "gpu":
            return device["id"], device
    raise NoDevice(f"no OpenCL GPU was found, only {listed(devices)}; docs/gpu-setup.md says how to register one, and "
                   "--device names another device, --dry-run tries everything out on PoCL")


def listed(devices):
    return ", ".join(device["id"] for device in devices) or "nothing"
