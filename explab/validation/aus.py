"""Proof that AUs are measured: against the truth on synthetic people, against MediaPipe's blendshapes on photographs.

`python -m explab.validation.aus --cache FOLDER --photos FOLDER --task-file FILE` prints it.
Nothing was fitted to the people that are held out, nor to any photograph.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explab.face import Face, read_faces
from explab.face.backends import Backend, get_backend
from explab.face.measure import COVERAGE, Estimates, estimate, measure_aus, network
from explab.facs import AUs
from explab.facs.units import UNITS, mirrored, parse
from explab.statistics import bootstrap
from explab.synth.anatomy.observable import observable
from explab.synth.anatomy.units import COLUMN
from explab.training.calibration.aus import HELD_OUT, heads
from explab.training.calibration.intervals import PRESENT
from explab.training.calibration.readings import Readings, readings
from explab.validation.expressions import suggested

Array = NDArray[np.float64]

RESAMPLES = 400
LEAST = 20
"""Faces that must show a unit before a correlation says anything."""
VARIES = 0.1
"""A unit that no two photographs show differently by a trace (letter A) cannot be correlated with anything."""


@dataclass(frozen=True)
class Row:
    """How one unit is measured on held-out synthetic people, both sides pooled.

    Attributes:
        unit: bare code. n: measurements; people: whose. present: how many have the unit at letter A or above.
        r, low, high: correlation with the truth and its 95 % interval, resampling people.
        posed, mixed: the correlation on faces that act an expression, and on those with any units in any combination;
            NaN where the unit hardly occurs.
        mae, floor: mean absolute error, and that of predicting the mean.
        bias: mean error where the unit is present.
        covered: share of the true intensities in the interval, of those of present units and of absent ones.
        width: mean width of the interval, likewise.
    """

    unit: str
    n: int
    people: int
    present: int
    r: float
    low: float
    high: float
    posed: float
    mixed: float
    mae: float
    floor: float
    bias: float
    covered: tuple[float, float]
    width: tuple[float, float]


@dataclass(frozen=True)
class OnSynthetic:
    """All rows, the mean correlation over units with its 95 % interval, and what the intervals hold over all units."""

    mode: str
    rows: tuple[Row, ...]
    r: float
    low: float
    high: float
    intervals: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        first = self.rows[0]
        yield f"{self.mode}: {first.n} faces or halves of {first.people} synthetic people held out"
        yield (
            "unit   r (95 % interval)        posed  mixed   MAE  floor   bias where present (n)"
            "   interval holds: present, absent   its width: present, absent"
        )
        for row in self.rows:
            yield (
                f"{row.unit:5} {row.r:6.3f} ({row.low:.3f} to {row.high:.3f})  {row.posed:5.2f}  {row.mixed:5.2f}  "
                f"{row.mae:.3f}  {row.floor:.3f}  {row.bias:+9.2f} ({row.present:4})"
                f"{row.covered[0]:28.1%}, {row.covered[1]:6.1%}   {row.width[0]:17.2f}, {row.width[1]:.2f}"
            )
        good = sum(row.r >= 0.9 for row in self.rows)
        yield (
            f"mean over {len(self.rows)} units: r = {self.r:.3f} ({self.low:.3f} to {self.high:.3f}; floor 0), "
            f"{good} of them 0.9 or above"
        )
        yield from self.intervals


def on_synthetic(lot: Readings, relative: bool) -> OnSynthetic:
    """Measurements of people whom nothing was fitted to, against the truth."""
    seen = estimate(lot.points, lot.rest if relative else None)
    truth = observable(lot.acts)[:, [COLUMN[code] for code in seen.codes]]
    draws = _resampled_people(lot.person)
    rows, resampled = [], []
    for unit in dict.fromkeys(parse(code)[0] for code in seen.codes):
        at = [i for i, code in enumerate(seen.codes) if parse(code)[0] == unit]
        read, true = seen.values[:, at], truth[:, at]
        there = true >= PRESENT
        inside = (seen.low[:, at] <= true) & (true <= seen.high[:, at])
        width = seen.high[:, at] - seen.low[:, at]
        spread = _correlations(read, true, draws)
        resampled.append(spread)
        rows.append(
            Row(
                unit=unit,
                n=true.size,
                people=len(np.unique(lot.person)),
                present=int(there.sum()),
                r=float(np.corrcoef(read.ravel(), true.ravel())[0, 1]),
                low=float(np.percentile(spread, 2.5)),
                high=float(np.percentile(spread, 97.5)),
                posed=_correlation(read[lot.posed], true[lot.posed]),
                mixed=_correlation(read[~lot.posed], true[~lot.posed]),
                mae=float(np.abs(read - true).mean()),
                floor=float(np.abs(true - true.mean()).mean()),
                bias=float((read - true)[there].mean()),
                covered=(float(inside[there].mean()), float(inside[~there].mean())),
                width=(float(width[there].mean()), float(width[~there].mean())),
            )
        )
    means = np.mean(resampled, 0)
    mode = "Relative to a neutral face" if relative else "Single faces"
    low, high = np.percentile(means, (2.5, 97.5))
    mean = float(np.mean([row.r for row in rows]))
    held = tuple(_intervals(seen, truth, lot.person, rows))
    return OnSynthetic(mode, tuple(rows), mean, float(low), float(high), held)


def _intervals(seen: Estimates, truth: Array, person: NDArray[np.int64], rows: list[Row]) -> Iterator[str]:
    """What the intervals of all units together hold; the 95 % interval of that draws people."""
    inside = np.where((seen.low <= truth) & (truth <= seen.high), 1.0, 0.0)
    there = truth >= PRESENT

    def held(chosen: NDArray[np.bool_], table: Array = inside) -> str:
        ends = bootstrap(table[chosen], groups=np.broadcast_to(person[:, None], table.shape)[chosen])
        return f"{table[chosen].mean():.1%}" + (f" ({ends[0]:.1%} to {ends[1]:.1%})" if ends else "")

    yield (
        f"intervals hold the truth of {held(there)} of present units (letter A or above; bias "
        f"{(seen.values - truth)[there].mean():+.2f}), {held(~there)} of absent ones (bias "
        f"{(seen.values - truth)[~there].mean():+.2f}), {held(np.ones_like(there))} of all"
    )
    thirds = np.quantile(seen.values[there], (1 / 3, 2 / 3))
    by_third = [there & (np.searchsorted(thirds, seen.values) == third) for third in range(3)]
    yield "  of present units with low, middle and high estimates: " + ", ".join(map(held, by_third))
    low = [f"{row.unit} {row.covered[0]:.0%} of {row.present}" for row in rows if row.covered[0] < COVERAGE]
    yield f"  present units of which they hold less than {COVERAGE:.0%}: {', '.join(low) or 'none'}"
    pairs = [
        (seen.codes.index(code), seen.codes.index(mirrored(code)))
        for code in seen.codes
        if code.endswith("L")
    ]
    means = [
        np.stack([table[:, [left, right]].mean(1) for left, right in pairs], 1)
        for table in (seen.low, truth, seen.high)
    ]
    both = np.where((means[0] <= means[1]) & (means[1] <= means[2]), 1.0, 0.0)
    yield f"  of present paired units, both sides as one: {held(means[1] >= PRESENT, both)}"


def _correlation(x: Array, y: Array) -> float:
    """Correlation of two arrays; NaN where fewer than LEAST of y are present."""
    return float(np.corrcoef(x.ravel(), y.ravel())[0, 1]) if (y >= PRESENT).sum() >= LEAST else float("nan")


def _resampled_people(person: NDArray[np.int64]) -> list[Array]:
    """Weights of the faces in each resample: how many times their person was drawn."""
    rng = np.random.default_rng(0)
    who, where = np.unique(person, return_inverse=True)
    return [
        np.bincount(rng.integers(0, len(who), len(who)), minlength=len(who))[where].astype(np.float64)
        for _ in range(RESAMPLES)
    ]


def _correlations(x: Array, y: Array, weights: list[Array]) -> Array:
    """Correlation of x and y, (n, sides) each, under each of the weights (n,)."""
    w = np.repeat(np.array(weights), x.shape[1], 1)
    w /= w.sum(1, keepdims=True)
    a, b = x.ravel(), y.ravel()
    mean_a, mean_b = w @ a, w @ b
    covariance = w @ (a * b) - mean_a * mean_b
    return np.asarray(covariance / np.sqrt((w @ a**2 - mean_a**2) * (w @ b**2 - mean_b**2)))


# -- photographs


@dataclass(frozen=True, eq=False)
class Photographed:
    """One face of a photograph: as read without a task file, and its AUs from MediaPipe's blendshapes."""

    face: Face
    blendshapes: AUs


