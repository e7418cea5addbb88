"""Bars stay silent for short work and never hide what they iterate over."""

from __future__ import annotations

import pytest

from explab.progress import progress, progress_bar


def test_items_pass_through_and_short_work_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress([3, 1, 2], "counting", unit="number")) == [3, 1, 2]
    assert capsys.readouterr().err.strip() == ""


def test_text_bar_counts(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(2, "counting", unit="number") as bar:
        bar.delay = 0
        bar.update()
        bar.refresh()
        assert "counting:  50%" in capsys.readouterr().err
