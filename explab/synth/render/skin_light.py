"""Light on skin, with lips, brows, lashes, beard and wrinkles; arguments as in `shade`.

After the appearance models that games use: wrapped diffuse light, wider in red, for the light that travels under the
skin (Green, GPU Gems 2004, chapter 16), a Blinn-Phong gloss with Schlick's Fresnel term, and haemoglobin as an absorber
of green and blue.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explab.synth.anatomy.parts import Material
from explab.synth.render import material as at
from explab.synth.render.material import N_LAYERS, F, clip, dot, gloss, jit, rise, sky
from explab.synth.render.shading import Kinds

_SKIN = int(Material.SKIN)


@jit
def _place(size: int, u: np.float32, v: np.float32) -> tuple[int, int, np.float32, np.float32]:
    """Column and row of the texel above and left of u, v in [0, 1], and how far beyond it they are."""
    last = np.float32(size - 1.001)
    x = min(max(u * np.float32(size) - np.float32(0.5), np.float32(0)), last)
    y = min(max(v * np.float32(size) - np.float32(0.5), np.float32(0)), last)
    column, row = int(x), int(y)
    return column, row, x - np.float32(column), y - np.float32(row)


@jit
def _sample(stack: NDArray[np.uint8], u: np.float32, v: np.float32, out: F) -> None:
    """Bilinear: (R, R, C) uint8 at u, v -> C numbers in [0, 1]."""
    ix, iy, tx, ty = _place(stack.shape[0], u, v)
    unit = np.float32(1 / 255)
    right, left = tx * unit, (np.float32(1) - tx) * unit
    w00, w01 = left * (np.float32(1) - ty), right * (np.float32(1) - ty)
    w10, w11 = left * ty, right * ty
    for c in range(N_LAYERS):
        out[c] = (
            w00 * np.float32(stack[iy, ix, c])
            + w01 * np.float32(stack[iy, ix + 1, c])
            + w10 * np.float32(stack[iy + 1, ix, c])
            + w11 * np.float32(stack[iy + 1, ix + 1, c])
        )


@jit
def _folded(stack: NDArray[np.int8], weights: F, u: np.float32, v: np.float32) -> tuple[np.float32, ...]:
    """Sum of the wrinkles at u, v: slope along u, slope along v and darkening.

    stack (R, R, K, 3) int8; weights (2, K), the subject's right side first; blends over the midline.
    """
    ix, iy, tx, ty = _place(stack.shape[0], u, v)
    one = np.float32(1)
    side = rise(np.float32(0.47), np.float32(0.53), u)
    along_u = along_v = dark = np.float32(0)
    for k in range(stack.shape[2]):
        w = (weights[0, k] * (one - side) + weights[1, k] * side) * np.float32(1 / 127)
        if w < np.float32(1e-4):
            continue
        w00, w01, w10, w11 = (
            w * (one - tx) * (one - ty),
            w * tx * (one - ty),
            w * (one - tx) * ty,
            w * tx * ty,
        )
        a, b, c, d = stack[iy, ix, k], stack[iy, ix + 1, k], stack[iy + 1, ix, k], stack[iy + 1, ix + 1, k]
        along_u += w00 * a[0] + w01 * b[0] + w10 * c[0] + w11 * d[0]
        along_v += w00 * a[1] + w01 * b[1] + w10 * c[1] + w11 * d[1]
        dark += w00 * a[2] + w01 * b[2] + w10 * c[2] + w11 * d[2]
    return np.float32(along_u), np.float32(along_v), np.float32(dark)


@jit
def _bumped(
    light: F, nx: np.float32, ny: np.float32, nz: np.float32, su: np.float32, sv: np.float32
) -> at.Colour:
    """The normal of a surface that rises by `su` along u (to the subject's left) and by `sv` along v (down)."""
    up = dot(light, at.UP, nx, ny, nz)
    vx, vy, vz = up * nx - light[at.UP], up * ny - light[at.UP + 1], up * nz - light[at.UP + 2]
    length = np.sqrt(vx * vx + vy * vy + vz * vz) + np.float32(1e-6)
    vx, vy, vz = vx / length, vy / length, vz / length
    # y is down and z away, a right-handed frame: the normal x v points along u.
    ux, uy, uz = ny * vz - nz * vy, nz * vx - nx * vz, nx * vy - ny * vx
    bx, by, bz = nx - su * ux - sv * vx, ny - su * uy - sv * vy, nz - su * uz - sv * vz
    length = np.sqrt(bx * bx + by * by + bz * bz) + np.float32(1e-6)
    return bx / length, by / length, bz / length


@jit
def skins(  # noqa: PLR0915 - one sample's way from texture to colour reads best in one piece
    kind: Kinds,
    normal: F,
    own: F,
    lit: F,
    coat: F,
    light: F,
    layers: NDArray[np.uint8],
    folds: NDArray[np.int8],
    weights: F,
    colour: F,
) -> None:
    """Skin. layers (R, R, N_LAYERS) and folds (R, R, K, 3) are textures, weights (2, K) the wrinkles' strengths."""
    one = np.float32(1)
    tex = np.empty(N_LAYERS, np.float32)
    for i in range(len(kind)):
        if kind[i] != _SKIN:
            continue
        u, v = own[i, 0], own[i, 1]
        _sample(layers, u, v, tex)
        su, sv, fold = _folded(folds, weights, u, v)
        nx, ny, nz = _bumped(light, normal[i, 0], normal[i, 1], normal[i, 2], su, sv)

        lips = tex[at.LIPS]
        pores = np.float32(2) * tex[at.PORES] - one
        mottle = np.float32(2) * tex[at.MOTTLE] - one
        tired = tex[at.UNDER_EYE] * coat[at.TIRED]
        blood = (np.float32(0.26) * tex[at.BLUSH] + np.float32(0.12) * mottle) * coat[at.REDNESS]
        blood += np.float32(0.22) * tired
        shade = one + np.float32(0.05) * mottle + np.float32(0.05) * pores
        shade *= one - np.float32(0.35) * tired
        shade *= one - np.float32(0.45) * tex[at.FRECKLES] * coat[at.FRECKLED]
        shade *= one - np.float32(0.45) * tex[at.CREASE]
        beard = coat[at.MOUSTACHED] * tex[at.MOUSTACHE] + coat[at.GOATEED] * tex[at.GOATEE]
        beard += coat[at.BEARDED] * tex[at.BEARD] + np.float32(0.55) * coat[at.STUBBLED] * tex[at.STUBBLE]
        beard = clip(beard) * (one - lips)
        brow = clip(tex[at.BROW] * coat[at.BROWS])
        lash = clip(np.float32(0.92) * tex[at.LASH])
        crack = one + np.float32(0.7) * (np.float32(2) * tex[at.LIP_LINE] - one) * lips
        cavity = (one - np.float32(0.6) * tex[at.CAVITY]) * (one - np.float32(0.75) * clip(fold))
        cavity *= one - np.float32(0.93) * tex[at.NOSTRIL]
        # The head keeps the sky's light from the throat.
        cavity *= one - np.float32(0.95) * own[i, 2]

        towards = dot(light, at.KEY, nx, ny, nz)
        rim = max(dot(light, at.RIM, nx, ny, nz), np.float32(0))
        grazing = one - max(-nz, np.float32(0))
        fresnel = np.float32(0.035) + np.float32(0.5) * grazing * grazing * grazing * grazing * grazing
        oil = (np.float32(0.25) + tex[at.OIL]) * coat[at.GLOSS] * (one - beard) * (one - brow)
        half = gloss(light, nx, ny, nz)
        wide = np.float32(2.2) * oil * half ** np.float32(18)
        sharp = (np.float32(1.5) * oil + np.float32(2.5) * lips) * half ** np.float32(70)
        shine = fresnel * lit[i] * cavity * (wide + sharp)
        shadow = one - lit[i]
        for c in range(3):
            absorbed = np.float32(0.25) if c == 0 else (np.float32(1.35) if c == 1 else np.float32(1.1))
            albedo = coat[at.SKIN_RGB + c] * shade * np.exp(-absorbed * blood)
            albedo += (coat[at.LIP_RGB + c] * crack - albedo) * lips * np.float32(0.85)
            albedo += (coat[at.BEARD_RGB + c] - albedo) * beard
            albedo += (coat[at.BROW_RGB + c] - albedo) * brow
            albedo += (np.float32(0.012) - albedo) * lash
            wrap = np.float32(0.32) if c == 0 else (np.float32(0.16) if c == 1 else np.float32(0.1))
            direct = max(towards + wrap, np.float32(0)) / (one + wrap)
            # Light that enters beside a shadow comes out red within it.
            soft = lit[i] + shadow * (np.float32(0.12) if c == 0 else np.float32(0.03))
            key = light[at.KEY_RGB + c]
            diffuse = key * direct * soft * (np.float32(0.5) + np.float32(0.5) * cavity)
            diffuse += light[at.RIM_RGB + c] * rim + sky(light, ny, c) * cavity
            colour[i, c] = albedo * diffuse + shine * key
