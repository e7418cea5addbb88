"""The skin of the face as a surface: triangles of the mesh, and the smooth surface through its vertices.

Coordinates are those of `explab.face.align.CANONICAL`: x right in the picture (the subject's left), y down, z away from
the camera, unit = inter-ocular distance, origin midway between the eyes.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from explab.face.align import CANONICAL
from explab.facs.mesh import CONTOURS, EDGES

N_SKIN = 468
"""The first 468 vertices are skin; 468-477 are the irises."""

# Rings of edges around no surface: the tessellation has these as cliques but not as faces.
_NO_FACES = {(49, 64, 129), (279, 294, 358)}

AXIS_Z = 0.9
"""Depth of the vertical axis around which the face is unrolled."""
UV_DEGREES = 110.0
"""Azimuth at u = 0 (the subject's right) and u = 1, from straight ahead at u = 0.5."""
UV_TOP, UV_BOTTOM = -1.9, 2.3
"""Height of v = 0 and v = 1 in inter-ocular units."""


def _triangles() -> NDArray[np.int32]:
    """Three vertices that are all neighbours of one another form a triangle, turned to face the camera."""
    near: dict[int, set[int]] = defaultdict(set)
    for a, b in EDGES.tolist():
        near[a].add(b)
        near[b].add(a)
    found = {tuple(sorted((a, b, c))) for a, b in EDGES.tolist() for c in near[a] & near[b]} - _NO_FACES
    triangles = np.array(sorted(found), np.int32)
    return _consistent(triangles)


def _consistent(triangles: NDArray[np.int32]) -> NDArray[np.int32]:
    """Neighbouring triangles walk their common edge in opposite directions; normals point out of the face."""
    by_edge: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i, t in enumerate(triangles.tolist()):
        for k in range(3):
            by_edge[tuple(sorted((t[k], t[(k + 1) % 3])))].append(i)
    turned = triangles.copy()
    done, waiting = {0}, [0]
    while waiting:
        i = waiting.pop()
        t = turned[i].tolist()
        for k in range(3):
            edge = (t[k], t[(k + 1) % 3])
            for j in by_edge[tuple(sorted(edge))]:
                if j in done:
                    continue
                other = turned[j].tolist()
                if any((other[m], other[(m + 1) % 3]) == edge for m in range(3)):
                    turned[j] = turned[j, ::-1]
                done.add(j)
                waiting.append(j)
    corner = CANONICAL[turned]
    normals = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    return turned if normals[:, 2].sum() < 0 else np.ascontiguousarray(turned[:, ::-1])


TRIANGLES: NDArray[np.int32] = _triangles()
"""(852, 3) triangles of the skin; normals (v1 - v0) x (v2 - v0) point out of the face. Eyes and mouth are open."""


def unrolled(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 3) points of a canonical face -> (..., 2) texture coordinates u, v in [0, 1]: a cylinder, unrolled."""
    azimuth = np.degrees(np.arctan2(points[..., 0], AXIS_Z - points[..., 2]))
    u = 0.5 + azimuth / (2 * UV_DEGREES)
    v = (points[..., 1] - UV_TOP) / (UV_BOTTOM - UV_TOP)
    return np.stack([u, v], -1)


class Subdivision:
    """A finer mesh whose vertices are fixed sums of the coarse ones: `fine = matrix @ coarse`.

    Loop subdivision (Loop 1987) with the boundary rules of Hoppe et al. (1994), pushed to its limit and inverted at
    the coarse vertices, so that the smooth surface passes through them: landmarks stay what they are.

    Attributes:
        matrix: (n_fine, n_coarse) float32; the first n_coarse rows are the identity.
        triangles: (n, 3) int32 of the fine mesh.
    """

    def __init__(
        self, triangles: NDArray[np.int32], n_points: int, levels: int, sharp: tuple[int, ...] = ()
    ) -> None:
        matrix = csr_array(np.eye(n_points))
        fine = triangles
        corners = set(sharp)
        for _ in range(levels):
            step, fine = _loop_step(fine, matrix.shape[0], corners)
            matrix = step @ matrix
        limit = (_loop_limit(fine, matrix.shape[0], corners) @ matrix).toarray()
        # Damped inversion: exact interpolation of a coarse, uneven mesh would make the surface ripple between vertices.
        interpolating = limit @ np.linalg.inv(limit[:n_points])
        interpolating[:n_points] = np.eye(n_points)
        interpolating[np.abs(interpolating) < 1e-4] = 0
        interpolating /= interpolating.sum(1, keepdims=True)
        self.matrix = interpolating.astype(np.float32)
        self.triangles = fine
        self._sparse = csr_array(interpolating)

    def fine(self, coarse: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, n_coarse, 3) -> (n, n_fine, 3); the sums run in one order, so a face does not depend on its batch."""
        n, count = coarse.shape[:2]
        columns = np.asarray(coarse, np.float64).transpose(1, 0, 2).reshape(count, n * 3)
        return np.ascontiguousarray((self._sparse @ columns).reshape(-1, n, 3).transpose(1, 0, 2))


def _edges_of(
    triangles: NDArray[np.int32],
) -> tuple[NDArray[np.int64], dict[tuple[int, int], list[int]]]:
    """The edge opposite each corner (t, 3), and for each edge, in this order, the vertices opposite."""
    opposite: dict[tuple[int, int], list[int]] = defaultdict(list)
    for a, b, c in triangles.tolist():
        for p, q, r in ((a, b, c), (b, c, a), (c, a, b)):
            opposite[min(p, q), max(p, q)].append(r)
    number = {edge: i for i, edge in enumerate(opposite)}
    of = [
        [number[min(q, r), max(q, r)] for q, r in ((b, c), (c, a), (a, b))] for a, b, c in triangles.tolist()
    ]
    return np.array(of), opposite


def _loop_step(
    triangles: NDArray[np.int32], n: int, corners: set[int]
) -> tuple[csr_array, NDArray[np.int32]]:
    of, opposite = _edges_of(triangles)
    near, rim = _neighbours(opposite)
    rows = [_vertex_row(v, near[v], rim[v], corners, limit=False) for v in range(n)]
    for edge, across in opposite.items():
        inner = len(across) == 2
        rows.append(dict.fromkeys(edge, 3 / 8 if inner else 1 / 2) | {v: 1 / 8 for v in across if inner})
    a, b, c = triangles.T
    # of[:, 0] is the edge opposite a, that is between b and c.
    ab, bc, ca = n + of[:, 2], n + of[:, 0], n + of[:, 1]
    finer = np.concatenate([np.stack(t, 1) for t in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))])
    return _sparse(rows, n), finer.astype(np.int32)


