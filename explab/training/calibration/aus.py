"""Fit the networks of `explab.face.measure`: `python -m explab.training.calibration.aus --cache FOLDER`.

Synthetic people are photographed and read by MediaPipe (kept in the folder, so that a run that was stopped goes on);
networks are fitted to one lot of people, their units chosen by a second and calibrated on a third, and a fourth, which
nothing was fitted to, gives the figures of the model card. Nothing is fitted to photographs. With `--only-calibrate`
the weights stay and are calibrated anew, as after a change of how faces are drawn that is too small to fit again.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.face.align import CANONICAL
from explab.face.backends import get_backend
from explab.face.geometry import described, laid
from explab.face.measure import FARTHEST, SD_FLOOR, Network, compared, read_network
from explab.facs.mesh import MIRROR
from explab.facs.units import mirrored, parse
from explab.synth.anatomy.observable import COVERED, observable
from explab.synth.anatomy.units import ACTS, COLUMN
from explab.training.calibration.intervals import ANYTHING, reach
from explab.training.calibration.readings import Readings, readings

Array = NDArray[np.float64]
F32 = NDArray[np.float32]

FIT, CHOOSE, HELD_OUT, CALIBRATE = 1, 2, 3, 4
"""Numbers of the lots of people, which share nobody: their seed is the seed of the command times 10, plus this."""

CALIBRATED_ON = 512
"""People of the lot to calibrate on: enough for intervals of units that few faces show."""

_HIDDEN = (128, 80)
_EPOCHS, _BATCH, _RATE, _DECAY, _DROPOUT = 40, 256, 2e-3, 3e-3, 0.1
_SHOWN = 0.4
"""Least correlation with the truth on the second lot of people, for a unit to be measured at all. Most of the error of
those just above is MediaPipe's: it smooths small movements away. Their standard deviations say so."""

_WAVES = 80
_OF_PERSON, _OF_PICTURE, _OF_MOVEMENT = 0.010, 0.004, 0.15
"""Standard deviations of smooth random warps, so that no network leans on how exactly synthetic people are built and
move: of a person's face and of one picture in inter-ocular distances, and of how far each place moves, as a share."""


def heads() -> tuple[str, ...]:
    """What a network can learn to see from the right half: right sides and the midline, less what others stand for."""
    return tuple(code for code in ACTS if parse(code)[1] != "L" and parse(code)[0] not in COVERED)


def targets(acts: Array, codes: tuple[str, ...]) -> Array:
    """(n, len(ACTS)) -> (2, n, len(codes)) what is to be seen from the right half and from the left half."""
    seen = observable(acts)
    right = seen[:, [COLUMN[code] for code in codes]]
    return np.stack([right, seen[:, [COLUMN[mirrored(code)] for code in codes]]])


# -- people who are built and move otherwise than the model thinks


@cache
def _waves() -> F32:
    """(_WAVES, 478) smooth bumps on the face, together of standard deviation 1 when drawn with random signs."""
    rng = np.random.default_rng(0)
    middle = CANONICAL[rng.integers(0, 468, _WAVES)]
    radius = rng.uniform(0.12, 0.4, _WAVES)
    away = ((CANONICAL - middle[:, None]) ** 2).sum(-1)
    bumps = np.exp(-0.5 * away / radius[:, None] ** 2)
    return np.asarray(bumps / np.sqrt((bumps**2).sum(0).mean()), np.float32)


def _smooth(rng: np.random.Generator, n: int, sd: float) -> F32:
    """(n, 478, 3) smooth random fields."""
    drawn = rng.normal(0, sd, (n, 3, _WAVES)).astype(np.float32)
    return np.swapaxes(drawn @ _waves(), 1, 2)