def photographed(folder: Path, task_file: Path) -> list[Photographed]:
    """All faces that both backends find in the photographs of a folder and its subfolders."""
    plain = read_faces(folder, "facemesh")
    other = read_faces(folder, "tasks", task_file=task_file)
    read = []
    for face in plain:
        twins = [f for f in other if f.source.name == face.source.name and _overlap(f, face)]
        if twins:
            read.append(Photographed(face, twins[0].aus))
    return read


def _overlap(a: Face, b: Face) -> bool:
    middle = (a.box[:2] + a.box[2:] - b.box[:2] - b.box[2:]) / 2
    return bool(np.abs(middle).max() < 0.25 * (a.box[2:] - a.box[:2]).max())


@dataclass(frozen=True)
class OnPhotographs:
    """Correlation per unit with the blendshape-derived AUs over n faces: unit -> (r, low, high).

    `still`: units that no photograph shows, so that they cannot be correlated; `unseen`: units that blendshapes give
    and geometry does not. `held`: of the sides that blendshapes show at letter A or above and of the others, how many
    there are and how many of their intensities lie in our intervals.
    """

    n: int
    rows: dict[str, tuple[float, float, float]]
    still: tuple[str, ...]
    unseen: tuple[str, ...]
    held: tuple[tuple[int, int], tuple[int, int]]

    def lines(self) -> Iterator[str]:
        yield f"Photographs: {self.n} faces, correlation with the AUs from MediaPipe's blendshapes (95 % interval)"
        for unit, (r, low, high) in self.rows.items():
            yield f"{unit:5} {r:6.3f} ({low:.3f} to {high:.3f})"
        yield f"mean over {len(self.rows)} units: r = {np.mean([row[0] for row in self.rows.values()]):.3f} (floor 0)"
        yield f"blendshapes show no more than traces of: {', '.join(self.still) or 'none'}"
        yield f"given by blendshapes, not by geometry: {', '.join(self.unseen) or 'none'}"
        (present, held), (absent, held_absent) = self.held
        yield (
            f"our intervals hold what blendshapes give, a teacher and no truth, for {held / present:.0%} of {present} "
            f"units and sides that they show, and for {held_absent / absent:.0%} of {absent} that they do not"
        )


