"""The skin of the head: closed, smooth over the rim of the face, and still where there is bone."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from explab.face.align import CANONICAL
from explab.facs.mesh import CONTOURS
from explab.synth.anatomy.head import HEAD, HEAD_TRIANGLES, N_HEAD, head_part, head_points, head_surface, rim
from explab.synth.anatomy.surface import EYE_LOOPS, N_SKIN


def _rims(triangles: np.ndarray) -> list[set[int]]:
    """The loops of edges that belong to one triangle only."""
    edges = Counter(tuple(sorted(e)) for t in triangles.tolist() for e in zip(t, t[1:] + t[:1], strict=True))
    assert max(edges.values()) == 2
    near = defaultdict(set)
    for (a, b), times in edges.items():
        if times == 1:
            near[a].add(b)
            near[b].add(a)
    loops: list[set[int]] = []
    left = set(near)
    while left:
        loop, waiting = set(), [left.pop()]
        while waiting:
            v = waiting.pop()
            loop.add(v)
            waiting += [w for w in near[v] if w not in loop]
        loops.append(loop)
        left -= loop
    return loops


def test_only_eyes_mouth_and_neck_are_open() -> None:
    loops = _rims(HEAD_TRIANGLES)
    openings = [set(EYE_LOOPS[0]), set(EYE_LOOPS[1]), set(CONTOURS["inner lips"])]
    assert all(opening in loops for opening in openings)
    (neck,) = [loop for loop in loops if loop not in openings]
    assert HEAD[list(neck), 1].min() > 3.2


def test_every_edge_is_walked_both_ways() -> None:
    walked = [e for t in HEAD_TRIANGLES.tolist() for e in zip(t, t[1:] + t[:1], strict=True)]
    assert len(walked) == len(set(walked))


def test_proportions_and_symmetry() -> None:
    assert -2.05 < HEAD[:, 1].min() < -1.85
    assert 2.6 < HEAD[HEAD[:, 1] < 1, 2].max() < 2.95
    assert 2.3 < np.ptp(HEAD[:, 0][HEAD[:, 1] < 0.5]) < 2.6
    beyond = HEAD[N_SKIN:]
    mirrored = beyond * [-1, 1, 1]
    distance = np.linalg.norm(beyond[:, None] - mirrored, axis=-1).min(1)
    assert distance.max() < 1e-3


def test_the_canonical_face_gets_the_canonical_head() -> None:
    points = head_points(CANONICAL[None], CANONICAL[None])
    assert points.shape == (1, N_HEAD, 3)
    np.testing.assert_allclose(points[0], HEAD, atol=1e-12)


def test_faces_do_not_depend_on_the_batch(acted) -> None:
    motion = acted(AU27=1.0, AU12=0.5)
    together = head_points(motion.points, motion.neutral)
    alone = head_points(motion.points[5:6], motion.neutral[5:6])
    np.testing.assert_allclose(together[5:6], alone, atol=1e-9)
    np.testing.assert_array_equal(together[:, :N_SKIN], motion.points[:, :N_SKIN])


def test_bone_holds_still_and_the_chin_takes_the_skin_below_along(acted) -> None:
    motion = acted(AU27=1.0)
    moved = head_points(motion.points, motion.neutral) - head_points(motion.neutral, motion.neutral)
    far = np.linalg.norm(moved, axis=-1)[:, N_SKIN:]
    x, y, z = HEAD[N_SKIN:].T
    assert far[:, (z > 1.4) | (y < -0.6)].max() < 0.03
    below_chin = (np.abs(x) < 0.4) & (y < 2.0) & (z < 0.4) & (y > 1.5)
    assert far[:, below_chin].min(1).mean() > 0.1
    assert far[:, y > 3].max() < 0.05


@pytest.mark.parametrize("levels", [1, 2])
def test_the_part_fits_its_surface(levels: int) -> None:
    part, surface = head_part(levels), head_surface(levels)
    assert part.triangles.max() == len(surface.matrix) - 1 == len(part.attributes) - 1
    assert part.attributes[:N_SKIN, 2].max() == 0
    throat, crown = part.attributes[[556, 468], 2]
    assert throat > 0.3
    assert crown < 0.1
    assert part.attributes.min() >= 0
    assert part.attributes.max() <= 1


def test_normals_point_outwards_beyond_the_face(crowd) -> None:
    neutral, _ = crowd
    cage = head_points(neutral, neutral)
    surface = head_surface(1)
    beyond = (surface.triangles >= N_SKIN).all(1)
    for skin in surface.fine(cage).astype(float):
        corner = skin[surface.triangles]
        normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        cranium = beyond & (corner[..., 1].max(1) < 0.3) & (corner[..., 2].min(1) > 0.6)
        out = corner.mean(1) - [0, -0.4, 1.25]
        assert ((normal * out).sum(1)[cranium] > 0).all()


def test_the_rim_of_the_face_is_no_crease(crowd) -> None:
    neutral, _ = crowd
    surface = head_surface(2)
    oval = set(CONTOURS["face oval"])
    by_edge = defaultdict(list)
    for i, t in enumerate(surface.triangles.tolist()):
        for e in zip(t, t[1:] + t[:1], strict=True):
            by_edge[tuple(sorted(e))].append(i)
    at_oval = np.array([f for e, f in by_edge.items() if len(f) == 2 and oval & set(e)])
    skin = surface.fine(head_points(neutral, neutral)).astype(float)
    corner = skin[:, surface.triangles]
    normal = np.cross(corner[:, :, 1] - corner[:, :, 0], corner[:, :, 2] - corner[:, :, 0])
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    cosine = (normal[:, at_oval[:, 0]] * normal[:, at_oval[:, 1]]).sum(-1)
    bend = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    assert np.quantile(bend, 0.99) < 22


def test_a_rim_is_the_edge_of_the_fine_skin(acted) -> None:
    motion = acted(AU12=1.0, AU25=1.0)
    skin = head_surface(2).fine(head_points(motion.points, motion.neutral))
    for loop in (*EYE_LOOPS, CONTOURS["inner lips"]):
        edge = rim(loop, 2) @ motion.points[:, list(loop)]
        assert edge.shape[1] == 4 * len(loop)
        distance = np.linalg.norm(edge[0][:, None] - skin[0], axis=-1).min(1)
        assert distance.max() < 1e-3
        np.testing.assert_allclose(edge[:, ::4], motion.points[:, list(loop)], atol=1e-6)
