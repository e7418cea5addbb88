"""Pictures of heads: rasterise at twice the size, shade, average down; several faces at once, one thread each.

A pixel within one smooth surface is shaded once, others once for each of their four samples.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from explab.synth.anatomy.parts import Material
from explab.synth.render import material, rasteriser, shading, skin_light
from explab.synth.render.material import Coat, F, Light, fingerprint, jit
from explab.synth.render.rasteriser import FAR, NOTHING, rasterise, vertex_normals
from explab.synth.render.shading import eyes, hairs, others, shadows
from explab.synth.render.skin_light import skins

_SKIN, _CLOTH = int(Material.SKIN), int(Material.CLOTH)
_BRIGHTEST = np.float32(4)
"""Light beyond this is cut off before it is averaged, so that a highlight's edge stays smooth."""


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
    """layers (R, R, N_LAYERS) uint8 in the order of `coat.LAYERS`; folds (R, R, K, 3) int8."""

    layers: NDArray[np.uint8]
    folds: NDArray[np.int8]


class Samples(NamedTuple):
    """Room for what the pixels of one face show, m samples at most; see `shade` for kind, normal, own and lit.

    pixel (m,) number of the pixel in the picture; share (m,) how much of it the sample is; place (m, 3) where it lies
    in samples of the z-buffer.
    """

    pixel: NDArray[np.int32]
    share: F
    kind: NDArray[np.uint8]
    normal: F
    own: F
    place: F
    lit: F
    colour: F


@jit
def _interpolate(
    triangles: NDArray[np.int32],
    two_sided: int,
    attributes: F,
    normals: F,
    t: int,
    weights: F,
    normal: F,
    own: F,
) -> None:
    """Add the normal and the attributes of a point of triangle `t` to `normal` and `own`."""
    a, b, c = triangles[t]
    wb, wc = weights
    wa = np.float32(1) - wb - wc
    facing = wa * normals[a, 2] + wb * normals[b, 2] + wc * normals[c, 2]
    sign = (
        np.float32(-1) if two_sided == 1 and facing > np.float32(0) else np.float32(1)
    )  # the inner side of a shell
    for k in range(3):
        normal[k] += sign * (wa * normals[a, k] + wb * normals[b, k] + wc * normals[c, k])
        own[k] += wa * attributes[a, k] + wb * attributes[b, k] + wc * attributes[c, k]


