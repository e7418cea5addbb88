"""Reasonings as JSON, Markdown and plain text, and back."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explab.cot import (
    Reasoning,
    ReasoningRecord,
    RecordError,
    from_json,
    parse,
    to_json,
    to_markdown,
    to_text,
)

TEXT = (
    "Conclusion - Fear, not anger.\r\n\r\n### key observations\r\n- The left brow is slightly raised (0.15).\r\n"
    "- No smile – “none” at all.\r\n\r\n<b>Emotional Interpretation</b> The wide eyes possibly mean fear."
)


def content(reasoning: Reasoning) -> list[Any]:
    """Bodies and claims, wherever they stand in the text."""
    claims = []
    for claim in reasoning.claims:
        place = claim.span[0] - reasoning.spans[claim.section][0]
        claims.append((claim.section, place, reasoning.phrase(claim), {**claim.to_dict(), "span": None}))
    bodies = {name: reasoning.text[slice(*span)] for name, span in reasoning.spans.items()}
    return [bodies, sorted(claims, key=lambda claim: claim[:2])]


def test_json_round_trip() -> None:
    reasoning = parse(TEXT)
    assert len(reasoning.claims) == 4
    assert from_json(to_json(reasoning)) == reasoning
    assert ReasoningRecord.from_json(to_json(reasoning).encode()).reasoning() == reasoning


def test_json_is_plain_and_versioned() -> None:
    fields = json.loads(to_json(parse(TEXT)))
    assert list(fields) == ["version", "text", "spans", "claims", "remarks"]
    assert fields["version"] == 1
    assert fields["claims"][-1].keys() >= {"au", "side", "present", "intensity", "span", "section"}


@pytest.mark.parametrize("write", [to_markdown, to_text])
def test_text_round_trip(write: Any) -> None:
    reasoning = parse(TEXT)
    again = parse(write(reasoning))
    assert content(again) == content(reasoning)
    assert again.remarks == ()
    assert write(again) == write(reasoning)


def test_markdown_has_the_headings_of_the_paper() -> None:
    assert to_markdown(parse("conclusion: Fear.\nkey observations: Wide eyes.")) == (
        "**Key Observations:** Wide eyes.\n\n**Conclusion:** Fear."
    )
    assert to_text(parse("**Conclusion**\nFear.")) == "Conclusion: Fear."
    assert to_markdown(parse("")) == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "version"),
        ({"text": 3}, "text"),
        ({"spans": {"summary": [0, 3]}}, "spans.summary"),
        ({"spans": {"conclusion": [0, 9999]}}, r"spans\.conclusion: \(0, 9999\) is no part of a text of"),
        ({"mood": "good"}, "mood"),
        (
            {"claims": [{"au": "AU99", "present": True, "span": [0, 1], "section": "conclusion"}]},
            r"claims\.0\.au: .*AU99",
        ),
        (
            {"claims": [{"au": "AU12L", "present": True, "span": [0, 1], "section": "conclusion"}]},
            "field of their own",
        ),
        ({"claims": [{"present": True, "span": [0, 1], "section": "conclusion"}]}, r"claims\.0\.au"),
        (
            {"claims": [{"au": "AU12", "present": True, "span": [0, 1], "section": "conclusion"}]},
            r"claims\.0\.section: the claim does not stand in 'conclusion'",
        ),
        (
            {
                "claims": [
                    {"au": "AU1", "present": True, "span": [0, 1], "section": "conclusion", "intensity": 2}
                ]
            },
            r"claims\.0\.intensity",
        ),
    ],
)
def test_errors_name_the_field(change: dict[str, Any], message: str) -> None:
    fields = {**json.loads(to_json(parse(TEXT))), **change}
    with pytest.raises(RecordError, match=message):
        from_json(json.dumps(fields))


def test_no_json_at_all() -> None:
    with pytest.raises(RecordError, match="JSON"):
        from_json("Key Observations")


def test_a_wrong_reasoning_has_no_record() -> None:
    with pytest.raises(RecordError, match=r"spans\.conclusion"):
        to_json(Reasoning("short", {"conclusion": (0, 99)}))


PIECES = "The brows are raised. No smile, but wide eyes (0.4). *AU12* - **bold** is 1) fear\n or anger\n\n"
BODY = st.lists(st.sampled_from(PIECES.split(" ")), min_size=1).map(lambda words: " ".join(words).strip())


@given(BODY, BODY, BODY)
def test_any_bodies_survive(first: str, second: str, third: str) -> None:
    reasoning = parse(
        f"Key Observations:\n{first}\n\nOverall Emotional Interpretation:\n{second}\n\nConclusion:\n{third}"
    )
    assert from_json(to_json(reasoning)) == reasoning
    assert content(parse(to_markdown(reasoning))) == content(reasoning)


def test_reading_needs_no_pydantic() -> None:
    code = "import sys, explab.cot as cot; cot.parse('A smile.'); print({'pydantic', 'torch'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"
