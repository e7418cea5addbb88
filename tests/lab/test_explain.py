"""`explain`: what a classifier says of a face, where it looked, and how far that agrees with AU maps."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from made_faces import SIZE, face, mesh
from sklearn.metrics.pairwise import cosine_similarity
from torch import Tensor, nn

from explab.face import Face, Truth
from explab.heatmaps import au_maps
from explab.lab import explain
from explab.lab.explain import SIDE
from explab.lab.explanation import ELSEWHERE
from explab.models import Classifier, load, wrap
from explab.models.load import BASIC
from explab.widgets.check_words import sentence

LIPS, BROW = 13, 105


class Bright(nn.Module):
    """A network that looks where the picture is bright, and always says the same."""

    def __init__(self, says: str = "Happiness") -> None:
        super().__init__()
        self.features = nn.AvgPool2d(4)
        self.head = nn.Linear(3, len(BASIC))
        nn.init.constant_(self.head.weight, 0.01)
        nn.init.constant_(self.head.bias, 0)
        self.head.bias.data[BASIC.index(says)] = 2

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(x).mean((2, 3)))
        return logits


def bright(says: str = "Happiness") -> Classifier:
    """Its input is the whole crop, as it is."""
    return wrap(Bright(says), layer="features", classes=BASIC, size=SIZE, mean=[0.0], std=[1.0])


def lit(vertex: int | None, truth: str | None = None) -> Face:
    """A black face with a white spot on a vertex of the mesh; None puts it into a corner."""
    image = np.zeros((SIZE, SIZE, 3), np.uint8)
    x, y = (8, 8) if vertex is None else mesh()[vertex, :2].round().astype(int)
    image[y - 6 : y + 6, x - 6 : x + 6] = 255
    return face(image=image, truth=None if truth is None else Truth(expression=truth))


def test_says_what_the_model_says_in_the_order_of_faces_and_models() -> None:
    model = load("guided", seed=3)
    faces = [lit(LIPS), lit(BROW), lit(None)]
    found = explain(faces, [model, bright()])
    assert [one.face for one in found] == faces
    for i, one in enumerate(found):
        assert [judged.prediction.model for judged in one.judged] == ["guided", "Bright"]
        known = model.predict(faces)[i].probabilities
        assert one.judged[0].prediction.probabilities == pytest.approx(known)
    alone = explain(faces[1], [model])
    assert alone.judged[0]["gradcam"].map == pytest.approx(found[1].judged[0]["gradcam"].map, abs=1e-5)


def test_one_model_needs_no_list_and_a_name_is_none() -> None:
    alone, listed = explain(lit(LIPS), bright()), explain(lit(LIPS), [bright()])
    assert np.array_equal(alone.judged[0]["gradcam"].map, listed.judged[0]["gradcam"].map)
    with pytest.raises(TypeError, match=r"'guided-mini' is no classifier; load one by name, xl.load"):
        explain(lit(LIPS), ["guided-mini"])  # type: ignore[list-item]


def test_only_methods_that_know_a_class_have_a_target() -> None:
    judged = explain(lit(LIPS), [bright()], ["attention", "eigencam", "gradcam"]).judged[0]
    assert [one.target for one in judged.attributions] == ["", "", "Happiness"]


def test_a_face_without_landmarks_has_no_map_of_its_units() -> None:
    lost = replace(lit(LIPS), landmarks=np.full_like(mesh(), np.nan))
    seen = explain(lost, [bright()], ["au_ablation"]).judged[0]["au_ablation"]
    assert np.isnan(seen.map).all()
    assert (seen.parts, seen.agreements) == ({}, ())


def test_no_model_and_no_face() -> None:
    assert explain(lit(LIPS)).judged == ()
    assert explain(lit(LIPS)).checks == []
    assert explain([], [bright()]) == []


@pytest.mark.parametrize(("vertex", "part"), [(LIPS, "lips"), (BROW, "brows"), (None, ELSEWHERE)])
def test_names_the_part_that_a_map_rests_on(vertex: int | None, part: str) -> None:
    judged = explain(lit(vertex), [bright()]).judged[0]
    assert judged["attention"].top[0] == part
    assert list(judged["attention"].parts.values()) == sorted(
        judged["attention"].parts.values(), reverse=True
    )


def test_a_map_that_is_the_same_everywhere_rests_nowhere() -> None:
    grey = explain(face(), [bright()]).judged[0]["attention"]
    assert (grey.parts, grey.top) == ({}, [])


def test_agreement_is_the_cosine_with_the_aus_of_what_was_said() -> None:
    seen = explain(lit(LIPS), [bright()]).judged[0]["layercam"]
    (agreement,) = seen.agreements
    assert (agreement.expression, seen.target) == ("Happiness", "Happiness")
    region = au_maps(lit(LIPS), size=(SIDE, SIDE)).merge("Happiness")
    stretched = (seen.map - seen.map.min()) / np.ptp(seen.map)
    blown = nn.functional.interpolate(
        torch.from_numpy(stretched)[None, None], size=(SIDE, SIDE), mode="bilinear"
    )
    known = cosine_similarity(blown.numpy().reshape(1, -1), region.reshape(1, -1))[0, 0]
    assert agreement.value == pytest.approx(known, abs=1e-5)
    flat = region.mean() / np.sqrt((region**2).mean())
    assert agreement.floors["uniform"] == pytest.approx(flat, abs=1e-5)
    assert agreement.area == pytest.approx((region > region.max() * 0.4).mean(), abs=0.06)


def test_the_template_floor_is_the_mean_of_the_models_expressions_on_this_face() -> None:
    maps = au_maps(lit(LIPS), size=(SIDE, SIDE))
    drawn = [maps.merge(name) for name in BASIC if name != "Neutral"]
    mean = np.mean(drawn, axis=0).reshape(1, -1)
    known = cosine_similarity(mean, maps.merge("Fear").reshape(1, -1))[0, 0]
    (agreement,) = explain(lit(LIPS), [bright("Fear")]).judged[0]["gradcam"].agreements
    assert agreement.floors["template"] == pytest.approx(known, abs=1e-3)
    assert agreement.hardest == "template"
    assert agreement.floor == max(agreement.floors.values())


def test_neutral_has_no_agreement_and_no_check() -> None:
    one = explain(lit(LIPS), [bright("Neutral")])
    assert one.judged[0].prediction.label == "Neutral"
    assert all(seen.agreements == () for seen in one.judged[0].attributions)
    assert one.checks == []


def test_a_wrong_answer_is_held_against_the_truth_as_well() -> None:
    wrong = explain(lit(LIPS, "Fear"), [bright()]).judged[0]
    assert [a.expression for a in wrong["attention"].agreements] == ["Happiness", "Fear"]
    names = [check.name for check in wrong.checks]
    assert names == [
        *(f"{method} on Happiness" for method in ("Attention", "Grad-CAM", "LayerCAM")),
        *(f"{method} on Fear" for method in ("Attention", "Grad-CAM", "LayerCAM")),
    ]
    for truth in ("Happiness", "Contempt", "Neutral"):  # right; not known to the model; without AU map
        right = explain(lit(LIPS, truth), [bright()]).judged[0]
        assert [a.expression for a in right["attention"].agreements] == ["Happiness"]


def test_a_score_at_its_floor_is_never_good() -> None:
    on, off = (explain(lit(vertex), [bright("Surprise")]).checks[0] for vertex in (LIPS, None))
    assert off.verdict == "floor"
    assert "One face has no interval." in sentence(off)
    assert (off.interval, off.gain_interval) == (None, None)
    assert on.verdict in ("floor", "unsure")  # one face is never sure
    assert on.value > off.value
    judged = explain(lit(LIPS), [bright()]).judged[0]
    seen = judged["attention"]
    level = replace(seen.agreements[0], value=seen.agreements[0].floor)
    same = replace(judged, attributions=(replace(seen, agreements=(level,)),))
    assert same.checks[0].verdict == "floor"


def test_a_face_outside_of_what_the_model_is_shown_has_no_agreement() -> None:
    away = replace(lit(LIPS), landmarks=(mesh() + [5 * SIZE, 0, 0]).astype(np.float32))
    judged = explain(away, [bright()]).judged[0]
    assert judged["attention"].agreements == ()
    assert list(judged["attention"].parts) == [ELSEWHERE]


def test_an_unknown_map_names_those_there_are() -> None:
    with pytest.raises(KeyError, match="attention, gradcam, layercam"):
        explain(lit(LIPS), [bright()]).judged[0]["scorecam"]


def test_lab_and_widgets_load_no_torch() -> None:
    code = "import sys, explab.lab, explab.widgets; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
