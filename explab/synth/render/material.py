"""What the shaders know of one face: its colours, its light, its textures, each as a row of numbers.

Small functions that all shaders share stand here too; compiled by numba, in linear light.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numba import njit
from numpy.typing import NDArray

F = NDArray[np.float32]
Colour = tuple[np.float32, np.float32, np.float32]

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
LIPS, LIP_LINE, BROW, LASH, CREASE, BLUSH, UNDER_EYE, STUBBLE, MOUSTACHE = range(9)
BEARD, GOATEE, PORES, MOTTLE, FRECKLES, NOSTRIL, CAVITY, OIL = range(9, len(LAYERS))
N_LAYERS = len(LAYERS)

jit = njit(nogil=True, fastmath=True, error_model="numpy")
"""For functions that kernels call. Only kernels themselves are cached on disk, by `fingerprint`."""


def fingerprint(*modules: ModuleType) -> int:
    """Checksum of the sources of modules.

    numba's cache of a kernel does not notice that a function which it calls has changed; but it does notice a changed
    number in the kernel's closure.
    """
    return crc32(b"".join(Path(str(module.__file__)).read_bytes() for module in modules))


class Coat(NamedTuple):
    """Colours and strengths of n faces: linear RGB (n, 3) or one number each (n,)."""

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

    def packed(self) -> F:
        """(n, 36) float32: the fields one after another."""
        return _packed(self)


# Where the fields of Coat begin in a row.
SKIN_RGB, LIP_RGB, BROW_RGB, HAIR_RGB, BEARD_RGB, IRIS_RGB, SCLERA_RGB, FRAME_RGB, CLOTH_RGB = range(0, 27, 3)
REDNESS, FRECKLED, TIRED, BROWS, STUBBLED, MOUSTACHED, GOATEED, BEARDED, GLOSS = range(27, 36)


class Light(NamedTuple):
    """Light on n faces: directions from the face to the light (n, 3) in the camera's frame, and linear RGB (n, 3)."""

    key: F
    key_rgb: F
    sky_rgb: F
    ground_rgb: F
    rim: F
    rim_rgb: F
    up: F  # the head's up in the camera's frame

    def packed(self) -> F:
        """(n, 24) float32: the fields one after another, then the direction half way between key and camera."""
        half = self.key - np.array([0, 0, 1])
        half = half / np.linalg.norm(half, axis=1, keepdims=True)
        return np.concatenate([_packed(self), half], 1).astype(np.float32)


KEY, KEY_RGB, SKY_RGB, GROUND_RGB, RIM, RIM_RGB, UP, HALF = range(0, 24, 3)


def _packed(fields: tuple[F, ...]) -> F:
    columns = [field if field.ndim == 2 else field[:, None] for field in fields]
    return np.ascontiguousarray(np.concatenate(columns, 1), np.float32)


@jit
def clip(x: np.float32) -> np.float32:
    return min(max(x, np.float32(0)), np.float32(1))


@jit
def rise(low: np.float32, high: np.float32, x: np.float32) -> np.float32:
    """0 below `low`, 1 above `high`, smooth between."""
    t = clip((x - low) / (high - low))
    return t * t * (np.float32(3) - np.float32(2) * t)


@jit
def dot(light: F, at: int, x: np.float32, y: np.float32, z: np.float32) -> np.float32:
    return light[at] * x + light[at + 1] * y + light[at + 2] * z


@jit
def sky(light: F, ny: np.float32, c: int) -> np.float32:
    """Light of a bright sky above and a darker ground below on a normal whose y is `ny`."""
    t = rise(np.float32(-1), np.float32(1), -ny)
    return light[SKY_RGB + c] * t + light[GROUND_RGB + c] * (np.float32(1) - t)


@jit
def matte(
    light: F,
    nx: np.float32,
    ny: np.float32,
    nz: np.float32,
    lit: np.float32,
    albedo: Colour,
    shine: np.float32,
) -> Colour:
    """Lambert under key, rim and sky, and a highlight of strength `shine` in the colour of the key."""
    cosine = max(dot(light, KEY, nx, ny, nz), np.float32(0)) * lit
    rim = max(dot(light, RIM, nx, ny, nz), np.float32(0))
    r, g, b = albedo
    return (
        r * (light[KEY_RGB] * cosine + light[RIM_RGB] * rim + sky(light, ny, 0)) + shine * light[KEY_RGB],
        g * (light[KEY_RGB + 1] * cosine + light[RIM_RGB + 1] * rim + sky(light, ny, 1))
        + shine * light[KEY_RGB + 1],
        b * (light[KEY_RGB + 2] * cosine + light[RIM_RGB + 2] * rim + sky(light, ny, 2))
        + shine * light[KEY_RGB + 2],
    )


@jit
def gloss(light: F, nx: np.float32, ny: np.float32, nz: np.float32) -> np.float32:
    """Cosine between the normal and the direction half way between key and camera."""
    return max(dot(light, HALF, nx, ny, nz), np.float32(0))
