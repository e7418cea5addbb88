"""Synthetic people as a landmark backend reads their pictures, kept on disk so that a run can go on where it stopped.

Real faces are only ever known through such readings, which damp some movements and invent others; so what measures
units is fitted to readings of pictures and not to the geometry behind them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explab.face.align import CROP_SIZE
from explab.face.backends import Backend, Mesh, mirror_mesh
from explab.synth.anatomy import shape
from explab.synth.anatomy.motion import move
from explab.synth.anatomy.units import ACTS
from explab.synth.appearance import person
from explab.synth.expressions import sample, sample_units
from explab.synth.make import rendering
from explab.synth.randomness import Draws, face_seeds
from explab.synth.render import camera, shot
from explab.synth.render.shot import Shot

Array = NDArray[np.float64]
F32 = NDArray[np.float32]

CHUNK = 64
"""People drawn, read and stored at a time."""
SHOTS = 4
"""Pictures of each person in action, besides one at rest."""
SIZE = 192
"""Side of the pictures in px; MediaPipe looks at faces in 192 or 256 px itself."""

_UNITS_SHARE = 0.6
_STRENGTHS = (0.12, 0.12)


@dataclass(frozen=True, eq=False)
class Readings:
    """n pictures of people in action.

    Attributes:
        points: (n, 478, 3) px, as read.
        rest: (n, 478, 3) px, as read from another picture of the same person, taken at rest from anywhere.
        acts: (n, len(ACTS)) what the person meant to do, in [0, 1]; what counts as the truth.
        person: (n,) who it is.
        posed: (n,) True where an expression was acted, False where units were drawn in any combination.
        angles: (n, 3) true yaw, pitch and roll in degrees.
    """

    points: F32
    rest: F32
    acts: Array
    person: NDArray[np.int64]
    posed: NDArray[np.bool_]
    angles: Array

    def __len__(self) -> int:
        return len(self.acts)

    def __getitem__(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Readings:
        return Readings(*(getattr(self, field.name)[rows] for field in fields(self)))


def joined(parts: list[Readings]) -> Readings:
    """Several lots as one."""
    return Readings(*(np.concatenate([getattr(p, field.name) for p in parts]) for field in fields(Readings)))


@dataclass(frozen=True, eq=False)
class Sitting:
    """A picture of each of n people: who they are, what they do, how it is taken, and the truth about it."""

    draws: Draws
    acts: Array
    posed: NDArray[np.bool_]
    moved: Array
    taken: Shot


def sittings(seed: int, first: int, count: int, individual: float) -> list[Sitting]:
    """Pictures of people `first` to `first + count - 1` of a series: one at rest, then SHOTS in action.

    `individual` says how differently people do the same unit: 0 not at all, 1 by about a tenth in strength.
    """
    who = Draws(face_seeds(seed, count, first))
    strength = np.exp(
        individual * who.normal("readings: strength", sd=_STRENGTHS[0])[:, None]
        + individual * who.normal("readings: strengths", sd=_STRENGTHS[1], size=(len(ACTS),))
    )
    sat = []
    for k in range(SHOTS + 1):
        draws = Draws(face_seeds(seed * 1_000_003 + 7919 * (k + 1), count, first))
        if k == 0:
            # Who is asked for a neutral face may blink, part the lips or look aside.
            posed, acts = np.ones(count, bool), sample(draws, ["Neutral"]).acts
            acts = np.where(draws.chance("readings: perfectly at rest", 0.5)[:, None], 0.0, acts)
        else:
            posed = ~draws.chance("readings: any units", _UNITS_SHARE)
            acts = np.where(posed[:, None], sample(draws).acts, sample_units(draws))
        wide = draws.chance("readings: turned", 0.5)
        taken = shot.sample(draws)
        yaw = np.where(wide, draws.uniform("readings: yaw", -35, 35), taken.yaw)
        pitch = np.where(wide, draws.uniform("readings: pitch", -20, 20), taken.pitch)
        taken = shot.sample(draws, yaw=yaw, pitch=pitch, roll=np.clip(taken.roll, -8, 8))
        sat.append(Sitting(who, acts, posed, np.clip(acts * strength, 0, 1), taken))
    return sat


def rendered(sitting: Sitting, backend: Backend) -> tuple[F32, NDArray[np.bool_]]:
    """(n, 478, 3) px as the backend reads the pictures, and where it found a face."""
    from explab.synth.assembly import people, photograph

    images = photograph(people(sitting.draws.seeds, sitting.moved, sitting.taken), SIZE).images
    read = [_read_twice(image, backend) for image in images]
    blank = np.zeros((478, 3), np.float32)
    return np.array([blank if p is None else p for p in read]), np.array([p is not None for p in read])


def _read_twice(image: NDArray[np.uint8], backend: Backend) -> F32 | None:
    """The mean of what is read from a crop and from its mirror image, as `read_face` does it."""
    import cv2

    crop = cv2.resize(image, (CROP_SIZE, CROP_SIZE), interpolation=cv2.INTER_CUBIC)
    once = backend.find(np.asarray(crop, np.uint8), 1, 0.3)
    twice = backend.find(np.ascontiguousarray(crop[:, ::-1]), 1, 0.3)
    if not once or not twice:
        return None
    return np.asarray((once[0].points + mirror_mesh(Mesh(twice[0].points), CROP_SIZE).points) / 2, np.float32)


def geometric(sitting: Sitting, seed: int) -> tuple[F32, NDArray[np.bool_]]:
    """The true landmarks with a little noise: for tests, and to see what is lost by reading pictures."""
    motion = move(shape.neutral(sitting.draws, person.sample(sitting.draws).age), sitting.moved)
    turn = camera.rotation(sitting.taken.yaw, sitting.taken.pitch)
    seen = camera.seen(camera.turned(motion.points, turn), sitting.taken.distance)
    scale, shift = camera.crop_placement(seen, SIZE)
    middle = np.full(2, SIZE / 2)
    points = camera.placed(seen, scale, shift, sitting.taken.roll, middle)
    noise = np.random.default_rng(seed).normal(size=points.shape) * (0.006, 0.006, 0.018)
    return (points + noise * scale[:, None, None]).astype(np.float32), np.ones(len(points), bool)


def readings(
    seed: int, people: int, *, backend: Backend | None, folder: Path | None = None, individual: float = 1.0
) -> Readings:
    """People of a series as read; SHOTS pictures each, less those in which no face was found.

    Args:
        seed: of the series; different series share nobody.
        people: how many, in steps of CHUNK.
        backend: reads the pictures; None takes the true geometry with noise.
        folder: a folder that keeps what was read; None keeps nothing.
        individual: see `sittings`.
    """
    parts = []
    kind = f"{backend.label.split()[1]}_{rendering()}" if backend else "geometry"
    for i, first in enumerate(range(0, people, CHUNK)):
        path = folder and folder / f"readings_{kind}_{seed}_{first}.npz"
        if path and path.is_file():
            with np.load(path) as stored:
                parts.append(Readings(*(stored[field.name] for field in fields(Readings))))
            continue
        parts.append(joined(list(_chunk(seed, first, backend, individual))))
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial.npz")
            np.savez(partial, **{field.name: getattr(parts[-1], field.name) for field in fields(Readings)})
            partial.rename(path)
            print(f"readings {seed}: {(i + 1) * CHUNK} of {people} people read", flush=True)
    return joined(parts)


def _chunk(seed: int, first: int, backend: Backend | None, individual: float) -> Iterator[Readings]:
    sat = sittings(seed, first, CHUNK, individual)
    read = [
        rendered(sitting, backend) if backend else geometric(sitting, seed * 31 + first + k)
        for k, sitting in enumerate(sat)
    ]
    rest, at_rest = read[0]
    for sitting, (points, in_action) in zip(sat[1:], read[1:], strict=True):
        both = in_action & at_rest
        angles = np.stack([sitting.taken.yaw, sitting.taken.pitch, sitting.taken.roll], 1)
        who = np.arange(first, first + CHUNK)
        yield Readings(
            points[both], rest[both], sitting.acts[both], who[both], sitting.posed[both], angles[both]
        )
