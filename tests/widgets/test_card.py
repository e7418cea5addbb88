"""What a card says of a face: the suggested expression with its evidence, whiskers, doubts, truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_faces import face, synthetic

from explab.face import Truth, codebook_expression
from explab.face.measure import network
from explab.facs import UNITS, sided
from explab.lab.against_truth import suggest
from explab.widgets import card

SMILE = {
    code: 0.0 for code, u in UNITS.items() if u.part in ("upper", "lower") and code not in ("AU46", "AD19")
}
SMILE |= {"AU6": 0.6, "AU12": 0.9, "AU25": 0.5}
QUIET = dict.fromkeys(SMILE, 0.0)


def row(view: Any, code: str) -> dict[str, Any]:
    return next(one for one in view.data["aus"]["rows"] if one["code"] == code)


def test_verdict_names_the_expression_and_its_units() -> None:
    verdict = card(face(SMILE)).data["verdict"]
    assert verdict.startswith("The AUs suggest Happiness (")
    assert "AU6 cheek raiser" in verdict
    assert "AU12 lip corner puller" in verdict
    assert verdict.endswith("A face seen from the front.")


def test_a_resting_face_is_neutral_because_nothing_stands_out() -> None:
    assert "suggest Neutral" in card(face(QUIET)).data["verdict"]
    assert "no unit stands out" in card(face(QUIET)).data["verdict"]


def test_few_measured_units_make_a_hint() -> None:
    assert "take it as a hint" in card(face({"AU12": 0.9, "AU6": 0.8})).data["verdict"]
    assert "take it as a hint" not in card(face(SMILE)).data["verdict"]


def test_nothing_measured_says_so_and_suggests_nothing() -> None:
    data = card(face()).data
    assert "its action units are not" in data["verdict"]
    assert data["suggestion"] is None
    assert "probability" not in data["expressions"][0]
    gaze_only = card(face({"AU61": 0.5})).data
    assert gaze_only["suggestion"] is None
    assert "AUs suggest" not in gaze_only["verdict"]


def test_undecided_is_said() -> None:
    both = QUIET | {"AU4": 0.35, "AU15": 0.2, "AU17": 0.2}
    suggestion = codebook_expression(face(both))
    verdict = card(face(both)).data["verdict"]
    assert ("do not decide" in verdict) == (suggestion[suggestion.best] < 0.5)


def test_probabilities_are_sorted_and_complete() -> None:
    rows = card(face(SMILE)).data["expressions"]
    chances = [one["probability"] for one in rows]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) == pytest.approx(1, abs=0.01)
    assert {one["label"] for one in rows} >= {"Neutral", "Happiness"}


def test_known_expression_is_held_against_the_suggestion() -> None:
    right = card(face(SMILE, truth=Truth(expression="Happiness"))).data
    wrong = card(face(SMILE, truth=Truth(expression="Fear"))).data
    assert "The label says Happiness, too." in right["verdict"]
    assert "The label says Fear, which disagrees." in wrong["verdict"]
    assert [one["verdict"] for one in right["checks"]] == ["good"]
    assert [one["verdict"] for one in wrong["checks"]] == ["wrong"]
    made = card(synthetic(SMILE, SMILE, "Happiness")).data["verdict"]
    assert "was made to show Happiness, so this is right" in made


def test_whiskers_are_the_interval_of_the_unit_and_not_its_standard_deviation() -> None:
    ends = {
        "AU12L": (0.6, 1.0),
        "AU12R": (0.5, 0.95),
        "AU25": (0.499, 0.9),
        "AU6L": (0.0, 0.7),
        "AU6R": (0.3, 0.9),
    }
    view = card(face(SMILE, au_interval=ends, au_sd={"AU1L": 0.2, "AU1R": 0.2, "AU25": 0.1}))
    assert (row(view, "AU12")["low"], row(view, "AU12")["high"]) == (0.55, 0.975)  # the mean of both sides
    assert (row(view, "AU25")["low"], row(view, "AU25")["high"]) == (0.499, 0.9)
    assert (row(view, "AU6")["low"], row(view, "AU6")["high"]) == (0.15, 0.8)
    assert row(view, "AU1")["low"] is None


def test_a_rounded_estimate_lies_within_its_whisker() -> None:
    view = card(face(SMILE | {"AU12": 0.8449}, au_interval={"AU12L": (0.8449, 0.9), "AU12R": (0.8449, 0.9)}))
    assert row(view, "AU12")["value"] == row(view, "AU12")["low"] == 0.84


def test_whiskers_say_on_whom_they_were_calibrated() -> None:
    view = card(face(SMILE, source="landmark geometry", au_interval={"AU25": (0.2, 0.9)}))
    said = view.data["aus"]["whiskers"]
    assert "90\u00a0% interval" in said
    assert (
        f"{network(relative=False).people} synthetic people as MediaPipe sees them, on no photograph" in said
    )
    assert card(face(SMILE)).data["aus"]["whiskers"] == ""


def test_a_card_says_of_the_expression_what_the_function_says() -> None:
    """However unsure the units are, and though they are rounded for show: the scores know what reading costs."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        aus = {code: float(np.clip(value + rng.normal(0, 0.1), 0, 1)) for code, value in SMILE.items()}
        sd = {side: float(rng.uniform(0.02, 0.4)) for code in SMILE for side in sided(code)}
        read = face(aus, source="landmark geometry", au_sd=sd)
        suggestion = codebook_expression(read)
        assert suggest(read) == suggestion
        view = card(read).data
        assert {one["label"]: one["probability"] for one in view["expressions"]} == {
            name: round(p, 3) for name, p in suggestion.items()
        }


