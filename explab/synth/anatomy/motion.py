"""Faces in action: muscles, lips, jaw, lids and eyes together."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from explab.facs.mesh import CONTOURS, MIRROR
from explab.synth.anatomy.elastic_skin import between
from explab.synth.anatomy.lids import IRISES, gaze, irises, lids
from explab.synth.anatomy.lips import ALONG, LIPS, in_contact, ring
from explab.synth.anatomy.muscles import skin_pull
from explab.synth.anatomy.parts import Motion
from explab.synth.anatomy.surface import N_SKIN
from explab.synth.anatomy.units import COLUMN

JAW_DEGREES = 30.0
"""How far the jaw turns at AU27 = 1."""
DROP = 0.5
"""Share of that at AU26 = 1, when the jaw only falls."""
_HINGE = np.array([0.0, 0.035, -0.14])
"""The joints of the jaw, from the points of the mesh in front of the ears."""
_SLIDE = (0.24, 0.32)
"""How far the joints slide down and forward when the jaw is fully open."""

_CHIN = (152, 148, 176, 149, 150, 199, 200, 18, 175, 208, 171, 201, 83, 182, 194, 32, 140, 211, 170)
_STILL = (10, 4, 1, 2, 98, 129, 127, 234, 93, 50, 203, 123, 116, 164, 167, 165, 142)
_SIDE = {136: 0.85, 172: 0.6, 58: 0.35, 132: 0.12}


@cache
def _jaw_weights() -> NDArray[np.float64]:
    """(468,) how much each vertex goes with the jaw bone: 1 on chin and lower lip, half at the corners of the mouth."""
    weights = dict.fromkeys(_CHIN, 1.0) | dict.fromkeys((*_STILL, *CONTOURS["right eye"]), 0.0) | _SIDE
    for column, place in enumerate(np.abs(ALONG[:6])):
        weights |= dict.fromkeys(LIPS[0, :, column].tolist(), 0.42 * place**2.6)
        weights |= dict.fromkeys(LIPS[1, :, column].tolist(), 1 - 0.58 * place**4)
    return between(weights | {int(MIRROR[v]): w for v, w in weights.items()})


def jaw(neutral: NDArray[np.float64], acts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Motion of the jaw bone, which turns about its joints while these slide forward and down.

    (n, 478, 3), (n, len(ACTS)) -> (n, 3, 4), as in `Motion`.
    """
    fallen = np.hypot(DROP * acts[:, COLUMN["AU26"]], 0.2 * acts[:, COLUMN["AD19"]])
    open_share = np.minimum(np.hypot(acts[:, COLUMN["AU27"]], fallen), 1.0)
    angle = np.radians(JAW_DEGREES) * open_share
    bone = np.zeros((len(acts), 3, 4))
    bone[:, 0, 0] = 1
    bone[:, 1, 1] = bone[:, 2, 2] = np.cos(angle)
    # The chin, in front of the hinge, goes down and back.
    bone[:, 1, 2], bone[:, 2, 1] = -np.sin(angle), np.sin(angle)
    hinge = neutral[:, [234, 454]].mean(1) + _HINGE
    bone[:, :, 3] = hinge - (bone[:, :, :3] @ hinge[:, :, None])[:, :, 0]
    bone[:, 0, 3] += 0.15 * (acts[:, COLUMN["AD30L"]] - acts[:, COLUMN["AD30R"]])
    bone[:, 1, 3] += _SLIDE[0] * open_share
    bone[:, 2, 3] -= _SLIDE[1] * open_share + 0.12 * acts[:, COLUMN["AD29"]]
    return bone


def move(neutral: NDArray[np.float64], acts: NDArray[np.float64]) -> Motion:
    """Faces that do what `acts` says.

    Args:
        neutral: (n, 478, 3) faces at rest, in the frame of CANONICAL.
        acts: (n, len(ACTS)) intensities in [0, 1].
    """
    neutral = np.asarray(neutral, np.float64)
    acts = np.asarray(acts, np.float64)
    skin = neutral[:, :N_SKIN] + skin_pull(neutral, acts) + ring(neutral, acts)
    bone = jaw(neutral, acts)
    swung = skin @ np.swapaxes(bone[:, :, :3], 1, 2) + bone[:, None, :, 3]
    skin = skin + _jaw_weights()[:, None] * (swung - skin)
    skin = in_contact(neutral, skin, 0.85 * acts[:, COLUMN["AU8"]])
    turned = gaze(acts)
    points = neutral.copy()
    points[:, :N_SKIN] = skin + lids(neutral, acts, turned)
    points[:, IRISES] = irises(neutral, turned)
    return Motion(neutral, points, bone, turned, acts[:, COLUMN["AD19"]])
