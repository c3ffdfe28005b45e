"""The parts of tools/gpu-run: what it measures on a machine with a GPU, how results are kept, and their report."""
