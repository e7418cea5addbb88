"""Shadows, and light on eyes, hair, teeth, cloth; compiled by numba, in linear light.

Each function shades all samples of one face that are of its material. Samples come as arrays over m:
    kind (m,) uint8 `Material`; normal (m, 3) unit; own (m, 3) the attributes of the material; lit (m,) 0 in shadow to 1
and colours go out as (m, 3) linear RGB. `coat` and `light` are one face's rows of `Coat.packed` and `Light.packed`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from explab.synth.anatomy.parts import Material
from explab.synth.render import material as at
from explab.synth.render.material import Colour, F, clip, gloss, jit, matte, rise
from explab.synth.render.rasteriser import hashed, smooth_noise

Kinds = NDArray[np.uint8]

_, _EYE, _SOCKET, _TEETH, _MOUTH, _HAIR, _FRAME, _CLOTH = (int(material) for material in Material)


@jit
def shadows(
    depth: F,
    triangle: NDArray[np.int32],
    material: Kinds,
    place: F,
    normal: F,
    light: F,
    iod: np.float32,
    lit: F,
) -> None:
    """Write 1 where the key light arrives, towards 0 where something of the head stands before it.

    Walks 14 growing steps, 1.2 inter-ocular distances in all, from each sample (m, 3), in samples of `depth`, towards
    the light. Near things cast sharp shadows, far ones soft ones.
    """
    height, width = depth.shape
    lx, ly, lz = light[at.KEY], light[at.KEY + 1], light[at.KEY + 2]
    near, far, off = np.float32(0.025) * iod, np.float32(0.9) * iod, np.float32(0.015) * iod
    for i in range(len(lit)):
        x, y, z = place[i]
        x += normal[i, 0] * off
        y += normal[i, 1] * off
        jitter = hashed(int(place[i, 0]), int(place[i, 1]))
        blocked = np.float32(0)
        for k in range(14):
            t = (np.float32(k) + np.float32(0.75) + np.float32(0.5) * jitter) / np.float32(14.5)
            t = np.float32(0.02) + np.float32(1.2) * t * t
            sx, sy = int(x + lx * iod * t), int(y + ly * iod * t)
            if sx < 0 or sy < 0 or sx >= width or sy >= height:
                break
            behind = z + lz * iod * t - depth[sy, sx]
            # The z-buffer knows no back sides: a thin frame would count as a wall.
            if near < behind < far and material[triangle[sy, sx]] != _FRAME:
                blocked = max(blocked, np.float32(1) - np.float32(0.55) * t)
        lit[i] = np.float32(1) - clip(blocked)


@jit
def eyes(kind: Kinds, normal: F, own: F, lit: F, coat: F, light: F, colour: F) -> None:
    """Eyeballs: sclera, iris with fibres and a dark ring, pupil, and the light's reflection on the cornea."""
    one = np.float32(1)
    for i in range(len(kind)):
        if kind[i] != _EYE:
            continue
        nx, ny, nz = normal[i]
        x, y, z = own[i]
        angle = np.arccos(min(max(-z, np.float32(-1)), one))
        turn = np.arctan2(y, x)
        iris = one - rise(np.float32(0.455), np.float32(0.5), angle)
        pupil = one - rise(np.float32(0.17), np.float32(0.205), angle)
        ring = rise(np.float32(0.36), np.float32(0.48), angle) * iris
        fibres = np.float32(0.7) + np.float32(0.6) * smooth_noise(turn * np.float32(9), angle * np.float32(5))
        pale = one + np.float32(0.7) * (one - rise(np.float32(0.2), np.float32(0.34), angle))
        tint = fibres * pale * (one - np.float32(0.65) * ring)
        veins = np.float32(0.12) * rise(np.float32(0.6), np.float32(1.2), angle)
        # The upper lid and its lashes keep the light from the upper part of the ball.
        lid = one - np.float32(0.5) * rise(np.float32(0.02), np.float32(0.62), -y)
        r = coat[at.SCLERA_RGB] * (one - np.float32(0.3) * veins)
        g, b = coat[at.SCLERA_RGB + 1] * (one - veins), coat[at.SCLERA_RGB + 2] * (one - veins)
        r += (coat[at.IRIS_RGB] * tint - r) * iris
        g += (coat[at.IRIS_RGB + 1] * tint - g) * iris
        b += (coat[at.IRIS_RGB + 2] * tint - b) * iris
        open_ = (one - pupil) * lid
        albedo = (
            r * open_ + np.float32(0.006),
            g * open_ + np.float32(0.006),
            b * open_ + np.float32(0.006),
        )
        # The cornea mirrors the lamp: a small sharp spot.
        spark = (
            np.float32(0.9) * rise(np.float32(0.984), np.float32(0.993), gloss(light, nx, ny, nz)) * lit[i]
        )
        soft = np.float32(0.3) + np.float32(0.7) * lit[i]
        colour[i, 0], colour[i, 1], colour[i, 2] = matte(light, nx, ny, nz, soft, albedo, spark)


