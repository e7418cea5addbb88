"""Does guidance make attention more faithful, or only prettier? The question that the paper leaves open.

`explab bench guidance` trains the small network with and without guidance, several seeds each, and judges attention and
CAMs of all of them on synthetic people whom nobody has seen: against AU maps (plausible?), by removing pixels
(faithful?), and against the pixels that really made the expression (true?).
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explab.attribution import attribute, layer_sizes, metrics
from explab.attribution.metrics.floors import FLOORS
from explab.face import Face
from explab.models import Classifier
from explab.training import checksum
from explab.training.parts import TEST, TESTED, VALIDATED
from explab.training.run import train_guided
from explab.validation.guidance_tables import ARMS, Experiment, Judged, tables

OF_A_NETWORK = ("score", "recall", "attention_cosine", "attention_cosine_layer")
"""Figures on all test faces that belong to a network, not to a method; their floors are the same in both arms."""
METHODS = ("attention", "cam", "gradcam", "gradcam++", "layercam")
PLAUSIBLE = ("cosine", "pearson", "class_margin")
FAITHFUL = ("road", "deletion_margin", "comprehensiveness_margin")
"""In the unit of each network's own logits: two networks are compared, and the scale of their logits means nothing."""
TRUE = ("truth_auc", "truth_pearson")
PERCENTILES = (50, 80)
"""Of ROAD: two in place of nine, because every one is paid for the floors as well."""
STEPS = 10
"""Of deletion."""
SEEDS = (0, 1, 2)
JUDGED = 84
"""Test faces whose maps are judged; Neutral has no AU map, so about a seventh of them say nothing."""
PROTOCOL = (
    "floors of each face; margins in standard deviations of the logits; floors on the grid of the layer"
)
"""What judging means: stored figures of another protocol are made anew."""


def does_guidance_help(
    out: str | Path,
    *,
    seeds: Sequence[int] = SEEDS,
    guidance: float = 4.0,
    judged: int = JUDGED,
    cache: str | Path | None = None,
    device: str | None = None,
    faces: int | None = None,
    validated: int = VALIDATED,
    tested: int = TESTED,
) -> Experiment:
    """Train both arms, judge all models, and write `table.csv` and `differences.csv` to `out`.

    Runs that were trained before are only read, methods that were judged before too; what was stopped is gone on with.

    Args:
        out: folder, one run in each of its subfolders.
        seeds: of the last layer's first weights, the order of faces and augmentation; the rest of the network starts
            from the same trunk in all runs. One seed gives no intervals.
        guidance: lambda of the guided arm.
        judged: how many test faces.
        cache: folder for pictures; left out, `out/cache`.
        device, faces, validated, tested: as of `train_guided`.
    """
    out = Path(out)
    kept: dict[tuple[str, int], Path] = {}
    overall: list[dict[str, Any]] = []
    scores: Judged = {}
    group: list[Face] = []
    shown: NDArray[np.float32] | None = None
    for seed in seeds:
        for arm, strength in zip(ARMS, (0.0, guidance), strict=True):
            folder = out / f"{arm}_{seed}"
            run = train_guided(
                "synth",
                folder,
                guidance=strength,
                seed=seed,
                cache=cache or out / "cache",
                device=device,
                faces=faces,
                validated=validated,
                tested=tested,
            )
            kept[arm, seed] = folder
            if shown is None:
                group = _people(run.model, judged)
                shown = _seen(run.model, metrics.evidence(group))
            overall += [
                {"arm": arm, "seed": seed, "method": "", "metric": name, "value": run.test[name]}
                for name in OF_A_NETWORK
                if name in run.test
            ]
            for method, by_metric in _judged(folder, run.model, group, shown).items():
                for score in by_metric:
                    scores[arm, seed, method, score.name] = score
    return tables(out, overall, scores, kept)


def _people(model: Classifier, judged: int) -> list[Face]:
    """Test people who act an expression, at the size that the model sees pixel for pixel."""
    from explab.synth import faces as make

    side = round(model.view.size / (model.view.box[2] - model.view.box[0]))
    drawn = make(judged, seed=TEST, size=side, expressions=list(model.classes))
    return [face for face in drawn if face.truth and face.truth.expression != "Neutral"]