def on_photographs(faces: list[Photographed]) -> OnPhotographs:
    """Our AUs of photographs against those from blendshapes, the mean of both sides of each unit."""
    measured = [measure_aus(photo.face) for photo in faces]
    ours = [reading.aus for reading in measured]
    rng = np.random.default_rng(0)
    draws = [
        np.bincount(rng.integers(0, len(faces), len(faces)), minlength=len(faces)).astype(np.float64)
        for _ in range(RESAMPLES)
    ]
    rows, still = {}, []
    shared = [unit for unit in faces[0].blendshapes if unit in ours[0]]
    for unit in shared:
        a = np.array([aus[unit] for aus in ours])
        b = np.array([photo.blendshapes[unit] for photo in faces])
        if np.ptp(b) < VARIES:
            still.append(unit)
            continue
        spread = _correlations(a[:, None], b[:, None], draws)
        low, high = np.nanpercentile(spread, (2.5, 97.5))
        rows[unit] = (float(np.corrcoef(a, b)[0, 1]), float(low), float(high))
    unseen = tuple(unit for unit in faces[0].blendshapes if unit not in ours[0])
    sides = np.array(
        [
            (photo.blendshapes[code], *reading.interval[code])
            for photo, reading in zip(faces, measured, strict=True)
            for code in photo.blendshapes.codes
            if code in reading.interval
        ]
    )
    inside = (sides[:, 1] <= sides[:, 0]) & (sides[:, 0] <= sides[:, 2])
    there = sides[:, 0] >= PRESENT
    shown, others = ((int(part.sum()), int(inside[part].sum())) for part in (there, ~there))
    return OnPhotographs(len(faces), rows, tuple(still), unseen, (shown, others))


