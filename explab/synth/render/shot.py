"""How a picture of a face is taken: pose, camera, light, background, exposure, and what the camera spoils.

Most shots are what a portrait shows: near frontal, soft light, a clean picture. Some are turned, lit hard from the side
or from above, blurred, noisy or without colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from explab.synth.randomness import Draws

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_PITCH = 20.0
MAX_ROLL = 20.0
GRID = 12
"""Rows and columns of the coarse picture that a background is."""

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_WARM = np.array([0.16, 0.0, -0.24])
"""What light of one step warmer does to red, green and blue, as logarithms: about 5000 K to 4000 K."""


class Lighting(IntEnum):
    SOFT = 0
    SIDE = 1
    HARD = 2
    TOP = 3
    FLASH = 4
    BACK = 5


class Background(IntEnum):
    PLAIN = 0
    GRADIENT = 1
    BLOBS = 2
    HALVES = 3


# Per kind of lighting: how frequent; azimuth from the camera in degrees (mean of both sides, spread); elevation (mean,
# spread); share of the light on the face that comes from the key (mean, spread).
_LIGHTINGS: dict[Lighting, tuple[float, tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    Lighting.SOFT: (0.42, (18, 12), (28, 10), (0.42, 0.10)),
    Lighting.SIDE: (0.28, (45, 9), (32, 9), (0.62, 0.08)),
    Lighting.HARD: (0.10, (55, 14), (30, 12), (0.82, 0.05)),
    Lighting.TOP: (0.06, (15, 12), (58, 6), (0.60, 0.08)),
    Lighting.FLASH: (0.08, (4, 3), (8, 4), (0.75, 0.08)),
    Lighting.BACK: (0.06, (30, 15), (25, 10), (0.22, 0.06)),
}


@dataclass(frozen=True, eq=False)
class Shot:
    """Shots of n faces; first axis n. Colours are linear RGB.

    Attributes:
        yaw, pitch, roll: of the head, in degrees, with the signs of `explab.face.align.Pose`.
        distance: from the camera to the eyes, in inter-ocular distances (16 is about a metre).
        lighting: `Lighting`.
        key: (n, 3) unit vector from the face to the main light in the camera's frame (x right, y down, z away).
        key_rgb, sky_rgb, ground_rgb: (n, 3) main light, and light from all around, from above and from below. Together
            they lay about 1 on a white surface that faces the camera.
        rim, rim_rgb: (n, 3) unit vector to a light behind the face, and its colour; black where there is none.
        stops: how far the exposure is off, in powers of two. white: (n, 3) factors of the white balance.
        background: `Background`; background_rgb: (n, 4, 3) the colours it is made of; background_seed: (n, 4, 3)
            numbers in [0, 1] that place them.
        blur: standard deviation as a share of the picture's side. noise: standard deviation in [0, 1].
        jpeg: quality from 1 to 100, 0 for none. contrast: 1 is neutral. gamma: 1 is neutral, above it darkens.
        monochrome: bool. grain: seed of the noise.
    """

    yaw: Array
    pitch: Array
    roll: Array
    distance: Array
    lighting: Ints
    key: Array
    key_rgb: Array
    sky_rgb: Array
    ground_rgb: Array
    rim: Array
    rim_rgb: Array
    stops: Array
    white: Array
    background: Ints
    background_rgb: Array
    background_seed: Array
    blur: Array
    noise: Array
    jpeg: Ints
    contrast: Array
    gamma: Array
    monochrome: NDArray[np.bool_]
    grain: Ints


def sample(
    draws: Draws,
    yaw: ArrayLike | None = None,
    pitch: ArrayLike | None = None,
    roll: ArrayLike | None = None,
    max_angle: float = 35.0,
) -> Shot:
    """Shots of n faces.

    Args:
        draws: random numbers of n faces.
        yaw, pitch, roll: in degrees, one number or (n,); None draws them, most of them near 0.
        max_angle: no drawn yaw goes further; pitch and roll stay within the smaller of it and 20.
    """
    n = len(draws)

    def angle(name: str, given: ArrayLike | None, limit: float) -> Array:
        if given is not None:
            return np.broadcast_to(np.asarray(given, np.float64), (n,)).copy()
        return draws.normal(f"shot: {name}", sd=limit / 3, clip=3)

    return Shot(
        yaw=angle("yaw", yaw, max_angle),
        pitch=angle("pitch", pitch, min(max_angle, MAX_PITCH)),
        roll=angle("roll", roll, min(max_angle, MAX_ROLL)),
        distance=np.exp(draws.uniform("shot: distance", np.log(12.0), np.log(36.0))),
        **_light(draws),
        **_background(draws),
        **_film(draws),
    )


def exposure(shot: Shot, skin_rgb: Array) -> Array:
    """(n,) factor on linear light that exposes for the face as far as cameras do.

    A camera that knew nothing of faces would leave this at 1, one that made every face equally bright would make dark
    skin light. Here the brightness of a face in the picture goes with its albedo to the power 0.7.
    """
    albedo = skin_rgb @ _LUMINANCE
    return np.asarray(0.5 * (albedo / 0.5) ** 0.7 / albedo * 2.0**shot.stops)


def backdrop(shot: Shot) -> Array:
    """(n, GRID, GRID, 3) linear RGB: the background as a coarse picture, top left first, to be stretched smoothly."""
    down, right = np.meshgrid(np.linspace(0, 1, GRID), np.linspace(0, 1, GRID), indexing="ij")
    rgb, seed = shot.background_rgb, shot.background_seed
    first, second = rgb[:, None, None, 0], rgb[:, None, None, 1]
    turn = 2 * np.pi * seed[:, 0, 0, None, None]
    along = np.cos(turn) * (right - 0.5) + np.sin(turn) * (down - 0.5)
    plain = np.broadcast_to(first, (len(rgb), GRID, GRID, 3))
    gradient = first + (second - first) * np.clip(0.5 + along, 0, 1)[..., None]
    edge = 1 / (1 + np.exp(-(along - 0.3 * (seed[:, 0, 1, None, None] - 0.5)) / 0.04))
    halves = first + (second - first) * edge[..., None]
    blobs = gradient.copy()
    for k in range(4):
        away = np.hypot(
            right - seed[:, k, 0, None, None] * 1.2 + 0.1, down - seed[:, k, 1, None, None] * 1.2 + 0.1
        )
        fade = np.exp(-0.5 * (away / (0.08 + 0.2 * seed[:, k, 2, None, None])) ** 2)
        blobs += fade[..., None] * (rgb[:, None, None, k] - blobs)
    kinds = np.stack([plain, gradient, blobs, halves])
    return np.asarray(kinds[shot.background, np.arange(len(rgb))])


def _light(draws: Draws) -> dict[str, Any]:
    lighting = draws.choice("shot: lighting", [row[0] for row in _LIGHTINGS.values()])
    table = np.array(
        [[*azimuth, *elevation, *share] for _, azimuth, elevation, share in _LIGHTINGS.values()]
    )[lighting]
    side = np.where(draws.chance("shot: side of the light", 0.5), 1.0, -1.0)
    azimuth = np.radians(side * (table[:, 0] + table[:, 1] * draws.normal("shot: azimuth")))
    elevation = np.radians(table[:, 2] + table[:, 3] * draws.normal("shot: elevation"))
    key = _direction(azimuth, elevation)
    share = table[:, 4] + table[:, 5] * draws.normal("shot: share of the key")
    # What a surface that faces the camera, a little upwards as a face does, gets from the key.
    facing = np.maximum(-key[:, 2], 0.45)
    warm = draws.normal("shot: warmth", sd=0.45)
    cast = draws.normal("shot: warmth of the shade", sd=0.35) - 0.4 * warm
    key_rgb = (share / facing)[:, None] * np.exp(warm[:, None] * _WARM)
    ambient = (1 - share)[:, None] * np.exp(cast[:, None] * _WARM)
    above = draws.uniform("shot: light from above", 1.05, 1.45)[:, None]
    bounce = draws.normal("shot: bounce", sd=0.25)[:, None] * _WARM
    lit = draws.chance("shot: lit from behind", np.where(lighting == Lighting.BACK, 0.9, 0.25))
    strength = draws.uniform("shot: rim", 0.25, 0.9) * lit
    rim_azimuth = -side * np.radians(draws.uniform("shot: rim azimuth", 115, 155))
    return {
        "lighting": lighting,
        "key": key,
        "key_rgb": key_rgb,
        "sky_rgb": ambient * above,
        "ground_rgb": ambient * (2 - above) * np.exp(bounce),
        "rim": _direction(rim_azimuth, np.radians(draws.uniform("shot: rim elevation", 5, 40))),
        "rim_rgb": strength[:, None] * np.exp(draws.normal("shot: rim warmth", sd=0.5)[:, None] * _WARM),
        "stops": draws.normal("shot: stops", sd=0.22),
        # White balance takes out most of the light's colour, never all of it.
        "white": np.exp(-0.65 * (share * warm + (1 - share) * cast)[:, None] * _WARM)
        * np.exp(draws.normal("shot: white balance", sd=0.02, size=(3,))),
    }


def _direction(azimuth: Array, elevation: Array) -> Array:
    """(n, 3) unit vector: azimuth 0 towards the camera, positive to the picture's right; elevation positive up."""
    return np.stack(
        [np.sin(azimuth) * np.cos(elevation), -np.sin(elevation), -np.cos(azimuth) * np.cos(elevation)], -1
    )


