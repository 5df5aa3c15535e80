"""The values that the studio draws for a fresh adapter (src/tuning/initial.ts), for cases that start without a saved one."""

import numpy as np


def mix32(x):
    """32-bit finalizer on uint32 arrays."""
    x = np.asarray(x, dtype=np.uint32)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def site_key(name):
    """FNV-1a of a name, mixed."""
    value = 0x811C9DC5
    for character in name:
        value = (value ^ ord(character)) * 0x01000193 % 2**32
    return mix32([value])


def draws(name, count, seed):
    """Uniform numbers in (0, 1), a function of seed, name and index."""
    key = mix32(site_key(name) ^ mix32([seed]))
    return ((mix32(mix32(np.arange(count)) ^ key) >> np.uint32(8)).astype(np.float64) + 0.5) / 2**24


def uniform(name, shape, seed, bound):
    """U(-bound, bound) as float32."""
    return (bound * (2 * draws(name, int(np.prod(shape)), seed) - 1)).reshape(shape).astype(np.float32)


def normal(name, shape, seed):
    """N(0, 1) by Box and Muller, as float32."""
    pairs = draws(name, 2 * int(np.prod(shape)), seed).reshape(-1, 2)
    return (np.sqrt(-2 * np.log(pairs[:, 0])) * np.cos(2 * np.pi * pairs[:, 1])).reshape(shape).astype(np.float32)
