"""AU intensities of any face from its landmarks alone: offline, in about a millisecond, each with its uncertainty.

    measured = measure_aus(face)                  # or landmarks (478, 3)
    measured.aus["AU12"], measured.sd["AU12L"]    # 0.71, 0.09
    measured.interval["AU12L"]                    # (0.44, 0.93)
    measured.unreliable                           # {"AU7L": "the head is turned 38° to its left: ..."}
    measure_aus(smiling, neutral=same_person)     # relative to a neutral face of the same person

A small network reads the numbers of `explab.face.geometry`. `python -m explab.training.calibration.aus` fitted it to
MediaPipe's readings of synthetic faces; its weights and model card lie in `assets/au_geometry.npz` and
`assets/au_geometry.md`. One network looks from the right half and from the left half, so that a mirrored face gives the
mirrored intensities.

What one still picture does not tell apart counts as one unit: AU43 stands for every lowering of the upper lid (AU41,
AU42, AU45, AU46), AU7 for AU44 as well, AU26 for a jaw opened by AU27 too. Units that geometry cannot see are absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explab.face.align import interocular
from explab.face.doubts import doubts
from explab.face.face import Face
from explab.face.geometry import described
from explab.facs import CODES, AUs
from explab.facs.units import mirrored, parse

Array = NDArray[np.float64]
F32 = NDArray[np.float32]

SOURCE = "landmark geometry"
RELATIVE_SOURCE = "landmark geometry, relative to a neutral face"

FARTHEST = 4.0
"""No input counts for more than this many standard deviations of the faces that the network was fitted to."""


@dataclass(frozen=True)
class Measured:
    """What was measured on one face.

    Attributes:
        aus: intensities in [0, 1].
        sd: code with side -> standard deviation of the error of that intensity, over faces with and without the unit.
        unreliable: code with side -> why its intensity should not be trusted on this picture; empty when nothing speaks
            against any, and when only landmarks were given.
        interval: code with side -> (low, high) in [0, 1], around the intensity: where the unit is there, in at least
            `COVERAGE` of the faces with such an estimate its true intensity lies within. Wide upwards where landmarks
            often miss the unit.
    """

    aus: AUs
    sd: Mapping[str, float]
    unreliable: Mapping[str, str]
    interval: Mapping[str, tuple[float, float]]


class Estimates(NamedTuple):
    """Intensities of n faces: the codes of the columns, with sides; all else, as of `Measured`, is (n, len(codes))."""

    codes: tuple[str, ...]
    values: Array
    sd: Array
    low: Array
    high: Array


def measure_aus(face: Face | NDArray[Any], neutral: Face | NDArray[Any] | None = None) -> Measured:
    """The AUs of one face.

    Args:
        face: a Face, or landmarks (478, 3) in px: x right, y down, z on the same scale and negative towards the camera.
        neutral: the same person with a neutral face, as a Face or landmarks, from any direction and at any size. What
            this face's build looks like then counts for no action.

    Raises:
        ValueError: landmarks of another shape, or not finite.
        FileNotFoundError: the installation has lost its weights.
    """
    seen = estimate(_points(face)[None], None if neutral is None else _points(neutral)[None])
    source = SOURCE if neutral is None else RELATIVE_SOURCE
    aus = AUs(dict(zip(seen.codes, seen.values[0].tolist(), strict=True)), source=source)
    sd = dict(zip(seen.codes, seen.sd[0].tolist(), strict=True))
    ends = zip(seen.low[0].tolist(), seen.high[0].tolist(), strict=True)
    interval = dict(zip(seen.codes, ends, strict=True))
    if not isinstance(face, Face):
        return Measured(aus, sd, {}, interval)
    source_iod = interocular(face.to_source(face.landmarks))
    return Measured(aus, sd, doubts(seen.codes, face.pose, source_iod, face.remarks), interval)


def estimate(points: NDArray[Any], neutral: NDArray[Any] | None = None) -> Estimates:
    """The AUs of n faces as arrays.

    Args:
        points: (n, 478, 3) px, as for `measure_aus`.
        neutral: None, or (n, 478, 3) px of neutral faces of the same people.

    Raises: as `measure_aus`.
    """
    points = _checked(points)
    if neutral is None:
        return network(relative=False).look(described(points))
    neutral = _checked(neutral)
    if len(neutral) != len(points):
        raise ValueError(f"{len(neutral)} neutral faces for {len(points)} faces: give one for each")
    return network(relative=True).look(compared(described(points), described(neutral)))


def compared(numbers: Array, rest: Array) -> Array:
    """(2, n, F) of faces and of the same people at rest -> (2, n, 3F): the change, the faces, the rest."""
    return np.concatenate([numbers - rest, numbers, rest], -1)


def _points(face: Face | NDArray[Any]) -> NDArray[Any]:
    return face.landmarks if isinstance(face, Face) else np.asarray(face)


def _checked(points: NDArray[Any]) -> NDArray[Any]:
    points = np.asarray(points)
    if points.ndim != 3 or points.shape[1:] != (478, 3):
        shape = points.shape[1:] if points.ndim == 3 and len(points) == 1 else points.shape
        raise ValueError(
            f"landmarks have the shape {shape}; needed are MediaPipe's 478 with irises, (478, 3), in px"
        )
    if not np.isfinite(points).all():
        raise ValueError("landmarks are not finite: some are NaN or infinite")
    return points


# -- the network


@dataclass(frozen=True, eq=False)
class Network:
    """Two hidden layers with SiLU, then a mean and a standard deviation per head.

    Attributes:
        heads: codes of the outputs as seen from the right half: right sides, and units on the midline.
        middle, scale: (F,) what the inputs are standardised with.
        layers: ((in, out) weights, (out,) biases): two hidden layers, then the outputs, (.., 2 x heads).
        stretch: (heads,) factor that calibrates the standard deviations on faces not used for fitting.
        reach: (heads, 3, groups) the lowest estimate of each group of like ones, in ascending order, and how many
            standard deviations below and above the estimate its intervals end. Calibrated on faces not fitted to.
        people: how many synthetic people `stretch` and `reach` were calibrated on.
    """

    heads: tuple[str, ...]
    middle: F32
    scale: F32
    layers: tuple[tuple[F32, F32], ...]
    stretch: F32
    reach: F32
    people: int

    def look(self, numbers: Array) -> Estimates:
        """(2, n, F) a face's numbers from the right and from the left -> its AUs."""
        x = np.clip((numbers - self.middle) / self.scale, -FARTHEST, FARTHEST).astype(np.float32)
        for weights, biases in self.layers[:-1]:
            x = x @ weights + biases
            x = x / (1 + np.exp(-x))
        weights, biases = self.layers[-1]
        mean, spread = np.split((x @ weights + biases).astype(np.float64), 2, axis=-1)
        values = 1 / (1 + np.exp(-mean))
        sd = (np.logaddexp(0, spread) + SD_FLOOR) * self.stretch
        sided = np.array([parse(code)[1] == "R" for code in self.heads])
        both = [*self.heads, *(mirrored(code) for code in self.heads if parse(code)[1])]
        columns = [both.index(code) for code in self.codes]
        values, sd = (_both_sides(x, sided)[:, columns] for x in (values, sd))
        low, high = values.copy(), values.copy()
        for column, head in enumerate(self.seen_by):
            lowest, down, up = self.reach[self.heads.index(head)]
            group = np.searchsorted(lowest[1:], values[:, column], side="right")
            low[:, column] -= down[group] * sd[:, column]
            high[:, column] += up[group] * sd[:, column]
        return Estimates(self.codes, values, sd, np.maximum(low, 0), np.minimum(high, 1))

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """What is measured, with both sides, in FACS order."""
        both = {*self.heads, *map(mirrored, self.heads)}
        return tuple(code for code in CODES if code in both)

    @cached_property
    def seen_by(self) -> tuple[str, ...]:
        """For each of the codes the head that measures it, which sees a left half as a right one."""
        return tuple(code if code in self.heads else mirrored(code) for code in self.codes)


