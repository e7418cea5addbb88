"""The z-buffer against brute force."""

import numpy as np

from explab.synth.anatomy.surface import face_surface
from explab.synth.render.rasteriser import FAR, NOTHING, rasterise, smooth_noise, vertex_normals

f = np.float32


def _rasterised(
    points: np.ndarray, triangles: np.ndarray, size: int, **given: np.ndarray
) -> tuple[np.ndarray, ...]:
    n, v = len(triangles), len(points)
    depth = np.full((size, size), FAR, f)
    triangle = np.full((size, size), NOTHING, np.int32)
    weights = np.zeros((size, size, 2), f)
    rasterise(
        points.astype(f),
        triangles.astype(np.int32),
        given.get("shown", np.ones(n, np.uint8)),
        given.get("two_sided", np.ones(n, np.uint8)),
        given.get("cover", np.ones(v, f)),
        given.get("strands", np.zeros((v, 3), f)),
        depth,
        triangle,
        weights,
    )
    return depth, triangle, weights


def _brute(points: np.ndarray, triangles: np.ndarray, size: int) -> np.ndarray:
    """Depth of the nearest triangle under every pixel centre, one triangle at a time over the whole picture."""
    y, x = np.mgrid[:size, :size] + 0.5
    depth = np.full((size, size), float(FAR))
    for a, b, c in points[triangles].astype(float):
        matrix = np.array([b[:2] - a[:2], c[:2] - a[:2]]).T
        if abs(np.linalg.det(matrix)) < 1e-12:
            continue
        wb, wc = np.tensordot(np.linalg.inv(matrix), np.stack([x - a[0], y - a[1]]), 1)
        inside = (wb >= 0) & (wc >= 0) & (wb + wc <= 1)
        z = a[2] + wb * (b[2] - a[2]) + wc * (c[2] - a[2])
        depth = np.where(inside & (z < depth), z, depth)
    return depth


def test_random_triangles_equal_brute_force() -> None:
    random = np.random.default_rng(0)
    points = random.uniform(-10, 58, (90, 3))
    triangles = np.arange(90).reshape(30, 3)
    depth, triangle, weights = _rasterised(points, triangles, 48)
    wanted = _brute(points, triangles, 48)
    wrong = np.abs(depth - wanted) > 1e-2
    assert wrong.mean() < 1e-3  # pixels whose centre lies on an edge may fall either way
    hit = triangle != NOTHING
    corner = points[triangles[triangle[hit]]]
    w = np.concatenate([1 - weights[hit].sum(1, keepdims=True), weights[hit]], 1)
    place = (corner * w[..., None]).sum(1)
    y, x = np.nonzero(hit)
    assert np.abs(place[:, :2] - np.stack([x + 0.5, y + 0.5], 1)).max() < 0.01


def test_a_closed_surface_has_no_cracks() -> None:
    fine = face_surface(1)
    from explab.face.align import CANONICAL

    points = fine.matrix @ CANONICAL[:468] * 20 + [40, 30, 0]
    _, triangle, _ = _rasterised(points, fine.triangles, 80)
    cheek = triangle[int(30 + 0.5 * 20) : int(30 + 0.9 * 20), int(40 + 0.4 * 20) : int(40 + 0.8 * 20)]
    assert (cheek != NOTHING).all()


def test_sides_hidden_triangles_and_thin_hair() -> None:
    points = np.array([[2, 2, 5], [30, 2, 5], [2, 30, 5.0]])
    away = np.array([[0, 1, 2]])
    towards = away[:, ::-1]
    none = np.zeros(1, np.uint8)
    assert (_rasterised(points, towards, 32, two_sided=none)[1] == 0).any()
    assert (_rasterised(points, away, 32, two_sided=none)[1] == NOTHING).all()
    assert (_rasterised(points, towards, 32, shown=none)[1] == NOTHING).all()
    strands = (points / 5).astype(f)
    seen = [
        (_rasterised(points, towards, 32, cover=np.full(3, share, f), strands=strands)[1] == 0).sum()
        for share in (0.0, 0.3, 0.6, 1.0)
    ]
    assert seen[0] == 0
    assert seen[0] < seen[1] < seen[2] < seen[3]


def test_normals_of_a_sphere_are_its_radii() -> None:
    turn, polar = np.meshgrid(
        np.linspace(0, 2 * np.pi, 24, endpoint=False), np.linspace(0.2, 3, 12), indexing="ij"
    )
    points = np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)], -1)
    index = np.arange(24 * 12).reshape(24, 12)
    a, b = index[:, :-1].ravel(), np.roll(index, -1, 0)[:, :-1].ravel()
    triangles = np.concatenate([np.stack([a, a + 1, b], 1), np.stack([b, a + 1, b + 1], 1)]).astype(np.int32)
    flat = points.reshape(-1, 3).astype(f)
    normals = np.empty_like(flat)
    vertex_normals(flat, triangles, normals)
    inner = np.abs(flat[:, 2]) < 0.9
    assert (np.abs((normals * flat).sum(1))[inner] > 0.99).all()


def test_noise_is_smooth_and_fills_its_range() -> None:
    values = np.array([smooth_noise(f(x / 10), f(3.3)) for x in range(2000)])
    assert np.abs(np.diff(values)).max() < 0.2
    assert 0 <= values.min() < 0.1
    assert 0.9 < values.max() < 1
