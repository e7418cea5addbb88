"""What a card says and shows of a classifier."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_faces import face, synthetic
from made_judged import agreement, explained, judged, seen
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image
from test_card import QUIET, SMILE
from test_face_card import caption, ink

from explab.face import Truth, codebook_expression
from explab.lab import Explanation
from explab.lab.explanation import LABELS
from explab.models import ModelError, load
from explab.widgets import View, card
from explab.widgets.check_words import sentence
from explab.widgets.classifier import _tile, overall
from explab.widgets.classifier_words import MEANS, means, unseen
from explab.widgets.face_report import find_classifier
from explab.widgets.gallery import shown
from explab.widgets.report import render


def verdict(one: Explanation) -> str:
    said: str = card(one).data["verdict"]
    return said


# --- Words ------------------------------------------------------------------------------------------------------------


def test_verdict_says_what_supports_it_and_where_it_looked() -> None:
    made = synthetic(SMILE, SMILE, "Happiness")
    said = verdict(explained(made))
    assert said.startswith(
        "Happiness (0.91), says mini. The AUs support it: AU6 cheek raiser and AU12 lip corner"
    )
    assert (
        "Attention rests on the mouth corners and eyes and fits the AU map of Happiness by 0.71, where a plain face "
        "template would get 0.62."
    ) in said
    assert "The face was made to show Happiness, so both are right." in said


def test_a_photograph_outside_of_its_training_is_said_first() -> None:
    one = explained(face(SMILE))
    assert verdict(one).startswith("Happiness (0.91), says mini, which knows synthetic faces only. The AUs")
    data = card(one).data["classifier"]
    assert data["training"].startswith(
        "Trained on synthetic faces alone: 900 synthetic faces, seed 1. Right for 75"
    )
    assert "guessing would be for 14" in data["training"]
    assert "lies outside of what it was trained on" in data["outside"]
    inside = card(explained(synthetic(SMILE, SMILE, "Happiness"))).data["classifier"]
    assert inside["outside"] == ""


def test_accuracy_stands_beside_the_floor_of_its_test_data() -> None:
    """Two thirds right where two thirds are Happiness is what always naming it gets; the recall gives it away."""
    known = {"data": {"train": "own", "test": "9 faces"}, "made": "today"}
    test = {"score": 6 / 9, "floor": 6 / 9, "recall": 0.5, "recall floor": 0.5}
    said = (
        card(explained(face(SMILE), **known, test=test)).data["classifier"]["training"].replace("\u00a0", " ")
    )
    assert said == (
        "Trained: own. Right for 67 % of its test data (9 faces); always naming the most frequent expression would be "
        "for 67 %. Mean recall over the expressions 50 %; always naming the same one would give 50 %."
    )
    older = card(explained(face(SMILE), **known, test={"score": 0.0, "recall": 0.0})).data["classifier"]
    assert (
        older["training"]
        .replace("\u00a0", " ")
        .endswith(
            "Right for 0 % of its test data (9 faces); guessing would be for 14 %. "
            "Mean recall over the expressions 0 %; guessing would give 14 %."
        )
    )


def test_nothing_is_claimed_of_somebody_elses_network() -> None:
    one = explained(face(SMILE), made="today")
    assert verdict(one).startswith("Happiness (0.91), says mini. ")
    assert card(one).data["classifier"]["training"] == "Nothing is known of its training."
    assert card(one).data["classifier"]["outside"] == ""


def test_aus_that_do_not_agree_are_not_made_to() -> None:
    said = verdict(explained(face(SMILE), "Fear"))
    assert "support it:" not in said
    assert "The AUs do not support it; they suggest Happiness (" in said
    assert "No AUs were measured that could support it." in verdict(explained(face({"AU61": 0.5})))
    assert "support" not in verdict(explained(face()))


def test_undecided_is_said_of_both() -> None:
    one = judged("Fear", 0.45)
    one.prediction.probabilities[:3] = (0.3, 0.25, 0)
    nothing_clear = face(QUIET | {"AU5": 0.4, "AU25": 0.4})
    said = verdict(Explanation(nothing_clear, (one,)))
    assert said.startswith(
        "Fear (0.45) or Neutral (0.30): mini, which knows synthetic faces only, does not decide."
    )
    suggestion = codebook_expression(nothing_clear)
    assert suggestion[suggestion.best] < 0.5
    assert "The AUs do not decide: " in said


@pytest.mark.parametrize(
    ("label", "truth", "aus", "says"),
    [
        ("Happiness", "Happiness", SMILE, "so both are right."),
        ("Fear", "Happiness", SMILE, "so mini is wrong and the AUs are right."),
        ("Fear", "Fear", SMILE, "so mini is right and the AUs are wrong."),
        ("Anger", "Fear", SMILE, "so both are wrong."),
        ("Fear", "Contempt", SMILE, "which mini does not know; the AUs are wrong."),
        ("Fear", "Fear", None, "so it is right."),
    ],
)
def test_right_and_wrong_are_said_where_the_truth_is_known(
    label: str, truth: str, aus: dict[str, float] | None, says: str
) -> None:
    made = verdict(explained(synthetic(SMILE, aus, truth), label))
    assert f"The face was made to show {truth}, {says}" in made
    labelled = verdict(explained(face(aus, truth=Truth(expression=truth)), label))
    assert f"By its label the face shows {truth}, {says}" in labelled
    assert "label" not in verdict(explained(face(aus), label))


def test_attention_at_its_floor_is_called_no_better() -> None:
    for value in (0.55, 0.62, 0.624):  # as far as the two decimals that are shown go
        said = verdict(explained(face(SMILE), agreements=(agreement("Happiness", value),)))
        assert f"by {value:.2f}, no better than a plain face template (0.62)." in said


# --- Data -------------------------------------------------------------------------------------------------------------


def test_without_a_classifier_the_card_is_as_it_was() -> None:
    with_one, without = card(explained(face(SMILE))).data, card(face(SMILE)).data
    assert without["classifier"] is None
    assert without["verdict"].startswith("The AUs suggest Happiness (")
    differs = {key for key in with_one if with_one[key] != without[key]}
    assert differs == {"verdict", "classifier", "provenance"}
    assert without["provenance"] == [row for row in with_one["provenance"] if row[0] != "Classifier"]


def test_neutral_is_not_defined_in_one_sentence_and_never_0() -> None:
    data = card(explained(face(QUIET), "Neutral")).data["classifier"]
    assert data["undefined"] == (
        "Agreement of the classifier’s maps with AU regions is not defined: Neutral has no AU map."
    )
    assert data["checks"] == []
    assert all(item["outline"] is None for item in data["maps"]["items"])
    assert "fits" not in verdict(explained(face(QUIET), "Neutral"))
    assert card(explained(face(SMILE))).data["classifier"]["undefined"] == ""


def test_chips_stand_beside_the_highest_floor() -> None:
    both = (agreement("Fear", 0.71), agreement("Happiness", 0.62))
    data = card(explained(synthetic(SMILE, SMILE, "Happiness"), "Fear", agreements=both)).data["classifier"]
    first, *_, last = data["checks"]
    assert (first["name"], first["value"], first["floor"], first["verdict"]) == (
        "Attention on Fear", 0.71, 0.62, "unsure"
    )  # fmt: skip
    assert (last["name"], last["verdict"]) == ("LayerCAM on Happiness", "floor")
    assert first["low"] is None
    assert "the predicted Fear and the true Happiness" in data["key"]
    assert "One face has no interval." in data["key"]


def test_a_map_that_shows_nothing_says_so() -> None:
    items = card(explained(face(SMILE), flat=True)).data["classifier"]["maps"]["items"]
    gradcam = items[1]
    assert (gradcam["label"], gradcam["valid"]) == ("Grad-CAM", False)
    assert "Grad-CAM is the same everywhere" in gradcam["says"][1]
    names = [check["name"] for check in card(explained(face(SMILE), flat=True)).data["classifier"]["checks"]]
    assert names == ["Attention on Happiness", "LayerCAM on Happiness"]


def test_a_map_that_cannot_be_computed_says_so() -> None:
    one = explained(face(SMILE), flat=True)
    (mine,) = one.judged
    broken = replace(mine.attributions[1], map=np.full((14, 14), np.nan, np.float32))
    mine = replace(mine, attributions=(mine.attributions[0], broken))
    items = card(replace(one, judged=(mine,))).data["classifier"]["maps"]["items"]
    assert not items[1]["valid"]
    assert items[1]["says"][1] == "On this face Grad-CAM cannot be computed."


def test_every_method_is_written_and_explained() -> None:
    from explab.attribution.method import METHODS

    assert set(MEANS) == set(LABELS) == set(METHODS)
    for name, method in METHODS.items():
        assert ("{target}" in MEANS[name]) != method.classless, name
    mine = explained(face(SMILE)).judged[0].attributions[1]
    assert means(replace(mine, method="new")) == "What speaks for Happiness."
    assert "whatever the expression" in means(replace(mine, method="new", target=""))


def test_training_without_a_named_test_set() -> None:
    one = explained(face(SMILE), data={"train": "my faces"}, test={"score": 0.5})
    said = card(one).data["classifier"]["training"]
    assert said.startswith("Trained: my faces. Right for 50\u00a0% of its test data; guessing")


def test_maps_travel_stretched_and_small() -> None:
    maps = card(explained(face(SMILE))).data["classifier"]["maps"]
    png = Image.open(BytesIO(base64.b64decode(maps["sprite"].partition(",")[2])))
    tiles = np.asarray(png).reshape(3, maps["height"], maps["width"])
    assert tiles[0].min() == 0
    assert tiles[0].max() == 255
    assert maps["box"] == [0.1, 0.15, 0.9, 0.95]
    attention, gradcam, _ = maps["items"]
    assert (attention["title"], gradcam["title"]) == ("Attention of mini", "Grad-CAM for Happiness")
    assert (
        "Values 0 to 3; 6\u00a0% of the view lie above the middle. 60\u00a0% of it falls"
        in attention["quiet"][0]
    )


def test_a_trained_model_adds_less_than_25_kb() -> None:
    model = load("guided", seed=2)
    noise = np.random.default_rng(0).integers(0, 255, (128, 128, 3), np.uint8)
    one = face(SMILE, image=noise, truth=Truth(expression="Fear"))
    added = len(card(one, model).html(assets=False)) - len(card(one).html(assets=False))
    assert 2_000 < added < 25_000


def test_a_card_shows_one_classifier() -> None:
    two = Explanation(face(SMILE), (judged("Fear"), judged("Anger")))
    with pytest.raises(ValueError, match="mini and mini"):
        card(two)
    with pytest.raises(ValueError, match="explain the face with guided"):
        card(explained(face(SMILE)), load("guided"))


def test_a_report_asks_whom_it_is_told_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loading = import_module("explab.models.load")
    assert find_classifier("none") is None
    assert find_classifier(None) is None
    folder = load("guided", seed=2).save(tmp_path / "guided-mini")
    found = find_classifier(str(folder))
    assert found is not None
    assert found.classes == load("guided").classes
    with pytest.raises(ModelError, match="did you mean"):
        find_classifier("guided-mimi")
    monkeypatch.setattr(loading, "assets", lambda: tmp_path)
    assert find_classifier("auto") is not None
    monkeypatch.setattr(loading, "assets", lambda: tmp_path / "nowhere")
    assert find_classifier("auto") is None


# --- Many faces -------------------------------------------------------------------------------------------------------


def test_accuracy_over_faces_has_floor_interval_and_leaves_out_what_it_does_not_know() -> None:
    truths = ["Happiness"] * 3 + ["Fear"] * 2 + ["Contempt"]
    many = [explained(synthetic(SMILE, SMILE, true), "Happiness") for true in truths]
    right, *maps = overall(many)
    assert (right.name, right.value, right.floor) == (
        "Classifier right",
        0.6,
        0.6,
    )  # always Happiness is as good
    assert right.verdict == "floor"
    assert right.interval is not None
    assert "1 face left out: made to show what it does not know." in sentence(right)
    assert "n = 5" in sentence(right)
    assert [check.name for check in maps] == ["Attention", "Grad-CAM", "LayerCAM"]
    assert (maps[0].value, maps[0].floor) == (pytest.approx(0.71), pytest.approx(0.62))
    assert maps[0].verdict == "good"
    assert overall([Explanation(face(SMILE))]) == []
    assert [check.name for check in overall([explained(face(QUIET), "Neutral")])] == []


def test_gallery_asks_the_classifier_and_names_the_seeds() -> None:
    made = [synthetic(SMILE, None, name) for name in ("Happiness", "Fear")]
    read = [synthetic(SMILE, SMILE, name) for name in ("Happiness", "Fear")]
    model = load("guided", seed=2)
    asked = shown(made, read, model)
    assert [item["classifier"].split(":")[0] for item in asked.head.data["items"]] == ["classifier"] * 2
    assert [item["says"] for item in asked.head.data["items"]] == ["AUs: right", "AUs: called Happiness"]
    assert "The classifier is right for" in asked.head.data["verdict"]
    assert asked.cards[0].data["classifier"]["name"] == "guided"
    plain = shown(made, read).head.data
    assert plain["training"] == ""
    assert [item["says"] for item in plain["items"]] == ["right", "called Happiness"]


def test_faces_of_a_seed_that_it_was_trained_on_are_called_that() -> None:
    card_of = judged("Fear").card
    assert unseen("mini", card_of, 2026).endswith(
        "these have seed 2026, so that it has met none of these people."
    )
    for seed in (1, 2, 3):
        assert "its figures here are too good" in unseen("mini", card_of, seed)
    assert "was not trained on synthetic faces" in unseen("mini", {}, 1)


# --- In a browser -----------------------------------------------------------------------------------------------------


def page_of(tmp_path: Path, view: View) -> Path:
    outputs = [new_output("display_data", {"text/html": view.html()})]
    return render(new_notebook(cells=[new_code_cell(outputs=outputs)]), tmp_path / "page.html", title="Card")


@pytest.mark.browser
def test_overlays_switch_by_keyboard_and_say_what_they_are(
    tmp_path: Path, open_page: Callable[..., Any]
) -> None:
    page = open_page(page_of(tmp_path, card(explained(face(SMILE)))))
    page.get_by_role("radio", name="None", exact=True).click()
    assert ink(page) == [0, 0, 0]
    for _ in range(4):  # None, Mesh, Action unit, Expression, Attention
        page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.id") == "attention"
    assert page.get_by_role("radio", name="Attention").get_attribute("aria-checked") == "true"
    assert page.get_by_role("status").inner_text() == "Attention of mini"
    assert caption(page).startswith("0\n1\n\nAttention of mini")
    assert "Here it rests on the mouth corners and eyes." in caption(page)
    assert "Dashed: the AU map of Happiness at 0.5; cosine 0.71." in caption(page)
    top, _, bottom = ink(page)
    assert bottom > 3 * top  # the spot lies low, the frame and the outline are thin
    page.keyboard.press("ArrowRight")
    assert caption(page).startswith("0\n1\n\nGrad-CAM for Happiness")
    page.keyboard.press("End")
    assert page.get_by_role("status").inner_text() == "LayerCAM for Happiness"


@pytest.mark.browser
def test_a_map_that_shows_nothing_is_not_drawn(tmp_path: Path, open_page: Callable[..., Any]) -> None:
    page = open_page(page_of(tmp_path, card(explained(face(QUIET), "Neutral", flat=True))))
    page.get_by_role("radio", name="Grad-CAM").click()
    assert ink(page) == [0, 0, 0]
    assert page.locator(".xl-bar").is_hidden()
    assert "points nowhere" in caption(page)
    assert page.locator(".xl-undefined").inner_text().endswith("Neutral has no AU map.")
    assert page.locator(".xl-chip").count() == 0


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_ranked_list_chips_and_note_fit(
    tmp_path: Path, open_page: Callable[..., Any], width: int, scheme: str
) -> None:
    one = explained(face(SMILE, truth=Truth(expression="Neutral")), agreements=(agreement("Happiness", 0.6),))
    page = open_page(
        page_of(tmp_path, card(one)), viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    rows = page.locator(".xl-classes li")
    assert [row.split("\n")[0] for row in rows.all_inner_texts()[:2]] == ["Happiness", "Neutral◇"]
    assert rows.nth(1).locator(".xl-hear").inner_text() == "(ground truth)"
    slot, bar = (rows.first.locator(part).bounding_box() for part in (".xl-slot", ".xl-slot i"))
    assert bar["width"] == pytest.approx(0.91 * slot["width"], abs=1)
    chips = page.get_by_role("group", name="The classifier’s maps against AU maps").locator(".xl-chip")
    assert chips.locator(".xl-chip-mark").all_inner_texts() == ["–"] * 3  # under their floor: grey
    chips.first.focus()
    assert "a plain face template would get 0.62" in chips.first.locator(".xl-tip").inner_text()
    assert "lies outside" in page.locator(".xl-outside").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.browser
def test_a_hostile_name_stays_text(tmp_path: Path, open_page: Callable[..., Any]) -> None:
    hostile = "</script><img src=x onerror=alert(1)>"
    one = explained(face(SMILE), synthetic=True, data={"train": hostile, "test": hostile})
    object.__setattr__(one.judged[0].prediction, "model", hostile)
    view = card(one)
    assert hostile not in view.html(assets=False)
    assert json.dumps(view.data)
    page = open_page(page_of(tmp_path, view))
    assert page.locator(".xl-verdict").inner_text().startswith(f"Happiness (0.91), says {hostile}")
    assert page.locator("img[onerror], img[src=x]").count() == 0


def test_signed_maps_are_drawn_from_a_neutral_middle() -> None:
    """Zero is the middle of the colours whatever the extremes, and maps without a negative value stay sequential."""
    signed = replace(
        seen("cam", "Happiness"), map=np.array([[-1.0, 0.0], [0.5, 2.0]], np.float32), signed=True
    )
    tile = _tile(signed)
    assert tile.min() == pytest.approx(0.25, abs=0.02)  # -1 of 2
    assert tile.max() == pytest.approx(1, abs=0.02)
    nothing = replace(signed, map=np.array([[-1e-9, 0.0], [0.0, 2.0]], np.float32))
    assert _tile(nothing)[0, -1] == pytest.approx(0.5, abs=0.01)
    positive = replace(signed, map=np.abs(signed.map))
    assert not positive.two_sided
    assert _tile(positive).min() == 0
