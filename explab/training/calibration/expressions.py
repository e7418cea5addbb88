"""Fit the scores of `explab.face.expression`: `python -m explab.training.calibration.expressions --cache FOLDER`.

For each instrument a softmax over additive scores is fitted to measured synthetic faces, held near the scores that
follow from the codebook alone; a temperature is then fitted to other faces, and the figures come from a third lot.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

import explab.face
from explab.face import NoFaceError, read_face
from explab.face.expression import CUES, LEVELS, Scores, codebook_scores, cue_levels, hats
from explab.face.measure import estimate
from explab.facs import codebook
from explab.facs.expressions import EXPRESSIONS
from explab.statistics import calibration_error
from explab.synth.assembly import people, photograph
from explab.synth.expressions import sample
from explab.synth.instruments import INSTRUMENTS, measured
from explab.synth.make import BATCH, rendering
from explab.synth.randomness import EXPRESSION_SCORES, FITTED_TO, Draws, face_seeds

TRUST_IN_CODEBOOK, SMOOTHNESS = 1e-4, 3e-4
"""Weights, against the mean log-loss per face, of the squared distance to the codebook's scores, and of the squared
change of that distance from one written level to the next."""

LANDMARKS = "landmarks"
"""The instrument that is not simulated: pictures are drawn, and read as photographs are."""

SEEDS = (FITTED_TO.stop - EXPRESSION_SCORES) // 3
"""Choices of people: three series each, to fit, to temper and to test."""

TABLE = Path(explab.face.__file__).parent / "data" / "expression_scores.csv"


@dataclass(frozen=True, eq=False)
class Lot:
    """n measured faces: levels (n, len(CUES)) with NaN, labels (n,) as indices of EXPRESSIONS, kinds (n,)."""

    levels: NDArray[np.float64]
    labels: NDArray[np.int64]
    kinds: NDArray[np.str_]


def lot(instrument: str, seed: int, n: int) -> Lot:
    """n synthetic faces as an instrument sees them; lots with different seeds share no face."""
    draws = Draws(face_seeds(seed, n))
    acted = sample(draws)
    seen = measured(instrument, draws, acted.acts)
    order = {name: i for i, name in enumerate(EXPRESSIONS)}
    return Lot(
        cue_levels(seen.codes, seen.values), np.array([order[name] for name in acted.expression]), acted.kind
    )


def read_lot(seed: int, n: int, folder: Path) -> Lot:
    """n synthetic faces drawn, read and measured as `read_face` does it, less those in which it finds no face.

    The folder keeps the landmarks, so that a run that was stopped goes on and a new fit of `measure_aus` reads nothing
    again.
    """
    order = {name: i for i, name in enumerate(EXPRESSIONS)}
    points, labels, kinds = [], [], []
    for first in range(0, n, BATCH):
        acted = sample(Draws(face_seeds(seed, min(BATCH, n - first), first)))
        path = folder / f"faces_{rendering()}_{seed}_{first}_{len(acted.expression)}.npz"
        if not path.is_file():
            landmarks, rows = _read(seed, first, acted.acts)
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial.npz")
            np.savez(partial, landmarks=landmarks, rows=rows)
            partial.rename(path)
            print(f"faces {seed}: read {first + len(acted.expression)} of {n}", flush=True)
        with np.load(path) as kept:
            points.append(kept["landmarks"])
            labels += [order[acted.expression[row]] for row in kept["rows"]]
            kinds += [acted.kind[row] for row in kept["rows"]]
    seen = estimate(np.concatenate(points))
    return Lot(cue_levels(seen.codes, seen.values), np.array(labels), np.array(kinds))


def _read(seed: int, first: int, acts: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The landmarks that `read_face` gives of one batch, (found, 478, 3), and which faces of it they belong to."""
    photos = photograph(people(face_seeds(seed, len(acts), first), acts), 256)
    landmarks, rows = [], []
    for row, image in enumerate(photos.images):
        try:
            landmarks.append(read_face(image, "facemesh", name=f"<synthetic {seed}:{first + row}>").landmarks)
        except NoFaceError:
            continue
        rows.append(row)
    return np.array(landmarks, np.float32).reshape(-1, 478, 3), np.array(rows, np.int64)


