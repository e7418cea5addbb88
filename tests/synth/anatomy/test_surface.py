"""The skin as a surface: complete, turned outwards, smooth, and through its landmarks."""

from collections import Counter

import numpy as np
import pytest

from explab.face.align import CANONICAL
from explab.facs.mesh import CONTOURS, EDGES, MIRROR
from explab.synth.anatomy.surface import N_SKIN, TRIANGLES, Subdivision, eyeballs, face_surface, unrolled


def _edges(triangles: np.ndarray) -> Counter[tuple[int, int]]:
    pairs = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), 1)
    return Counter(map(tuple, pairs.tolist()))


def test_the_mesh_is_whole_but_for_eyes_mouth_and_rim() -> None:
    counts = _edges(TRIANGLES)
    rim = {v for edge, n in counts.items() if n == 1 for v in edge}
    expected = [CONTOURS[name] for name in ("right eye", "left eye", "inner lips", "face oval")]
    assert rim == {v for ring in expected for v in ring}
    assert max(counts.values()) == 2
    assert len(counts) == len(EDGES)


def test_neighbours_agree_on_which_side_is_out() -> None:
    directed = Counter(map(tuple, TRIANGLES[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2).tolist()))
    assert max(directed.values()) == 1
    a, b, c = (CANONICAL[TRIANGLES[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    tip = np.isin(TRIANGLES, [4]).any(1)
    assert (normals[tip, 2] < 0).all()


@pytest.mark.parametrize("levels", [1, 2])
def test_the_fine_surface_passes_through_the_landmarks(levels: int) -> None:
    fine = face_surface(levels)
    points = fine.matrix @ CANONICAL[:N_SKIN]
    assert np.abs(points[:N_SKIN] - CANONICAL[:N_SKIN]).max() < 1e-5
    assert len(fine.triangles) == len(TRIANGLES) * 4**levels
    assert np.allclose(fine.matrix.sum(1), 1, atol=1e-5)


def test_the_fine_surface_is_smoother() -> None:
    def bend(points: np.ndarray, triangles: np.ndarray) -> float:
        """Mean angle between neighbouring triangles, in degrees."""
        corner = points[triangles]
        normals = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        of: dict[tuple[int, int], list[int]] = {}
        for i, t in enumerate(np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]], -1).tolist()):
            for edge in map(tuple, t):
                of.setdefault(edge, []).append(i)
        pairs = np.array([p for p in of.values() if len(p) == 2])
        cosine = (normals[pairs[:, 0]] * normals[pairs[:, 1]]).sum(1)
        return float(np.degrees(np.arccos(cosine.clip(-1, 1))).mean())

    coarse = bend(CANONICAL[:N_SKIN], TRIANGLES)
    fine = face_surface(1)
    assert bend(fine.matrix @ CANONICAL[:N_SKIN], fine.triangles) < 0.6 * coarse


def test_a_sphere_becomes_rounder() -> None:
    """An octahedron on the unit sphere: interpolated, then far closer to the sphere than its flat faces are."""
    points = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1.0]])
    triangles = np.array(
        [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]], np.int32
    )
    fine = Subdivision(triangles, 6, 2)
    radius = np.linalg.norm(fine.matrix @ points, axis=1)
    assert radius.min() > 0.8  # a flat face's middle lies at 0.58
    assert np.allclose(radius[:6], 1)


def test_unrolled_is_symmetric_and_within_the_texture() -> None:
    uv = unrolled(CANONICAL[:N_SKIN])
    assert uv.min() > 0
    assert uv.max() < 1
    mirrored = uv[MIRROR[:N_SKIN]]
    assert np.abs(uv[:, 0] + mirrored[:, 0] - 1).max() < 1e-3
    assert np.abs(uv[:, 1] - mirrored[:, 1]).max() < 1e-3


def test_eyeballs_lie_behind_the_lids_and_have_human_size() -> None:
    centre, radius = eyeballs(CANONICAL[None])
    assert np.allclose(radius, 12 / 63, atol=0.015)  # 24 mm across, eyes 63 mm apart
    assert centre[0, 0, 0] < 0 < centre[0, 1, 0]
    lids = CANONICAL[[159, 145, 386, 374], 2]
    assert (centre[0, :, 2] - radius[0] > lids.reshape(2, 2).min(1)).all()