COVERAGE = 0.9
"""Share of faces whose true intensity lies in the interval, at least: of those that show a unit at letter A or above,
and of all; of low estimates as of high ones."""

SD_FLOOR = 0.01
"""No standard deviation is smaller before it is calibrated."""


def _both_sides(x: Array, sided: NDArray[np.bool_]) -> Array:
    """(2, n, heads) from the right and from the left -> (n, heads + sided heads): midline units are the mean."""
    return np.concatenate([np.where(sided, x[0], x.mean(0)), x[1][:, sided]], 1)


@cache
def network(relative: bool) -> Network:
    """The network for single faces, or the one for faces with a neutral face of the same person."""
    with np.load(weights_path()) as arrays:
        return read_network(arrays, "relative" if relative else "single")


def read_network(arrays: Mapping[str, NDArray[Any]], prefix: str) -> Network:
    """One network of the file that `python -m explab.training.calibration.aus` writes: "single" or "relative"."""
    kept = {name: arrays[f"{prefix}_{name}"] for name in ("middle", "scale", "stretch", "reach")}
    layers = [
        (arrays[f"{prefix}_weights{i}"].astype(np.float32), arrays[f"{prefix}_biases{i}"].astype(np.float32))
        for i in range(3)
    ]
    heads = tuple(arrays[f"{prefix}_heads"].tolist())
    return Network(heads, layers=tuple(layers), people=int(arrays[f"{prefix}_people"]), **kept)


def weights_path() -> Path:
    """The fitted weights: beside the package in a checkout, inside it when installed from a wheel.

    Raises:
        FileNotFoundError: neither place has them.
    """
    package = Path(__file__).resolve().parents[1]
    places = [package.parent / "assets", package / "assets"]
    for place in places:
        if (path := place / "au_geometry.npz").is_file():
            return path
    raise FileNotFoundError(
        f"au_geometry.npz: in neither {places[0]} nor {places[1]}; install explab again, "
        "or make it with `python -m explab.training.calibration.aus`"
    )
