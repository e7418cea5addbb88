"""Presences counted by hand and by brute force: repeats, vague words, sides, denials."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explab.cot import parse, score
from explab.cot.reasoning import Claim
from explab.cot.scores.claims import Counts, claim_scores, count
from explab.cot.scores.norms import share
from explab.cot.truth import holds, missed, strong
from explab.facs import AUs
from explab.synth.anatomy.units import ACTS, COLUMN, as_aus
from explab.synth.expressions import sample
from explab.synth.randomness import Draws, face_seeds

FACE = AUs({"AU12": 0.8, "AU6": 0.5, "AU4": 0.0, "AU1": 0.0, "AU2": 0.2, "AU25": 0.4, "AU9": 0, "AU24": 0})


def there(code: str, side: str | None = None, *also: str) -> Claim:
    return Claim(code, side, True, None, (0, 0), "observations", also)


def absent(code: str, side: str | None = None, *also: str) -> Claim:
    return Claim(code, side, False, None, (0, 0), "observations", also)


def counts(*claims: Claim, face: AUs = FACE) -> Counts:
    return count(claims, face)[0]


# -- presences


def test_repeats_count_once() -> None:
    # Strong: AU12 left and right, AU6 left and right, AU25. One true unit repeated is one true unit: F1 was .84.
    once, often = counts(there("AU12")), counts(*[there("AU12")] * 50, there("AU12", "R"))
    assert once == often == Counts(asserted=2, true=2, strong=5, named=2)
    scores = claim_scores([there("AU12")] * 50, FACE)
    assert (scores.claim_precision, scores.claim_recall) == (1, 2 / 5)
    assert scores.claim_f1 == pytest.approx(4 / 7)


def test_denials_count_for_nothing_else() -> None:
    said = [there("AU12"), there("AU9")]
    alone, beside = claim_scores(said, FACE), claim_scores([*said, absent("AU4"), absent("AU24")], FACE)
    assert beside.claim_precision == alone.claim_precision == 1 / 2
    assert beside.claim_f1 == alone.claim_f1
    assert (alone.denial_accuracy, beside.denial_accuracy) == (None, 1)
    denied = claim_scores([absent("AU4"), absent("AU24"), absent("AU12"), absent("AU4")], FACE)
    assert denied.denial_accuracy == pytest.approx(2 / 3)
    assert (denied.claim_precision, denied.claim_recall, denied.claim_f1) == (None, 0, 0)


def test_a_unit_on_one_side_counts() -> None:
    face = AUs({"AU14L": 0.0, "AU14R": 0.5, "AU4": 0.0})  # the mean of .25 hid it: recall was None
    assert strong(face) == (("AU14", "R"),)
    left_out = claim_scores([there("AU4")], face)
    assert (left_out.claim_recall, left_out.claim_f1) == (0, 0)
    assert missed([there("AU4")], face) == missed([there("AU14", "L")], face) == ("AU14",)
    assert missed([there("AU14")], face) == missed([there("AU14", "R")], face) == ()
    right = claim_scores([there("AU14", "R")], face)
    assert (right.claim_precision, right.claim_recall, right.claim_f1) == (1, 1, 1)
    wrong = claim_scores([there("AU14", "L")], face)
    assert (wrong.claim_precision, wrong.claim_recall, wrong.hallucination) == (0, 0, 1)
    both = claim_scores([there("AU14")], face)  # of two sides that the words name one is true
    assert (both.claim_precision, both.claim_recall, both.hallucination) == (1 / 2, 1, 1 / 2)


def test_units_of_either_side_have_one_presence() -> None:
    face = AUs({"AU46L": 0.6, "AU46R": 0.0})
    assert counts(there("AU46"), face=face) == Counts(1, 1, 1, 1)
    assert counts(there("AU46", "R"), face=face) == Counts(1, 0, 1, 0)


def test_vague_words_earn_one_unit() -> None:
    face = AUs({"AU23": 0.5, "AU24": 0.5, "AU18": 0.5, "AU25": 0.0})
    assert counts(there("AU23", None, "AU24", "AU18"), face=face) == Counts(1, 1, 3, 1)
    assert counts(there("AU25"), face=face) == Counts(1, 0, 3, 0)
    two = [there("AU23", None, "AU24"), there("AU18", None, "AU24")]
    assert counts(*two, face=face) == Counts(2, 2, 3, 2)


def test_one_unit_verifies_one_claim() -> None:
    face = AUs({"AU23": 0.0, "AU24": 0.5, "AU18": 0.0, "AU25": 0.0})
    two = [there("AU23", None, "AU24"), there("AU18", None, "AU24")]
    assert counts(*two, face=face) == Counts(2, 1, 1, 1)
    assert claim_scores(two, face).hallucination == 0  # neither is about an absent unit
    assert counts(there("AU23", None, "AU24"), there("AU24"), face=face) == Counts(1, 1, 1, 1)  # says less


def test_either_of_two_may_be_both() -> None:
    # "Brows raised" is AU1/AU2: two claims with the same alternatives.
    brows = [there("AU1", None, "AU2"), there("AU2", None, "AU1")]
    assert counts(*brows, face=AUs({"AU1": 0.5, "AU2": 0.5})) == Counts(4, 4, 4, 4)
    assert counts(*brows, face=AUs({"AU1": 0.0, "AU2": 0.5})) == Counts(2, 2, 2, 2)
    assert counts(*brows, face=AUs({"AU1": 0.0, "AU2": 0.0})) == Counts(4, 0, 0, 0)
    coded = [there("AU1"), there("AU2"), *brows]  # "the brows are raised (AU1, AU2)"
    assert counts(*coded, face=AUs({"AU1": 0.5, "AU2": 0.0})) == Counts(4, 2, 2, 2)
    assert counts(there("AU1"), *brows, face=AUs({"AU1": 0.5, "AU2": 0.5})) == Counts(4, 4, 4, 4)


def test_traces_may_be_named_and_need_not() -> None:
    face = AUs({"AU25": 0.29, "AU26": 0.3, "AU17": 0.049})
    assert counts(there("AU25"), face=face) == Counts(1, 1, 1, 0)
    assert counts(there("AU17"), face=face) == Counts(1, 0, 1, 0)
    assert counts(there("AU26"), face=face) == Counts(1, 1, 1, 1)


def test_what_was_not_measured_neither_helps_nor_excuses() -> None:
    face = AUs({"AU7": 0.0, "AU6": 0.0, "AU12L": 0.5})
    assert counts(there("AU44"), face=face) == Counts(0, 0, 1, 0)
    squint = there("AU7", None, "AU6", "AU43", "AU44")
    assert (
        holds(squint, face) is False
    )  # was None: with a unit that nobody measures, words could not be wrong
    assert counts(squint, face=face) == Counts(2, 0, 1, 0)
    assert counts(there("AU12"), face=face) == Counts(1, 1, 1, 1)  # only the left was measured


def test_perhaps_is_not_free() -> None:
    hedged = Claim("AU9", None, True, None, (0, 0), "observations", hedged=True)
    assert counts(hedged) == counts(there("AU9"))


def test_figures_that_cannot_be_computed_are_missing() -> None:
    rest = AUs({"AU12": 0.0, "AU4": 0.1})
    silent = claim_scores([], rest)
    assert (silent.claim_precision, silent.claim_recall, silent.claim_f1) == (None, None, None)
    assert (silent.hallucination, silent.denial_accuracy, silent.denial_gain) == (None, None, None)
    assert claim_scores([there("AU12")], rest).claim_f1 == 0
    assert claim_scores([there("AU4")], rest).claim_f1 == 1
    assert claim_scores([], AUs({"AU12": 0.0})).facial_r1_au is None


PAIRS = ("AU23", "AU24", "AU18", "AU17")
SETS = st.lists(st.sets(st.sampled_from(PAIRS), min_size=1), max_size=4, unique_by=frozenset)


@settings(max_examples=200)
@given(SETS, st.sets(st.sampled_from(PAIRS)))
def test_pairing_is_as_good_as_any(meanings: list[set[str]], shown: set[str]) -> None:
    # All claims that no narrower one implies, and all ways to give each a unit of its own.
    claims = [there(*sorted(codes)[:1], None, *sorted(codes)[1:]) for codes in meanings]
    face = AUs({code: 0.5 if code in shown else 0.0 for code in PAIRS})
    distinct = [codes for codes in meanings if not any(other < codes for other in meanings)]
    most = 0
    units = [*shown, *[""] * len(distinct)]
    for order in set(permutations(units, len(distinct))):
        most = max(most, sum(unit in codes for unit, codes in zip(order, distinct, strict=True)))
    assert counts(*claims, face=face) == Counts(len(distinct), most, len(shown), most)


# -- denials


def test_the_gain_of_denials_by_hand() -> None:
    # A right denial of a unit that a third of faces show earns a third; a wrong one costs the other two thirds.
    often, rare = share("AU12"), share("AU39")
    assert often is not None
    assert rare is not None
    right = AUs({"AU12": 0.0, "AU39": 0.0})
    assert claim_scores([absent("AU12")], right).denial_gain == pytest.approx(often)
    assert claim_scores([absent("AU12")], AUs({"AU12": 0.4})).denial_gain == pytest.approx(often - 1)
    assert claim_scores([absent("AU12"), absent("AU39")], right).denial_gain == pytest.approx(
        (often + rare) / 2
    )
    assert claim_scores([absent("AU55")], AUs({"AU55": 0.0})).denial_gain is None  # nobody knows how often


@pytest.mark.parametrize(
    "codes", [("AU39",), ("AU12",), ("AU25", "AU4"), tuple(dict.fromkeys(c.rstrip("LR") for c in ACTS))]
)
def test_denying_without_looking_gains_nothing(codes: tuple[str, ...]) -> None:
    faces = [as_aus(acts) for acts in sample(Draws(face_seeds(77, 800, 0))).acts]
    gains = [claim_scores([absent(code) for code in codes], aus).denial_gain for aus in faces]
    values = np.array(gains, np.float64)
    assert abs(values.mean()) < 4 * values.std() / len(values) ** 0.5 + 0.01


def test_shares_are_those_of_synthetic_people() -> None:
    acts = sample(Draws(face_seeds(78, 4000, 0))).acts
    for code in ("AU12", "AU4", "AU14", "AU39"):
        sides = acts[:, [COLUMN[f"{code}L"], COLUMN[f"{code}R"]]] >= 0.05
        assert share(code) == pytest.approx(sides.any(1).mean(), abs=0.03)
        assert share(code, "L") == pytest.approx(sides.mean(), abs=0.03)
    assert share("AU55") is None


# -- Facial-R1


def test_the_reward_of_facial_r1_is_f1_of_sets() -> None:
    # There: 12, 6, 2, 25. Named: 12 (twice, once on one side), 4. 2 * 1 / (4 + 2).
    said = [there("AU12", "L"), there("AU12"), there("AU4"), absent("AU9")]
    assert claim_scores(said, FACE).facial_r1_au == pytest.approx(1 / 3)
    text = parse(
        "**Key Observations:** The lip corners are raised.\n\n**Conclusion:** The face shows happiness."
    )
    scores = score(text, FACE, "Happiness")
    assert scores.facial_r1_au == pytest.approx(2 / 5)
    assert scores.facial_r1 == pytest.approx(2 / 5 + 1 + scores.format_valid)
