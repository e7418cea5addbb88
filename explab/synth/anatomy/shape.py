"""The shape of neutral faces: the canonical face, deformed by named factors of anatomy.

Each factor ("nose width", "jowls") is a sum of smooth, local displacement fields around vertices of the mesh, written
in `data/shape_fields.csv` for one standard deviation of the factor; `data/shape_factors.csv` says how the factors
follow from how masculine a face is and from age. One face is one row of factors times a fixed basis.

The spreads follow meshes measured on photographs, widened by about a third because a mesh fitted to a photograph is
drawn towards the average face, and with wider noses and fuller lips after the anthropometry of Farkas et al. (2005,
"International anthropometric study of facial morphology"). Shape is drawn independently of skin colour.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explab.face.align import CANONICAL, eye_centres
from explab.facs.mesh import LEFT_EYE_CORNERS, MIRROR, RIGHT_EYE_CORNERS
from explab.synth.anatomy.surface import EYE_LOOPS, eyeballs
from explab.synth.randomness import Draws

MIDDLE_AGE = 49.0
"""Years at which age changes nothing; the table gives its effect `AGE_STEP` years later."""
AGE_STEP = 31.0

CLIP = 2.2
"""No factor goes further than this many standard deviations."""

_FLIP = np.array([-1.0, 1.0, 1.0])

# The lid margins at the middle of each eye, right eye first.
_LID_MIDDLES = [[159, 145], [386, 374]]
_LID_CLEARANCE = 1.02
"""Distance of every point of the lid margins from the eyeball's centre, at least, in its radii."""
_IRISES = (slice(468, 473), slice(473, 478))

# Where bumps without a name sit, right half and midline: they give a face what no factor describes.
_BUMPS = (10, 54, 70, 9, 116, 123, 187, 205, 58, 150, 152, 200, 4, 197, 164, 101)
_BUMP_RADIUS = 0.33


class Factor(NamedTuple):
    """How one factor is distributed, in standard deviations.

    masculine: what the most masculine face (1) has more than the middle (0.5), and the least (0) has less.
    age: what the age of 80 adds, and the age of 18 takes away. spread: standard deviation of what chance adds.
    """

    name: str
    masculine: float
    age: float
    spread: float


def _rows(name: str) -> list[dict[str, str]]:
    with (files("explab.synth") / "data" / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


FACTORS: tuple[Factor, ...] = tuple(
    Factor(row["factor"], float(row["masculine"]), float(row["age"]), float(row["spread"]))
    for row in _rows("shape_factors.csv")
)
"""The named factors, from the outline of the face to its depth."""


def masculine(draws: Draws) -> NDArray[np.float64]:
    """(n,) how masculine a face is, from 0 to 1: a continuum with more faces towards its ends than in the middle."""
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * draws.uniform("people: masculine")), np.float64)


def factors(draws: Draws, age: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, len(FACTORS)) of each face, in standard deviations.

    Args:
        draws: random numbers of n faces.
        age: (n,) in years.
    """
    chance = np.stack([draws.normal(f"shape: {f.name}", clip=CLIP) for f in FACTORS], 1)
    table = np.array([(f.masculine, f.age, f.spread) for f in FACTORS])
    lean = 2 * masculine(draws) - 1
    years = (np.asarray(age, np.float64) - MIDDLE_AGE) / AGE_STEP
    values = chance * table[:, 2] + lean[:, None] * table[:, 0] + years[:, None] * table[:, 1]
    # Soft limit: the sum of chance, lean and age may not leave the range in which the fields are anatomy.
    return np.asarray(CLIP * np.tanh(values / CLIP), np.float64)


def neutral(draws: Draws, age: NDArray[np.float64], asymmetry: float = 1.0) -> NDArray[np.float64]:
    """Faces at rest of n people.

    Args:
        draws: random numbers of n faces.
        age: (n,) in years, 18 to 80.
        asymmetry: how different left and right are; 1 as in people, 0 for mirror-symmetric faces.

    Returns:
        (n, 478, 3) in the frame of `explab.face.align.CANONICAL`: inter-ocular distance 1, origin between the eyes,
        irises looking straight ahead.
    """
    n = len(draws)
    points = CANONICAL + (factors(draws, age) @ _basis().reshape(len(FACTORS), -1)).reshape(n, -1, 3)
    symmetric, sided = _bump_basis()
    chance = draws.normal("shape: unnamed", sd=0.010, size=(len(symmetric),), clip=CLIP)
    points += (chance @ symmetric.reshape(len(symmetric), -1)).reshape(n, -1, 3)
    chance = draws.normal("shape: asymmetry", sd=0.010 * asymmetry, size=(len(sided),), clip=CLIP)
    points += (chance @ sided.reshape(len(sided), -1)).reshape(n, -1, 3)
    return _in_frame(points)


def _in_frame(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inter-ocular distance 1 and origin between the eyes again, lids before the eyeballs, irises of fixed size."""
    centres = eye_centres(points)
    apart = np.linalg.norm(centres[:, 1] - centres[:, 0], axis=-1)
    points = (points - centres.mean(1, keepdims=True)) / apart[:, None, None]
    # A bump may lift one eye: level the eyes, or the pose would carry a roll that nobody asked for.
    right, left = eye_centres(points).transpose(1, 0, 2)
    roll = np.arctan2(left[:, 1] - right[:, 1], left[:, 0] - right[:, 0])
    cos, sin = np.cos(roll)[:, None], np.sin(roll)[:, None]
    x, y = points[..., 0].copy(), points[..., 1].copy()
    points[..., 0], points[..., 1] = cos * x + sin * y, cos * y - sin * x
    balls, radii = eyeballs(points)
    for eye, iris in enumerate(_IRISES):
        away = points[:, EYE_LOOPS[eye]] - balls[:, None, eye]
        radius = _LID_CLEARANCE * radii[:, eye, None]
        short = np.maximum(radius / np.linalg.norm(away, axis=-1), 1) - 1
        points[:, EYE_LOOPS[eye]] += short[..., None] * away
        offset = CANONICAL[iris] - _eye_middle(CANONICAL[None], eye)
        points[:, iris] = _eye_middle(points, eye)[:, None] + offset
    return points


