"""Scenes: several faces in one picture, near and far, some partly hidden; for detectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from explab.face import Truth
from explab.face.align import Pose
from explab.facs.mesh import CONTOURS
from explab.synth.anatomy.units import as_aus
from explab.synth.appearance import person
from explab.synth.assembly import People, Placement, people, portray
from explab.synth.expressions import sample
from explab.synth.randomness import DEFAULT, Draws, face_seeds
from explab.synth.render import shot
from explab.synth.render.exposure import develop
from explab.synth.render.shot import Shot

Array = NDArray[np.float64]

MOST_FACES = 8
SMALLEST = 24.0
"""Height in px of the smallest face's box."""
SIZES = (64, 2048)

_BOX = (2.35, 2.75)
"""Width and height of a face's box in inter-ocular distances, about."""
_HEAD = 1.3
"""A head with its hair, against the box of its face."""
_TILE = 8.0
"""Inter-ocular distances that one drawn head takes up to all sides together: shoulders and hair are inside."""
_EYES_AT = 0.33
_HIDE = 0.25
"""How often something stands in front of a face."""


@dataclass(frozen=True, eq=False)
class Record(Truth):
    """The truth about one face of a scene; landmarks and box are in px of the picture.

    visible: share of the face that neither the picture's border nor anything in front of it hides, 0 to 1.
    """

    visible: float = 1.0

    def record(self) -> dict[str, Any]:
        """As `Truth.record`, with "visible"."""
        return {**super().record(), "visible": round(self.visible, 3)}


def scene(
    n_faces: int = 4,
    *,
    seed: int = DEFAULT,
    size: tuple[int, int] = (640, 480),
    expressions: str | Sequence[str] | None = None,
) -> tuple[NDArray[np.uint8], list[Record]]:
    """A picture of several people, each with an expression of their own.

    Args:
        n_faces: 1 to 8.
        seed: the same seed is the same picture.
        size: width and height in px, 64-2048 each.
        expressions: those to act, one or several; None is all eight.

    Returns:
        The picture (height, width, 3) uint8 RGB, and a `Record` for each face, the largest first. Faces are at least
        24 px high where the picture has room for it; boxes overlap by no more than a fifth of the smaller one.

    Raises:
        ValueError: a number of faces, a size or an expression that is not allowed.
    """
    if not (isinstance(n_faces, int) and 1 <= n_faces <= MOST_FACES):
        raise ValueError(f"n_faces={n_faces!r}: a scene has 1 to {MOST_FACES} faces")
    if not all(isinstance(side, int) and SIZES[0] <= side <= SIZES[1] for side in size):
        raise ValueError(f"size={size!r}: width and height must be whole numbers of {SIZES[0]}-{SIZES[1]} px")
    chance = np.random.default_rng(int(face_seeds(seed, 1)[0]))
    seeds = face_seeds(seed, n_faces)
    draws = Draws(seeds)
    acted = sample(draws, [expressions] if isinstance(expressions, str) else expressions)
    # One camera and one light for everybody, a pose for each.
    whole = shot.sample(Draws(seeds[:1]))
    own = shot.sample(draws)
    taken = replace(_same(whole, n_faces), yaw=own.yaw, pitch=own.pitch, roll=own.roll)
    who = people(seeds, acted.acts, taken)

    iod, centre = _places(chance, n_faces, size)
    picture = _room(chance, shot.backdrop(whole)[0], size)
    owner = np.full(picture.shape[:2], -1)
    found = []
    for i in range(n_faces - 1, -1, -1):  # the largest is nearest to the camera
        points = _add(picture, owner, i, _one(who, i), iod[i], centre[i])
        if chance.random() < _HIDE:
            _hide(chance, picture, owner, points, iod[i])
        found.append(points)
    exposure = shot.exposure(whole, person.sample(draws).skin_rgb.mean(0, keepdims=True))
    image = develop(picture[None], whole, exposure)[0]
    records = [
        _record(points, owner, i, who, acted.expression[i], acted.second[i])
        for i, points in enumerate(reversed(found))
    ]
    return image, records


def _same(one: Shot, n: int) -> Shot:
    return Shot(**{name: np.repeat(values, n, 0) for name, values in vars(one).items()})


