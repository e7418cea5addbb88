"""Light on what the z-buffer shows: skin, eyes, teeth, hair, cloth; compiled by numba, in linear light.

Skin is lit after the appearance models that games use: wrapped diffuse light, wider in red, for the light that travels
under the skin (Green, GPU Gems 2004, chapter 16), a Blinn-Phong gloss with Schlick's Fresnel term, and haemoglobin as an
absorber of green and blue. Shadows are found by walking through the z-buffer towards the light.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from explab.synth.raster import hashed, smooth_noise

F = NDArray[np.float32]

LAYERS = (
    *(
        "lips",
        "lip_line",
        "brow",
        "lash",
        "crease",
        "blush",
        "under_eye",
        "stubble",
        "moustache",
        "beard",
        "goatee",
    ),
    *("pores", "mottle", "freckles", "nostril", "cavity", "oil"),
)
"""The skin's textures in the order in which the shader reads them."""
_LIPS, _LIP_LINE, _BROW, _LASH, _CREASE, _BLUSH, _UNDER_EYE, _STUBBLE, _MOUSTACHE = range(9)
_BEARD, _GOATEE, _PORES, _MOTTLE, _FRECKLES, _NOSTRIL, _CAVITY, _OIL = range(9, len(LAYERS))
N_LAYERS = len(LAYERS)

_jit = njit(cache=True, nogil=True, fastmath=True, error_model="numpy")


class Coat(NamedTuple):
    """Colours and strengths of n faces: linear RGB (n, 3) or one number each (n,), float32."""

    skin: F
    lip: F
    brow: F
    hair: F
    beard: F
    iris: F
    sclera: F
    frame: F
    cloth: F
    redness: F
    freckles: F
    under_eye: F
    brow_density: F
    stubble: F
    moustache: F
    goatee: F
    full_beard: F
    gloss: F


class Light(NamedTuple):
    """Light on n faces: directions from the face to the light (n, 3) in the camera's frame, and linear RGB (n, 3)."""

    key: F
    key_rgb: F
    sky_rgb: F
    ground_rgb: F
    rim: F
    rim_rgb: F
    up: F  # (n, 3) the head's up in the camera's frame


@_jit
def _clip(x: np.float32) -> np.float32:
    return min(max(x, np.float32(0)), np.float32(1))


@_jit
def _rise(low: np.float32, high: np.float32, x: np.float32) -> np.float32:
    """0 below `low`, 1 above `high`, smooth between."""
    t = _clip((x - low) / (high - low))
    return t * t * (np.float32(3) - np.float32(2) * t)


@_jit
def shadow(
    depth: F, x: int, y: int, z: np.float32, normal: F, light: F, f: int, iod: np.float32
) -> np.float32:
    """1 where the key light arrives, towards 0 where something of the face stands before it.

    Walks 14 growing steps, 1.2 inter-ocular distances in all, from the pixel towards the light.
    """
    height, width = depth.shape
    jitter = hashed(x, y)
    blocked = np.float32(0)
    for k in range(14):
        t = (np.float32(k) + np.float32(0.5) + jitter) / np.float32(14.5)
        t = iod * (np.float32(0.02) + np.float32(1.2) * t * t)
        sx = int(np.float32(x) + np.float32(0.5) + normal[0] * iod * np.float32(0.015) + light[f, 0] * t)
        sy = int(np.float32(y) + np.float32(0.5) + normal[1] * iod * np.float32(0.015) + light[f, 1] * t)
        if sx < 0 or sy < 0 or sx >= width or sy >= height:
            break
        behind = z + light[f, 2] * t - depth[sy, sx]
        if behind > np.float32(0.025) * iod and behind < np.float32(0.9) * iod:
            # Near blockers cast sharp shadows, far ones soft ones.
            blocked = max(blocked, np.float32(1) - np.float32(0.55) * t / iod)
    return np.float32(1) - _clip(blocked)


@_jit
def _gloss(n: F, half: F, power: np.float32) -> np.float32:
    cosine = max(n[0] * half[0] + n[1] * half[1] + n[2] * half[2], np.float32(0))
    return cosine**power


