"""Nobody whom explab was fitted to is shown by default, and nothing is checked on what it was fitted to."""

import inspect

import numpy as np
import pytest

import explab as xl
from explab.synth.randomness import CHECKED, DEFAULT, EXPRESSION_SCORES, FITTED_TO, face_seeds
from explab.training import parts
from explab.training.calibration import aus, expressions
from explab.validation.regions import SEED as REGIONS
from explab.widgets.gallery import SEED as GALLERY

FITTED = [
    *(parts.TRAIN, parts.VALIDATION, parts.TEST, aus.FIT, aus.CHOOSE, aus.HELD_OUT),
    *(EXPRESSION_SCORES, EXPRESSION_SCORES + 3 * expressions.SEEDS - 1),
]


@pytest.mark.parametrize("maker", [xl.synth.face, xl.synth.faces, xl.synth.scene])
def test_what_is_made_by_default_was_fitted_to_by_nothing(maker: object) -> None:
    default = inspect.signature(maker).parameters["seed"].default  # type: ignore[arg-type]
    assert default == DEFAULT
    shown = set(face_seeds(default, 2000).tolist())
    for seed in (0, 1, 2, *FITTED):
        assert not shown & set(face_seeds(seed, 60_000).tolist()), seed


def test_blocks_do_not_meet() -> None:
    assert all(seed in FITTED_TO for seed in FITTED)
    assert DEFAULT not in FITTED_TO
    assert DEFAULT not in CHECKED
    assert FITTED_TO.stop <= CHECKED.start
    assert all(seed in CHECKED for seed in (REGIONS, GALLERY))


def test_series_share_nobody() -> None:
    people = np.concatenate([face_seeds(seed, 5000) for seed in (*FITTED_TO[:5], DEFAULT, REGIONS)])
    assert len(np.unique(people)) == len(people)
