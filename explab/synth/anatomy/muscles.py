"""Muscles that pull the skin towards the bone, after Waters (1987): one displacement field per muscle and side.

As in Waters' linear muscle, a strand has a fixed end on the bone and a moving end in the skin, which it draws towards
the bone. What happens around the moving end is left to the elastic `sheet`. The strands are the rows of
`data/muscles.csv`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from explab.face.align import CANONICAL
from explab.facs.mesh import CONTOURS
from explab.facs.units import UNITS
from explab.synth.anatomy.elastic_skin import SKIN_MIRROR, normals, response
from explab.synth.anatomy.lips import ALONG, BELL, INWARD, LIPS, NOSTRILS
from explab.synth.anatomy.surface import N_SKIN
from explab.synth.anatomy.units import COLUMN

_LID_MARGINS = (*CONTOURS["right eye"], *CONTOURS["left eye"])
_MIRRORED = np.array([-1.0, 1.0, 1.0])
_CORNER = 61
_OVAL = CONTOURS["face oval"]
TISSUES: dict[str, tuple[int, ...]] = {
    "nose": (8, 168, 6, 197, 195, 5, 4, 1, 19, 94, 2),
    "nostrils": NOSTRILS,
    "jaw": _OVAL[10:27],
    "scalp": (*_OVAL[:8], *_OVAL[-8:]),
    "mouth": CONTOURS["outer lips"],
    "lower lip": (*CONTOURS["outer lips"][11:], *CONTOURS["inner lips"][11:]),
}
"""Vertices that a muscle may leave where they are: the column "holds" of the table, several separated by "+"."""

_FADING = np.array([1.5, 3.0, 2.0])
"""How the pull on a corner of the mouth fades along the lips: powers of the way from the other corner, for x, y, z.

Measured on photographs of people at rest and smiling: lips stretch evenly, rise at their ends, lie against the teeth.
"""


@dataclass(frozen=True)
class Strand:
    """Part of a muscle, on the subject's right.

    Attributes:
        origin: fixed end on the bone, in the frame of CANONICAL.
        into: vertices of the skin at the moving end, or a rim of a lip: "upper lip inside", "lower lip rim".
        pull: way of the moving end towards the origin at intensity 1, in inter-ocular units.
        bulge: way out of the face at intensity 1, in inter-ocular units; negative sinks in.
    """

    origin: tuple[float, float, float]
    into: str
    pull: float
    bulge: float

    def move(self, vertices: list[int]) -> NDArray[np.float64]:
        """(len(vertices), 3) where the moving end goes."""
        towards = np.array(self.origin) - CANONICAL[vertices].mean(0)
        out = normals()[vertices] + normals()[vertices].mean(0)
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        return np.asarray(self.pull * towards / np.linalg.norm(towards) + self.bulge * out)


@dataclass(frozen=True)
class Muscle:
    """A muscle: the unit it serves, how far its pull spreads in the skin, what it leaves alone, and its strands."""

    unit: str
    name: str
    spread: float
    holds: tuple[str, ...]
    strands: tuple[Strand, ...]


@cache
def muscles() -> tuple[Muscle, ...]:
    """The muscles of `data/muscles.csv`; spread and holds of a muscle stand in its first row."""
    with (files("explab.synth") / "data" / "muscles.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    by_name: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows:
        by_name.setdefault((row["unit"], row["muscle"]), []).append(row)
    return tuple(
        Muscle(unit, name, float(own[0]["spread"]), _words(own[0]["holds"]), tuple(map(_strand, own)))
        for (unit, name), own in by_name.items()
    )


def _words(cell: str) -> tuple[str, ...]:
    return tuple(word for word in cell.split("+") if word)


def _strand(row: dict[str, str]) -> Strand:
    origin = (float(row["from_x"]), float(row["from_y"]), float(row["from_z"]))
    return Strand(origin, row["into"], float(row["pull"]), float(row["bulge"]))


def _field(muscle: Muscle) -> NDArray[np.float64]:
    """(468, 3) displacement of the skin by the muscle of the right side, or of both for a unit without sides."""
    moves: dict[int, NDArray[np.float64]] = {}
    rims: dict[str, Strand] = {}
    for strand in muscle.strands:
        if "lip" in strand.into:
            rims[strand.into] = strand
        else:
            vertices = [int(v) for v in strand.into.split()]
            moves |= dict(zip(vertices, strand.move(vertices), strict=True))
    sided = UNITS[muscle.unit].paired
    held = {*_LID_MARGINS, *(v for tissue in muscle.holds for v in TISSUES[tissue])}
    if sided:
        held |= set(np.flatnonzero(CANONICAL[:N_SKIN, 0] > 0.15).tolist())
    else:
        moves |= {int(SKIN_MIRROR[v]): way * _MIRRORED for v, way in moves.items() if SKIN_MIRROR[v] != v}
    for lip, name in enumerate(("upper", "lower")):
        if f"{name} lip rim" in rims:
            moves = _across_the_lip(lip, rims[f"{name} lip rim"], rims[f"{name} lip inside"], sided) | moves
            held |= set(LIPS[1 - lip, :, 1:-1].ravel().tolist())
    if _CORNER in moves:
        moves = _along_the_lips(moves[_CORNER]) | moves
    follow = response(list(moves), muscle.spread, sorted(held - set(moves)))
    return np.asarray(follow @ np.array(list(moves.values())))


def _across_the_lip(lip: int, rim: Strand, inside: Strand, sided: bool) -> dict[int, NDArray[np.float64]]:
    """What a pull on a lip, upper (0) or lower (1), does to each of its vertices but the corners."""
    # Each side lifts its own half; in the middle, where they share, both together reach a little less.
    share = np.sin(np.pi / 2 * np.clip(0.4 - ALONG, 0, 1)) if sided else np.ones_like(ALONG)
    moves = {}
    for row, inwards in enumerate(INWARD):
        for column in range(1, 10):
            vertex = int(LIPS[lip, row, column])
            way = (1 - inwards) * rim.move([vertex])[0] + inwards * inside.move([vertex])[0]
            moves[vertex] = way * BELL[column] * share[column]
    return moves


def _along_the_lips(pull: NDArray[np.float64]) -> dict[int, NDArray[np.float64]]:
    """What a pull on the right corner of the mouth does to each vertex of the lips."""
    way = pull * ((1 - ALONG[:, None]) / 2) ** _FADING
    return {int(vertex): way[column] for lip in LIPS for row in lip for column, vertex in enumerate(row)}


@cache
def fields() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The field of every muscle, (m, 468, 3), and the column of ACTS that drives it, (m,)."""
    pulls: list[NDArray[np.float64]] = []
    drivers: list[int] = []
    for muscle in muscles():
        right = _field(muscle)
        left = right[SKIN_MIRROR] * _MIRRORED
        if UNITS[muscle.unit].paired:
            pulls += [left, right]
            drivers += [COLUMN[muscle.unit + "L"], COLUMN[muscle.unit + "R"]]
        else:
            pulls.append((right + left) / 2)
            drivers.append(COLUMN[muscle.unit])
    return np.array(pulls), np.array(drivers)