@_jit
def half_vector(light: F, f: int, out: F) -> None:
    """Between the direction of the light and the camera (0, 0, -1)."""
    hx, hy, hz = light[f, 0], light[f, 1], light[f, 2] - np.float32(1)
    length = np.sqrt(hx * hx + hy * hy + hz * hz) + np.float32(1e-6)
    out[0], out[1], out[2] = hx / length, hy / length, hz / length


@_jit
def _ambient(n: F, light: Light, f: int, c: int) -> np.float32:
    """Light of a bright sky above and a darker ground below."""
    t = np.float32(0.5) - np.float32(0.5) * n[1]
    t = t * t * (np.float32(3) - np.float32(2) * t)
    return light.sky_rgb[f, c] * t + light.ground_rgb[f, c] * (np.float32(1) - t)


@_jit
def matte(
    n: F,
    albedo: F,
    lit: np.float32,
    light: Light,
    half: F,
    f: int,
    gloss: np.float32,
    power: np.float32,
    out: F,
) -> None:
    """Cloth, frames, teeth and the inside of the mouth: Lambert with a gloss; writes (3,) linear RGB."""
    cosine = max(n[0] * light.key[f, 0] + n[1] * light.key[f, 1] + n[2] * light.key[f, 2], np.float32(0))
    rim = max(n[0] * light.rim[f, 0] + n[1] * light.rim[f, 1] + n[2] * light.rim[f, 2], np.float32(0))
    shine = gloss * _gloss(n, half, power) * lit
    for c in range(3):
        diffuse = light.key_rgb[f, c] * cosine * lit + light.rim_rgb[f, c] * rim + _ambient(n, light, f, c)
        out[c] = albedo[c] * diffuse + shine * light.key_rgb[f, c]


@_jit
def sample_layers(stack: NDArray[np.uint8], u: np.float32, v: np.float32, out: F) -> None:
    """Bilinear: (R, R, C) uint8 at u, v in [0, 1] -> C numbers in [0, 1]."""
    size = stack.shape[0]
    x = _clip(u) * np.float32(size) - np.float32(0.5)
    y = _clip(v) * np.float32(size) - np.float32(0.5)
    x = min(max(x, np.float32(0)), np.float32(size - 1.001))
    y = min(max(y, np.float32(0)), np.float32(size - 1.001))
    ix, iy = int(x), int(y)
    tx, ty = x - np.float32(ix), y - np.float32(iy)
    w00 = (np.float32(1) - tx) * (np.float32(1) - ty) * np.float32(1 / 255)
    w01, w10, w11 = (
        tx * (np.float32(1) - ty) * np.float32(1 / 255),
        (np.float32(1) - tx) * ty * np.float32(1 / 255),
        tx * ty * np.float32(1 / 255),
    )
    for c in range(stack.shape[2]):
        out[c] = (
            w00 * np.float32(stack[iy, ix, c])
            + w01 * np.float32(stack[iy, ix + 1, c])
            + w10 * np.float32(stack[iy + 1, ix, c])
            + w11 * np.float32(stack[iy + 1, ix + 1, c])
        )


@_jit
def sample_folds(stack: NDArray[np.int8], weights: F, f: int, u: np.float32, v: np.float32, out: F) -> None:
    """Sum of the wrinkles at u, v: slope along u, slope along v and darkening, weighted by side and kind.

    stack (R, R, K, 3) int8; weights (n, 2, K), the subject's right side first; blends over the midline.
    """
    size = stack.shape[0]
    x = min(max(_clip(u) * np.float32(size) - np.float32(0.5), np.float32(0)), np.float32(size - 1.001))
    y = min(max(_clip(v) * np.float32(size) - np.float32(0.5), np.float32(0)), np.float32(size - 1.001))
    ix, iy = int(x), int(y)
    tx, ty = x - np.float32(ix), y - np.float32(iy)
    left = _rise(np.float32(0.47), np.float32(0.53), u)
    out[0] = out[1] = out[2] = np.float32(0)
    for k in range(stack.shape[2]):
        w = (weights[f, 0, k] * (np.float32(1) - left) + weights[f, 1, k] * left) * np.float32(1 / 127)
        if w < np.float32(1e-4):
            continue
        for c in range(3):
            top = (
                np.float32(stack[iy, ix, k, c]) * (np.float32(1) - tx)
                + np.float32(stack[iy, ix + 1, k, c]) * tx
            )
            low = (
                np.float32(stack[iy + 1, ix, k, c]) * (np.float32(1) - tx)
                + np.float32(stack[iy + 1, ix + 1, k, c]) * tx
            )
            out[c] += w * (top * (np.float32(1) - ty) + low * ty)


