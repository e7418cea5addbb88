"""Pieces of English."""

from __future__ import annotations

import pytest

from explab.words import count, join, short_names


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_join(words: list[str], text: str) -> None:
    assert join(words) == text


def test_count() -> None:
    assert [count(n, "face") for n in (0, 1, 2)] == ["0 faces", "1 face", "2 faces"]


def test_short_names_tell_paths_apart() -> None:
    paths = ["/home/ann/x/1.jpg", "/home/ann/y/1.jpg", "/home/ann/y/2.jpg", "<array>", "1.jpg"]
    short = short_names(paths)
    assert short["/home/ann/x/1.jpg"] == "x/1.jpg"
    assert short["/home/ann/y/1.jpg"] == "y/1.jpg"
    assert short["/home/ann/y/2.jpg"] == "2.jpg"
    assert short["<array>"] == "<array>"
    assert short_names(["/home/ann/me.jpg"]) == {"/home/ann/me.jpg": "me.jpg"}
