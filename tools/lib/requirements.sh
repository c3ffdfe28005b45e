# Installs what is missing; sourced by the other tools. On anything but Debian and Ubuntu it only says what is needed.

# Prints one line about what happens, to tell it from the output of other programs.
say() { printf '\n==> %s\n' "$*"; }

# Makes sure that each Debian package named is installed.
require_packages() {
  local missing=()
  if ! command -v dpkg-query >/dev/null; then
    say "This is not Debian or Ubuntu. Please make sure that the equivalents of these are installed: $*"
    return 0
  fi
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  say "Installing ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      echo "These packages are missing and there is no sudo: ${missing[*]}. Please install them." >&2
      return 1
    }
    as_root=(sudo)
  fi
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# What the build needs beside Swift.
require_build_tools() {
  command -v swift >/dev/null || {
    echo "No Swift toolchain was found. Please install Swift 6.2 or newer from https://www.swift.org/install and try again." >&2
    return 1
  }
  require_packages ocl-icd-opencl-dev libclblast-dev libjpeg-dev libpng-dev zlib1g-dev
}

# What only the tests need: an OpenCL implementation for CPUs and a simulator that finds races and stray accesses.
require_test_tools() { require_packages pocl-opencl-icd oclgrind; }