def _judged(
    folder: Path, model: Classifier, faces: Sequence[Face], shown: NDArray[np.float32]
) -> dict[str, list[metrics.Score]]:
    """As `judge`, kept in the run's folder method by method: judging takes minutes."""
    from explab.synth.make import rendering

    weights = checksum.of_file(folder / "model.safetensors")
    key = [PROTOCOL, weights, rendering(), len(faces), *PLAUSIBLE, *FAITHFUL, *TRUE, *PERCENTILES, STEPS]
    file = folder / "judged.json"
    stored: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if stored.get("key") != key:
        stored = {"key": key, "methods": {}}
    labels = np.array(_acted(faces))
    known = {
        method: [_read(score, labels) for score in scores] for method, scores in stored["methods"].items()
    }
    for method in METHODS:
        if method not in known:
            known[method] = judge(model, faces, shown, method, next(iter(known.values()), None))
            stored["methods"][method] = [_told(score) for score in known[method]]
            making = file.with_suffix(f".{os.getpid()}.part")
            making.write_text(json.dumps(stored), encoding="utf-8")
            making.replace(file)
    return {method: known[method] for method in METHODS}


def _told(score: metrics.Score) -> dict[str, Any]:
    """A score as JSON: NaN as null, six digits."""

    def numbers(values: NDArray[np.float64] | None) -> list[float | None] | None:
        if values is None:
            return None
        return [None if np.isnan(value) else round(float(value), 6) for value in values]

    floors = {name: numbers(values) for name, values in score.floor_faces.items()}
    return {
        "name": score.name,
        "better": score.better,
        "faces": numbers(score.faces),
        "floors": floors,
        "no_floor": dict(score.no_floor),
        "ceiling": numbers(score.ceiling_faces),
    }


def _read(told: dict[str, Any], labels: NDArray[np.str_]) -> metrics.Score:
    """The score that `_told` wrote."""
    return metrics.Score(
        told["name"],
        np.array(told["faces"], np.float64),
        told["better"],
        floor_faces={name: np.array(values, np.float64) for name, values in told["floors"].items()},
        no_floor=told["no_floor"],
        ceiling_faces=None if told["ceiling"] is None else np.array(told["ceiling"], np.float64),
        labels=labels,
    )


def judge(
    model: Classifier,
    faces: Sequence[Face],
    shown: NDArray[np.float32],
    method: str,
    known: Sequence[metrics.Score] | None = None,
) -> list[metrics.Score]:
    """One method by every metric, each face beside its floors through the same network.

    Maps explain the true expression, as in the paper, and stay at the resolution of their layer, which is then that of
    the floors too.

    Args:
        shown: (B, H, W) evidence as the model sees the faces.
        method: of `explab.attribution.methods`.
        known: the scores of another method of this model, whose floors but "random" are the same and cost the most.
    """
    acted = _acted(faces)
    drawn = [name for name in model.classes if name != "Neutral"]
    landmarks, x = model.landmarks(faces), model.prepare(faces)
    every, _ = metrics.class_maps(landmarks, model.size, expressions=drawn)
    grid = layer_sizes(model.module, x[:1])[model.layer][1:]
    maps = attribute(model, faces, method, target="true", size=grid)[method]
    scores = metrics.evaluate(
        [*PLAUSIBLE, *FAITHFUL, *TRUE],
        maps,
        against=FLOORS if known is None else ("random",),
        class_maps=every,
        labels=np.array([drawn.index(name) for name in acted]),
        module=model.module,
        x=x,
        target=np.array([model.classes.index(name) for name in acted]),
        landmarks=landmarks,
        evidence=shown,
        percentiles=PERCENTILES,
        steps=STEPS,
    )
    before = {score.name: score for score in known or ()}
    for score in scores:
        if score.value is None:
            raise ValueError(f"{method}: {score.text}")
    return [
        replace(
            score,
            labels=np.array(acted),
            floor_faces={**(before[score.name].floor_faces if before else {}), **score.floor_faces},
            no_floor={**(before[score.name].no_floor if before else {}), **score.no_floor},
        )
        for score in scores
    ]


def _acted(faces: Sequence[Face]) -> list[str]:
    return [str(face.truth.expression) for face in faces if face.truth]


def _seen(model: Classifier, evidence: NDArray[np.float32]) -> NDArray[np.float32]:
    """(B, S, S) evidence of whole crops -> (B, h, w) of what the model is shown of them."""
    x0, y0, x1, y1 = (round(edge * evidence.shape[1]) for edge in model.view.box)
    part = evidence[:, y0:y1, x0:x1]
    if part.shape[1:] != model.size:
        raise ValueError(f"evidence of {part.shape[1:]} px for a model that sees {model.size} px")
    return part