def _background(draws: Draws) -> dict[str, Any]:
    level = np.exp(draws.uniform("shot: background level", np.log(0.02), np.log(0.9)))
    tones = level[:, None, None] * np.exp(draws.normal("shot: background tones", sd=0.45, size=(4, 1)))
    hue = draws.uniform("shot: background hues", size=(4, 3))
    saturation = 0.7 * draws.uniform("shot: background saturation")[:, None, None] ** 2
    rgb = tones * (1 + saturation * (hue / hue.max(-1, keepdims=True) - 1))
    return {
        "background": draws.choice("shot: background", [0.25, 0.33, 0.30, 0.12]),
        "background_rgb": np.clip(rgb, 0.004, 1.2),
        "background_seed": draws.uniform("shot: background places", size=(4, 3)),
    }


def _film(draws: Draws) -> dict[str, Any]:
    spoilt = draws.chance("shot: spoilt", 0.17)
    coded = spoilt | draws.chance("shot: stored as JPEG", 0.3)
    quality = np.where(
        spoilt, draws.uniform("shot: low quality", 25, 80), draws.uniform("shot: high quality", 85, 97)
    )
    return {
        "blur": np.where(spoilt, draws.uniform("shot: blur") ** 2 * 0.009, 0.0),
        "noise": np.where(
            spoilt, draws.uniform("shot: heavy noise", 0.005, 0.035), draws.uniform("shot: noise", 0, 0.008)
        ),
        "jpeg": np.where(coded, quality, 0).astype(np.int64),
        "contrast": draws.normal("shot: contrast", 1.0, 0.07),
        "gamma": np.exp(draws.normal("shot: gamma", sd=0.06)),
        "monochrome": draws.chance("shot: monochrome", 0.04),
        "grain": draws.uniform("shot: grain", 0, 2**31).astype(np.int64),
    }