def fit(seen: Lot, start: Scores) -> Scores:
    """The scores with the least log-loss on `seen`, held near `start`."""
    n = len(seen.labels)
    weights = hats(seen.levels).reshape(n, -1)
    wanted = np.eye(len(EXPRESSIONS))[seen.labels]
    prior = start.table.transpose(1, 2, 0)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        away = flat.reshape(prior.shape) - prior
        total = weights @ flat.reshape(weights.shape[1], -1)
        total -= total.max(1, keepdims=True)
        log_p = total - np.log(np.exp(total).sum(1, keepdims=True))
        steps = np.diff(away, axis=1)
        held = TRUST_IN_CODEBOOK * (away**2).sum() + SMOOTHNESS * (steps**2).sum()
        pull = TRUST_IN_CODEBOOK * away
        pull[:, 1:] += SMOOTHNESS * steps
        pull[:, :-1] -= SMOOTHNESS * steps
        gradient = weights.T @ (np.exp(log_p) - wanted) / n
        return float(held - (log_p * wanted).sum() / n), gradient.ravel() + 2 * pull.ravel()

    least = minimize(loss, prior.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    table = least.x.reshape(prior.shape).transpose(2, 0, 1)
    return Scores(EXPRESSIONS, table - table.mean(0))


def calibrated(scores: Scores, seen: Lot) -> Scores:
    """The scores divided by the temperature that makes their probabilities fit `seen` best."""

    def loss(temperature: float) -> float:
        return log_loss(
            Scores(EXPRESSIONS, scores.table / temperature).probabilities(seen.levels), seen.labels
        )

    return Scores(EXPRESSIONS, scores.table / minimize_scalar(loss, bounds=(0.3, 3), method="bounded").x)


def log_loss(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Mean of -log p of the true expression, in nats."""
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-12)).mean())


def write(path: Path, fitted: dict[str, Scores], notes: list[str]) -> None:
    """The table of `explab.face.expression`, rounded to 0.001 nats."""
    head = [
        "What a unit at an intensity adds to the score of each expression, in nats; the softmax of the sums",
        "gives probabilities. Made by `python -m explab.training.calibration.expressions` from synthetic faces.",
        *notes,
    ]
    with path.open("w", encoding="utf-8", newline="") as out:
        out.writelines(f"# {line}\n" for line in head)
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["instrument", "cue", "intensity", *EXPRESSIONS])
        for instrument, scores in fitted.items():
            for c, cue in enumerate(CUES):
                for i, level in enumerate(LEVELS):
                    writer.writerow(
                        [instrument, cue, f"{level:g}", *(f"{x:.3f}" for x in scores.table[:, c, i])]
                    )


def report(instrument: str, scores: Scores, seen: Lot) -> str:
    """One line of figures on held-out seen."""
    p = scores.probabilities(seen.levels)
    right = p.argmax(1) == seen.labels
    kinds = ", ".join(f"{kind} {right[seen.kinds == kind].mean():.1%}" for kind in dict.fromkeys(seen.kinds))
    return (
        f"{instrument}: held-out synthetic faces {right.mean():.1%} right (chance 12.5%; {kinds}), "
        f"log-loss {log_loss(p, seen.labels):.3f}, calibration error {calibration_error(p, seen.labels):.3f}"
    )


def main() -> None:
    """Fit, print the figures on held-out faces and write the table."""
    ask = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    ask.add_argument("--cache", type=Path, required=True, help="folder that keeps what was read of faces")
    ask.add_argument("--faces", type=int, default=60_000, help="synthetic faces to fit to (default 60000)")
    ask.add_argument("--read", type=int, default=3000, help="faces to draw and read (default 3000)")
    ask.add_argument(
        "--seed", type=int, default=0, choices=range(SEEDS), help="which synthetic people (default 0)"
    )
    ask.add_argument("-o", "--out", type=Path, default=TABLE, help=f"table to write (default {TABLE})")
    given = ask.parse_args()
    start = codebook_scores(codebook("prototypes"))
    fitted, notes = {}, []
    first = EXPRESSION_SCORES + 3 * given.seed
    for instrument in (*INSTRUMENTS, LANDMARKS):
        known, tempering, test = (
            read_lot(first + part, int(share * given.read), given.cache)
            if instrument == LANDMARKS
            else lot(instrument, first + part, int(share * given.faces))
            for part, share in enumerate((1.0, 0.2, 0.3))
        )
        fitted[instrument] = calibrated(fit(known, start), tempering)
        notes.append(report(instrument, fitted[instrument], test))
        print(notes[-1])
    write(given.out, fitted, notes)
    print(f"written: {given.out}")


if __name__ == "__main__":
    main()
