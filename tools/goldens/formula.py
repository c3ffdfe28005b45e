"""Reproducible numbers from a formula that `Formula.swift` of the module Verification repeats bit for bit.

Element i of the tensor `name` is a hash of both, cut to 16 bits: the multiple of 2^-15 in [-1, 1) that belongs to
it. Such values, and their multiples by powers of two, are exact in float32.
"""

import numpy as np

MASK = (1 << 64) - 1
GOLDEN_RATIO = 0x9E3779B97F4A7C15


def fnv1a(text):
    """The 64-bit FNV-1a hash of a text's UTF-8 bytes."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def words(name, count):
    """The 64-bit words 0 ..< count of the tensor `name`: splitmix64, started at the hash of the name."""
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a(name)) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GOLDEN_RATIO)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def uniform(name, shape):
    """Multiples of 2^-15 in [-1, 1)."""
    top = (words(name, int(np.prod(shape))) >> np.uint64(48)).astype(np.float64)
    return ((top - 32768) / 32768).reshape(shape)


def coarse(name, shape):
    """Multiples of 1/2 in [-1, 1): many ties, many zeros."""
    return np.floor(uniform(name, shape) * 2) / 2


def integers(name, count, bound):
    """Integers in 0 ..< bound."""
    return ((words(name, count) >> np.uint64(32)) % np.uint64(bound)).astype(np.int64)
