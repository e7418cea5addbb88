"""Does guidance make attention more faithful, or only prettier? The question that the paper leaves open.

`explab bench guidance` trains the small network with and without guidance, several seeds each, and judges attention and
CAMs of all of them on synthetic people whom nobody has seen: against AU maps (plausible?), by removing pixels
(faithful?), and against the pixels that really made the expression (true?).
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from explab.attribution import attribute, metrics
from explab.attribution.metrics.floors import FLOORS
from explab.face import Face
from explab.models import Classifier
from explab.training import checksum
from explab.training.parts import TEST, TESTED, VALIDATED
from explab.training.run import train_guided

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

METHODS = ("attention", "cam", "gradcam", "gradcam++", "layercam")
PLAUSIBLE = ("cosine", "pearson", "class_margin")
FAITHFUL = ("road", "deletion", "comprehensiveness")
TRUE = ("truth_auc", "truth_pearson")
PERCENTILES = (50, 80)
"""Of ROAD: two in place of nine, because every one is paid for the floors as well."""
STEPS = 10
"""Of deletion."""
SEEDS = (0, 1, 2)
JUDGED = 84
"""Test faces whose maps are judged; Neutral has no AU map, so about a seventh of them say nothing."""
DRAWS = 2000
ARMS = ("unguided", "guided")


@dataclass(frozen=True, eq=False)
class Experiment:
    """What came out.

    Attributes:
        table: one row per arm, seed, method and metric: value, floors, interval over faces, n. "accuracy" and
            "attention" (ATT-COS on all test faces) have no method.
        differences: one row per method and metric: both arms' means over seeds, guided minus unguided, and its 95 %
            interval, resampling faces and seeds.
        models: folder of each run.
    """

    table: pd.DataFrame
    differences: pd.DataFrame
    models: dict[tuple[str, int], Path]

    def lines(self) -> list[str]:
        """The differences as text."""
        found = ["method     metric              unguided    guided  difference (95 % interval)     floor"]
        for row in self.differences.itertuples():
            found.append(
                f"{row.method:10} {row.metric:18} {row.unguided:9.3f} {row.guided:9.3f} "
                f"{row.difference:+11.3f} ({row.low:+.3f} to {row.high:+.3f}) {row.floor:7.3f}"
            )
        return found

    def plot(self) -> Figure:
        """Every method by every metric, without and with guidance; see `guidance_figure`."""
        from explab.validation.guidance_figure import figure

        return figure(self.differences)


def read(folder: str | Path) -> Experiment:
    """An experiment that was made before, from its two tables.

    Raises:
        FileNotFoundError: a table is missing.
    """
    import pandas as pd

    folder = Path(folder)
    table = pd.read_csv(folder / "table.csv", keep_default_na=False, na_values=[""]).fillna({"method": ""})
    return Experiment(table, pd.read_csv(folder / "differences.csv"), {})


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

    Runs that were trained before are only read; a stopped one is gone on with.

    Args:
        out: folder, one run in each of its subfolders.
        seeds: of the last layer's first weights, the order of faces and augmentation; the rest of the network starts
            from the same trunk in all runs.
        guidance: lambda of the guided arm.
        judged: how many test faces.
        cache: folder for pictures; left out, `out/cache`.
        device, faces, validated, tested: as of `train_guided`.
    """
    from explab.synth import faces as make

    out = Path(out)
    kept: dict[tuple[str, int], Path] = {}
    rows: list[dict[str, Any]] = []
    per_face: dict[tuple[str, int, str, str], NDArray[np.float64]] = {}
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
                view = run.model.view
                side = round(view.size / (view.box[2] - view.box[0]))
                group = [
                    face
                    for face in make(judged, seed=TEST, size=side, expressions=list(run.model.classes))
                    if face.truth and face.truth.expression != "Neutral"
                ]
                shown = _seen(run.model, metrics.evidence(group))
            common = {"arm": arm, "seed": seed}
            for name, figure in (("accuracy", "score"), ("attention", "attention")):
                rows.append({**common, "method": "", "metric": name, "value": run.test[figure]})
            for row, values in _judged(folder, run.model, group, shown):
                rows.append({**common, **row})
                per_face[arm, seed, row["method"], row["metric"]] = values
    return _written(out, rows, per_face, list(seeds), kept, _acted(group))


def _judged(
    folder: Path, model: Classifier, faces: Sequence[Face], shown: NDArray[np.float32]
) -> list[tuple[dict[str, Any], NDArray[np.float64]]]:
    """As `judge`, kept in the run's folder: judging takes minutes."""
    from explab.synth.make import rendering

    weights = checksum.of_file(folder / "model.safetensors")
    key = [weights, rendering(), len(faces), *METHODS, *PLAUSIBLE, *FAITHFUL, *TRUE, *PERCENTILES, STEPS]
    file = folder / "judged.json"
    if file.is_file():
        stored = json.loads(file.read_text(encoding="utf-8"))
        if stored["key"] == key:
            return [(row, np.array(values, np.float64)) for row, values in stored["found"]]
    found = judge(model, faces, shown)
    told = [(row, [None if np.isnan(x) else round(float(x), 6) for x in values]) for row, values in found]
    making = file.with_suffix(f".{os.getpid()}.part")
    making.write_text(json.dumps({"key": key, "found": told}), encoding="utf-8")
    making.replace(file)
    return found


