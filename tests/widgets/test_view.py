"""Data in, safe and complete HTML out."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from explab.widgets.view import MODULES, View, read

HOSTILE = "</script><img src=x onerror=alert(1)><!-- & \u2028"


class Elements(HTMLParser):
    """Start tags with their attributes, and the text of each <script> by its type."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str | None, str] = {}
        self.shown = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.tags[-1]
        if tag == "script":
            self.scripts[attributes.get("type")] = self.scripts.get(attributes.get("type"), "") + data
        elif tag != "style":
            self.shown += data


def test_data_survives_the_page_unchanged(card: dict[str, Any]) -> None:
    card["title"] = card["verdict"] = card["photo"]["alt"] = HOSTILE
    page = Elements(View(card).html())
    assert json.loads(page.scripts["application/json"]) == card


def test_hostile_text_adds_no_element(card: dict[str, Any]) -> None:
    plain = [tag for tag, _ in Elements(View(card).html()).tags]
    card["title"] = card["verdict"] = card["aus"]["rows"][0]["name"] = HOSTILE
    page = Elements(View(card).html())
    assert [tag for tag, _ in page.tags] == plain
    assert "img" not in plain
    assert page.shown.count("<img src=x onerror=alert(1)>") == 2  # as text, in the fallback line


def test_fragment_names_no_address(card: dict[str, Any]) -> None:
    fragment = View(card).html()
    assert re.findall(r"https?://|//cdn|@import|\bfetch\(|\bimport\b\s*[({'\"]", fragment) == []
    assert "innerHTML" not in fragment


def test_assets_can_be_left_out(card: dict[str, Any]) -> None:
    view = View(card)
    whole, data_only = view.html(), view.html(assets=False)
    assert whole.startswith(data_only)
    assert "data-explab-asset" not in data_only
    assert whole.count("data-explab-asset") == 2
    assert len(whole) - len(data_only) < 80_000


def test_both_forms_carry_the_same_front_end(card: dict[str, Any]) -> None:
    view = View(card)
    widget, fragment = view.widget(), view.html()
    assert widget._esm == "".join(read(part) for part in MODULES["face_card"])
    assert widget._esm.replace("export default ", "const view = ") in fragment
    assert f">{widget._css}</style>" in fragment
    assert widget.data == card
    assert view.widget() is widget


def test_mimebundle_has_live_static_and_plain_forms(card: dict[str, Any]) -> None:
    view = View(card, png=b"\x89PNG")
    bundle = view._repr_mimebundle_(include=None, exclude=None)
    assert bundle["text/plain"] == "plain.png: A synthetic face."
    assert bundle["text/html"] == view.html()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == view.widget().model_id
    assert base64.b64decode(bundle["image/png"]) == b"\x89PNG"
    assert "image/png" not in View(card)._repr_mimebundle_()


@pytest.mark.parametrize("source", ["https://example.org/face.png", "face.png", None])
def test_pictures_must_travel_with_the_data(card: dict[str, Any], source: object) -> None:
    card["photo"]["src"] = source
    with pytest.raises(ValueError, match=r"data\['photo'\]\['src'\] must be a data URI"):
        View(card)


def test_what_is_not_json_is_refused(card: dict[str, Any]) -> None:
    card["pose"]["yaw"] = float("nan")
    with pytest.raises(ValueError, match="JSON"):
        View(card)


def test_unknown_module_lists_the_known_ones(card: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="'map'; there are: face_card, gallery, studio"):
        View(card, module="map")
