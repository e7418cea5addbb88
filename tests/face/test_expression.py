"""The expression that units suggest: prototypes, gaps, evidence, uncertainty and codebooks of one's own."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from explab.face.expression import CUES, Suggestion, codebook_expression, cue_levels, fitted_scores
from explab.facs import CODES, EXPRESSIONS, UNITS, AUs, codebook, sided

QUIET = AUs({code: 0.0 for code in UNITS if UNITS[code].part != "head"})
PROTOTYPES = {name: QUIET.replace(codebook("prototypes").weights(name)) for name in EXPRESSIONS}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_a_prototype_gives_its_expression(name: str) -> None:
    found = codebook_expression(PROTOTYPES[name])
    assert found.best == name
    assert found[name] > 0.9
    assert tuple(found) == EXPRESSIONS
    assert sum(found.values()) == pytest.approx(1)
    assert all(0 <= p <= 1 for p in found.values())


@pytest.mark.parametrize("name", [e for e in EXPRESSIONS if e != "Contempt"])
def test_a_prototype_gives_its_expression_by_a_coder_of_few_units(name: str) -> None:
    """DISFA's twelve: no AU16, AU23, AU24 or AU7, and no sides."""
    disfa = AUs.from_scheme("disfa", PROTOTYPES[name].to_scheme("disfa"))
    assert codebook_expression(disfa).best == name


def test_evidence_names_the_units() -> None:
    happy = codebook_expression(PROTOTYPES["Happiness"])
    assert happy.evidence == "AU6 + AU12 -> Happiness"
    assert next(iter(happy.support)) == "AU12"
    assert codebook_expression(PROTOTYPES["Sadness"]).evidence == "AU1 + AU4 + AU15 -> Sadness"
    assert codebook_expression(QUIET).evidence == "no unit that stands out -> Neutral"
    assert all(x > 0 for x in happy.support.values())
    assert all(x < 0 for x in happy.against.values())


@pytest.mark.parametrize("side", "LR")
def test_evidence_names_the_side(side: str) -> None:
    found = codebook_expression(QUIET.replace({"AU14" + side: 0.7, "AU12" + side: 0.4}))
    assert found.evidence == f"AU12{side} + AU14{side} -> Contempt"


def test_what_speaks_against() -> None:
    frowning = codebook_expression(PROTOTYPES["Happiness"].replace({"AU4": 0.8}))
    assert frowning.best == "Happiness"
    assert frowning.against["AU4"] < -0.5
    posed = codebook_expression(QUIET.replace({"AU12": 0.5}))
    felt = codebook_expression(QUIET.replace({"AU12": 0.5, "AU6": 0.5}))
    assert posed["Happiness"] < felt["Happiness"]


def test_units_that_were_not_measured_are_not_absent() -> None:
    few = codebook_expression(AUs({"AU12": 0.9}))
    assert few.best == "Happiness"
    assert not few.against
    assert few.measured == (2, len(CUES))  # AU12 and how far its sides differ
    assert few["Happiness"] < codebook_expression(PROTOTYPES["Happiness"])["Happiness"]
    lids = codebook_expression(AUs({"AU5": 0.0, "AU12": 0.0}))
    assert max(lids.values()) < 0.6


def test_one_side_measured_counts_for_the_unit() -> None:
    assert codebook_expression(AUs({"AU12L": 0.9, "AU6L": 0.6})).best == "Happiness"


def test_nothing_measured_is_an_error() -> None:
    with pytest.raises(ValueError, match="no AUs measured"):
        codebook_expression(AUs())
    with pytest.raises(ValueError, match="only AD29, AU51 measured, and nothing that tells"):
        codebook_expression(AUs({"AD29": 0.5, "AU51": 0.1}))


def test_alike_units_count_once() -> None:
    codes = ("AU26", "AU27", "AU43L", "AU43R", "AU45L", "AU45R", "AU12L")
    levels = dict(zip(CUES, cue_levels(codes, np.array([[0.2, 0.7, 0.1, 0.3, 0.8, 1, 0.5]]))[0], strict=True))
    assert levels["AU26"] == 0.7
    assert levels["AU43"] == pytest.approx(0.9)
    assert levels["AU12"] == 0.5
    assert np.isnan(levels["AU12 one-sided"])
    assert np.isnan(levels["AU1"])


def test_uncertain_units_count_less() -> None:
    smile = QUIET.replace({"AU12": 0.9})
    sure = codebook_expression(smile)
    unsure = codebook_expression(smile, sd={"AU12": 0.3})
    blind = codebook_expression(smile, sd=dict.fromkeys(CODES, 100.0))
    assert unsure.support["AU12"] == pytest.approx(sure.support["AU12"] / 2, rel=0.2)
    assert max(blind.values()) < 0.13
    assert codebook_expression(smile, sd={"AU12L": 0.3, "AU12R": 0.3}) == unsure


def test_blendshapes_have_scores_of_their_own() -> None:
    """A squint of 0.4 is a habit of MediaPipe's, and a sign in a coder's hand."""
    values = dict.fromkeys(("AU1", "AU2", "AU4", "AU5", "AU10", "AU12", "AU15", "AU25", "AU26"), 0.0)
    squint = values | {"AU7": 0.4, "AU4": 0.15}
    read = codebook_expression(AUs(squint, source="MediaPipe blendshapes"))
    assert read["Neutral"] > codebook_expression(AUs(squint, source="coder"))["Neutral"]


@pytest.mark.parametrize("name", ["paper", "survey"])
def test_other_codebooks(name: str) -> None:
    found = codebook_expression(PROTOTYPES["Happiness"], name)
    assert found.best == "Happiness"
    assert "Contempt" not in found
    assert sum(found.values()) == pytest.approx(1)
    for expression in ("Neutral", "Sadness", "Surprise", "Fear", "Anger"):
        aus = PROTOTYPES[expression]
        assert codebook_expression(aus, name).best == expression


def test_a_codebook_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("expression,unit,intensity\nHappiness,AU2,1\nFear,AU12,1\nContempt,AU14L,1\n")
    assert codebook_expression(PROTOTYPES["Happiness"], path).best == "Fear"
    left, right = QUIET.replace({"AU14L": 0.9}), QUIET.replace({"AU14": 0.9})
    assert codebook_expression(left, path)["Contempt"] > codebook_expression(right, path)["Contempt"]


def test_scores_are_centred_and_complete() -> None:
    for instrument in ("coder", "blendshapes"):
        table = fitted_scores(instrument).table
        assert np.abs(table.mean(0)).max() < 1e-3
        assert np.abs(table[:, CUES.index("AU12")]).max() > 1


def test_mirrored_faces_suggest_the_same() -> None:
    for name, aus in PROTOTYPES.items():
        assert codebook_expression(aus.flip())[name] == pytest.approx(codebook_expression(aus)[name])


def test_a_suggestion_is_a_dictionary() -> None:
    found = codebook_expression(PROTOTYPES["Fear"])
    assert isinstance(found, dict)
    assert json.loads(json.dumps(found)) == found
    back = pickle.loads(pickle.dumps(found))
    assert isinstance(back, Suggestion)
    assert (back, back.support, back.measured) == (found, found.support, found.measured)
    assert repr(found).startswith("<Suggestion: Fear")


def test_sided_codes_and_bare_codes_agree() -> None:
    bare = {"AU6": 0.6, "AU12": 0.8, "AU25": 0.3}
    spelt = {one: x for code, x in bare.items() for one in sided(code)}
    assert codebook_expression(AUs(bare)) == codebook_expression(AUs(spelt))
