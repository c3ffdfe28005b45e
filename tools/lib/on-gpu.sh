#!/usr/bin/env bash
# Verifies this machine's OpenCL device and trains on it for a few epochs. Part of the folder that tools/package makes.
#
#   ./run [DEVICE]     default: auto
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
device=${1:-auto}
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
# A driver without an ICD file: some machines bring NVIDIA's library but do not register it.
case "$(ldconfig -p)" in
  *libnvidia-opencl.so.1*)
    if [ ! -e /etc/OpenCL/vendors/nvidia.icd ]; then
      mkdir -p "$here/vendors"
      cp /etc/OpenCL/vendors/*.icd "$here/vendors/" 2>/dev/null
      echo libnvidia-opencl.so.1 >"$here/vendors/nvidia.icd"
      export OCL_ICD_VENDORS="$here/vendors/"
    fi
    ;;
esac
"$here/espalier" devices
"$here/espalier" verify --device "$device" || exit
"$here/espalier" train --model resnet20 --data sample --epochs 3 --batch-size 64 --device "$device" \
  --out "$here/run-$(date +%s)"
