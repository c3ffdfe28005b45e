"""A convolution's sizes, read from the string that names it."""

import math
import re

# The vertical and the horizontal size of what is equal along both axes unless a problem says otherwise; its default.
PAIRS = [("ih", "iw", None), ("kh", "kw", None), ("sh", "sw", 1), ("ph", "pw", 0), ("dh", "dw", 1)]


class Problem:
    """What a problem string such as mb128ic16ih32oc16kh3ph1 says."""

    def __init__(self, text):
        if not re.fullmatch(r"([a-z]+\d+)+", text):
            raise ValueError(f"{text}: expected a convolution such as mb128ic16ih32oc16kh3ph1")
        sizes = {key: int(value) for key, value in re.findall(r"([a-z]+)(\d+)", text)}
        known = {"mb", "ic", "oc", *(key for pair in PAIRS for key in pair[:2])}
        missing = {"mb", "ic", "ih", "oc", "kh"} - sizes.keys()
        if sizes.keys() - known or missing:
            raise ValueError(f"{text}: unknown {sorted(sizes.keys() - known)}, missing {sorted(missing)}")
        image, kernel, self.stride, self.padding, self.dilation = (
            [sizes.get(first, default), sizes.get(second, sizes.get(first, default))]
            for first, second, default in PAIRS)
        self.input = [sizes["mb"], sizes["ic"], *image]
        self.weight = [sizes["oc"], sizes["ic"], *kernel]
        axes = zip(image, kernel, self.stride, self.padding, self.dilation)
        extent = [(size + 2 * padding - dilation * (taps - 1) - 1) // stride + 1
                  for size, taps, stride, padding, dilation in axes]
        self.output = [sizes["mb"], sizes["oc"], *extent]

    @property
    def operations(self):
        return 2 * math.prod(self.output) * math.prod(self.weight[1:])
