"""Figures of one text, on texts by hand with values worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explab.cot import HEADINGS, Reasoning, parse, score, write
from explab.cot.scores.reasoning import NAMES, Scores, redundancy
from explab.cot.scores.rouge import distinct, rouge_l, words
from explab.facs import AUs

FACE = AUs(
    {"AU12L": 0.8, "AU12R": 0.6, "AU6": 0.5, "AU4": 0.0, "AU1L": 0.2, "AU1R": 0.0, "AU25": 0.4, "AU9": 0}
)


def text(
    observations: str = "The lip corners are raised.",
    interpretation: str = "All of it belongs together.",
    conclusion: str = "The face shows happiness.",
) -> Reasoning:
    bodies = (observations, interpretation, conclusion)
    parts = [f"**{head}:** {body}" for head, body in zip(HEADINGS.values(), bodies, strict=True)]
    return parse("\n\n".join(parts))


def of(observations: str, label: str | None = None) -> Scores:
    return score(text(observations), FACE, label)


# -- claims


def test_claims() -> None:
    # Of both sides of AU12, AU6 and AU4 the last two are absent; strong are both sides of AU12 and AU6, and AU25, which
    # is left out: 4 of 6 presences are true, 4 of 5 are named.
    scores = of("The lip corners are raised, the cheeks are raised, and the brows are lowered.")
    assert scores.claim_precision == pytest.approx(4 / 6)
    assert scores.claim_recall == pytest.approx(4 / 5)
    assert scores.claim_f1 == pytest.approx(2 * (4 / 6) * (4 / 5) / (4 / 6 + 4 / 5))
    assert scores.hallucination == pytest.approx(1 / 3)


def test_denials_are_scored_apart() -> None:
    # "Not lowered" is true of AU4, "no parted lips" is false; of what is said to be there all is.
    scores = of("The lip corners are raised. The brows are not lowered. The lips are not parted.")
    assert (scores.claim_precision, scores.hallucination, scores.denial_accuracy) == (1, 0, 1 / 2)
    assert scores.claim_recall == pytest.approx(2 / 5)
    assert scores.claim_f1 == pytest.approx(4 / 7)


def test_units_that_were_not_measured_count_for_nothing() -> None:
    scores = of("The lip corners are raised, and the lip corners are pulled down.")  # AU15 was not measured
    assert (scores.claim_precision, scores.hallucination) == (1, 0)


def test_words_that_may_mean_two_units_need_one_of_them() -> None:
    aus = AUs({"AU1": 0.0, "AU2": 0.5})
    assert score(text("The brows are raised."), aus).claim_precision == 1
    assert score(text("The brows are raised."), AUs({"AU1": 0.0, "AU2": 0.0})).claim_precision == 0


def test_all_wrong_is_an_f1_of_nought() -> None:
    scores = of("The brows are lowered.")
    assert (scores.claim_precision, scores.claim_recall, scores.claim_f1, scores.hallucination) == (
        0,
        0,
        0,
        1,
    )


def test_without_claims_precision_is_unknown_and_f1_nought() -> None:
    scores = score(parse(""), FACE, "Happiness")
    assert {name for name in NAMES if scores[name] is None} == {
        "claim_precision",
        "hallucination",
        "denial_accuracy",
        "denial_gain",
        "side_accuracy",
        "intensity_error",
        "reader_consistency",
        "rouge_l",
        "rege",
    }
    assert (scores.claim_recall, scores.claim_f1, scores.words, scores.format_valid) == (0, 0, 0, 0)
    assert (scores.label_consistency, scores.redundancy, scores.facial_r1) == (0, 0, 0)


def test_a_face_without_strong_units_has_no_recall() -> None:
    scores = score(text("The lips are slightly parted."), AUs({"AU25": 0.1}), "Neutral")
    assert (scores.claim_recall, scores.claim_precision, scores.claim_f1) == (None, 1, 1)


@pytest.mark.parametrize(
    ("observations", "pairs"),
    [
        ("The brows are lowered. The brows are not lowered.", 1),
        ("The left brow is lowered. The right brow is not lowered.", 0),
        ("The left brow is lowered. The brows are not lowered.", 1),
        ("The brows are lowered. The lips are not parted.", 0),
    ],
)
def test_contradictions(observations: str, pairs: int) -> None:
    assert of(observations).contradictions == pairs


@pytest.mark.parametrize(
    ("observations", "accuracy"),
    [
        ("The left inner brow is raised.", 1),
        ("The right inner brow is raised.", 0),
        ("The right inner brow is raised, and the left lip corner is raised.", 0.5),
        ("The left brow is lowered.", None),  # there is no AU4 at all, so no side can be right
        ("The lip corners are raised.", None),
    ],
)
def test_sides(observations: str, accuracy: float | None) -> None:
    assert of(observations).side_accuracy == accuracy


def test_intensities() -> None:
    # "slightly" means 0.12 and AU25 is 0.4; "strongly" 0.49 and AU6 0.5; AU4 is absent and says nothing.
    scores = of(
        "The lips are slightly parted, the cheeks are strongly raised, the brows are strongly lowered."
    )
    assert scores.intensity_error == pytest.approx((0.28 + 0.01) / 2)
    assert of("The lips are parted.").intensity_error is None


# -- labels


def test_labels() -> None:
    right, wrong = score(text(), FACE, "happy"), score(text(), FACE, "Fear")
    assert (right.label_consistency, wrong.label_consistency) == (1, 0)
    assert score(text(), FACE).label_consistency is None
    assert score(text(), FACE).facial_r1 is None


def test_the_reader_sees_observations_alone() -> None:
    assert of("The lip corners are strongly raised and the cheeks are raised.").reader_consistency == 1
    assert of("The brows are strongly lowered and the lips are tightened.").reader_consistency == 0


def test_emotions_leak_from_observations_only() -> None:
    assert of("A happy smile.").label_leak == 1
    assert score(text(interpretation="It is a happy face."), FACE).label_leak == 0


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown expression 'Hapiness'.*happiness"):
        score(text(), FACE, "Hapiness")


# -- format and wording


def test_words_are_those_of_the_sections() -> None:
    assert score(text("One two.", "Three, four-five 0.6!", "Seven"), FACE).words == 6


@pytest.mark.parametrize(("more", "valid"), [(0, 1), (1, 0)])
def test_the_format_allows_130_words(more: int, valid: int) -> None:
    scores = score(text("word " * (128 + more), "two.", "three."), FACE)
    assert (scores.words, scores.format_valid) == (130 + more, valid)


def test_the_format_needs_three_sections_in_order() -> None:
    whole = text()
    first, second, third = whole.text.split("\n\n")
    for parts in (
        [first, third],
        [second, first, third],
        [first, second, "**Conclusion:**"],
        ["Just words."],
    ):
        assert score(parse("\n\n".join(parts)), FACE).format_valid == 0, parts
    assert score(whole, FACE).format_valid == 1


def test_redundancy() -> None:
    # a b c a b c: triples abc bca cab abc, one of four seen before.
    assert redundancy(text("a b c", "a b", "c")) == pytest.approx(1 / 4)
    assert redundancy(text("a b c", "d e", "f")) == 0
    assert redundancy(text("a", "b", "")) == 0


def test_rewards() -> None:
    # There are AU1, AU12, AU6 and AU25, named is AU12: F1 2/5; the label is right, the format valid.
    scores = score(text(), FACE, "Happiness", reference=text().text)
    assert scores.facial_r1_au == pytest.approx(2 / 5)
    assert scores.facial_r1 == pytest.approx(2 / 5 + 1 + 1)
    assert (scores.rouge_l, scores.rege) == (1, 2)
    assert score(text(), FACE, "Fear", reference="nothing alike").rege == 0


def test_the_grammars_texts_are_true() -> None:
    scores = score(write(FACE, "Happiness"), FACE, "Happiness")
    assert (scores.claim_precision, scores.hallucination, scores.contradictions) == (1, 0, 0)
    assert (scores.label_consistency, scores.label_leak, scores.format_valid) == (1, 0, 1)


def test_scores_are_a_mapping() -> None:
    scores = of("The brows are lowered.")
    assert tuple(scores) == NAMES
    assert scores["claim_precision"] == scores.claim_precision
    for name in ("__class__", "floors", "counts"):
        with pytest.raises(KeyError):
            scores[name]


# -- ROUGE-L and distinct-n

TEXTS = st.lists(st.sampled_from("abcd"), max_size=12).map(" ".join)


def common(a: list[str], b: list[str]) -> int:
    """Longest common subsequence by the table of the textbooks."""
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1][j + 1] = table[i][j] + 1 if x == y else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


@given(TEXTS, TEXTS)
def test_rouge_l_is_the_textbooks(one: str, two: str) -> None:
    a, b = one.split(), two.split()
    shared = common(a, b)
    precision, recall = (shared / len(a) if a else 0), (shared / len(b) if b else 0)
    expected = 2 * precision * recall / (precision + recall) if shared else 0
    assert rouge_l(one, two) == pytest.approx(expected)


def test_rouge_l_by_hand() -> None:
    # "police ... the gunman" is common: 3 of 4 words on both sides (Lin, 2004).
    assert rouge_l("police kill the gunman", "police killed the gunman") == pytest.approx(3 / 4)
    assert rouge_l("the gunman kill police", "police killed the gunman") == pytest.approx(2 / 4)
    assert rouge_l("A, B!", "a b") == 1


def test_words() -> None:
    assert words("The lid-raiser's 0.35, AU12L. It's") == ["the", "lid-raiser's", "0.35", "au12l", "it's"]


@given(st.lists(TEXTS, max_size=4), st.integers(1, 3))
def test_distinct_counts(texts: list[str], n: int) -> None:
    grams = [" ".join(one.split()[i : i + n]) for one in texts for i in range(len(one.split()) - n + 1)]
    assert distinct(texts, n) == (len(set(grams)) / len(grams) if grams else 0)