@cache
def _lower_face() -> NDArray[np.float64]:
    """(468, 1) 0 from the eyes up to 1 from the mouth down."""
    share = np.clip((CANONICAL[:N_SKIN, 1:2] - 0.2) / 0.6, 0, 1)
    return np.asarray(share**2 * (3 - 2 * share))


def _size(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 478, 3) -> (n, 3) width of the mouth, height of the lower face, height of the brows above the eyes."""
    width = np.linalg.norm(points[:, 291] - points[:, 61], axis=-1)
    height = points[:, 152, 1] - points[:, 2, 1]
    brows = points[:, [33, 133, 263, 362], 1].mean(-1) - points[:, [52, 65, 282, 295], 1].mean(-1)
    return np.stack([width, height, brows], -1)


def _proportions(neutral: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 468, 3) how much further than on the canonical face the skin has to go on these faces."""
    ratio = np.clip(_size(neutral) / _size(CANONICAL[None]), 0.6, 1.6)
    width, height, brows = (1 + ratio.T[:, :, None]) / 2  # halfway: large faces do not move in proportion
    lower = _lower_face()[None, :, 0]
    x = 1 + lower * (width - 1)
    y = lower * height + (1 - lower) * brows
    return np.stack([x, y, x], -1)


def skin_pull(neutral: NDArray[np.float64], acts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Displacement of the skin by all muscles together: (n, 478, 3), (n, len(ACTS)) -> (n, 468, 3).

    Muscles that pull a vertex the same way share it: together they reach the root of the sum of squares of what each
    would reach alone. Pulls across one another, or against one another, add up.
    """
    pulls, drivers = fields()
    drive = acts[:, drivers]
    total = (drive @ pulls.reshape(len(pulls), -1)).reshape(len(acts), N_SKIN, 3)
    reach = np.sqrt(drive**2 @ (pulls**2).sum(-1))
    length = np.sqrt((total**2).sum(-1))
    shared = reach / np.maximum(np.maximum(length, reach), 1e-12)
    return np.asarray(total * shared[..., None] * _proportions(neutral))
