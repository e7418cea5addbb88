"""The studio: a face that the reader moves, drawn by the kernel or turned over like the leaves of a flip-book."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from explab.facs import UNITS
from explab.widgets import studio
from explab.widgets.lessons import LESSONS, OPPOSITES, UNITS_SHOWN
from explab.widgets.report import render
from explab.widgets.studio import Studio
from explab.widgets.view import json_for_script

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def stage() -> Studio:
    return studio(2, size=64, levels=2, units=("AU1", "AU12", "AU25"))


def question(**changes: Any) -> dict[str, Any]:
    return {
        "n": 7,
        "aus": {"AU12L": 0.8, "AU12R": 0.8},
        "seed": 2,
        "yaw": 0,
        "pitch": 0,
        "unit": "AU12",
    } | changes


def test_every_unit_side_and_recipe_has_its_frames(stage: Studio) -> None:
    tracks = stage.data["tracks"]
    recipes = [preset["label"] for preset in stage.data["presets"]]
    assert set(tracks) == {"Neutral", "AU1", "AU1L", "AU1R", "AU12", "AU12L", "AU12R", "AU25", *recipes}
    assert all(len(track["frames"]) == 2 for name, track in tracks.items() if name != "Neutral")
    sources = [frame["src"] for track in tracks.values() for frame in track["frames"]]
    assert len(set(sources)) > 0.9 * len(sources)
    assert "Happiness" in tracks["Felt smile"]["frames"][1]["says"]


def test_a_page_of_all_units_stays_small(stage: Studio) -> None:
    tracks = stage.data["tracks"]
    frame = len(tracks["Happiness"]["frames"][1]["src"]) * (256 / 64) ** 2 / 2
    paired = sum(UNITS[code].sides == "both" for code in UNITS_SHOWN)
    frames = 4 * (len(UNITS_SHOWN) + 2 * paired + len(stage.data["presets"]))
    assert frame * frames < 3_000_000


def test_what_is_taught_is_facs() -> None:
    for code, others in OPPOSITES.items():
        assert code in UNITS_SHOWN
        assert all(code in OPPOSITES[other] for other in others if other not in ("AU43",))
    for _, aus, text in LESSONS:
        assert set(aus) <= set(UNITS_SHOWN)
        assert text.endswith(".")


def test_kernel_draws_what_is_asked(stage: Studio) -> None:
    answer = stage.answer(question())
    assert answer["n"] == 7
    assert answer["src"].startswith("data:image/webp")
    assert answer["evidence"]["sprite"].startswith("data:image/png")
    assert "Happiness" in answer["says"]
    turned = stage.answer(question(yaw=20))
    assert turned["src"] != answer["src"]
    assert stage.answer(question(aus={}))["evidence"] is None


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"aus": {"AU12L": 1.2}}, "outside 0 to 1"),
        ({"aus": {"AU99": 1}}, "AU99"),
        ({"yaw": 120}, "no possible pose"),
    ],
)
def test_bad_questions_get_one_clear_line(stage: Studio, changes: dict[str, Any], word: str) -> None:
    answer = stage.answer(question(**changes))
    assert word in answer["error"]
    assert "src" not in answer


def test_live_widget_answers_its_page(stage: Studio) -> None:
    widget = stage.widget()
    assert set(widget.data["tracks"]) == {"Neutral"}  # every other face is drawn when it is asked for
    widget.question = question(n=3)
    assert widget.answer["n"] == 3


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"size": 8}, "size"),
        ({"levels": 0}, "1-20"),
        ({"units": ["AU51"]}, "yaw"),
        ({"units": ["AU0"]}, "AU0"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        studio(**arguments)


@pytest.fixture
def page(stage: Studio, tmp_path: Path, open_page: Open) -> Any:
    output = new_output("display_data", {"text/html": stage.html()})
    cell = new_code_cell(outputs=[output])
    return open_page(render(new_notebook(cells=[cell]), tmp_path / "page.html", title="Studio"))


def picture(page: Any) -> str:
    page.wait_for_timeout(100)
    return str(page.locator(".xl-photo img").get_attribute("src"))


def move(page: Any, name: str, value: str) -> None:
    page.get_by_role("slider", name=name).fill(value)


@pytest.mark.browser
def test_a_page_without_kernel_moves_one_unit_at_a_time(page: Any, stage: Studio) -> None:
    tracks = stage.data["tracks"]
    assert picture(page) == tracks["Neutral"]["frames"][0]["src"]
    move(page, "AU12 Lip corner puller", "0.5")
    assert picture(page) == tracks["AU12"]["frames"][0]["src"]
    move(page, "AU1 Inner brow raiser", "1")
    assert picture(page) == tracks["AU1"]["frames"][1]["src"]
    assert page.get_by_role("slider", name="AU12 Lip corner puller").input_value() == "0"
    assert "Frontalis, medial part" in page.locator(".xl-caption").inner_text()
    assert "AU4 brow lowerer" in page.locator(".xl-caption").inner_text()
    page.get_by_role("radio", name="Left").click()
    move(page, "AU12 Lip corner puller", "1")
    assert picture(page) == tracks["AU12L"]["frames"][1]["src"]
    assert page.locator(".xl-slide.xl-lit .xl-value").inner_text() == "L 1.00\nR 0.00"
    assert "no kernel" in page.locator(".xl-studio-note").inner_text()


@pytest.mark.browser
def test_recipes_strength_rest_and_evidence(page: Any, stage: Studio) -> None:
    tracks = stage.data["tracks"]
    page.get_by_role("button", name="Happiness").click()
    assert picture(page) == tracks["Happiness"]["frames"][1]["src"]
    assert page.locator(".xl-verdict").inner_text().startswith("The AUs suggest Happiness")
    assert page.locator(".xl-slide.xl-lit .xl-code").all_inner_texts() == ["AU12"]  # AU6 has no slider here
    move(page, "Strength of the recipe", "0.5")
    assert picture(page) == tracks["Happiness"]["frames"][0]["src"]
    ink = (
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 === 3 && v)"
    )
    canvas = page.locator(".xl-photo canvas")
    assert not canvas.evaluate(ink)
    page.get_by_role("radio", name="What changed").click()
    page.wait_for_timeout(200)
    assert canvas.evaluate(ink)
    page.get_by_role("button", name="At rest").click()
    assert picture(page) == tracks["Neutral"]["frames"][0]["src"]
    assert page.locator(".xl-amount").is_hidden()


@pytest.mark.browser
def test_sliders_move_by_keyboard(page: Any, stage: Studio) -> None:
    page.get_by_role("slider", name="AU12 Lip corner puller").focus()
    page.keyboard.press("ArrowRight")
    assert picture(page) == stage.data["tracks"]["AU12"]["frames"][0]["src"]
    page.keyboard.press("End")
    assert picture(page) == stage.data["tracks"]["AU12"]["frames"][1]["src"]


@pytest.mark.browser
def test_live_page_asks_one_question_at_a_time(stage: Studio, tmp_path: Path, open_page: Open) -> None:
    harness = """<!DOCTYPE html><meta charset=utf-8><div id=el></div><script type=module>%s
      const listeners = new Map(), asked = [];
      const model = { data: %s, question: {}, answer: {}, get(name) { return this[name]; },
        set(name, value) { this[name] = value; }, save_changes() { asked.push(structuredClone(this.question)); },
        on: (name, call) => listeners.set(name, call), off: (name) => listeners.delete(name) };
      const stop = view.render({ model, el: document.getElementById("el") });
      const answer = (more) => { model.answer = { n: model.question.n, ...more }; listeners.get("change:answer")(); };
      Object.assign(window, { model, listeners, asked, answer, stop });
    </script>"""
    esm = stage.widget()._esm.replace("export default ", "const view = ")
    path = tmp_path / "live.html"
    path.write_text(harness % (esm, json_for_script(stage.widget().data)), encoding="utf-8")
    page = open_page(path)
    for value in ("0.3", "0.6", "0.9"):
        move(page, "AU12 Lip corner puller", value)
    assert page.evaluate("asked.length") == 1  # the kernel is still drawing the first
    frame = json.dumps(stage.data["tracks"]["AU12"]["frames"][1] | {"evidence": None})
    page.evaluate(f"answer({frame})")
    assert page.evaluate("asked.length") == 2
    assert page.evaluate("asked[1].aus.AU12L") == pytest.approx(0.9)
    assert page.evaluate("asked[1].unit") == "AU12"
    page.evaluate(f"answer({frame})")
    assert page.evaluate("asked.length") == 2
    assert picture(page) == stage.data["tracks"]["AU12"]["frames"][1]["src"]
    move(page, "AU1 Inner brow raiser", "0.5")
    mixed = page.evaluate("asked[2].aus")
    assert (mixed["AU1L"], mixed["AU12L"]) == (0.5, pytest.approx(0.9))
    page.evaluate("answer({ error: 'that pose is not possible' })")
    assert page.locator(".xl-verdict").inner_text() == "that pose is not possible"
    page.get_by_role("slider", name="Turn the head").fill("20")
    assert page.evaluate("asked[3].yaw") == 20
    assert page.evaluate("stop(), listeners.size") == 0
