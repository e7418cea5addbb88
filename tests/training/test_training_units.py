"""Learning AUs from synthetic faces: targets, mirror images and the score."""

import numpy as np
import pytest
import torch

import explab as xl
from explab.models import load
from explab.models.load import BASIC, MINI_VIEW, TRUNK
from explab.synth.anatomy.units import ACTS, COLUMN
from explab.synth.make import acted
from explab.training import Augment
from explab.training.pictures import Pictures, synthetic
from explab.training.units import MIRRORED, UnitTask


@pytest.fixture(scope="module")
def shown() -> Pictures:
    return synthetic(24, seed=4, view=MINI_VIEW, expressions=BASIC)


def test_acts_are_those_of_the_faces_without_drawing_them() -> None:
    faces = xl.synth.faces(6, seed=4, size=32, expressions=["Happiness", "Fear"], first=2)
    acts = acted(6, seed=4, expressions=["Happiness", "Fear"], first=2)
    for face, row in zip(faces, acts, strict=True):
        assert face.truth is not None
        assert face.truth.aus is not None
        for code in ("AU12L", "AU12R", "AU4R", "AU20L", "AU26"):
            assert row[COLUMN[code]] == pytest.approx(face.truth.aus[code], abs=1e-6)


class Perfect(torch.nn.Module):
    """Knows one face's acts, whichever way it is shown."""

    def __init__(self, acts: np.ndarray) -> None:
        super().__init__()
        self.answer = torch.nn.Parameter(torch.logit(torch.from_numpy(acts), eps=1e-4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.answer[: len(x)]


def test_a_mirrored_face_has_mirrored_targets(shown: Pictures) -> None:
    always = UnitTask(Perfect(shown.acts[:, MIRRORED]), shown, shown, MINI_VIEW, Augment(flip=1.0))
    never = UnitTask(Perfect(shown.acts), shown, shown, MINI_VIEW, Augment())
    wrong = UnitTask(Perfect(shown.acts), shown, shown, MINI_VIEW, Augment(flip=1.0))
    rows = torch.arange(len(shown))
    losses = [float(task.loss(task.module, rows)[0].detach()) for task in (always, never, wrong)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    assert losses[2] > losses[0] + 0.01


def test_the_score_is_the_mean_correlation(shown: Pictures) -> None:
    task = UnitTask(Perfect(shown.acts), shown, shown, MINI_VIEW, Augment())
    assert task.validate(task.module)["score"] == pytest.approx(1, abs=1e-3)
    assert len(MIRRORED) == len(ACTS)
    assert np.array_equal(MIRRORED[MIRRORED], np.arange(len(ACTS)))


def test_photographs_cannot_teach_units(shown: Pictures) -> None:
    unknown = Pictures(shown.pixels, shown.points, shown.labels, "photographs")
    with pytest.raises(ValueError, match="photographs: their AUs are not known"):
        UnitTask(Perfect(shown.acts), unknown, shown, MINI_VIEW, Augment())


def test_new_networks_start_from_the_trunk() -> None:
    trunk, started, other = load(TRUNK), load("guided", backbone=TRUNK, seed=1), load("guided", seed=1)
    stem = "stem.0.weight"
    assert torch.equal(trunk.module.state_dict()[stem], started.module.state_dict()[stem])
    assert not torch.equal(other.module.state_dict()[stem], started.module.state_dict()[stem])
    assert torch.equal(other.module.state_dict()["head.weight"], started.module.state_dict()["head.weight"])
    assert started.classes == BASIC