def warped(lot: Readings, rng: np.random.Generator) -> tuple[F32, F32]:
    """The lot's faces and the same people at rest, all built and moving a little differently: (n, 478, 3) each.

    The canonical face is the mean of what MediaPipe reads of real faces, and synthetic people vary around it: what the
    typical reading of people at rest has more is MediaPipe's error on synthetic pictures. A random share is taken out.
    """
    (face, turn), (rest, rest_turn) = laid(lot.points), laid(lot.rest)
    moved = (face - rest) * (1 + _smooth(rng, len(lot), _OF_MOVEMENT))
    who, where = np.unique(lot.person, return_inverse=True)
    error = np.median(rest, 0) - CANONICAL
    error = (error + error[MIRROR] * (-1, 1, 1)) / 2
    build = (_smooth(rng, len(who), _OF_PERSON) - rng.uniform(size=(len(who), 1, 1)) * error)[where]
    face = rest + moved + build + _smooth(rng, len(lot), _OF_PICTURE)
    rest = rest + build + _smooth(rng, len(lot), _OF_PICTURE)
    return (
        np.asarray(face @ np.swapaxes(turn, 1, 2), np.float32),
        np.asarray(rest @ np.swapaxes(rest_turn, 1, 2), np.float32),
    )


# -- fitting


def inputs(points: F32, rest: F32, relative: bool) -> Array:
    """(2, n, F) what a network gets to see."""
    return compared(described(points), described(rest)) if relative else described(points)


