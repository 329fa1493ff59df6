"""A hash of text that is the same on every machine, in every version of every library.

hash(key) = fmix64(FNV-1a-64("<seed>/<key>" as UTF-8)) >> 1, a whole number from 0 to 2⁶³ − 1.
FNV-1a reads the bytes (Fowler, Noll and Vo; IETF draft-eastlake-fnv), MurmurHash3's finaliser
spreads what it leaves close together (Appleby). Ten lines in any language give the same numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import Ints

ALL = 1 << 63
"""One above the largest hash: the end of a range that takes everything."""

_BASIS, _PRIME = 0xCBF29CE484222325, 0x100000001B3
PRIME_LOW = _PRIME & 0xFFFFFFFF
"""The prime of FNV-1a without its one bit above 32, which stands at 2⁴⁰."""

MIX = (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53)
"""The factors of MurmurHash3's finaliser."""

_WORD = (1 << 64) - 1
BLOCK = 1 << 15
"""Rows hashed at a time: their state stays in the cache."""

Hashes = NDArray[np.uint64]


def text_hash(text: str, seed: int = 0) -> int:
    """Return the hash of one text."""
    data = text.encode()
    return int(text_hashes(np.frombuffer(data, np.uint8), np.array([len(data)]), seed)[0])


def text_hashes(data: NDArray[np.uint8], lengths: Ints, seed: int = 0, prefix: str = "") -> Hashes:
    """Return the hashes of N texts that lie one after another in one array of bytes.

    `lengths` are of bytes. Another seed gives other, independent hashes; so does a `prefix`, as if
    it stood before each text, for another purpose.
    """
    start = start_of(seed, prefix)
    ends = np.cumsum(lengths, dtype=np.int64)
    out = np.empty(len(lengths), np.uint64)
    for first in range(0, len(lengths), BLOCK):
        block = slice(first, first + BLOCK)
        out[block] = _block(data, lengths[block], ends[block] - lengths[block], start)
    return out


def start_of(seed: int, prefix: str = "") -> int:
    """Return the state of the hash before a text is read."""
    state = _BASIS
    for byte in f"{seed}/{prefix}".encode():
        state = ((state ^ byte) * _PRIME) & _WORD
    return state


def _block(data: NDArray[np.uint8], lengths: Ints, begins: Ints, start: int) -> Hashes:
    # Longest first: the texts that still have a byte at a place are then the first ones.
    order = np.argsort(-lengths, kind="stable")
    begins, falling = begins[order], -lengths[order]
    state = np.full(len(lengths), start, np.uint64)
    prime = np.uint64(_PRIME)
    for place in range(int(-falling[0]) if len(falling) else 0):
        active = int(np.searchsorted(falling, -place))
        state[:active] ^= data[begins[:active] + place]
        state[:active] *= prime
    for factor in MIX:
        state ^= state >> np.uint64(33)
        state *= np.uint64(factor)
    state ^= state >> np.uint64(33)
    out = np.empty_like(state)
    out[order] = state >> np.uint64(1)
    return out