def _one(who: People, i: int) -> People:
    def row(of: Any) -> Any:
        return type(of)(**{name: values[i : i + 1] for name, values in vars(of).items()})

    draws = Draws(who.draws.seeds[i : i + 1])
    return People(draws, row(who.looks), row(who.shot), row(who.motion), who.acts[i : i + 1])


def _places(chance: np.random.Generator, n: int, size: tuple[int, int]) -> tuple[Array, Array]:
    """Inter-ocular distances (n,) in px, largest first, and the point between the eyes (n, 2) in px of the picture."""
    room = np.array(size, float)
    box = np.array(_BOX)
    largest = min(room / box) * 0.8 / np.sqrt(n)
    smallest = min(SMALLEST / box[1], largest)
    iod = np.sort(np.exp(chance.uniform(np.log(smallest), np.log(largest), n)))[::-1]
    while True:
        placed: list[Array] = []
        for width in iod:
            half = box * width / 2
            for _ in range(200):
                # The box reaches from 0.35 of its height above the eyes to 0.65 below.
                middle = chance.uniform(half, room - half)
                if all(
                    _overlap(middle, half, m, _HEAD * box * w / 2) < 0.2 and not _behind(middle, half, m, w)
                    for m, w in zip(placed, iod, strict=False)
                ):
                    placed.append(middle)
                    break
        if len(placed) == n:
            return iod, np.array(placed) - [0, 0.15 * box[1]] * iod[:, None]
        iod = np.maximum(iod * 0.9, min(smallest, 4.0))


def _overlap(a: Array, half_a: Array, b: Array, half_b: Array) -> float:
    """Overlap of two boxes as a share of the smaller one."""
    side = np.minimum(a + half_a, b + half_b) - np.maximum(a - half_a, b - half_b)
    smaller = 4 * min(half_a.prod(), half_b.prod())
    return float(np.maximum(side, 0).prod() / smaller)


def _behind(middle: Array, half: Array, nearer: Array, iod: float) -> bool:
    """Does the body of a nearer person hide more than the edge of a box?"""
    shoulders = nearer[1] + 1.6 * iod
    beside = abs(middle[0] - nearer[0]) > 3.3 * iod + 0.7 * half[0]
    return bool(middle[1] + 0.7 * half[1] > shoulders and not beside)