@_jit
def skin(
    n: F,
    layers: F,
    fold: F,
    lit: np.float32,
    coat: Coat,
    light: Light,
    half: F,
    f: int,
    out: F,
    bumped: F,
    tangents: F,
) -> None:
    """Skin with lips, brows, lashes, beard and wrinkles; writes (3,) linear RGB.

    n: (3,) smooth normal. layers: what `sample_layers` wrote. fold: what `sample_folds` wrote.
    lit: 0 in shadow to 1. tangents: (2, 3) where u and v grow on the surface. bumped: (3,) room for the bumped normal.
    """
    one = np.float32(1)
    # Bumped normal: against the slope.
    length = np.float32(0)
    for c in range(3):
        bumped[c] = n[c] - fold[0] * tangents[0, c] - fold[1] * tangents[1, c]
        length += bumped[c] * bumped[c]
    length = np.sqrt(length) + np.float32(1e-6)
    for c in range(3):
        bumped[c] /= length

    lips = layers[_LIPS]
    pores = np.float32(2) * layers[_PORES] - one
    mottle = np.float32(2) * layers[_MOTTLE] - one
    blood = (np.float32(0.35) * layers[_BLUSH] + np.float32(0.12) * mottle) * coat.redness[f] + np.float32(
        0.22
    ) * layers[_UNDER_EYE] * coat.under_eye[f]
    shade = one + np.float32(0.05) * mottle + np.float32(0.05) * pores
    shade *= one - np.float32(0.35) * layers[_UNDER_EYE] * coat.under_eye[f]
    shade *= one - np.float32(0.45) * layers[_FRECKLES] * coat.freckles[f]
    shade *= one - np.float32(0.45) * layers[_CREASE]
    hair = _clip(
        np.float32(0.55) * coat.stubble[f] * layers[_STUBBLE]
        + coat.moustache[f] * layers[_MOUSTACHE]
        + coat.goatee[f] * layers[_GOATEE]
        + coat.full_beard[f] * layers[_BEARD]
    ) * (one - lips)
    brow = _clip(layers[_BROW] * coat.brow_density[f])
    dark = _clip(np.float32(0.92) * layers[_LASH])
    crack = one + np.float32(0.7) * (np.float32(2) * layers[_LIP_LINE] - one) * lips
    cavity = (one - np.float32(0.6) * layers[_CAVITY]) * (one - np.float32(0.75) * _clip(fold[2]))
    cavity *= one - np.float32(0.93) * layers[_NOSTRIL]

    nl = bumped[0] * light.key[f, 0] + bumped[1] * light.key[f, 1] + bumped[2] * light.key[f, 2]
    nr = bumped[0] * light.rim[f, 0] + bumped[1] * light.rim[f, 1] + bumped[2] * light.rim[f, 2]
    facing = max(-bumped[2], np.float32(0))
    fresnel = np.float32(0.035) + np.float32(0.5) * (one - facing) ** np.float32(5)
    oil = (np.float32(0.25) + layers[_OIL]) * coat.gloss[f] * (one - hair) * (one - brow)
    shine = (
        fresnel
        * lit
        * cavity
        * (
            oil * (np.float32(2.2) * _gloss(bumped, half, np.float32(18)))
            + (oil * np.float32(1.5) + lips * np.float32(2.5)) * _gloss(bumped, half, np.float32(70))
        )
    )
    for c in range(3):
        albedo = coat.skin[f, c]
        absorbed = np.float32(0.25) if c == 0 else (np.float32(1.35) if c == 1 else np.float32(1.1))
        albedo *= shade * np.exp(-absorbed * blood)
        albedo += (coat.lip[f, c] * crack - albedo) * lips * np.float32(0.85)
        albedo += (coat.beard[f, c] - albedo) * hair
        albedo += (coat.brow[f, c] - albedo) * brow
        albedo += (np.float32(0.012) - albedo) * dark
        wrap = np.float32(0.32) if c == 0 else (np.float32(0.16) if c == 1 else np.float32(0.1))
        direct = max(nl + wrap, np.float32(0)) / (one + wrap)
        # Light that enters beside a shadow comes out red within it.
        soft = lit + (one - lit) * (np.float32(0.12) if c == 0 else np.float32(0.03))
        diffuse = (
            light.key_rgb[f, c] * direct * soft * (np.float32(0.5) + np.float32(0.5) * cavity)
            + light.rim_rgb[f, c] * max(nr, np.float32(0))
            + _ambient(bumped, light, f, c) * cavity
        )
        out[c] = albedo * diffuse + shine * light.key_rgb[f, c]