def fit(lot: Readings, relative: bool, seed: int, epochs: int = _EPOCHS) -> Network:
    """A network for all heads, not yet calibrated.

    The loss is the Gaussian negative log-likelihood, weighted by the standard deviation (beta-NLL with beta 1/2;
    Seitzer et al., ICLR 2022), plus the squared error.
    """
    import torch

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    codes = heads()
    y = torch.tensor(targets(lot.acts, codes).reshape(-1, len(codes)).astype(np.float32))
    first = inputs(*warped(lot, rng), relative).reshape(len(y), -1)
    middle, scale = first.mean(0).astype(np.float32), (first.std(0) + 0.003).astype(np.float32)
    model = _model(first.shape[1], len(codes))
    optimiser = torch.optim.AdamW(model.parameters(), _RATE, weight_decay=_DECAY)
    steps = epochs * -(-len(y) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    for epoch in range(epochs):
        raw = inputs(*warped(lot, rng), relative).reshape(len(y), -1)
        x = torch.tensor(np.clip((raw - middle) / scale, -FARTHEST, FARTHEST).astype(np.float32))
        total = 0.0
        for rows in torch.split(torch.tensor(rng.permutation(len(y))), _BATCH):
            out, spread = model(x[rows]).chunk(2, 1)
            sd = torch.nn.functional.softplus(spread) + SD_FLOOR
            error = (torch.sigmoid(out) - y[rows]) ** 2
            loss = ((error / (2 * sd**2) + torch.log(sd)) * sd.detach() + error).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * len(rows)
        if epoch % 5 == 4:
            print(
                f"{'relative' if relative else 'single'}: epoch {epoch + 1}/{epochs}, {total / len(y):.4f}",
                flush=True,
            )
    anything = np.tile(np.array([[0], [ANYTHING], [ANYTHING]], np.float32), (len(codes), 1, 1))
    return Network(
        codes, middle, scale, tuple(_layers(model)), np.ones(len(codes), np.float32), anything, people=0
    )


def _model(n_inputs: int, n_heads: int) -> Any:
    from torch import nn

    blocks: list[nn.Module] = []
    for width in _HIDDEN:
        blocks += [nn.Linear(n_inputs, width), nn.SiLU(), nn.Dropout(_DROPOUT)]
        n_inputs = width
    last = nn.Linear(n_inputs, 2 * n_heads)
    nn.init.constant_(last.bias, -2.0)  # most units are absent on most faces
    return nn.Sequential(*blocks, last)


def _layers(model: Any) -> Iterator[tuple[F32, F32]]:
    for block in model:
        if hasattr(block, "weight"):
            yield block.weight.detach().numpy().T.copy(), block.bias.detach().numpy().copy()


def calibrated(network: Network, lot: Readings, relative: bool) -> Network:
    """The network with standard deviations and intervals that fit another lot: errors over the former have a mean
    square of 1, and the latter hold as `explab.training.calibration.intervals` says."""
    seen = replace(network, stretch=np.ones(len(network.heads), np.float32)).look(
        inputs(lot.points, lot.rest, relative)
    )
    truth = observable(lot.acts)[:, [COLUMN[code] for code in seen.codes]]
    own = [
        [i for i, head in enumerate(seen.codes) if head in (code, mirrored(code))] for code in network.heads
    ]
    stretch, reaches = [], []
    for columns in own:
        values, true, sd = (table[:, columns].ravel() for table in (seen.values, truth, seen.sd))
        stretch.append(np.sqrt((((values - true) / sd) ** 2).mean()))
        reaches.append(reach(values, true, sd * stretch[-1]))
    return replace(
        network,
        stretch=np.array(stretch, np.float32),
        reach=np.array(reaches, np.float32),
        people=len(np.unique(lot.person)),
    )


def correlations(network: Network, lot: Readings, relative: bool) -> Array:
    """(heads,) with the truth, the two sides of a unit pooled."""
    seen = network.look(inputs(lot.points, lot.rest, relative))
    truth = observable(lot.acts)[:, [COLUMN[code] for code in seen.codes]]
    own = [[seen.codes.index(c) for c in (code, mirrored(code))] for code in network.heads]
    return np.array([np.corrcoef(seen.values[:, c].ravel(), truth[:, c].ravel())[0, 1] for c in own])


def only(network: Network, codes: tuple[str, ...]) -> Network:
    """The network with these heads alone."""
    columns = [network.heads.index(code) for code in codes]
    weights, biases = network.layers[-1]
    both = columns + [len(network.heads) + column for column in columns]
    last = (weights[:, both], biases[both])
    return replace(
        network,
        heads=codes,
        layers=(*network.layers[:-1], last),
        stretch=network.stretch[columns],
        reach=network.reach[columns],
    )


def save(path: Path, single: Network, relative: Network) -> None:
    """Both networks as arrays, weights in half precision; nothing is pickled."""
    arrays: dict[str, Any] = {}
    for prefix, network in (("single", single), ("relative", relative)):
        arrays |= {
            f"{prefix}_{name}": getattr(network, name) for name in ("middle", "scale", "stretch", "reach")
        }
        arrays[f"{prefix}_people"] = np.array(network.people)
        arrays[f"{prefix}_heads"] = np.array(network.heads)
        for i, (weights, biases) in enumerate(network.layers):
            arrays[f"{prefix}_weights{i}"] = weights.astype(np.float16)
            arrays[f"{prefix}_biases{i}"] = biases
    np.savez_compressed(path, **arrays)


def stored(path: Path) -> tuple[Network, Network]:
    """The networks of a file of weights, so that they can be calibrated anew."""
    with np.load(path) as arrays:
        return read_network(arrays, "single"), read_network(arrays, "relative")


def main() -> None:
    """Read, fit, choose the units, calibrate, save; or only calibrate what is there."""
    root = Path(__file__).resolve().parents[3]
    ask = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    ask.add_argument("--cache", type=Path, required=True, help="folder that keeps what MediaPipe read")
    ask.add_argument("--people", type=int, default=3072, help="synthetic people to fit to (default 3072)")
    ask.add_argument("--seed", type=int, default=0, help="seed of people and networks (default 0)")
    ask.add_argument(
        "--only-calibrate", action="store_true", help="keep the weights in --out, and calibrate them anew"
    )
    ask.add_argument(
        "-o", "--out", type=Path, default=root / "assets" / "au_geometry.npz", help="weights to write"
    )
    given = ask.parse_args()
    backend = get_backend("facemesh")

    def lot(number: int, people: int) -> Readings:
        return readings(10 * given.seed + number, people, backend=backend, folder=given.cache)

    if given.only_calibrate:
        networks = stored(given.out)
    else:
        choose, known = lot(CHOOSE, 256), lot(FIT, given.people)
        networks = fitted(known, choose, False, given.seed), fitted(known, choose, True, given.seed)
    fresh = lot(CALIBRATE, CALIBRATED_ON)
    single, relative = networks
    save(given.out, calibrated(single, fresh, False), calibrated(relative, fresh, True))
    print(f"written: {given.out}, {given.out.stat().st_size / 1e6:.2f} MB")


def fitted(known: Readings, choose: Readings, relative: bool, seed: int) -> Network:
    """A network fitted to one lot, with the heads that show on another, not yet calibrated."""
    network = fit(known, relative, seed)
    r = correlations(network, choose, relative)
    listed = ", ".join(f"{code} {shown:.2f}" for code, shown in zip(network.heads, r, strict=True))
    print(f"correlation on people not fitted to: {listed}")
    return only(network, tuple(code for code, shown in zip(network.heads, r, strict=True) if shown >= _SHOWN))


if __name__ == "__main__":
    main()
