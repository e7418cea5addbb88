"""Pictures of heads: rasterise, shade, average down; several faces at once, one thread each."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from explab.synth.parts import Material
from explab.synth.raster import FAR, NOTHING, rasterise, vertex_normals
from explab.synth.shade import (
    N_LAYERS,
    Coat,
    Light,
    eye,
    hair,
    half_vector,
    matte,
    sample_folds,
    sample_layers,
    shadow,
    skin,
)

F = NDArray[np.float32]

OVERSAMPLING = 2
"""Pixels drawn per pixel of the picture, along each side: what smooths the edges."""

(_SKIN, _EYE, _SOCKET, _TEETH, _MOUTH, _HAIR, _FRAME) = (
    int(m)
    for m in (
        *(Material.SKIN, Material.EYE, Material.SOCKET, Material.TEETH, Material.MOUTH),
        *(Material.HAIR, Material.FRAME),
    )
)

_jit = njit(cache=True, nogil=True, fastmath=True, error_model="numpy")


class Mesh(NamedTuple):
    """The fixed mesh of all parts together.

    triangles (T, 3) int32, material (T,) uint8, two_sided (T,) uint8, attributes (V, 3) float32 (see `Material`).
    """

    triangles: NDArray[np.int32]
    material: NDArray[np.uint8]
    two_sided: NDArray[np.uint8]
    attributes: F


class Heads(NamedTuple):
    """n heads before the camera.

    points (n, V, 3) float32 px of the picture, depth on the same scale; cover (n, V) share of hair that is there, 1
    elsewhere; shown (n, T) uint8; folds (n, 2, K) strengths of the wrinkles, right side first; iod (n,) px.
    """

    points: F
    cover: F
    shown: NDArray[np.uint8]
    folds: F
    iod: F


class Textures(NamedTuple):
    """layers (R, R, N_LAYERS) uint8 in the order of `shade.LAYERS`; folds (R, R, K, 3) int8."""

    layers: NDArray[np.uint8]
    folds: NDArray[np.int8]


@_jit
def _backdrop(grid: F, f: int, x: np.float32, y: np.float32, out: F) -> None:
    """A coarse picture (n, h, w, 3), interpolated smoothly; x, y in [0, 1]."""
    rows, columns = grid.shape[1:3]
    gx, gy = x * np.float32(columns - 1), y * np.float32(rows - 1)
    ix, iy = min(int(gx), columns - 2), min(int(gy), rows - 2)
    tx, ty = gx - np.float32(ix), gy - np.float32(iy)
    tx = tx * tx * (np.float32(3) - np.float32(2) * tx)
    ty = ty * ty * (np.float32(3) - np.float32(2) * ty)
    for c in range(3):
        top = grid[f, iy, ix, c] * (np.float32(1) - tx) + grid[f, iy, ix + 1, c] * tx
        low = grid[f, iy + 1, ix, c] * (np.float32(1) - tx) + grid[f, iy + 1, ix + 1, c] * tx
        out[c] = top * (np.float32(1) - ty) + low * ty


@_jit
def _draw(  # noqa: PLR0912 - one pixel's way from triangle to colour reads best in one piece
    first: int,
    last: int,
    mesh: Mesh,
    heads: Heads,
    textures: Textures,
    coat: Coat,
    light: Light,
    backdrop: F,
    out: F,
) -> None:
    size = out.shape[1]
    wide = size * OVERSAMPLING
    depth = np.empty((wide, wide), np.float32)
    triangle = np.empty((wide, wide), np.int32)
    weights = np.empty((wide, wide, 2), np.float32)
    normals = np.empty(heads.points.shape[1:], np.float32)
    n, d, half, albedo, colour, fold, bumped, side = (
        np.empty(3, np.float32),
        np.empty(3, np.float32),
        np.empty(3, np.float32),
        np.empty(3, np.float32),
        np.empty(3, np.float32),
        np.empty(3, np.float32),
        np.empty(3, np.float32),
        np.empty((2, 3), np.float32),
    )
    sampled = np.empty(N_LAYERS, np.float32)
    share = np.float32(1 / (OVERSAMPLING * OVERSAMPLING))
    for f in range(first, last):
        points = heads.points[f]
        vertex_normals(points, mesh.triangles, normals)
        depth[:] = FAR
        triangle[:] = NOTHING
        rasterise(
            points,
            mesh.triangles,
            heads.shown[f],
            mesh.two_sided,
            heads.cover[f],
            mesh.attributes,
            depth,
            triangle,
            weights,
        )
        half_vector(light.key, f, half)
        iod = heads.iod[f] * np.float32(OVERSAMPLING)
        out[f] = np.float32(0)
        for y in range(wide):
            for x in range(wide):
                t = triangle[y, x]
                if t == NOTHING:
                    _backdrop(
                        backdrop,
                        f,
                        (np.float32(x) + np.float32(0.5)) / np.float32(wide),
                        (np.float32(y) + np.float32(0.5)) / np.float32(wide),
                        colour,
                    )
                else:
                    a, b, c = mesh.triangles[t]
                    wb, wc = weights[y, x, 0], weights[y, x, 1]
                    wa = np.float32(1) - wb - wc
                    length = np.float32(0)
                    for k in range(3):
                        n[k] = wa * normals[a, k] + wb * normals[b, k] + wc * normals[c, k]
                        d[k] = (
                            wa * mesh.attributes[a, k]
                            + wb * mesh.attributes[b, k]
                            + wc * mesh.attributes[c, k]
                        )
                        length += n[k] * n[k]
                    length = np.sqrt(length) + np.float32(1e-6)
                    if n[2] > np.float32(0) and mesh.two_sided[t] == 1:
                        length = -length  # the inner side of a shell
                    for k in range(3):
                        n[k] /= length
                    lit = shadow(depth, x, y, depth[y, x], n, light.key, f, iod)
                    kind = mesh.material[t]
                    if kind == _SKIN:
                        sample_layers(textures.layers, d[0], d[1], sampled)
                        sample_folds(textures.folds, heads.folds, f, d[0], d[1], fold)
                        _tangents(n, light.up, f, side)
                        skin(n, sampled, fold, lit, coat, light, half, f, colour, bumped, side)
                    elif kind == _EYE:
                        eye(n, d, lit, coat, light, half, f, albedo, colour)
                    elif kind == _HAIR:
                        hair(n, d, lit, coat, light, half, f, albedo, colour)
                    else:
                        gloss, power = _plain(kind, d, coat, f, albedo)
                        matte(n, albedo, lit, light, half, f, gloss, power, colour)
                for k in range(3):
                    out[f, y // OVERSAMPLING, x // OVERSAMPLING, k] += min(colour[k], np.float32(4)) * share
                if t != NOTHING:
                    out[f, y // OVERSAMPLING, x // OVERSAMPLING, 3] += share


@_jit
def _tangents(n: F, up: F, f: int, out: F) -> None:
    """Where u (to the subject's left) and v (down) grow on a surface with normal n; up (n, 3) is the head's up."""
    dot = n[0] * up[f, 0] + n[1] * up[f, 1] + n[2] * up[f, 2]
    length = np.float32(1e-6)
    for k in range(3):
        out[1, k] = -(up[f, k] - dot * n[k])
        length += out[1, k] * out[1, k]
    length = np.sqrt(length)
    for k in range(3):
        out[1, k] /= length
    # y is down and z is away, a right-handed frame: v x n points along u.
    out[0, 0] = out[1, 1] * n[2] - out[1, 2] * n[1]
    out[0, 1] = out[1, 2] * n[0] - out[1, 0] * n[2]
    out[0, 2] = out[1, 0] * n[1] - out[1, 1] * n[0]
    sign = np.float32(-1)
    for k in range(3):
        out[0, k] *= sign


@_jit
def _plain(kind: int, d: F, coat: Coat, f: int, albedo: F) -> tuple[np.float32, np.float32]:
    """Albedo, gloss and its power of the surfaces that take no light of their own kind."""
    one = np.float32(1)
    if kind == _SOCKET:
        for c in range(3):
            albedo[c] = coat.skin[f, c] * np.float32(0.35) + (
                np.float32(0.25) if c == 0 else np.float32(0.08)
            )
        return np.float32(0.1), np.float32(30)
    if kind == _TEETH:
        # Fourteen teeth in an arch, wide in front; dark between them and towards the back.
        place = np.abs(d[0]) ** np.float32(0.9) * np.float32(6.6)
        gap = np.abs(place - np.floor(place + np.float32(0.5)))
        tooth = (np.float32(0.62) + np.float32(0.38) * min(gap * np.float32(9), one)) * (
            one - np.float32(0.65) * np.abs(d[0])
        )
        gum = min(max((np.float32(0.16) - d[1]) * np.float32(10), np.float32(0)), one)
        for c in range(3):
            white = (
                np.float32(0.66) if c == 0 else (np.float32(0.62) if c == 1 else np.float32(0.52))
            ) * tooth
            pink = np.float32(0.32) if c == 0 else np.float32(0.1)
            albedo[c] = white + (pink - white) * gum
        return np.float32(0.12), np.float32(40)
    if kind == _MOUTH:
        deep = (one - min(d[0], one)) ** np.float32(2)
        for c in range(3):
            flesh = np.float32(0.2) if c == 0 else np.float32(0.035)
            tongue = np.float32(0.36) if c == 0 else np.float32(0.12)
            albedo[c] = flesh * deep * (one - d[1]) + tongue * d[1]
        return np.float32(0.08) * d[1], np.float32(25)
    if kind == _FRAME:
        for c in range(3):
            albedo[c] = coat.frame[f, c]
        return np.float32(0.35), np.float32(50)
    weave = np.float32(0.9) + np.float32(0.2) * (
        np.sin(d[0] * np.float32(160)) * np.sin(d[1] * np.float32(160))
    )
    for c in range(3):
        albedo[c] = coat.cloth[f, c] * weave
    return np.float32(0), one


def render(
    mesh: Mesh,
    heads: Heads,
    textures: Textures,
    coat: Coat,
    light: Light,
    backdrop: F,
    size: int,
    threads: int | None = None,
) -> F:
    """n heads -> (n, size, size, 4) float32: linear RGB, not yet exposed, and the share of the pixel that is a head.

    backdrop: (n, h, w, 3) linear RGB, a coarse picture stretched over the whole background, h and w at least 2.
    """
    n = len(heads.points)
    heads = heads._replace(points=np.ascontiguousarray(heads.points * np.float32(OVERSAMPLING)))
    out = np.empty((n, size, size, 4), np.float32)
    workers = min(threads or os.cpu_count() or 1, n)
    jobs = list(pairwise(np.linspace(0, n, workers + 1).astype(int).tolist()))

    def job(span: tuple[int, int]) -> None:
        _draw(*span, mesh, heads, textures, coat, light, backdrop, out)

    if workers == 1:
        job((0, n))
        return out
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(job, jobs))
    return out
