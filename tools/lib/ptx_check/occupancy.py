"""How many work-groups fit on a multiprocessor of an NVIDIA GPU at a time."""

from .tiles import LOCAL_BYTES

# 65536 registers in four quarters, each of which has a share of the warps.
QUARTERS = 4
REGISTERS = 65536 // QUARTERS
ITEMS = 2048
GROUPS = 32
WARP = 32
# A warp gets registers in portions.
REGISTERS_PORTION = 256
# Of work-group memory, by architecture: what a multiprocessor has, and what each group takes of it for itself.
SHARED = {"sm_80": 164 * 1024, "sm_90": 228 * 1024, "sm_90a": 228 * 1024}
SHARED_OF_GROUP = 1024


def groups(registers, items, local_bytes, architecture):
    """0 where not even one fits, or where a group wants more local memory than OpenCL gives it."""
    if local_bytes > LOCAL_BYTES or items > 1024:
        return 0
    warps = -(-items // WARP)
    of_warp = -(-max(registers, 1) * WARP // REGISTERS_PORTION) * REGISTERS_PORTION
    # Elsewhere multiprocessors have less: 64 KB to 100 KB.
    shared = SHARED.get(architecture, 64 * 1024) // (local_bytes + SHARED_OF_GROUP)
    return min(QUARTERS * (REGISTERS // of_warp) // warps, ITEMS // (warps * WARP), GROUPS, shared)
