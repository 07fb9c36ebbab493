"""The random keys of replicates: the same bits however many replicates, workers or runs there are."""

import hashlib

import jax
import numpy as np
from jaxtyping import Array, Key, UInt

_TURNS = np.array([[13, 15, 26, 6], [17, 29, 16, 24]], np.uint32)


def stable_hash(text: str) -> int:
    """32 bits of SHA-256, the same in every process (Python's own `hash` is not).

    >>> stable_hash("deep_linear/modes") == stable_hash("deep_linear/modes")
    True
    """
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def replicate_keys(seed: int, experiment: str, cell: int, size: int) -> Key[Array, " r"]:
    """One key a replicate of a cell: the seed's key, folded with the experiment's id, the cell, the replicate.

    Args:
        seed: of the run.
        experiment: id.
        cell: index of the cell.
        size: replicates in the cell.
    """
    words = np.asarray(jax.random.key_data(jax.random.key(seed, impl="threefry2x32")))
    for number in (stable_hash(experiment), cell):
        words = folded(words, np.array(number, np.uint32))
    drawn = folded(words, np.arange(size, dtype=np.uint32))
    return jax.random.wrap_key_data(jax.numpy.asarray(drawn), impl="threefry2x32")


def folded(words: UInt[np.ndarray, "2"], numbers: UInt[np.ndarray, "*batch"]) -> UInt[np.ndarray, "*batch 2"]:
    """The two words of a key folded with each number: `jax.random.fold_in` on the host, where nothing is compiled.

    Twenty rounds of Threefry-2x32 (Salmon et al. 2011) on the block (0, number).
    """
    first, second = words
    schedule = (first, second, first ^ second ^ np.uint32(0x1BD11BDA))
    with np.errstate(over="ignore"):
        low, high = first + np.zeros_like(numbers), second + numbers
        for group in range(5):
            for turn in _TURNS[group % 2]:
                low = low + high
                high = low ^ (high << turn | high >> np.uint32(32) - turn)
            low = low + schedule[(group + 1) % 3]
            high = high + schedule[(group + 2) % 3] + np.uint32(group + 1)
    return np.stack([low, high], axis=-1)
