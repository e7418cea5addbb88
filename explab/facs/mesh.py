"""The 478-point face mesh that AU regions, heatmaps and landmarks refer to (MediaPipe's topology, irises included).

Vertices are 0-based. "Left" is the subject's left, which lies on the right of an unmirrored picture.

`data/mesh_edges.csv` holds the edges of MediaPipe's FACEMESH_TESSELATION, `data/mesh_mirror.csv` the assignment of each
vertex to the nearest mirrored one in a mean of aligned meshes.
"""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

N_POINTS = 478


def _table(name: str) -> NDArray[np.int64]:
    with (files("explab.facs") / "data" / name).open(encoding="utf-8") as lines:
        return np.array([[int(cell) for cell in row] for row in list(csv.reader(lines))[1:]])


MIRROR: NDArray[np.int64] = _table("mesh_mirror.csv")[:, 1]
"""(478,) index of the vertex on the other side of the face; 28 vertices on the midline are their own mirror."""


def mirror_points(points: NDArray[Any], width: float) -> NDArray[Any]:
    """(478, 3) points as they lie in the mirrored picture, `width` px wide; sides are re-indexed."""
    mirrored = points.copy()
    mirrored[:, 0] = width - mirrored[:, 0]
    return mirrored[MIRROR]


EDGES: NDArray[np.int64] = _table("mesh_edges.csv")
"""(1322, 2) edges of the tessellation, each once."""

# Corners of the eyes; the outer corner first.
RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS = (33, 133), (263, 362)

# Closed outlines, in drawing order. Lists for the right side are mirrored for the left one.
_RIGHT_EYE = (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7)
_RIGHT_BROW = (46, 53, 52, 65, 55, 107, 66, 105, 63, 70)
_RIGHT_IRIS_RIM = (469, 470, 471, 472)
CONTOURS: dict[str, tuple[int, ...]] = {
    "face oval": (
        *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
        *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
    ),
    "right eye": _RIGHT_EYE,
    "left eye": tuple(int(i) for i in MIRROR[list(_RIGHT_EYE)]),
    "right brow": _RIGHT_BROW,
    "left brow": tuple(int(i) for i in MIRROR[list(_RIGHT_BROW)]),
    "right iris": _RIGHT_IRIS_RIM,
    "left iris": tuple(int(i) for i in MIRROR[list(_RIGHT_IRIS_RIM)]),
    "outer lips": (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146),
    "inner lips": (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95),
}

IBUG68: NDArray[np.int64] = np.array(
    [
        *(127, 234, 93, 132, 172, 150, 176, 148, 152, 377, 400, 379, 397, 361, 323, 454, 356),  # 0-16 jaw
        *(70, 63, 105, 66, 107),  # 17-21 right brow, outer to inner
        *(336, 296, 334, 293, 300),  # 22-26 left brow, inner to outer
        *(168, 197, 5, 4),  # 27-30 bridge of the nose, down to the tip
        *(98, 97, 2, 326, 327),  # 31-35 base of the nose
        *(33, 160, 158, 133, 153, 144),  # 36-41 right eye
        *(362, 385, 387, 263, 373, 380),  # 42-47 left eye
        *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),  # 48-59 outer lips
        *(78, 82, 13, 312, 308, 317, 14, 87),  # 60-67 inner lips
    ]
)
"""(68,) mesh vertex for each point of the iBUG/300-W convention.

iBUG counts from the viewer's left, so 0-7, 17-21 and 36-41 are the subject's right. The jaw follows the mesh's
face oval, which runs a little inside the annotated jaw line of 300-W.
"""
