"""Sections, conclusions and named expressions of texts as models write them."""

from __future__ import annotations

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explab.cot import HEADINGS, Reasoning, conclusion_label, emotions_in, parse
from explab.facs import ALIASES, EXPRESSIONS

BODIES = {
    "observations": "The brows are raised.\nThe eyes are wide.",
    "interpretation": "A key observation is the mouth; it looks like surprise.",
    "conclusion": "In conclusion, the face shows surprise.",
}
LAYOUTS = {
    "paper": "**{}:** {}",
    "colon outside": "**{}**: {}",
    "no colon": "**{}** {}",
    "bold line": "**{}**\n{}",
    "hashes": "### {}\n{}",
    "hashes and colon": "## {}:\n\n\n{}",
    "hashes and bold": "### **{}**\n{}",
    "numbered": "1. {} - {}",
    "numbered bold": "2. **{}:** {}",
    "number inside": "**3. {}**\n{}",
    "brackets": "(1) {}: {}",
    "plain": "{}: {}",
    "own line": "{}\n{}",
    "bullet": "- {}: {}",
    "dash": "{} — {}",
    "italic": "*{}:* {}",
    "underlined": "__{}__: {}",
    "html": "<b>{}</b> {}",
    "html colon": "<strong>{}:</strong><br>{}",
    "html page": "<h3>{}</h3>\n<p>{}</p>",
}


def bodies(reasoning: Reasoning) -> dict[str, str]:
    return {name: reasoning.text[slice(*span)] for name, span in reasoning.spans.items()}


@pytest.mark.parametrize("case", [str, str.upper, str.lower])
@pytest.mark.parametrize("between", ["\n\n", "\n", "\r\n\r\n", "\n\n\n\n", " "])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_headings(layout: str, between: str, case: type[str]) -> None:
    text = between.join(LAYOUTS[layout].format(case(HEADINGS[name]), body) for name, body in BODIES.items())
    reasoning = parse(text)
    assert bodies(reasoning) == BODIES
    assert reasoning.remarks == ()
    assert reasoning.observations == BODIES["observations"]
    assert [claim.au for claim in reasoning.claims][:3] == ["AU1", "AU2", "AU5"]


@pytest.mark.parametrize(
    "heading",
    ["Emotional Interpretation", "Interpretation", "Overall Interpretation", "Emotion Interpretation"],
)
def test_other_words_of_headings(heading: str) -> None:
    found = parse(f"**Key Observations:** a\n\n**{heading}:** b\n\n**Final Conclusion:** c")
    assert bodies(found) == {"observations": "a", "interpretation": "b", "conclusion": "c"}


@pytest.mark.parametrize("order", list(permutations(HEADINGS)))
def test_order_is_remarked(order: tuple[str, ...]) -> None:
    found = parse("\n\n".join(f"**{HEADINGS[name]}:** {BODIES[name]}" for name in order))
    assert bodies(found) == BODIES
    assert any("another order" in remark for remark in found.remarks) == (order != tuple(HEADINGS))
    assert [claim.span for claim in found.claims] == sorted(claim.span for claim in found.claims)


@pytest.mark.parametrize(
    "text",
    [
        "In conclusion, the face is sad. A key observation is the mouth.",
        "My conclusion: the face is sad.",
        "Key observations show that the brows are raised.",
        "**In conclusion**, the face is sad.",
        "The interpretation of this face is hard. Conclusions drawn from it are weak.",
    ],
)
def test_sentences_are_no_headings(text: str) -> None:
    found = parse(text)
    assert bodies(found) == {"observations": text}
    assert found.remarks == ("no headings: all of it is taken as observations",)


def test_three_paragraphs_without_headings() -> None:
    found = parse("\n\n".join(BODIES.values()))
    assert bodies(found) == BODIES
    assert found.remarks == ("no headings: the three paragraphs are taken in order",)


def test_what_is_missing_or_too_much_is_remarked() -> None:
    assert parse("**Key Observations:** a").remarks == (
        "no section Overall Emotional Interpretation and Conclusion",
    )
    assert (
        "3 words before the first heading belong to no section"
        in parse("Here you are\n\n**Key Observations:** a").remarks
    )
    early = parse("The brows are raised.\n\n**Conclusion:** Surprise.")
    assert early.observations == "The brows are raised."
    assert "the text before the first heading is taken as observations" in early.remarks
    twice = parse("**Conclusion:** Fear.\n\n**Conclusion:** Anger.")
    assert twice.conclusion == "Fear."
    assert any("again" in remark for remark in twice.remarks)
    assert parse("**Conclusion:** \n\n**Key Observations:** a").conclusion == ""


def test_empty_text_and_no_text() -> None:
    assert parse(" \n") == Reasoning(" \n", {}, (), ("the text is empty",))
    with pytest.raises(TypeError, match="not bytes"):
        parse(b"**Conclusion:** Fear")  # type: ignore[arg-type]


