"""What a head is made of: surfaces with a fixed mesh each, placed anew for every face."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Material(IntEnum):
    """What a surface is made of, and so how its three attributes per vertex are read.

    SKIN: texture u, v (see `surface.unrolled`) and the share of the sky that the head hides (0 on the face).
    EYE: unit vector from the eye's centre to the vertex in the eye's own frame (0, 0, -1 is the pupil).
    SOCKET: nothing; the pink flesh behind the lids and at the inner corner of the eye.
    TEETH: position along the arch from -1 (the subject's right) to 1, height from gum 0 to edge 1, nothing.
    MOUTH: depth from lips 0 to throat 1, 1 on the tongue else 0, nothing.
    HAIR: position across and along the strands in inter-ocular units, and how deep inside the hair: tip 0 to root 1.
    FRAME: nothing; the frame of glasses.
    CLOTH: texture u, v in inter-ocular units, nothing.
    """

    SKIN = 0
    EYE = 1
    SOCKET = 2
    TEETH = 3
    MOUTH = 4
    HAIR = 5
    FRAME = 6
    CLOTH = 7


@dataclass(frozen=True, eq=False)
class Part:
    """One surface: (T, 3) int32 triangles over its own V vertices, and (V, 3) float32 attributes of its material."""

    name: str
    material: Material
    triangles: NDArray[np.int32]
    attributes: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Motion:
    """n faces in action, as their skin, jaw and eyes stand.

    Attributes:
        neutral: (n, 478, 3) the faces at rest.
        points: (n, 478, 3) the faces in action; 468-477 are the irises.
        jaw: (n, 3, 4) what moved the lower teeth from rest: p -> jaw[:, :, :3] @ p + jaw[:, :, 3].
        gaze: (n, 2, 2) degrees, right eye first: yaw (positive to the subject's left) and pitch (positive up).
        tongue: (n,) how far the tongue is out, 0 to 1.
    """

    neutral: NDArray[np.float64]
    points: NDArray[np.float64]
    jaw: NDArray[np.float64]
    gaze: NDArray[np.float64]
    tongue: NDArray[np.float64]
