"""Which pictures of one set are in another: exactly, by their digests, and nearly, by their hashes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explab.data.duplicates.signature import Signatures

FAR = 7
"""Bits of 64 that may differ. Of FER+'s faces saved again as JPEG of quality 50, at twice or two thirds of the size,
with noise or 30 % darker, 99 of 100 stay within 6; of those shifted by a pixel, 90."""
ALIKE = 0.95
"""Least correlation of two thumbnails. Of the pairs of FER+'s training and validation pictures above it that lie within
`FAR`, all show the same photograph; of those of .90 to .95 about half do: aligned faces are alike in their outlines."""
FLAT = 2.0
"""Standard deviation of a thumbnail, in grey levels, below which it shows nothing that could be compared."""
AT_ONCE = 1 << 24
"""Pairs compared together."""


def same(digests: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(n, 16) and (m, 16) digests -> (n,) number of the first equal one among the others, -1 where there is none.

    A digest of zeros equals nothing.
    """
    first: dict[bytes, int] = {}
    for i, digest in enumerate(others):
        first.setdefault(digest.tobytes(), i)
    first.pop(bytes(others.shape[1]), None)
    return np.array([first.get(digest.tobytes(), -1) for digest in digests], np.int64)


def alike(pictures: Signatures, others: Signatures) -> NDArray[np.int64]:
    """(n,) number of the most similar of the m others, -1 where none is near: within `FAR` and above `ALIKE`.

    Every pair is compared, in blocks: 100,000 pictures with 20,000 take some ten seconds and 100 MB.
    """
    here, there = (np.flatnonzero(each.valid & (each.thumb.std(1) >= FLAT)) for each in (pictures, others))
    nearest = np.full(len(pictures.valid), -1, np.int64)
    if not len(here) or not len(there):
        return nearest
    signs, bits = _signs(others.hash[there]), 8 * others.hash.shape[1]
    standard = _standard(others.thumb[there])
    step = max(1, AT_ONCE // len(there))
    for start in range(0, len(here), step):
        rows = here[start : start + step]
        # The product of two signs is 1 where the bits are the same, so the sum is 64 minus twice the bits that differ.
        near = np.argwhere(_signs(pictures.hash[rows]) @ signs.T >= bits - 2 * FAR)
        own = _standard(pictures.thumb[rows])
        likeness = np.einsum("ij,ij->i", own[near[:, 0]], standard[near[:, 1]])
        order = np.argsort(likeness, kind="stable")  # so that the most similar one is written last
        for k in order[likeness[order] >= ALIKE].tolist():
            nearest[rows[near[k, 0]]] = there[near[k, 1]]
    return nearest


def _signs(hashes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, 8) bytes -> (n, 64) -1 or 1."""
    return np.unpackbits(hashes, axis=1).astype(np.float32) * 2 - 1


def _standard(thumbs: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Thumbnails of mean 0 and length 1, so that a product is a correlation."""
    centred = thumbs.astype(np.float32) - thumbs.mean(1, keepdims=True, dtype=np.float32)
    standard: NDArray[np.float32] = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    return standard