@jit
def hairs(kind: Kinds, normal: F, own: F, lit: F, coat: F, light: F, colour: F) -> None:
    """Hair: noise along the strands, darker towards the roots, a broad sheen."""
    one = np.float32(1)
    for i in range(len(kind)):
        if kind[i] != _HAIR:
            continue
        nx, ny, nz = normal[i]
        across, along, root = own[i]
        coarse = smooth_noise(across * np.float32(16), along * np.float32(1.6))
        fine = smooth_noise(across * np.float32(60) + np.float32(3), along * np.float32(3))
        strand = np.float32(0.45) + np.float32(0.7) * coarse + np.float32(0.5) * fine
        strand *= one - np.float32(0.55) * root
        albedo = (coat[at.HAIR_RGB] * strand, coat[at.HAIR_RGB + 1] * strand, coat[at.HAIR_RGB + 2] * strand)
        bright = np.float32(0.3) + coat[at.HAIR_RGB + 1]
        sheen = gloss(light, nx, ny, nz) ** np.float32(9) * (np.float32(0.3) + fine) * (one - root)
        shine = np.float32(0.1) * sheen * bright * lit[i]
        soft = np.float32(0.25) + np.float32(0.75) * lit[i]
        colour[i, 0], colour[i, 1], colour[i, 2] = matte(light, nx, ny, nz, soft, albedo, shine)


@jit
def others(kind: Kinds, normal: F, own: F, lit: F, coat: F, light: F, colour: F) -> None:
    """Flesh behind the lids, teeth, the inside of the mouth, frames of glasses, clothes."""
    for i in range(len(kind)):
        nx, ny, nz = normal[i]
        cosine = gloss(light, nx, ny, nz)
        if kind[i] == _SOCKET:
            pink = np.float32(0.35)
            albedo = (
                coat[at.SKIN_RGB] * pink + np.float32(0.25),
                coat[at.SKIN_RGB + 1] * pink + np.float32(0.08),
                coat[at.SKIN_RGB + 2] * pink + np.float32(0.08),
            )
            shine = np.float32(0.1) * cosine ** np.float32(30)
        elif kind[i] == _TEETH:
            albedo = _tooth(own[i, 0], own[i, 1])
            shine = np.float32(0.12) * cosine ** np.float32(40)
        elif kind[i] == _MOUTH:
            deep = np.float32(1) - min(own[i, 0], np.float32(1))
            flesh, tongue = deep * deep * (np.float32(1) - own[i, 1]), own[i, 1]
            albedo = (
                np.float32(0.2) * flesh + np.float32(0.36) * tongue,
                np.float32(0.035) * flesh + np.float32(0.12) * tongue,
                np.float32(0.035) * flesh + np.float32(0.12) * tongue,
            )
            shine = np.float32(0.08) * tongue * cosine ** np.float32(25)
        elif kind[i] == _FRAME:
            albedo = (coat[at.FRAME_RGB], coat[at.FRAME_RGB + 1], coat[at.FRAME_RGB + 2])
            shine = np.float32(0.35) * cosine ** np.float32(50)
        elif kind[i] == _CLOTH:
            weave = np.sin(own[i, 0] * np.float32(160)) * np.sin(own[i, 1] * np.float32(160))
            weave = np.float32(0.97) + np.float32(0.06) * weave
            albedo = (
                coat[at.CLOTH_RGB] * weave,
                coat[at.CLOTH_RGB + 1] * weave,
                coat[at.CLOTH_RGB + 2] * weave,
            )
            shine = np.float32(0)
        else:
            continue
        shine *= lit[i]
        colour[i, 0], colour[i, 1], colour[i, 2] = matte(light, nx, ny, nz, lit[i], albedo, shine)


@jit
def _tooth(place: np.float32, height: np.float32) -> Colour:
    """Fourteen teeth in an arch, wide in front; dark between them and towards the back, pink at the gum."""
    one = np.float32(1)
    along = np.abs(place) ** np.float32(0.9) * np.float32(6.6)
    gap = np.abs(along - np.floor(along + np.float32(0.5)))
    white = np.float32(0.62) + np.float32(0.38) * min(gap * np.float32(9), one)
    white *= one - np.float32(0.65) * np.abs(place)
    gum = clip((np.float32(0.16) - height) * np.float32(10))
    rest = white * (one - gum)
    return (
        np.float32(0.66) * rest + np.float32(0.32) * gum,
        np.float32(0.62) * rest + np.float32(0.1) * gum,
        np.float32(0.52) * rest + np.float32(0.1) * gum,
    )
