"""`face` and `faces`: synthetic faces with the truth about them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from explab.face import Face, Remark, Source, Truth
from explab.face.align import Pose
from explab.face.expression import codebook_expression
from explab.face.read import check_size
from explab.progress import progress_bar
from explab.synth.anatomy.units import acts_matrix, as_aus, given
from explab.synth.assembly import People, people, photograph
from explab.synth.expressions import sample, sample_units
from explab.synth.randomness import DEFAULT, Draws, face_seeds
from explab.synth.render import shot

Array = NDArray[np.float64]

BATCH = 64
"""Faces drawn at a time: enough for the threads, little memory."""

LIMITS = {"yaw": 75.0, "pitch": 45.0, "roll": 180.0}
"""Degrees to either side that a head can be turned."""

SYNTHETIC = Remark("good", "Synthetic: made by explab, so everything about it is known")


def face(
    *,
    seed: int = DEFAULT,
    size: int = 256,
    yaw: float = 0.0,
    pitch: float = 0.0,
    roll: float = 0.0,
    **aus: float,
) -> Face:
    """One synthetic face that does what is asked and nothing else: `face(AU12=0.9, AU6=0.6, seed=3)`.

    Args:
        seed: who it is and in what light: the same seed is the same person in the same light, and the first face of
            `faces(n, seed=...)`. Nothing in explab was fitted to the default; see `explab.synth.randomness`.
        size: side of the picture in px, 32-2048.
        yaw, pitch, roll: degrees, with the signs of `Pose`; within 75, 45 and 180 to either side.
        aus: intensities in [0, 1] by code, "AU12" for both sides or "AU12L" for one; all others are 0. Head positions
            (AU51-58) are given as angles.

    Returns:
        A Face whose picture is its own source. `truth` holds AUs, landmarks, box and pose, and the expression that the
        codebook reads off the AUs; `landmarks` and `aus` are the true ones too (see `measured` for what a reader sees).

    Raises:
        UnknownUnit, ValueError: a unit that does not exist or cannot be acted, an intensity outside [0, 1], a size or
        an angle that is not allowed; the message lists what is.
    """
    check_size(size)
    acts = acts_matrix([given(aus)])
    seeds = face_seeds(seed, 1)
    taken = shot.sample(Draws(seeds), **checked_pose(yaw=yaw, pitch=pitch, roll=roll))
    return made(people(seeds, acts, taken), size, [f"<synthetic {seed}>"])[0]


def faces(
    n: int,
    *,
    seed: int = DEFAULT,
    size: int = 128,
    expressions: str | Sequence[str] | None = None,
    yaw: float | None = None,
    pitch: float | None = None,
    roll: float | None = 0.0,
    first: int = 0,
) -> list[Face]:
    """n synthetic faces, everybody somebody else, their expressions drawn from the codebook's prototypes.

    Face i depends on `seed` and i alone: `faces(10, seed=1)[7]` is `faces(1, seed=1, first=7)[0]`.

    Args:
        n: how many.
        seed: of the whole series; nothing in explab was fitted to the default, see `explab.synth.randomness`.
        size: side of the pictures in px, 32-2048.
        expressions: the expressions to act, one or several, each equally often; None is all eight.
        yaw, pitch, roll: degrees for all faces; None draws them anew for each: yaw within 35 to either side, pitch and
            roll within 20, most near 0. Roll is 0 unless asked for, as in the upright crops of `read_face`.
        first: number of the first face in the series.

    Returns:
        Faces as of `face`; `truth.expression` is the expression that was acted.

    Raises:
        ValueError: an unknown expression, a size, an angle or a number that is not allowed.
    """
    check_size(size)
    if not (isinstance(n, int) and n >= 0 and isinstance(first, int) and first >= 0):
        raise ValueError(f"n={n!r}, first={first!r}: both must be whole numbers from 0 up")
    angles = checked_pose(yaw=yaw, pitch=pitch, roll=roll)
    wanted = [expressions] if isinstance(expressions, str) else expressions
    series: list[Face] = []
    with progress_bar(n, "making faces", "face") as bar:
        for start in range(first, first + n, BATCH):
            count = min(BATCH, first + n - start)
            seeds = face_seeds(seed, count, start)
            draws = Draws(seeds)
            acted = sample(draws, wanted)
            who = people(seeds, acted.acts, shot.sample(draws, **angles))
            names = [f"<synthetic {seed}:{i}>" for i in range(start, start + count)]
            series += made(who, size, names, acted.expression.tolist(), acted.second.tolist())
            bar.update(count)
    return series


def acted(
    n: int, *, seed: int = DEFAULT, expressions: str | Sequence[str] | None = None, first: int = 0
) -> NDArray[np.float64]:
    """What the people of `faces` do, without a picture: (n, len(ACTS)) intensities in [0, 1]."""
    wanted = [expressions] if isinstance(expressions, str) else expressions
    return sample(Draws(face_seeds(seed, n, first)), wanted).acts


def checked_pose(**angles: float | None) -> dict[str, Any]:
    """The angles as given. Raises ValueError, naming the limits, for one that no head can take."""
    for name, angle in angles.items():
        if angle is not None and not -LIMITS[name] <= angle <= LIMITS[name]:
            limits = ", ".join(f"{k} -{v:g} to {v:g}" for k, v in LIMITS.items())
            raise ValueError(f"{name}={angle!r} is no possible pose; degrees allowed: {limits}")
    return angles


def made(
    who: People,
    size: int,
    names: Sequence[str],
    expressions: Sequence[str] | None = None,
    second: Sequence[str] | None = None,
) -> list[Face]:
    """People -> Faces with their truth; without given expressions the codebook reads them off the AUs."""
    photos = photograph(who, size)
    taken = who.shot
    portraits: list[Face] = []
    for i, name in enumerate(names):
        aus = as_aus(who.acts[i])
        pose = Pose(*(float(angle[i]) for angle in (taken.yaw, taken.pitch, taken.roll)))
        points = photos.landmarks[i]
        box = np.concatenate([points[:, :2].min(0), points[:, :2].max(0)])
        recipe: dict[str, Any] = {"seed": int(who.draws.seeds[i]), "pose": tuple(pose), "size": size}
        truth = Truth(
            expression=expressions[i] if expressions else codebook_expression(aus).best,
            second=second[i] if second else "",
            aus=aus,
            landmarks=points,
            box=box,
            pose=pose,
            recipe=recipe,
        )
        portraits.append(
            Face(
                image=photos.images[i],
                landmarks=points,
                transform=np.eye(2, 3),
                box=box,
                pose=pose,
                source=Source(name, size=(size, size), backend="explab synthetic", view="made"),
                aus=aus,
                truth=truth,
                remarks=(SYNTHETIC,),
            )
        )
    return portraits


@cache
def rendering() -> str:
    """Eight hex digits that change with how faces are built, move and are drawn: what was kept of others is stale."""
    draws = Draws(face_seeds(0, 4))
    taken = shot.sample(draws, yaw=15, pitch=5, roll=0)
    return f"{crc32(photograph(people(draws.seeds, sample_units(draws), taken), 96).images.tobytes()):08x}"