@jit
def _alike(
    material: NDArray[np.uint8], depth: F, triangle: NDArray[np.int32], x: int, y: int, step: np.float32
) -> bool:
    """Do the four samples of a pixel show one smooth surface, whose textures are no finer than a pixel?"""
    first = triangle[y, x]
    if first == NOTHING:
        return False
    kind = material[first]
    if kind not in (_SKIN, _CLOTH):
        return False
    low = high = depth[y, x]
    for k in range(1, 4):
        t, z = triangle[y + k // 2, x + k % 2], depth[y + k // 2, x + k % 2]
        if t == NOTHING or material[t] != kind:
            return False
        low, high = min(low, z), max(high, z)
    return bool(high - low < step)


@jit
def _collect(
    mesh: Mesh, normals: F, depth: F, triangle: NDArray[np.int32], weights: F, iod: np.float32, to: Samples
) -> int:
    """List what there is to shade, and return how many: one sample for a pixel within a smooth surface, else four."""
    wide = depth.shape[0]
    m = 0
    step = np.float32(0.12) * iod
    for y in range(0, wide, 2):
        for x in range(0, wide, 2):
            pixel = (y // 2) * (wide // 2) + x // 2
            alike = _alike(mesh.material, depth, triangle, x, y, step)
            for k in range(1 if alike else 4):
                sx, sy = x + k % 2, y + k // 2
                t = triangle[sy, sx]
                if t == NOTHING:
                    continue
                to.pixel[m] = pixel
                to.share[m] = np.float32(1) if alike else np.float32(0.25)
                to.kind[m] = mesh.material[t]
                to.normal[m] = np.float32(0)
                to.own[m] = np.float32(0)
                to.place[m, 0], to.place[m, 1] = (
                    np.float32(sx) + np.float32(0.5),
                    np.float32(sy) + np.float32(0.5),
                )
                to.place[m, 2] = depth[sy, sx]
                _interpolate(
                    *(mesh.triangles, mesh.two_sided[t], mesh.attributes, normals),
                    *(t, weights[sy, sx], to.normal[m], to.own[m]),
                )
                if alike:  # two samples across the middle of the pixel stand for all four
                    other = triangle[y + 1, x + 1]
                    _interpolate(
                        *(mesh.triangles, mesh.two_sided[other], mesh.attributes, normals),
                        *(other, weights[y + 1, x + 1], to.normal[m], to.own[m]),
                    )
                    to.own[m] *= np.float32(0.5)
                nx, ny, nz = to.normal[m]
                to.normal[m] /= np.sqrt(nx * nx + ny * ny + nz * nz) + np.float32(1e-6)
                m += 1
    return m


@jit
def _composed(to: Samples, m: int, backdrop: F, out: F) -> None:
    """Lay the samples' colours over the backdrop: out (size, size, 4)."""
    size = out.shape[0]
    out[:] = np.float32(0)
    for i in range(m):
        y, x = to.pixel[i] // size, to.pixel[i] % size
        for c in range(3):
            out[y, x, c] += min(to.colour[i, c], _BRIGHTEST) * to.share[i]
        out[y, x, 3] += to.share[i]
    for y in range(size):
        for x in range(size):
            if out[y, x, 3] < np.float32(1):
                u = (np.float32(x) + np.float32(0.5)) / np.float32(size)
                v = (np.float32(y) + np.float32(0.5)) / np.float32(size)
                _backdrop(backdrop, u, v, np.float32(1) - out[y, x, 3], out[y, x])


@jit
def _backdrop(grid: F, x: np.float32, y: np.float32, share: np.float32, out: F) -> None:
    """Add a share of a coarse picture (h, w, 3), interpolated smoothly, to the colour `out`; x, y in [0, 1]."""
    rows, columns = grid.shape[:2]
    gx, gy = x * np.float32(columns - 1), y * np.float32(rows - 1)
    ix, iy = min(int(gx), columns - 2), min(int(gy), rows - 2)
    tx, ty = gx - np.float32(ix), gy - np.float32(iy)
    tx = tx * tx * (np.float32(3) - np.float32(2) * tx)
    ty = ty * ty * (np.float32(3) - np.float32(2) * ty)
    for c in range(3):
        top = grid[iy, ix, c] * (np.float32(1) - tx) + grid[iy, ix + 1, c] * tx
        low = grid[iy + 1, ix, c] * (np.float32(1) - tx) + grid[iy + 1, ix + 1, c] * tx
        out[c] += share * (top * (np.float32(1) - ty) + low * ty)


def _kernel(version: int) -> Any:
    """The function that draws faces first to last - 1; coat and light are packed."""

    @njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
    def draw(
        first: int,
        last: int,
        mesh: Mesh,
        heads: Heads,
        textures: Textures,
        coat: F,
        light: F,
        backdrop: F,
        out: F,
    ) -> None:
        _ = version
        wide = out.shape[1] * 2
        depth = np.empty((wide, wide), np.float32)
        triangle = np.empty((wide, wide), np.int32)
        weights = np.empty((wide, wide, 2), np.float32)
        normals = np.empty(heads.points.shape[1:], np.float32)
        most = wide * wide
        to = Samples(
            np.empty(most, np.int32),
            np.empty(most, np.float32),
            np.empty(most, np.uint8),
            np.empty((most, 3), np.float32),
            np.empty((most, 3), np.float32),
            np.empty((most, 3), np.float32),
            np.empty(most, np.float32),
            np.empty((most, 3), np.float32),
        )
        for f in range(first, last):
            vertex_normals(heads.points[f], mesh.triangles, normals)
            depth[:] = FAR
            triangle[:] = NOTHING
            rasterise(
                *(
                    heads.points[f],
                    mesh.triangles,
                    heads.shown[f],
                    mesh.two_sided,
                    heads.cover[f],
                    mesh.attributes,
                ),
                *(depth, triangle, weights),
            )
            iod = heads.iod[f] * np.float32(2)
            m = _collect(mesh, normals, depth, triangle, weights, iod, to)
            kind, normal, own, lit, colour = to.kind[:m], to.normal[:m], to.own[:m], to.lit[:m], to.colour[:m]
            shadows(depth, triangle, mesh.material, to.place[:m], normal, light[f], iod, lit)
            skins(
                *(kind, normal, own, lit, coat[f], light[f]),
                *(textures.layers, textures.folds, heads.folds[f], colour),
            )
            eyes(kind, normal, own, lit, coat[f], light[f], colour)
            hairs(kind, normal, own, lit, coat[f], light[f], colour)
            others(kind, normal, own, lit, coat[f], light[f], colour)
            _composed(to, m, backdrop[f], out[f])

    return draw


_draw = _kernel(fingerprint(rasteriser, material, skin_light, shading))


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
    packed_coat, packed_light = coat.packed(), light.packed()
    heads = heads._replace(points=np.ascontiguousarray(heads.points * np.float32(2)))
    out = np.empty((n, size, size, 4), np.float32)
    workers = min(threads or os.cpu_count() or 1, n)
    jobs = list(pairwise(np.linspace(0, n, workers + 1).astype(int).tolist()))

    def job(span: tuple[int, int]) -> None:
        _draw(*span, mesh, heads, textures, packed_coat, packed_light, backdrop, out)

    if workers == 1:
        job((0, n))
        return out
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(job, jobs))
    return out