def test_claims_stand_in_their_sections() -> None:
    found = parse("**Key Observations:** A smile.\n\n**Conclusion:** The raised cheeks say happiness.")
    assert [(claim.section, found.phrase(claim)) for claim in found.claims] == [
        ("observations", "smile"),
        ("conclusion", "raised cheeks"),
    ]


@pytest.mark.parametrize(
    ("conclusion", "label"),
    [
        ("The face shows fear rather than anger.", "Fear"),
        ("This is not anger but sadness.", "Sadness"),
        ("The person isn't happy; he is angry.", "Anger"),
        ("The expression conveys happiness (joy).", "Happiness"),
        ("In summary, sorrow dominates.", "Sadness"),
        ("Astonishment marks the face.", "Surprise"),
        ("It is either fear or surprise.", None),
        ("A blend of fear and surprise.", None),
        ("It could be fear or surprise, but it is most likely surprise.", "Surprise"),
        ("While hints of sadness are present, the dominant emotion is anger.", "Anger"),
        ("Although the eyes suggest surprise, the face is best classified as fear.", "Fear"),
        ("The expression is happily surprised.", "Surprise"),
        ("Neutral, without signs of anger or fear.", "Neutral"),
        ("The lack of happiness and the lowered brows point to sadness.", "Sadness"),
        ("Sadness, with a touch of fear.", "Sadness"),
        ("With a touch of fear, the face shows sadness.", "Sadness"),
        ("The expression is one of sadness or grief.", "Sadness"),
        ("No anger, fear, or disgust; instead the face is happy.", "Happiness"),
        ("Possibly fear, but clearly surprise.", "Surprise"),
        ("The label is **Disgust**.", "Disgust"),
        ("Nothing can be said.", None),
    ],
)
def test_conclusion_label(conclusion: str, label: str | None) -> None:
    assert conclusion_label(parse(f"**Key Observations:** Anger?\n\n**Conclusion:** {conclusion}")) == label


@pytest.mark.parametrize(
    ("word", "label"),
    [
        *ALIASES.items(),
        ("frustration", "Anger"),
        ("dread", "Fear"),
        ("revulsion", "Disgust"),
        ("scorn", "Contempt"),
        ("amazement", "Surprise"),
    ],
)
def test_words_of_expressions(word: str, label: str) -> None:
    assert conclusion_label(parse(f"**Conclusion:** The face looks {word}.")) == label


def test_without_a_conclusion_the_last_sentence_counts() -> None:
    assert (
        conclusion_label(parse("At first it looks like fear. It is surprise! The eyes are wide."))
        == "Surprise"
    )
    assert conclusion_label(parse("The eyes are wide.")) is None


def test_emotions_in() -> None:
    text = "It shows fear rather than anger."
    assert emotions_in(text) == [("Fear", (9, 13), False), ("Anger", (26, 31), True)]
    assert emotions_in(text, 14) == [("Anger", (26, 31), True)]


FACE = "no not or and left right both the brows lips are is raised lowered smile AU12 AU6+12 0.5 30% slightly"
MARKS = ["**", ":", "\n", "\n\n", "\r\n", "### ", "1. ", "- ", "<b>", "</b>", ". ", ", "]
WORDS = st.sampled_from([*HEADINGS.values(), *EXPRESSIONS, *MARKS, *FACE.split()])
TEXTS = st.one_of(
    st.text(max_size=200), st.lists(WORDS, max_size=40).map(" ".join), st.lists(WORDS).map("".join)
)


@given(TEXTS)
def test_any_text_can_be_parsed(text: str) -> None:
    found = parse(text)
    assert found.text == text
    edges = sorted(found.spans.values())
    for start, end in edges:
        assert 0 <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
    assert all(before[1] <= after[0] for before, after in pairwise(edges))
    for claim in found.claims:
        low, high = found.spans[claim.section]
        assert low <= claim.span[0] < claim.span[1] <= high
        assert found.phrase(claim)
        assert claim.intensity is None or 0 <= claim.intensity <= 1
    assert conclusion_label(found) in {None, *EXPRESSIONS}


@pytest.mark.parametrize(
    ("conclusion", "label"),
    [
        ("The units leave the expression undecided; the given label sadness is not supported by them.", None),
        (
            "The face is read as happiness, given the smile; there is no support for the annotated label fear.",
            "Happiness",
        ),
        (
            "The units, a smile, suggest happiness; the visible units do not support the given label anger.",
            "Happiness",
        ),
        ("The units suggest fear; the label, happiness, is not supported by the visible units.", "Fear"),
        ("Fear, as anger is not supported.", "Fear"),
        ("The raised brows support the label surprise.", "Surprise"),
    ],
)
def test_a_label_that_is_called_unsupported_is_no_conclusion(conclusion: str, label: str | None) -> None:
    assert conclusion_label(parse(f"**Conclusion:** {conclusion}")) == label
