"""The gallery: figures at its head, a thumbnail per face, a card behind each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_faces import synthetic
from nbformat.v4 import new_code_cell, new_notebook, new_output
from test_card import QUIET, SMILE

from explab.widgets import Gallery, gallery
from explab.widgets.gallery import CARDS, shown
from explab.widgets.report import render


@pytest.fixture(scope="module")
def three() -> Gallery:
    """One right, one wrong, one in which no face was found."""
    made = [synthetic(SMILE, None, name) for name in ("Happiness", "Fear", "Anger")]
    read = [synthetic(SMILE, SMILE, "Happiness"), synthetic(QUIET, SMILE, "Fear"), None]
    return shown(made, read)


def test_states_and_order(three: Gallery) -> None:
    items = three.head.data["items"]
    assert [(one["label"], one["state"]) for one in items] == [
        ("Happiness", "right"), ("Fear", "wrong"), ("Anger", "lost")
    ]  # fmt: skip
    assert items[1]["says"] == "called Happiness"
    assert items[2]["link"] is None
    assert [view.data["id"] for view in three.cards] == [one["link"] for one in items[:2]]
    assert "a face was found in 2 of 3" in three.head.data["verdict"]
    assert "For 1 of 2" in three.head.data["verdict"]


def test_without_aus_nothing_is_called_right_or_wrong() -> None:
    unread = shown([synthetic(SMILE, None, "Happiness")], [synthetic(SMILE, None, "Happiness")])
    assert unread.head.data["items"][0]["state"] == "unread"
    assert [check.name for check in unread.checks] == ["Landmark error", "Map agreement"]


def test_a_large_gallery_has_cards_of_the_wrong_ones() -> None:
    one = synthetic(SMILE, SMILE, "Happiness")
    wrong = synthetic(QUIET, SMILE, "Fear")
    many = shown([one] * CARDS + [wrong], [one] * CARDS + [wrong])
    assert len(many.cards) == CARDS
    assert many.head.data["without"] == 1
    assert many.head.data["items"][-1]["link"] is not None


@pytest.mark.parametrize("n", [0, -1, 201, 2.5])
def test_numbers_that_no_page_takes(n: Any) -> None:
    with pytest.raises(ValueError, match="1-200"):
        gallery(n)


def test_two_faces_from_picture_to_check() -> None:
    made = gallery(2, seed=5, size=192)
    assert [item["label"] for item in made.head.data["items"]] == ["Neutral", "Happiness"]
    error = next(check for check in made.checks if check.name == "Landmark error")
    assert error.value is not None
    assert error.value < 0.1
    page = sum(len(view.html(assets=False)) for view in (made.head, *made.cards))
    assert page < 400_000


@pytest.mark.browser
def test_a_thumbnail_leads_to_its_card(three: Gallery, tmp_path: Path, open_page: Callable[..., Any]) -> None:
    outputs = [new_output("display_data", {"text/html": view.html()}) for view in (three.head, *three.cards)]
    path = render(
        new_notebook(cells=[new_code_cell(outputs=outputs)]), tmp_path / "page.html", title="Gallery"
    )
    page = open_page(path)
    assert page.locator('.xl-card[data-drawn="true"]').count() == 3
    thumbs = page.locator(".xl-thumb")
    assert thumbs.count() == 3
    assert thumbs.locator(".xl-thumb-mark").all_inner_texts() == ["✓", "✗", "!"]
    style = "photo => getComputedStyle(photo).borderTopStyle"
    styles = [thumbs.nth(i).locator(".xl-thumb-photo").evaluate(style) for i in range(3)]
    assert styles == ["solid", "dashed", "dotted"]
    assert thumbs.first.locator("img").bounding_box()["width"] == pytest.approx(96, abs=7)
    page.get_by_role("link", name="Face 2: Synthetic face 2, made to show Fear; called Happiness").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "synthetic-face-2"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") < 900
    assert "Synthetic faces." in page.locator(".xl-gallery").inner_text()
