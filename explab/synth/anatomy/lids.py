"""Lids that slide over the eyeballs, and eyes that turn."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from explab.facs.mesh import CONTOURS, MIRROR
from explab.synth.anatomy.elastic_skin import response
from explab.synth.anatomy.surface import eyeballs
from explab.synth.anatomy.units import COLUMN

_RIGHT = np.array([[246, 161, 160, 159, 158, 157, 173], [7, 163, 144, 145, 153, 154, 155]])
MARGINS: NDArray[np.int64] = np.array([_RIGHT, MIRROR[_RIGHT]])
"""(2, 2, 7) vertices of the lid margins: right and left eye, upper and lower lid, from the outer corner inwards."""

IRISES: NDArray[np.int64] = np.array([[468, 469, 470, 471, 472], [473, 474, 475, 476, 477]])
"""(2, 5) centre and rim of the right and of the left iris."""

MEETING = 0.8
"""Where closed lids meet, on the way from the upper margin at rest (0) to the lower one (1)."""

GAZE_DEGREES = 32.0
"""How far an eye turns at intensity 1."""
_FURTHEST_DEGREES = 38.0

CLOSING: dict[str, tuple[float, float]] = {
    "AU6": (0.14, 0.75),
    "AU7": (0.18, 0.85),
    "AU9": (0.1, 0.35),
    "AU12": (0.0, 0.12),
    "AU41": (0.38, 0.0),
    "AU42": (0.74, 0.5),
    "AU43": (1.0, 1.0),
    "AU44": (0.5, 1.0),
    "AU45": (1.0, 1.0),
    "AU46": (1.0, 1.0),
}
"""How far a unit at intensity 1 moves upper and lower lid on the way to where they meet."""

_RAISING = 0.4
"""How far AU5 lifts the upper lid, as a share of the way on which it closes."""

_FOLLOWING = {"upper, up": 0.6, "upper, down": 0.55, "lower, up": 0.4, "lower, down": 0.8}
"""How far the lids go with an eye that looks fully up or down, in the same shares."""


def gaze(acts: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, len(ACTS)) -> (n, 2, 2) degrees, right eye first: yaw (positive to the subject's left), pitch (up)."""
    turned = np.empty((len(acts), 2, 2))
    for eye, (side, outwards) in enumerate((("R", -1), ("L", 1))):
        left, right, up, down, away, inwards = (acts[:, COLUMN[f"AU{unit}{side}"]] for unit in range(61, 67))
        turned[:, eye, 0] = left - right + outwards * (away - inwards)
        turned[:, eye, 1] = up - down
    return np.clip(GAZE_DEGREES * turned, -_FURTHEST_DEGREES, _FURTHEST_DEGREES)


def irises(neutral: NDArray[np.float64], gaze: NDArray[np.float64]) -> NDArray[np.float64]:
    """Irises turned with the eyeballs, first by pitch, then by yaw: (n, 478, 3), (n, 2, 2) -> (n, 2, 5, 3)."""
    centre, _ = eyeballs(neutral)
    start = neutral[:, IRISES] - centre[:, :, None]
    yaw, pitch = np.radians(np.moveaxis(gaze, -1, 0))[..., None]
    x, y, z = np.moveaxis(start, -1, 0)
    y, z = y * np.cos(pitch) + z * np.sin(pitch), z * np.cos(pitch) - y * np.sin(pitch)
    x, z = x * np.cos(yaw) - z * np.sin(yaw), z * np.cos(yaw) + x * np.sin(yaw)
    return np.asarray(neutral[:, IRISES] + (np.stack([x, y, z], -1) - start))


def travel(acts: NDArray[np.float64], gaze: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far lids are on the way to where they meet: (n, 2 eyes, 2 lids), 1 closed, 0 at rest, below 0 wide open.

    Whatever else happens, a lid that is closed stays closed: each unit closes a share of what the others left open.
    """
    left_open = np.ones((len(acts), 2, 2))
    widened = np.empty((len(acts), 2, 2))
    for eye, side in enumerate("RL"):
        for unit, shares in CLOSING.items():
            left_open[:, eye] *= 1 - acts[:, COLUMN[unit + side], None] * shares
        up, down = (
            np.maximum(gaze[:, eye, 1] / GAZE_DEGREES, 0),
            np.maximum(-gaze[:, eye, 1] / GAZE_DEGREES, 0),
        )
        raised = _RAISING * acts[:, COLUMN["AU5" + side]]
        widened[:, eye, 0] = (1 + raised + _FOLLOWING["upper, up"] * up) * (
            1 - _FOLLOWING["upper, down"] * down
        )
        widened[:, eye, 1] = (1 - _FOLLOWING["lower, up"] * up) * (1 + _FOLLOWING["lower, down"] * down)
    return 1 - left_open * widened


@cache
def _around() -> NDArray[np.float64]:
    """(468, 28) how the skin around the eyes follows the lid margins; brows and lips do not."""
    held = [v for eye in ("right", "left") for v in (CONTOURS[f"{eye} eye"][0], CONTOURS[f"{eye} eye"][8])]
    held += [
        *CONTOURS["right brow"],
        *CONTOURS["left brow"],
        *CONTOURS["outer lips"],
        *CONTOURS["inner lips"],
    ]
    return response(MARGINS.ravel().tolist(), 0.14, held)


def lids(
    neutral: NDArray[np.float64], acts: NDArray[np.float64], gaze: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Displacement of the skin by the lids: (n, 478, 3), (n, len(ACTS)), (n, 2, 2) -> (n, 468, 3)."""
    centre, _ = eyeballs(neutral)
    margin = neutral[:, MARGINS] - centre[:, :, None, None]
    meet = margin[:, :, :1] + MEETING * (margin[:, :, 1:] - margin[:, :, :1])
    share = travel(acts, gaze)[..., None, None]
    straight = margin + share * (meet - margin)
    # Straight as seen from the front, but at its distance from the centre of the eye: in front of the eyeball.
    away = np.linalg.norm(margin, axis=-1, keepdims=True)
    away = away + np.maximum(share, 0) * (away.mean(2, keepdims=True) - away)
    moved = straight * (away / np.linalg.norm(straight, axis=-1, keepdims=True)) - margin
    return np.asarray(np.einsum("vl,nlc->nvc", _around(), moved.reshape(len(acts), -1, 3), optimize=True))