@_jit
def eye(n: F, d: F, lit: np.float32, coat: Coat, light: Light, half: F, f: int, albedo: F, out: F) -> None:
    """Eyeball; d (3,) is the direction from its centre in its own frame, (0, 0, -1) the pupil."""
    one = np.float32(1)
    angle = np.arccos(min(max(-d[2], np.float32(-1)), one))
    turn = np.arctan2(d[1], d[0])
    iris = one - _rise(np.float32(0.455), np.float32(0.5), angle)
    pupil = one - _rise(np.float32(0.17), np.float32(0.205), angle)
    ring = _rise(np.float32(0.36), np.float32(0.48), angle) * iris
    fibres = np.float32(0.7) + np.float32(0.6) * smooth_noise(turn * np.float32(9), angle * np.float32(5))
    pale = one + np.float32(0.7) * (one - _rise(np.float32(0.2), np.float32(0.34), angle))
    veins = np.float32(0.12) * _rise(np.float32(0.6), np.float32(1.2), angle)
    # The upper lid and its lashes keep the light from the upper part of the ball.
    lid = one - np.float32(0.5) * _rise(np.float32(0.02), np.float32(0.62), -d[1])
    for c in range(3):
        white = coat.sclera[f, c] * (one - veins * (np.float32(0.3) if c == 0 else one))
        colour = coat.iris[f, c] * fibres * pale * (one - np.float32(0.65) * ring)
        value = white + (colour - white) * iris
        albedo[c] = (value * (one - pupil) + np.float32(0.006) * pupil) * lid
    matte(
        n, albedo, np.float32(0.3) + np.float32(0.7) * lit, light, half, f, np.float32(0), np.float32(1), out
    )
    spark = np.float32(1.6) * _rise(np.float32(0.965), np.float32(0.985), _gloss(n, half, one))
    for c in range(3):
        out[c] += spark * light.key_rgb[f, c] + np.float32(0.02) * light.sky_rgb[f, c]


@_jit
def hair(n: F, a: F, lit: np.float32, coat: Coat, light: Light, half: F, f: int, albedo: F, out: F) -> None:
    """Hair; a (3,) is the position across and along the strands, and the depth: tip 0 to root 1."""
    one = np.float32(1)
    coarse = smooth_noise(a[0] * np.float32(16), a[1] * np.float32(1.6))
    fine = smooth_noise(a[0] * np.float32(60) + np.float32(3), a[1] * np.float32(3))
    strand = np.float32(0.45) + np.float32(0.7) * coarse + np.float32(0.5) * fine
    strand *= one - np.float32(0.55) * a[2]
    for c in range(3):
        albedo[c] = coat.hair[f, c] * strand
    matte(n, albedo, np.float32(0.25) + np.float32(0.75) * lit, light, half, f, np.float32(0), one, out)
    shine = lit * np.float32(0.10) * (np.float32(0.3) + fine) * _gloss(n, half, np.float32(9)) * (one - a[2])
    for c in range(3):
        out[c] += shine * light.key_rgb[f, c] * (np.float32(0.3) + coat.hair[f, c])
