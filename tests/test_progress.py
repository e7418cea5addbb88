"""Bars stay silent for short work and never hide what they iterate over."""

from __future__ import annotations

import pytest

from explab.progress import progress, progress_bar


def test_items_pass_through_and_short_work_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress([3, 1, 2], "counting", unit="number")) == [3, 1, 2]
    assert capsys.readouterr().err.strip() == ""


def test_where_nobody_watches_there_are_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explab.progress.EVERY", 0.0)
    with progress_bar(4, "counting", unit="face", done=1) as bar:
        bar.update()
        bar.set_postfix_str("score 0.5")
        bar.update()
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("counting: 2 of 4 faces (50%), 0:00:0")
    assert second.startswith("counting: 3 of 4 faces (75%)")
    assert second.endswith(" left; score 0.5")