def judge(
    model: Classifier, faces: Sequence[Face], shown: NDArray[np.float32]
) -> list[tuple[dict[str, Any], NDArray[np.float64]]]:
    """Every method by every metric: a row of the table and the value of each face, NaN where it has none.

    Maps explain the true expression, as in the paper.

    Args:
        shown: (B, H, W) evidence as the model sees the faces.
    """
    acted = _acted(faces)
    drawn = [name for name in model.classes if name != "Neutral"]
    landmarks, x = model.landmarks(faces), model.prepare(faces)
    every, _ = metrics.class_maps(landmarks, model.size, expressions=drawn)
    maps = np.asarray(attribute(model, faces, METHODS, target="true"))
    found: list[tuple[dict[str, Any], NDArray[np.float64]]] = []
    known: dict[str, dict[str, float]] = {}
    for method, these in zip(METHODS, maps, strict=True):
        scores = metrics.evaluate(
            [*PLAUSIBLE, *FAITHFUL, *TRUE],
            these,
            against=("random",) if known else FLOORS,
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
        for score in scores:
            if score.value is None or score.faces is None:
                raise ValueError(f"{method}: {score.text}")
            known.setdefault(score.name, dict(score.floors))
            full = replace(score, floors={**known[score.name], **score.floors})
            found.append(({"method": method, **full.row()}, score.faces))
    return found


def _acted(faces: Sequence[Face]) -> list[str]:
    return [str(face.truth.expression) for face in faces if face.truth]


def _seen(model: Classifier, evidence: NDArray[np.float32]) -> NDArray[np.float32]:
    """(B, S, S) evidence of whole crops -> (B, h, w) of what the model is shown of them."""
    x0, y0, x1, y1 = (round(edge * evidence.shape[1]) for edge in model.view.box)
    part = evidence[:, y0:y1, x0:x1]
    if part.shape[1:] != model.size:
        raise ValueError(f"evidence of {part.shape[1:]} px for a model that sees {model.size} px")
    return part


def _written(
    out: Path,
    rows: list[dict[str, Any]],
    per_face: dict[tuple[str, int, str, str], NDArray[np.float64]],
    seeds: list[int],
    kept: dict[tuple[str, int], Path],
    acted: Sequence[str],
) -> Experiment:
    import pandas as pd

    which = np.unique(list(acted), return_inverse=True)[1]
    table = pd.DataFrame(rows)
    differences = []
    for method, name in dict.fromkeys((key[2], key[3]) for key in per_face):
        both = np.array([[per_face[arm, seed, method, name] for seed in seeds] for arm in ARMS])
        chosen = table[(table.method == method) & (table.metric == name)]
        means = [float(chosen[chosen.arm == arm].value.mean()) for arm in ARMS]
        low, high = _interval(both[1] - both[0], which)
        differences.append(
            {
                "method": method,
                "metric": name,
                "unguided": means[0],
                "guided": means[1],
                "difference": _mean(both[1] - both[0], which),
                "low": low,
                "high": high,
                "floor": float(chosen.floor.mean()),
                "n": int(np.isfinite(both).all((0, 1)).sum()),
            }
        )
    found = Experiment(table, pd.DataFrame(differences), kept)
    found.table.to_csv(out / "table.csv", index=False, float_format="%.4f")
    found.differences.to_csv(out / "differences.csv", index=False, float_format="%.4f")
    return found


def _interval(difference: NDArray[np.float64], which: NDArray[np.int64]) -> tuple[float, float]:
    """95 % interval of the mean of (seeds, faces) differences, resampling both; `which` class each face is of."""
    rng = np.random.default_rng(0)
    seeds, faces = difference.shape
    drawn = []
    for _ in range(DRAWS):
        some, others = rng.integers(0, seeds, seeds), rng.integers(0, faces, faces)
        drawn.append(_mean(difference[np.ix_(some, others)], which[others]))
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(low), float(high)


def _mean(values: NDArray[np.float64], which: NDArray[np.int64]) -> float:
    """Unweighted mean over classes of (seeds, faces) values, as the table has it; NaN does not count."""
    known = np.isfinite(values)
    each = np.broadcast_to(which, values.shape)[known]
    sums, counts = np.bincount(each, values[known]), np.bincount(each)
    return float((sums[counts > 0] / counts[counts > 0]).mean())