def _loop_limit(triangles: NDArray[np.int32], n: int, corners: set[int]) -> csr_array:
    _, opposite = _edges_of(triangles)
    near, rim = _neighbours(opposite)
    return _sparse([_vertex_row(v, near[v], rim[v], corners, limit=True) for v in range(n)], n)


def _sparse(rows: list[dict[int, float]], width: int) -> csr_array:
    """Rows as {column: weight} -> (len(rows), width)."""
    ends = np.cumsum([0, *(len(row) for row in rows)])
    columns = [column for row in rows for column in row]
    weights = [weight for row in rows for weight in row.values()]
    return csr_array((weights, columns, ends), shape=(len(rows), width))


def _neighbours(
    opposite: dict[tuple[int, int], list[int]],
) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    near: dict[int, list[int]] = defaultdict(list)
    rim: dict[int, list[int]] = defaultdict(list)
    for (a, b), across in opposite.items():
        near[a].append(b)
        near[b].append(a)
        if len(across) == 1:
            rim[a].append(b)
            rim[b].append(a)
    return near, rim


def _vertex_row(
    v: int, near: list[int], rim: list[int], corners: set[int], *, limit: bool
) -> dict[int, float]:
    if v in corners or not near or (rim and len(rim) != 2):
        return {v: 1.0}
    if rim:
        own, other = (2 / 3, 1 / 6) if limit else (3 / 4, 1 / 8)
        return {v: own} | dict.fromkeys(rim, other)
    k = len(near)
    beta = (5 / 8 - (3 / 8 + np.cos(2 * np.pi / k) / 4) ** 2) / k
    if limit:
        beta = 1 / (3 / (8 * beta) + k)
    return {v: 1 - k * beta} | dict.fromkeys(near, beta)


CORNERS: tuple[int, ...] = (33, 133, 263, 362, 78, 308)
"""Corners of the eyes and of the inner lips, where the outline of an opening turns sharply."""


@cache
def face_surface(levels: int) -> Subdivision:
    """The skin of the face alone, subdivided `levels` times: (n_fine, 468)."""
    return Subdivision(TRIANGLES, N_SKIN, levels, CORNERS)


EYE_LOOPS = (CONTOURS["right eye"], CONTOURS["left eye"])
"""Right and left lid margin, 16 vertices each: outer corner, upper lid inwards, inner corner, lower lid outwards."""


_CORNERS = CANONICAL[[[33, 133], [263, 362]]]
_WIDTH = float(np.linalg.norm(_CORNERS[:, 0] - _CORNERS[:, 1], axis=-1).mean())
_BETWEEN = np.stack([_CORNERS[..., 0].mean(1), CANONICAL[[[159, 145], [386, 374]], 1].mean(1)], 1)


def eyeballs(neutral: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the eyeballs of neutral faces are: (n, 478, 3) -> centres (n, 2, 3), right first, and radii (n, 2).

    A human eyeball measures 24 mm across, the eyes stand about 63 mm apart: the radius follows the width of the lid
    opening (about 0.45 inter-ocular units), the depth is such that the upper lid's middle lies 0.02 in front of it.
    """
    corners = neutral[:, [[33, 133], [263, 362]]]  # (n, 2, 2, 3)
    width = np.linalg.norm(corners[:, :, 0] - corners[:, :, 1], axis=-1)
    radius = 0.43 * width
    centre = corners.mean(2)
    lids = neutral[:, [[159, 145], [386, 374]]]
    centre[..., 1] = lids[..., 1].mean(-1)
    # At rest an eye looks a little outwards of the middle between its corners: where the irises of CANONICAL are.
    centre[..., :2] += (CANONICAL[[468, 473], :2] - _BETWEEN) * width[..., None] / _WIDTH
    centre[..., 2] = lids[..., 2].min(-1) + 0.02 + radius
    return centre, radius