def _room(chance: np.random.Generator, grid: Array, size: tuple[int, int]) -> NDArray[np.float32]:
    """Linear RGB (height, width, 3): the backdrop with a few blurred things in it."""
    room = cv2.resize(grid.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    room = np.maximum(room, 0.002)
    width, height = size
    for _ in range(chance.integers(0, 9)):
        colour = tuple(_colour(chance).tolist())
        corner = chance.uniform(0, 1, 2) * size
        extent = np.exp(chance.uniform(np.log(0.04), np.log(0.4), 2)) * min(size)
        a, b = corner - extent / 2, corner + extent / 2
        if chance.random() < 0.5:
            cv2.rectangle(room, tuple(a.astype(int).tolist()), tuple(b.astype(int).tolist()), colour, -1)
        else:
            axes = tuple((extent / 2).astype(int).tolist())
            cv2.ellipse(room, tuple(corner.astype(int).tolist()), axes, 0, 0, 360, colour, -1)
    sigma = float(np.exp(chance.uniform(np.log(0.8), np.log(8)))) * max(width, height) / 640
    return np.asarray(cv2.GaussianBlur(room, (0, 0), sigma), np.float32)


def _colour(chance: np.random.Generator) -> Array:
    """Linear RGB of a thing: from black to white, seldom vivid."""
    hue = chance.uniform(0, 1, 3)
    vivid = chance.random() ** 2
    return np.asarray(chance.uniform(0.1, 0.8) ** 2 * (1 + vivid * (hue / hue.max() - 1)))


def _add(
    picture: NDArray[np.float32], owner: NDArray[np.int64], i: int, who: People, iod: float, centre: Array
) -> NDArray[np.float32]:
    """Draw one person over the picture; return the landmarks (478, 3) in px of the picture."""
    tile = max(int(np.ceil(_TILE * iod)), 8)
    eyes = np.array([tile / 2, tile * _EYES_AT])
    where = Placement(tile, np.array([iod]), eyes[None], eyes)
    linear, landmarks = portray(who, where, np.zeros((1, 2, 2, 3)))
    corner = np.round(centre - eyes).astype(int)
    height, width = picture.shape[:2]
    rgba = linear[0]
    below = height - (corner[1] + tile)
    if below > 0:  # clothes go on down to the picture's lower border
        rgba = np.concatenate([rgba, np.repeat(rgba[-1:], below, 0)])
    y0, x0 = max(corner[1], 0), max(corner[0], 0)
    y1, x1 = min(corner[1] + len(rgba), height), min(corner[0] + tile, width)
    part = rgba[y0 - corner[1] : y1 - corner[1], x0 - corner[0] : x1 - corner[0]]
    alpha = part[..., 3:]
    picture[y0:y1, x0:x1] = picture[y0:y1, x0:x1] * (1 - alpha) + part[..., :3]
    owner[y0:y1, x0:x1][alpha[..., 0] > 0.5] = i
    return np.asarray(landmarks[0] + np.array([*corner, 0]), np.float32)


def _hide(
    chance: np.random.Generator,
    picture: NDArray[np.float32],
    owner: NDArray[np.int64],
    points: NDArray[np.float32],
    iod: float,
) -> None:
    """Put something of one colour, shaded from side to side, before a part of a face: a cup, a book, a post."""
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    kind = chance.integers(0, 3)
    side = chance.choice([-1.0, 1.0])
    mask = np.zeros(owner.shape, np.uint8)
    if kind == 0:  # something round before a cheek or the chin
        at = (low + high) / 2 + [side * 0.9 * iod, chance.uniform(0.5, 1.2) * iod]
        axes = chance.uniform(0.5, 0.9, 2) * iod
        cv2.ellipse(mask, _ints(at), _ints(axes), float(chance.uniform(0, 180)), 0, 360, 1, -1)
    elif kind == 1:  # something held before the chin or below it
        top = low[1] + chance.uniform(0.72, 0.95) * (high[1] - low[1])
        cv2.rectangle(
            mask, _ints([low[0] - 0.3 * iod, top]), _ints([high[0] + 0.3 * iod, top + 2.5 * iod]), 1, -1
        )
    else:  # a post at one side
        edge = (high[0] if side > 0 else low[0]) - side * chance.uniform(0.2, 0.7) * iod
        far = edge + side * chance.uniform(0.5, 1.5) * iod
        cv2.rectangle(mask, _ints([min(edge, far), 0]), _ints([max(edge, far), owner.shape[0]]), 1, -1)
    inside = mask > 0
    colour = _colour(chance)
    across = np.linspace(0.75, 1.2, owner.shape[1])[None, :, None][:, :: int(side)]
    picture[inside] = (across * colour * np.ones((*owner.shape, 1)))[inside]
    owner[inside] = -1


def _ints(point: Any) -> tuple[int, int]:
    x, y = np.round(point).astype(int).tolist()
    return x, y


_OVAL = list(CONTOURS["face oval"])


def _record(
    points: NDArray[np.float32],
    owner: NDArray[np.int64],
    i: int,
    who: People,
    expression: str,
    second: str,
) -> Record:
    xy = points[:, :2]
    low, high = np.floor(xy.min(0)).astype(int), np.ceil(xy.max(0)).astype(int)
    oval = np.zeros((high - low + 1)[::-1], np.uint8)
    cv2.fillPoly(oval, [np.round(xy[_OVAL] - low).astype(np.int32)], 1)
    y, x = np.nonzero(oval)
    y, x = y + low[1], x + low[0]
    inside = (y >= 0) & (x >= 0) & (y < owner.shape[0]) & (x < owner.shape[1])
    mine = owner[y[inside], x[inside]] == i
    pose = Pose(*(float(angle[i]) for angle in (who.shot.yaw, who.shot.pitch, who.shot.roll)))
    return Record(
        expression=str(expression),
        aus=as_aus(who.acts[i]),
        landmarks=points,
        box=np.concatenate([xy.min(0), xy.max(0)]).astype(np.float32),
        pose=pose,
        second=str(second),
        visible=float(mine.sum() / max(len(y), 1)),
    )