def _eye_middle(points: NDArray[np.float64], eye: int) -> NDArray[np.float64]:
    """(n, 3) between the corners of an eye (0 right, 1 left), at the height and depth of its lids' middle."""
    corners = points[:, [RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS][eye]].mean(1)
    lids = points[:, _LID_MIDDLES[eye]].mean(1)
    return np.stack([corners[:, 0], lids[:, 1], lids[:, 2]], -1)


@cache
def _basis() -> NDArray[np.float64]:
    """(len(FACTORS), 478, 3) displacement of every vertex for one standard deviation of each factor."""
    index = {f.name: i for i, f in enumerate(FACTORS)}
    basis = np.zeros((len(FACTORS), *CANONICAL.shape))
    for row in _rows("shape_fields.csv"):
        basis[index[row["factor"]]] += _symmetric(_field(row), int(row["vertex"]))
    return basis


def _field(row: dict[str, str]) -> NDArray[np.float64]:
    """One line of the table: a move and a stretch about a vertex, fading with a Gaussian of three radii.

    An empty radius fades nowhere. half "above" or "below" stretches only what lies on that side of the vertex.
    """
    radius = np.array([float(row[f"radius_{axis}"] or np.inf) for axis in "xyz"])
    move, stretch = (
        np.array([float(row[f"{kind}_{axis}"]) for axis in "xyz"]) for kind in ("move", "stretch")
    )
    away = CANONICAL - CANONICAL[int(row["vertex"])]
    fade = np.exp(-0.5 * ((away / radius) ** 2).sum(1))
    if row["half"]:
        away = np.minimum(away, 0) if row["half"] == "above" else np.maximum(away, 0)
    return np.asarray(fade[:, None] * (move + stretch * away), np.float64)


def _symmetric(field: NDArray[np.float64], vertex: int) -> NDArray[np.float64]:
    """A field around a vertex of the right half, with its mirror image on the left half."""
    mirrored = field[MIRROR] * _FLIP
    return np.asarray((field + mirrored) / (2 if MIRROR[vertex] == vertex else 1), np.float64)


@cache
def _bump_basis() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bumps of three directions around each of `_BUMPS`: both sides alike, and the two sides opposed."""
    alike, opposed = [], []
    for vertex in _BUMPS:
        away = CANONICAL - CANONICAL[vertex]
        fade = np.exp(-0.5 * (away**2).sum(1) / _BUMP_RADIUS**2)
        for direction in np.eye(3):
            field = fade[:, None] * direction
            mirrored = field[MIRROR] * _FLIP
            alike.append((field + mirrored) / 2)
            opposed.append((field - mirrored) / 2)
    # On the midline one of the two vanishes.
    return (
        np.stack([f for f in alike if np.abs(f).max() > 1e-3]),
        np.stack([f for f in opposed if np.abs(f).max() > 1e-3]),
    )