def pairs(faces: list[Photographed]) -> Iterator[str]:
    """What changes from NAME_neutral to NAME_happy of the same person, measured alone and relative to the former."""
    by_name = {Path(photo.face.source.name).stem: photo.face for photo in faces}
    shown = ("AU6", "AU12", "AU25", "AU1", "AU2", "AU4", "AU15", "AU43")
    yield "Pairs: happy relative to neutral; in brackets happy alone, and neutral alone"
    for name, neutral in by_name.items():
        happy = by_name.get(name.replace("_neutral", "_happy"))
        if happy is None or happy is neutral:
            continue
        change, alone, before = (
            measure_aus(happy, neutral).aus,
            measure_aus(happy).aus,
            measure_aus(neutral).aus,
        )
        cells = [
            f"{u} {change[u]:.2f} ({alone[u]:.2f}, {before[u]:.2f})"
            for u in shown
            if u in change and u in alone
        ]
        yield f"{name.removesuffix('_neutral')}: {'  '.join(cells)}"


def absent() -> str:
    """The units that were tried and are not measured, because geometry does not show them well enough."""
    tried = dict.fromkeys(parse(code)[0] for code in heads())
    kept = {parse(code)[0] for code in network(relative=False).heads}
    return ", ".join(f"{unit} ({UNITS[unit].name.lower()})" for unit in tried if unit not in kept)


def held_out(people: int, backend: Backend, cache: Path | None, seed: int = 0) -> Readings:
    """People whom nothing was fitted to, who all do a unit the same way and just as much as the truth says."""
    return readings(10 * seed + HELD_OUT, people, backend=backend, folder=cache, individual=0.0)


def main(
    photos: Path | None = None, task_file: Path | None = None, people: int = 256, cache: Path | None = None
) -> None:
    """Print everything; the photographs are left out where there is no folder of them or no task file.

    Args:
        photos: folder of photographs.
        task_file: MediaPipe's face_landmarker.task.
        people: synthetic people held out.
        cache: folder that keeps what MediaPipe read of them.
    """
    lot = held_out(people, get_backend("facemesh"), cache)
    for relative in (False, True):
        print("\n".join(on_synthetic(lot, relative).lines()), end="\n\n")
    print(f"not shown by geometry: {absent()}\n")
    if photos and task_file:
        faces = photographed(photos, task_file)
        print("\n".join(on_photographs(faces).lines()), end="\n\n")
        print("\n".join(pairs(faces)), end="\n\n")
    print("\n".join(suggested(photos, task_file)))


if __name__ == "__main__":
    ask = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    ask.add_argument("--cache", type=Path, help="folder that keeps what MediaPipe read of synthetic people")
    ask.add_argument("--people", type=int, default=256, help="synthetic people held out (default 256)")
    ask.add_argument("--photos", type=Path, help="folder of photographs")
    ask.add_argument("--task-file", type=Path, help="MediaPipe's face_landmarker.task")
    main(**vars(ask.parse_args()))
