"""The face card in a real browser, from file:// and without network."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from card_data import TILE, blob, data_uri
from nbformat.v4 import new_code_cell, new_notebook, new_output

from explab.widgets.report import render
from explab.widgets.view import View, json_for_script

pytestmark = pytest.mark.browser

Open = Callable[..., Any]

# Sum of alpha over the overlay in the upper third, the middle and the lower third of the photo.
INK = """canvas => {
  const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const thirds = [0, 0, 0];
  for (let i = 3; i < data.length; i += 4) thirds[Math.min(2, Math.floor(3 * (i >> 2) / width / height))] += data[i];
  return thirds;
}"""


def ink(page: Any, card: int = 0) -> list[int]:
    return page.locator(".xl-photo canvas").nth(card).evaluate(INK)


def write(tmp_path: Path, *cards: dict[str, Any]) -> Path:
    outputs = [new_output("display_data", {"text/html": View(card).html()}) for card in cards]
    return render(new_notebook(cells=[new_code_cell(outputs=outputs)]), tmp_path / "page.html", title="Cards")


def caption(page: Any) -> str:
    return page.locator(".xl-caption").first.inner_text()


def test_every_card_of_a_page_is_drawn(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    page = open_page(write(tmp_path, card, {**card, "title": "second"}))
    drawn = page.locator(".xl-card").evaluate_all("cards => cards.map(card => card.dataset.drawn)")
    assert drawn == ["true", "true"]
    top, middle, bottom = ink(page, 1)
    assert bottom > 0  # AU12, the strongest unit, lies low
    assert top == 0
    assert bottom > middle
    assert page.locator(".xl-fallback:visible").count() == 0
    assert page.get_by_alt_text("A colour gradient").count() == 2
    assert page.locator("html").get_attribute("lang") == "en"


def test_a_fragment_works_by_itself(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    path = tmp_path / "fragment.html"
    path.write_text("<!DOCTYPE html><meta charset=utf-8>" + View(card).html(), encoding="utf-8")
    assert open_page(path).locator(".xl-card").get_attribute("data-drawn") == "true"


def test_hostile_text_stays_text(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    hostile = "</script><img src=x onerror=alert(1)>"
    card["title"] = card["verdict"] = card["aus"]["rows"][0]["name"] = card["quality"][0]["text"] = hostile
    page = open_page(write(tmp_path, card))
    assert page.locator(".xl-verdict").inner_text() == hostile
    assert page.locator("img[onerror], img[src=x]").count() == 0


def test_arrow_keys_choose_another_unit(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    page = open_page(write(tmp_path, card))
    page.locator('.xl-ladder [role="radio"][tabindex="0"]').focus()
    assert page.evaluate("document.activeElement.dataset.id") == "AU12"
    before = ink(page)
    page.keyboard.press("Home")
    after = ink(page)
    assert page.evaluate("document.activeElement.dataset.id") == "AU1"
    assert page.get_by_role("radio", name="AU1 Inner brow raiser").get_attribute("aria-checked") == "true"
    assert before != after
    assert after[0] > 0
    assert after[2] == 0
    assert page.locator(".xl-tag").inner_text() == "AU1 Inner brow raiser"
    assert caption(page).count("AU1 Inner brow raiser") == 1
    page.keyboard.press("ArrowUp")  # from the first to the last
    assert page.evaluate("document.activeElement.dataset.id") == "AU22"


def test_tab_reaches_each_group_once(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    page = open_page(write(tmp_path, card))
    names = []
    for _ in range(9):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.dataset.id ?? document.activeElement.innerText"))
    assert names == [
        "Skip to the content", "Dark theme", "unit", "", "Blink", "Side by side", "AU12", "Happiness",
        "✓\nAU error\n0.10\n↓\nOff by 0.1.",
    ]  # fmt: skip


def test_hover_previews_and_leaves_the_choice(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    page = open_page(write(tmp_path, card))
    before = ink(page)
    page.locator('.xl-ladder [data-id="AU1"]').hover()
    assert ink(page)[0] > 0
    assert page.locator(".xl-tag").is_visible()
    page.locator(".xl-verdict").hover()
    assert ink(page) == before
    assert page.locator(".xl-tag").is_hidden()


def test_pointing_at_the_photo_names_the_unit(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    page = open_page(write(tmp_path, card))
    photo = page.locator(".xl-photo").last
    side = photo.bounding_box()["width"]
    photo.hover(position={"x": side / 2, "y": 0.22 * side})
    assert page.locator(".xl-tag").inner_text() == "AU1 Inner brow raiser"
    assert page.locator('.xl-ladder [data-id="AU1"]').get_attribute("class") == "xl-row xl-lit"


def test_expression_shows_the_merged_map_and_its_rows(
    tmp_path: Path, card: dict[str, Any], open_page: Open
) -> None:
    page = open_page(write(tmp_path, card))
    page.get_by_role("radio", name="Happiness: AU6, AU12").click()
    top, middle, bottom = ink(page)
    assert 50 * top < middle  # only the tail of AU6
    assert bottom > 0
    lit = page.locator(".xl-ladder .xl-lit").evaluate_all("rows => rows.map(row => row.dataset.id)")
    assert lit == ["AU6", "AU12"]
    page.get_by_role("radio", name="Neutral").click()
    assert ink(page) == [0, 0, 0]
    assert "no map for it" in caption(page)


def test_mesh_none_and_opacity(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    page = open_page(write(tmp_path, card))
    slider = page.get_by_role("slider", name="Opacity")
    before = sum(ink(page))
    slider.fill("35")
    assert sum(ink(page)) == pytest.approx(before / 2, rel=0.1)
    slider.fill("0")
    assert ink(page) == [0, 0, 0]
    slider.fill("100")
    page.get_by_role("radio", name="Mesh").click()
    assert all(part > 0 for part in ink(page))
    assert "3 landmarks" in caption(page)
    page.get_by_role("radio", name="None").click()
    assert ink(page) == [0, 0, 0]


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_blink(tmp_path: Path, card: dict[str, Any], open_page: Open, motion: str) -> None:
    page = open_page(write(tmp_path, card), reduced_motion=motion)
    canvas, button = page.locator(".xl-photo canvas"), page.get_by_role("button", name="Blink")
    off = "canvas => canvas.classList.contains('xl-off')"
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert canvas.evaluate(off)
    page.wait_for_timeout(700)
    assert canvas.evaluate(off) == (motion == "reduce")  # with reduced motion the overlay just stays off
    button.click()
    assert not canvas.evaluate(off)
    page.wait_for_timeout(700)
    assert not canvas.evaluate(off)


def test_side_by_side(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    page = open_page(write(tmp_path, card))
    plain, main = page.locator(".xl-photo").first, page.locator(".xl-photo").last
    assert not plain.is_visible()
    page.get_by_role("button", name="Side by side").click()
    left, right = plain.bounding_box(), main.bounding_box()
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] < right["x"]
    assert left["width"] == right["width"] == pytest.approx(360, abs=1)


def test_ladder_shows_sides_truth_and_gaps(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    page = open_page(write(tmp_path, card))
    rows = page.locator(".xl-ladder .xl-row")
    assert rows.locator(".xl-halves").count() == 1
    assert rows.nth(2).inner_text().split("\n")[-3:-1] == ["L 0.90", "R 0.70"]
    assert rows.nth(2).get_attribute("aria-label") == (
        "AU12 Lip corner puller; 0.80 of 1, letter B; left 0.90, right 0.70"
    )
    track = rows.nth(1).locator(".xl-slot").bounding_box()
    truth = rows.nth(1).locator(".xl-truth").bounding_box()
    centre = truth["x"] + truth["width"] / 2
    assert centre == pytest.approx(track["x"] + 0.7 * track["width"], abs=1)
    whisker = rows.nth(1).locator(".xl-whisker").bounding_box()
    assert whisker["width"] == pytest.approx(0.2 * track["width"], abs=1)
    assert "not measured" in rows.nth(3).inner_text()
    rows.nth(3).click()
    assert "Not measured: no counterpart." in caption(page)


def test_an_unreliable_unit_is_flagged_by_more_than_colour(
    tmp_path: Path, card: dict[str, Any], open_page: Open
) -> None:
    page = open_page(write(tmp_path, card))
    row = page.locator(".xl-ladder .xl-row").first
    assert row.get_attribute("title") == "Not reliable here: the hair hides it"
    assert row.get_attribute("aria-label").endswith("; not reliable here: the hair hides it")
    assert row.locator(".xl-doubt").inner_text() == "?"
    outline = "slot => getComputedStyle(slot).outlineStyle"
    slots = page.locator(".xl-ladder .xl-slot")
    assert [slots.nth(i).evaluate(outline) for i in (0, 1)] == ["dashed", "none"]
    assert "AU1: the hair hides it" in page.locator(".xl-ladder .xl-note").inner_text()
    row.focus()
    assert "? Not reliable here: the hair hides it." in caption(page)


def suggested(card: dict[str, Any]) -> dict[str, Any]:
    """The card with a suggestion and its truth."""
    for expression, p in zip(card["expressions"], (0.25, 0.75), strict=True):
        expression["probability"] = p
    suggestion = {"best": "Happiness", "truth": "Neutral", "note": "From two signs"}
    return card | {"suggestion": suggestion | {"support": [["AU12", 4.1]], "against": [["no AU6", -1.2]]}}


def test_suggested_expression_shows_probability_evidence_and_truth(
    tmp_path: Path, card: dict[str, Any], open_page: Open
) -> None:
    page = open_page(write(tmp_path, suggested(card)))
    part = page.locator(".xl-sums")
    assert part.locator("h3").inner_text() == "Expression suggested by the AUs"
    row = page.get_by_role("radio", name="Neutral: no AU; probability 0.25; ground truth")
    assert row.locator(".xl-known").count() == 1
    slot, bar = row.locator(".xl-slot").bounding_box(), row.locator(".xl-slot i").bounding_box()
    assert bar["width"] == pytest.approx(0.25 * slot["width"], abs=1)
    assert "For Happiness: AU12\u00a0+4.1. Against it: no AU6\u00a0−1.2." in part.inner_text()


def test_chips_show_value_floor_interval_and_sentence(
    tmp_path: Path, card: dict[str, Any], open_page: Open
) -> None:
    page = open_page(write(tmp_path, card))
    good, wrong = page.locator(".xl-chip").all()
    track = good.locator(".xl-chip-track").bounding_box()
    for part, place in (("dot", 0.25), ("floor", 0.5)):
        box = good.locator(f".xl-chip-{part}").bounding_box()
        assert box["x"] + box["width"] / 2 == pytest.approx(track["x"] + place * track["width"], abs=1)
    whisker = good.locator(".xl-chip-range").bounding_box()
    assert whisker["width"] == pytest.approx(0.1 * track["width"], abs=1)
    assert good.get_attribute("aria-label") == "AU error 0.10, better than the floor. Off by 0.1."
    assert wrong.locator(".xl-chip-mark").inner_text() == "✗"
    good.focus()
    assert good.locator(".xl-tip").is_visible()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.innerText").startswith("✗\nExpression")


def test_truth_is_drawn_over_what_was_read(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    tiles = np.concatenate([blob(y) for y in (0.25, 0.5, 0.8, 0.5, 0.5)])
    known = {"points": [[0.2, 0.25], [0.8, 0.2], [0.5, 0.8]], "error": "1 %", "worst": "3 %"}
    known |= {"maps": {"width": TILE, "height": TILE, "sprite": data_uri(tiles, "PNG")}}
    known |= {"cosines": [0.9, 1.0, 1.0, 1.0, None]}
    alone = sum(ink(open_page(write(tmp_path, card))))
    page = open_page(write(tmp_path, card | {"truth": known}))
    assert sum(ink(page)) > alone  # the outline
    assert "cosine 1.00" in caption(page)
    page.get_by_role("radio", name="Truth", exact=True).click()
    assert "1 % of the distance between the eyes" in caption(page)
    top, _, bottom = ink(page)
    assert top > 0
    assert bottom > 0


def test_nothing_measured_becomes_a_chooser(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    card["aus"] = {"source": None, "note": "No model is installed.", "rows": []}
    page = open_page(write(tmp_path, card))
    assert page.locator(".xl-note").inner_text() == "No model is installed."
    assert page.locator(".xl-ladder .xl-track").count() == 0
    assert page.get_by_role("radio", name="Mesh").get_attribute("aria-checked") == "true"
    page.get_by_role("radio", name="AU6 Cheek raiser").click()
    assert ink(page)[1] > 0


def test_dark_follows_the_system_and_the_switch(
    tmp_path: Path, card: dict[str, Any], open_page: Open
) -> None:
    page = open_page(write(tmp_path, card), color_scheme="dark")
    background = "card => getComputedStyle(card).backgroundColor"
    dark = page.locator(".xl-card").evaluate(background)
    page.get_by_role("button", name="Light theme").click()
    light = page.locator(".xl-card").evaluate(background)
    assert light == "rgb(255, 255, 255)"
    assert dark != light
    page.get_by_role("button", name="Dark theme").click()
    assert page.locator(".xl-card").evaluate(background) == dark


@pytest.mark.parametrize(("width", "columns"), [(1280, 3), (900, 2), (700, 1), (360, 1)])
def test_columns_follow_the_width(
    tmp_path: Path, card: dict[str, Any], open_page: Open, width: int, columns: int
) -> None:
    page = open_page(write(tmp_path, card), viewport={"width": width, "height": 900})
    parts = page.locator(":is(.xl-photos, .xl-ladder, .xl-reading)").evaluate_all(
        "parts => parts.map(p => p.getBoundingClientRect().x)"
    )
    assert len(set(parts)) == columns
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_card_without_source_and_with_a_name(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    page = open_page(write(tmp_path, card | {"source": None, "name": "plain.png, face 1 of 3"}))
    assert page.locator(".xl-facts h3").all_inner_texts() == ["Pose: frontal", "Quality"]
    assert page.get_by_role("article", name="plain.png, face 1 of 3").count() == 1
    assert page.get_by_role("heading", level=2).inner_text() == "plain.png · face 1 of 1 · 96 × 96 px"
    assert not {"null", "false"} & set(page.locator(".xl-facts").inner_text().split())


def gaze(card: dict[str, Any], rows: int) -> dict[str, Any]:
    """The card with `rows` more rows, in a group of their own."""
    row = card["aus"]["rows"][0] | {"part": "gaze", "value": 0.1, "left": 0.1, "right": 0.1}
    card["aus"]["rows"] += [row | {"code": f"AU{61 + i}", "name": f"Eyes {i}"} for i in range(rows)]
    return card


def test_gaze_is_a_group_where_it_was_measured(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    heads = ".xl-ladder .xl-head b"
    without = open_page(write(tmp_path, card))
    assert without.locator(heads).all_inner_texts() == ["Upper face", "Lower face"]
    page = open_page(write(tmp_path, gaze(card, 2)))
    assert page.locator(heads).all_inner_texts() == ["Upper face", "Lower face", "Gaze"]
    page.get_by_role("radio", name="AU62 Eyes 1").click()
    assert caption(page).startswith("AU62 Eyes 1")
    assert "no map for it" in caption(page)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (900, 800), (400, 800)])
def test_photo_stays_in_sight(
    tmp_path: Path, card: dict[str, Any], open_page: Open, width: int, height: int
) -> None:
    page = open_page(write(tmp_path, gaze(card, 30)), viewport={"width": width, "height": height})
    row = page.locator(".xl-ladder .xl-row").last
    row.click()
    photo, chosen = page.locator(".xl-photo").last.bounding_box(), row.bounding_box()
    assert page.evaluate("scrollY") > 200
    assert photo["y"] >= 0
    assert photo["y"] + photo["height"] <= height
    assert width > 759 or photo["y"] + photo["height"] <= chosen["y"]  # in one column the row is below it


@pytest.mark.parametrize("side_by_side", [False, True])
@pytest.mark.parametrize("width", [1280, 900])
def test_the_photo_that_stays_in_sight_covers_nothing(
    tmp_path: Path, card: dict[str, Any], open_page: Open, width: int, side_by_side: bool
) -> None:
    page = open_page(write(tmp_path, gaze(card, 30)), viewport={"width": width, "height": 800})
    if side_by_side:
        page.get_by_role("button", name="Side by side").click()
    for y in (0, 300, 600, 1200):
        page.evaluate(f"scrollTo(0, {y})")
        face, ladder, reading = (
            page.locator(part).bounding_box() for part in (".xl-face", ".xl-ladder", ".xl-reading")
        )
        for other in (ladder, reading):
            beside = face["x"] + face["width"] <= other["x"] or other["x"] + other["width"] <= face["x"]
            apart = (
                face["y"] + face["height"] <= other["y"] + 1 or other["y"] + other["height"] <= face["y"] + 1
            )
            assert beside or apart


def test_no_overlay_no_controls_of_it(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    page = open_page(write(tmp_path, card))
    blink, slider = page.get_by_role("button", name="Blink"), page.get_by_role("slider", name="Opacity")
    blink.click()
    page.get_by_role("radio", name="None").click()
    assert blink.is_disabled()
    assert slider.is_disabled()
    assert blink.get_attribute("aria-pressed") == "false"
    page.get_by_role("radio", name="Mesh").click()
    assert blink.is_enabled()
    assert slider.is_enabled()


def test_caption_says_what_and_why(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    card["maps"]["items"][0] |= {"what": "The brows rise", "muscle": "Frontalis"}
    card["expressions"][1]["note"] = "Two of three"
    page = open_page(write(tmp_path, card))
    assert page.get_by_role("status").inner_text() == ""
    page.get_by_role("radio", name="AU1 Inner brow raiser").click()
    lines = page.locator(".xl-caption p:visible").all_inner_texts()
    assert lines.pop(1) == "? Not reliable here: the hair hides it."
    assert lines[:4] == ["AU1 Inner brow raiser", "The brows rise.", "Teaching.", "Muscle: Frontalis."]
    assert page.get_by_role("status").inner_text() == "AU1 Inner brow raiser"
    page.get_by_role("radio", name="Happiness: AU6, AU12").click()
    assert page.locator(".xl-caption p:visible").all_inner_texts()[:3] == [
        "Happiness", "A smile.", "Two of three."
    ]  # fmt: skip
    page.locator('.xl-ladder [data-id="AU12"]').hover()  # a preview is not announced
    assert page.get_by_role("status").inner_text() == "Happiness"


def test_a_tap_on_the_photo_names_the_unit_until_the_next(
    tmp_path: Path, card: dict[str, Any], open_page: Open
) -> None:
    page = open_page(write(tmp_path, card), has_touch=True)
    photo = page.locator(".xl-photo").last
    side = photo.bounding_box()["width"]
    photo.tap(position={"x": side / 2, "y": 0.5 * side})
    assert page.locator(".xl-tag").inner_text() == "AU6 Cheek raiser"
    page.locator(".xl-verdict").tap()
    assert page.locator(".xl-tag").is_hidden()


def test_undecodable_photo_is_one_sentence(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    card["photo"]["src"] = "data:image/jpeg;base64,AAAA"
    page = open_page(write(tmp_path, card))
    root = page.locator(".xl-card")
    assert root.get_attribute("data-drawn") == "error"
    assert root.inner_text().startswith("This card could not be drawn: the photo could not be decoded.")


def test_sprite_of_the_wrong_size_is_an_error(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    card["maps"]["items"].pop()
    root = open_page(write(tmp_path, card)).locator(".xl-card")
    assert root.get_attribute("data-drawn") == "error"
    assert "sprite is 24 × 120 px, not 24 × 96 px" in root.inner_text()


def test_live_model_redraws_and_lets_go(tmp_path: Path, card: dict[str, Any], open_page: Open) -> None:
    """The module under anywidget's protocol: model.get, model.on, and the function that render returns."""
    other = copy.deepcopy(card) | {"verdict": "Changed.", "aus": {"source": None, "note": "", "rows": []}}
    harness = """<!DOCTYPE html><meta charset=utf-8><div id=el></div><script type=module>%s
      const listeners = new Map();
      const model = { data: %s, get(name) { return this[name]; },
        on: (name, call) => listeners.set(name, call), off: (name) => listeners.delete(name) };
      const stop = view.render({ model, el: document.getElementById("el") });
      Object.assign(window, { model, listeners, stop });
    </script>"""
    esm = View(card).widget()._esm.replace("export default ", "const view = ")
    path = tmp_path / "live.html"
    path.write_text(harness % (esm, json_for_script(card)), encoding="utf-8")
    page = open_page(path)
    assert page.locator(".xl-card").get_attribute("data-drawn") == "true"
    page.evaluate(f"model.data = {json.dumps(other)}; listeners.get('change:data')()")
    page.wait_for_selector('.xl-card[data-drawn="true"]')
    assert page.locator(".xl-verdict").all_inner_texts() == ["Changed."]
    assert page.evaluate("stop(), listeners.size") == 0
