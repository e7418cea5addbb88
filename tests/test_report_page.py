"""The page of `explab report`, opened from a file without a network, draws everything and asks for nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explab.widgets.face_report import face_report

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page named by EXPLAB_PAGE, such as the one `make report` wrote, or a new one of the sample photo."""
    if named := os.environ.get("EXPLAB_PAGE"):
        return Path(named).resolve()
    page = face_report([], tmp_path_factory.mktemp("report") / "page.html", backend="facemesh").page
    assert page is not None
    return page


def test_draws_everything_without_a_network(page_file: Path, open_page: Callable[..., Any]) -> None:
    page = open_page(page_file, offline=True)
    cards = page.locator(".xl-card")
    assert cards.count() >= 1
    assert page.locator('.xl-card[data-drawn="true"]').count() == cards.count()
    broken = page.evaluate("[...document.images].filter(i => !i.complete || !i.naturalWidth).length")
    assert broken == 0
    assert page.evaluate("[...document.images].every(i => i.hasAttribute('alt'))")
    assert page.locator("h1").count() == 1


def test_an_action_unit_is_chosen_by_keyboard(page_file: Path, open_page: Callable[..., Any]) -> None:
    page = open_page(page_file, offline=True)
    canvas = page.locator(".xl-card canvas").first
    before = canvas.evaluate("c => c.toDataURL()")
    page.get_by_role("radio", name="AU4").first.focus()
    page.keyboard.press("Space")
    page.wait_for_function("b => document.querySelector('.xl-card canvas').toDataURL() !== b", arg=before)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 700, 390])
def test_fits_the_window(page_file: Path, open_page: Callable[..., Any], scheme: str, width: int) -> None:
    page = open_page(page_file, offline=True, color_scheme=scheme, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = sum(int(v) for v in background.removeprefix("rgb(").rstrip(")").split(",")[:3]) < 200
    assert dark == (scheme == "dark")
