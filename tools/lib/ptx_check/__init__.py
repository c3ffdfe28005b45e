"""What tools/check-ptx consists of: the gpu family as NVIDIA's assembler sees it, without a GPU."""
