"""What a person looks like apart from shape: age, skin, eyes, hair, beard, glasses and clothes.

Colours are linear RGB in [0, 1]: albedos, not what a camera makes of them. Skin tones are even: every tenth of the
range from very light to very dark is equally frequent, as on the ten steps of the Monk Skin Tone scale. What goes
together in people goes together here (eye and hair colour with skin, grey hair and wrinkles with age, beards with a
masculine shape), as a lean and never as a rule.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.synth.anatomy.shape import masculine
from explab.synth.randomness import Draws

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

AGES = (18.0, 80.0)
TONES = (0.5, 10.5)
"""Ends of the range of tones: rounded, they are the ten steps from 1, very light, to 10, very dark."""

_MELANIN = np.array([1.0, 1.6, 2.4])
"""How strongly melanin absorbs red, green and blue, next to one another (it falls with wavelength to the power 3.5)."""
_BLOOD = np.array([0.12, 1.0, 0.75])
"""The same of haemoglobin, which lets red pass."""


class HairStyle(IntEnum):
    BALD = 0
    SHORT = 1
    MEDIUM = 2
    LONG = 3
    CURLY = 4
    BUN = 5


class Beard(IntEnum):
    NONE = 0
    STUBBLE = 1
    MOUSTACHE = 2
    GOATEE = 3
    FULL = 4


class Glasses(IntEnum):
    NONE = 0
    ROUND = 1
    RECTANGULAR = 2
    THICK = 3


class Collar(IntEnum):
    CREW = 0
    V_NECK = 1
    SHIRT = 2
    ROLL = 3


@dataclass(frozen=True, eq=False)
class Looks:
    """Looks of n people; first axis n.

    Attributes:
        age: years, 18 to 80.
        masculine: 0 to 1, the factor that shape leans on as well.
        tone: 0.5 (very light) to 10.5 (very dark); rounded, one of ten equally frequent steps.
        skin_rgb, lip_rgb: (n, 3) linear albedo.
        redness: blood in cheeks and nose, 0 to 1.
        freckles: 0 (most people) to 1.
        under_eye: darkness under the eyes, 0 to 1.
        wrinkles: lines that stay at rest, 0 to 1.
        gloss: sheen of the skin, 0 (dry) to 1 (oily).
        iris_rgb, sclera_rgb: (n, 3).
        brow_rgb: (n, 3); brow_thickness: factor on the height of the brow, about 0.6 to 1.5; brow_density: 0 to 1.
        hair_rgb: (n, 3), grey mixed in; hair_style: `HairStyle`.
        hair_length: 0 to 1 within the style's own range; hair_volume: 0 (flat) to 1.
        hair_line: how far the hair begins above vertex 10 of the mesh at the midline, in inter-ocular units.
        recession: how far it recedes at the temples, 0 to 1.
        parting: -1 (the subject's right) to 1; 0 is a middle parting.
        beard: `Beard`; beard_density: 0 to 1; beard_rgb: (n, 3).
        glasses: `Glasses`; frame_rgb: (n, 3).
        cloth_rgb: (n, 3); collar: `Collar`.
    """

    age: Array
    masculine: Array
    tone: Array
    skin_rgb: Array
    lip_rgb: Array
    redness: Array
    freckles: Array
    under_eye: Array
    wrinkles: Array
    gloss: Array
    iris_rgb: Array
    sclera_rgb: Array
    brow_rgb: Array
    brow_thickness: Array
    brow_density: Array
    hair_rgb: Array
    hair_style: Ints
    hair_length: Array
    hair_volume: Array
    hair_line: Array
    recession: Array
    parting: Array
    beard: Ints
    beard_density: Array
    beard_rgb: Array
    glasses: Ints
    frame_rgb: Array
    cloth_rgb: Array
    collar: Ints


def sample(draws: Draws) -> Looks:
    """Looks of n people."""
    age = draws.uniform("looks: age", *AGES)
    lean = masculine(draws)
    tone = draws.uniform("looks: tone", *TONES)
    skin = _skin(draws, tone, age, lean)
    hair = _hair(draws, tone, age, lean)
    return Looks(
        age=age,
        masculine=lean,
        tone=tone,
        **skin,
        **_eyes(draws, tone, age),
        **hair,
        **_worn(draws, age),
    )


def _skin(draws: Draws, tone: Array, age: Array, lean: Array) -> dict[str, Any]:
    light = np.clip((5 - tone) / 4, 0, 1)
    years = _years(age)
    lab = np.stack([np.interp(tone, *_skin_tones()[[0, i]]) for i in (1, 2, 3)], 1)
    # Undertones, from rosy to golden, at the same lightness.
    lab[:, 1] += draws.normal("looks: rosy undertone", sd=1.2)
    lab[:, 2] += draws.normal("looks: golden undertone", sd=1.8)
    skin = linear_from_lab(lab)
    # Lips: a skin without cover, so blood shows; in dark skin melanin covers it again.
    blood = draws.normal("looks: lip blood", 0.52, 0.12) * (1 - 0.45 * np.clip((tone - 6) / 4, 0, 1))
    pigment = draws.normal("looks: lip pigment", 0.10, 0.05)
    lip = skin * np.exp(-blood[:, None] * _BLOOD - np.maximum(pigment, 0)[:, None] * _MELANIN)
    painted = draws.chance("looks: lipstick", 0.35 * (1 - lean) ** 1.5)
    paint = draws.uniform("looks: lipstick strength", 0.35, 0.85) * painted
    hue = np.stack(
        [
            draws.uniform("looks: lipstick red", 0.25, 0.5),
            draws.uniform("looks: lipstick green", 0.015, 0.10),
            draws.uniform("looks: lipstick blue", 0.03, 0.12),
        ],
        1,
    )
    hue *= (0.45 + 0.55 * np.clip((11 - tone) / 8, 0, 1))[:, None]
    lip += paint[:, None] * (hue - lip)
    freckled = draws.chance("looks: freckled", 0.04 + 0.22 * light)
    return {
        "skin_rgb": skin,
        "lip_rgb": np.clip(lip, 0.01, 0.9),
        "redness": np.clip(draws.normal("looks: redness", 0.32, 0.18) + 0.15 * light, 0, 1),
        "freckles": freckled * draws.uniform("looks: freckles", 0.25, 1.0) * (0.35 + 0.65 * light),
        "under_eye": np.clip(draws.normal("looks: under eye", 0.25, 0.15) + 0.35 * years, 0, 1),
        "wrinkles": np.clip(years**1.4 * draws.normal("looks: wrinkles", 0.85, 0.2), 0, 1),
        "gloss": np.clip(draws.normal("looks: gloss", 0.42, 0.18) - 0.15 * years, 0.05, 1),
    }


def _eyes(draws: Draws, tone: Array, age: Array) -> dict[str, Any]:
    iris = _colour(draws, "iris", tone)
    iris *= np.exp(draws.normal("looks: iris lightness", sd=0.22))[:, None]
    yellow = np.clip(draws.normal("looks: sclera tint", 0.25, 0.15) + 0.35 * _years(age), 0, 1)
    pink = np.clip(draws.normal("looks: sclera blood", 0.25, 0.15), 0, 1)
    sclera = 0.46 * np.exp(-yellow[:, None] * [0.06, 0.10, 0.30] - pink[:, None] * [0.02, 0.16, 0.12])
    return {"iris_rgb": np.clip(iris, 0.004, 0.6), "sclera_rgb": sclera}


def _hair(draws: Draws, tone: Array, age: Array, lean: Array) -> dict[str, Any]:
    pigment = _colour(draws, "hair", tone) * np.exp(draws.normal("looks: hair lightness", sd=0.2))[:, None]
    # Half of all people are half grey at about 57; many dye what would be grey.
    onset = draws.normal("looks: greying", 57, 10)
    share = 1 / (1 + np.exp(-(age - onset) / 5))
    dyed = draws.chance("looks: dyed", 0.15 + 0.4 * (1 - lean))
    grey = np.where(dyed, 0.1, 0.95) * share
    white = draws.uniform("looks: grey lightness", 0.28, 0.6)[:, None] * [1.0, 0.96, 0.90]
    hair = pigment + grey[:, None] * (white - pigment)
    brow = pigment * 0.75 + (0.35 * share)[:, None] * (white * 0.7 - pigment * 0.75)
    curly = np.clip(0.10 + 0.09 * (tone - 5), 0.06, 0.55)
    thin = lean**2 * np.clip((age - 28) / 50, 0, 1)
    n = len(draws)
    weights = np.stack(
        [
            0.03 + 0.4 * thin,
            0.15 + 0.85 * lean**1.2,
            0.5 * (1 - lean) + 0.07,
            (0.65 * (1 - lean) + 0.04) * (1.2 - 0.7 * _years(age)),
            np.full(n, 0.0),
            0.35 * (1 - lean) + 0.02,
        ],
        1,
    )
    weights[:, HairStyle.CURLY] = weights.sum(1) * curly / (1 - curly)
    full = draws.choice(
        "looks: beard",
        np.stack([1.2 - 0.6 * lean, 0.7 * lean, 0.16 * lean, 0.22 * lean, 0.42 * lean], 1),
    )
    grows = draws.chance("looks: beard grows", np.clip((lean - 0.45) / 0.3, 0, 1))
    bearded = np.where(grows, full, Beard.NONE)
    recession = np.clip(thin * draws.uniform("looks: recession", 0, 1.6), 0, 1)
    ruddy = 1 + 0.15 * draws.uniform("looks: ruddy beard")[:, None] * [1.0, 0.2, 0.0]
    return {
        "hair_rgb": np.clip(hair, 0.004, 0.75),
        "brow_rgb": np.clip(brow, 0.004, 0.6),
        "brow_thickness": draws.normal("looks: brow thickness", 0.85, 0.14) + 0.3 * lean,
        "brow_density": np.clip(
            draws.normal("looks: brow density", 0.72, 0.13) + 0.15 * (lean - 0.5), 0.3, 1
        ),
        "hair_style": draws.choice("looks: hair style", weights),
        "hair_length": draws.uniform("looks: hair length"),
        "hair_volume": np.clip(draws.normal("looks: hair volume", 0.5, 0.2) - 0.2 * thin, 0, 1),
        "hair_line": draws.normal("looks: hair line", 0.15, 0.06) + 0.15 * recession,
        "recession": recession,
        "parting": np.clip(draws.normal("looks: parting", 0.0, 0.5), -1, 1),
        "beard": bearded,
        "beard_density": draws.uniform("looks: beard density", 0.55, 1.0) * (bearded > 0),
        "beard_rgb": np.clip(hair * ruddy, 0.004, 0.75),
    }


def _worn(draws: Draws, age: Array) -> dict[str, Any]:
    worn = draws.chance("looks: glasses", 0.12 + 0.22 * _years(age))
    kind = 1 + draws.choice("looks: kind of glasses", [0.3, 0.4, 0.3])
    metal = draws.chance("looks: metal frame", np.where(kind == Glasses.THICK, 0.05, 0.5))
    horn = np.array(
        [[0.008, 0.008, 0.009], [0.045, 0.020, 0.009], [0.012, 0.018, 0.045], [0.090, 0.012, 0.014]]
    )
    dark = horn[draws.choice("looks: frame colour", [0.5, 0.3, 0.12, 0.08])]
    steel = draws.uniform("looks: frame metal", 0.12, 0.5)[:, None] * [1.0, 0.93, 0.82]
    saturation = draws.uniform("looks: cloth saturation") ** 1.5
    value = draws.uniform("looks: cloth lightness", 0.02, 0.8) ** 1.5
    hue = draws.uniform("looks: cloth hue", size=(3,))
    cloth = value[:, None] * (1 + saturation[:, None] * (hue / hue.max(1, keepdims=True) - 1))
    return {
        "glasses": np.where(worn, kind, Glasses.NONE),
        "frame_rgb": np.where(metal[:, None], steel, dark),
        "cloth_rgb": np.clip(cloth, 0.006, 0.8),
        "collar": draws.choice("looks: collar", [0.45, 0.2, 0.27, 0.08]),
    }


def _years(age: Array) -> Array:
    """0 at the youngest age, 1 at the oldest."""
    return (age - AGES[0]) / (AGES[1] - AGES[0])


def _colour(draws: Draws, of: str, tone: Array) -> Array:
    """(n, 3) one of the named colours of the table, as frequent as with this tone of skin."""
    rgb, weights = _colours(of)
    # Weights are given for light (2), medium (5) and dark (9) skin.
    own = np.stack([np.interp(tone, (2, 5, 9), w) for w in weights], 1)
    return rgb[draws.choice(f"looks: {of} colour", own)]


@cache
def _colours(of: str) -> tuple[Array, Array]:
    rows = _table(f"{of}_colours.csv")
    rgb = np.array([[float(row[c]) for c in ("red", "green", "blue")] for row in rows])
    weights = np.array([[float(row[f"{s}_skin"]) for s in ("light", "medium", "dark")] for row in rows])
    return rgb, weights


@cache
def _skin_tones() -> Array:
    """(4, k): tone and CIELAB of cheeks, in the range that Xiao et al. (2017) measured in four ethnic groups."""
    return np.array([[float(cell) for cell in row.values()] for row in _table("skin_tones.csv")]).T


def _table(name: str) -> list[dict[str, str]]:
    with (files("explab.synth") / "data" / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def linear_from_lab(lab: Array) -> Array:
    """CIELAB under D65 (..., 3) -> linear sRGB (..., 3), cut off at the gamut."""
    lightness, a, b = np.moveaxis(np.asarray(lab, np.float64), -1, 0)
    fy = (lightness + 16) / 116
    f = np.stack([fy + a / 500, fy, fy - b / 200], -1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * [0.95047, 1.0, 1.08883]
    matrix = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
    return np.asarray(np.clip(xyz @ matrix.T, 0.0, 1.0))