def test_uneven_sides_have_their_own_whiskers_and_truth() -> None:
    uneven = {**{k: v for k, v in SMILE.items() if k != "AU12"}, "AU12L": 0.9, "AU12R": 0.5}
    true = {**uneven, "AU12L": 0.8}
    view = card(synthetic(true, uneven, "Happiness"))
    sides = row(view, "AU12")["sides"]
    assert (sides["L"]["value"], sides["L"]["truth"]) == (0.9, 0.8)
    assert (sides["R"]["value"], sides["R"]["truth"]) == (0.5, 0.5)
    assert row(view, "AU6")["sides"] is None


def test_truth_is_what_a_coder_sees_of_the_picture() -> None:
    """A blinking, squinting face with its mouth stretched: its AU43, AU7 and AU26 were never asked for."""
    true = {**SMILE, "AU45": 1.0, "AU44": 0.6, "AU27": 0.3, "AU43": 0.0, "AU7": 0.1, "AU26": 0.0}
    read = {code: value for code, value in SMILE.items() if code not in ("AU44", "AU45")}
    view = card(synthetic(true, read | {"AU43": 0.9, "AU7": 0.5, "AU26": 0.6}, "Happiness"))
    assert [row(view, code)["truth"] for code in ("AU43", "AU7", "AU26", "AU27")] == [1.0, 0.6, 0.6, 0.3]
    assert not {"AU44", "AU45"} & {one["code"] for one in view.data["aus"]["rows"]}
    made = face(true, source="synthetic face", truth=synthetic(true, None, "Happiness").truth)
    assert row(card(made), "AU26")["truth"] == 0.0  # nobody read it: it was told AU27 and not AU26


def test_doubts_are_listed_by_reason_and_named_in_the_verdict() -> None:
    blurred = "the picture is blurred"
    doubts = {"AU6L": blurred, "AU6R": blurred, "AU12R": "hidden", "AU1L": blurred, "AU1R": blurred}
    view = card(face(SMILE, unreliable=doubts))
    assert row(view, "AU6")["unreliable"] == blurred
    assert row(view, "AU12")["unreliable"] == "right: hidden"
    assert view.data["aus"]["unreliable"][0] == {"reason": blurred, "units": ["AU1", "AU6"]}
    assert "AU6 and AU12, on which this rests, are not reliable here." in view.data["verdict"]


def test_a_face_that_cannot_be_measured_gives_a_guess() -> None:
    every = {one: "the face is too small" for code in SMILE for one in sided(code)}
    verdict = card(face(SMILE, unreliable=every)).data["verdict"]
    assert "cannot be measured well (the face is too small): take it as a guess" in verdict


def test_true_landmarks_and_maps_come_along() -> None:
    data = card(synthetic(SMILE, SMILE, "Happiness", shift=0.05)).data
    assert data["truth"]["error"] == "5.0\u00a0%"
    assert len(data["truth"]["points"]) == 478
    assert len(data["truth"]["cosines"]) == len(data["maps"]["items"])
    assert all(c is None or 0.5 < c < 1 for c in data["truth"]["cosines"])
    assert card(face(SMILE)).data["truth"] is None


def test_a_made_face_is_not_called_measured() -> None:
    made = synthetic(SMILE, None, "Happiness", shift=0)
    made = face(SMILE, source="synthetic face", truth=made.truth)
    data = card(made).data
    assert data["aus"]["made"]
    assert data["aus"]["note"].startswith("Nothing was measured")
    assert data["truth"] is None  # its landmarks are the true ones
