"""The z-buffer: which triangle each pixel shows, and where on it.

Compiled by numba, one face at a time, without Python's lock: threads draw several faces at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

FAR = np.float32(1e9)
NOTHING = -1

_jit = njit(nogil=True, fastmath=True, error_model="numpy")


@_jit
def hashed(x: int, y: int) -> np.float32:
    """White noise in [0, 1) on a grid of integers."""
    h = np.uint32(x) * np.uint32(374761393) + np.uint32(y) * np.uint32(668265263)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(1274126177)
    h = h ^ (h >> np.uint32(16))
    return np.float32(h & np.uint32(0xFFFFFF)) * np.float32(1 / 16777216)


@_jit
def smooth_noise(x: np.float32, y: np.float32) -> np.float32:
    """Value noise in [0, 1): white noise of an integer grid, interpolated smoothly."""
    fx, fy = np.floor(x), np.floor(y)
    ix, iy = int(fx), int(fy)
    tx, ty = x - fx, y - fy
    tx = tx * tx * (np.float32(3) - np.float32(2) * tx)
    ty = ty * ty * (np.float32(3) - np.float32(2) * ty)
    top = hashed(ix, iy) * (np.float32(1) - tx) + hashed(ix + 1, iy) * tx
    low = hashed(ix, iy + 1) * (np.float32(1) - tx) + hashed(ix + 1, iy + 1) * tx
    return top * (np.float32(1) - ty) + low * ty


@_jit
def vertex_normals(
    points: NDArray[np.float32], triangles: NDArray[np.int32], normals: NDArray[np.float32]
) -> None:
    """Write the unit normals (V, 3) of points (V, 3): the area-weighted mean over the triangles around each vertex."""
    normals[:] = np.float32(0)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t]
        ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
        vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for k in (a, b, c):
            normals[k, 0] += nx
            normals[k, 1] += ny
            normals[k, 2] += nz
    for i in range(points.shape[0]):
        length = np.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2)
        if length > np.float32(0):
            normals[i] /= length


@_jit
def rasterise(
    points: NDArray[np.float32],
    triangles: NDArray[np.int32],
    shown: NDArray[np.uint8],
    two_sided: NDArray[np.uint8],
    cover: NDArray[np.float32],
    strands: NDArray[np.float32],
    depth: NDArray[np.float32],
    triangle: NDArray[np.int32],
    weights: NDArray[np.float32],
) -> None:
    """Draw one face's triangles over what `depth` and `triangle` hold already.

    Args:
        points: (V, 3) px of the picture and depth on the same scale; continuous px, the first pixel spans 0 to 1.
        triangles: (T, 3); a triangle faces the camera when (v1 - v0) x (v2 - v0) has a negative z.
        shown: (T,) 0 leaves a triangle out.
        two_sided: (T,) 0 leaves it out when it faces away.
        cover: (V,) share of the surface that is there, where strands of hair let something through; 1 is all of it.
        strands: (V, 3) position across and along the strands (see `Material.HAIR`); read where cover is below 1.
        depth: (H, W) in and out: the nearest depth so far, FAR at first.
        triangle: (H, W) out: number of the triangle, NOTHING at first.
        weights: (H, W, 2) out: barycentric weights of its second and third vertex.
    """
    height, width = depth.shape
    for t in range(triangles.shape[0]):
        if shown[t] == 0:
            continue
        a, b, c = triangles[t]
        ax, ay, az = points[a]
        bx, by, bz = points[b]
        cx, cy, cz = points[c]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == np.float32(0) or (area > np.float32(0) and two_sided[t] == 0):
            continue
        x0 = max(int(np.ceil(min(ax, bx, cx) - np.float32(0.5))), 0)
        x1 = min(int(np.floor(max(ax, bx, cx) - np.float32(0.5))), width - 1)
        y0 = max(int(np.ceil(min(ay, by, cy) - np.float32(0.5))), 0)
        y1 = min(int(np.floor(max(ay, by, cy) - np.float32(0.5))), height - 1)
        if x0 > x1 or y0 > y1:
            continue
        inverse = np.float32(1) / area
        # Weights of b and c are linear in x and y.
        ub_x, ub_y = (cy - ay) * inverse, -(cx - ax) * inverse
        uc_x, uc_y = -(by - ay) * inverse, (bx - ax) * inverse
        dzb, dzc = bz - az, cz - az
        sparse = cover[a] < np.float32(1) or cover[b] < np.float32(1) or cover[c] < np.float32(1)
        for y in range(y0, y1 + 1):
            py = np.float32(y) + np.float32(0.5) - ay
            px = np.float32(x0) + np.float32(0.5) - ax
            wb = px * ub_x + py * ub_y
            wc = px * uc_x + py * uc_y
            for x in range(x0, x1 + 1):
                if wb >= np.float32(0) and wc >= np.float32(0) and wb + wc <= np.float32(1):
                    z = az + wb * dzb + wc * dzc
                    if z < depth[y, x] and (not sparse or _strand(a, b, c, wb, wc, cover, strands)):
                        depth[y, x] = z
                        triangle[y, x] = t
                        weights[y, x, 0] = wb
                        weights[y, x, 1] = wc
                wb += ub_x
                wc += uc_x


@_jit
def _strand(
    a: int,
    b: int,
    c: int,
    wb: np.float32,
    wc: np.float32,
    cover: NDArray[np.float32],
    strands: NDArray[np.float32],
) -> Any:
    """Is there a strand of hair here? Noise stretched along the strands, cut off at the cover."""
    wa = np.float32(1) - wb - wc
    here = wa * cover[a] + wb * cover[b] + wc * cover[c]
    if here <= np.float32(0.02):
        return False
    across = wa * strands[a, 0] + wb * strands[b, 0] + wc * strands[c, 0]
    along = wa * strands[a, 1] + wb * strands[b, 1] + wc * strands[c, 1]
    grain = np.float32(0.65) * smooth_noise(across * np.float32(38), along * np.float32(3)) + np.float32(
        0.35
    ) * smooth_noise(across * np.float32(11) + np.float32(7), along * np.float32(2))
    return grain < here
