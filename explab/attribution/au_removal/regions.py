"""The regions that are hidden: those of the action units by which expressions are told apart."""

from __future__ import annotations

from torch import Tensor

from explab.facs.codebooks import codebook

UNITS = tuple(dict.fromkeys(unit for name in codebook("survey") for unit in codebook("survey").units(name)))
"""The units that the survey codebook knows of any expression."""


def hidden(regions: Tensor) -> Tensor:
    """Regions in [0, 1] -> how far each pixel is replaced: entirely from half the peak on, which is near the outline
    of the unit, and ever less from there to the end of the region, so that no edge is drawn."""
    return (2 * regions).clamp(max=1)
