"""A view: JSON data drawn by one ES module and its CSS, the same files live (anywidget) and in a static page.

The front end needs no build step and makes no request: pictures travel in the data as data URIs.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import anywidget
import traitlets

MODULES = {
    "face_card": ("dom.js", "maps.js", "chips.js", "classifier.js", "face_card.js"),
    "gallery": ("dom.js", "chips.js", "gallery.js"),
    "studio": ("dom.js", "maps.js", "studio.js"),
}
"""Parts of each view's ES module, joined in this order into one text: without imports, nothing is fetched."""
STYLES = {
    "face_card": ("base.css", "card.css", "chips.css", "face_card.css", "classifier.css"),
    "gallery": ("base.css", "card.css", "chips.css", "gallery.css"),
    "studio": ("base.css", "card.css", "studio.css"),
}

# Defines a custom element around the module's render(): it draws itself wherever a page or a notebook puts it,
# also inside a shadow root, and stands in for anywidget's `model`.
_ELEMENT = """
customElements.get("%(tag)s") || customElements.define("%(tag)s", class extends HTMLElement {
  connectedCallback() {
    if (document.readyState !== "loading") this.draw();
    else addEventListener("DOMContentLoaded", () => this.draw(), { once: true });
  }
  draw() {
    const data = JSON.parse(this.querySelector('script[type="application/json"]').textContent);
    this.target ??= this.appendChild(document.createElement("div"));
    this.querySelector(".xl-fallback").hidden = true;
    const model = { get: (name) => name === "data" ? data : undefined, on() {}, off() {} };
    this.stop = view.render({ model, el: this.target });
  }
  disconnectedCallback() { this.stop?.(); }
});
"""


def read(name: str) -> str:
    """Text of a part of the front end, by its name in explab/widgets/front."""
    return files("explab.widgets").joinpath("front", name).read_text(encoding="utf-8")


@lru_cache
def _front_end(module: str) -> tuple[str, str]:
    """(ES module, CSS) of a module, as anywidget takes them."""
    return "".join(map(read, MODULES[module])), "".join(map(read, STYLES[module]))


@lru_cache
def _static_front_end(module: str) -> tuple[str, str]:
    """(name of the custom element, <style> and <script> that define it).

    The name carries a hash of the code, so that views saved by different versions can share a page. The
    attribute `data-explab-asset` lets `report.render` keep one copy per page.
    """
    esm, css = _front_end(module)
    head, marker, body = esm.partition("export default ")
    if not marker or "export default " in body or "</style" in css.lower() or "</script" in esm.lower():
        raise ValueError(
            f"The parts of {module} must have one `export default` and must not close their own element."
        )
    digest = hashlib.sha256((esm + css).encode()).hexdigest()[:8]
    tag = f"explab-{module.replace('_', '-')}-{digest}"
    script = f"{head}const view = {body}{_ELEMENT % {'tag': tag}}"
    return tag, (
        f'<style data-explab-asset="{tag}-css">{css}</style>'
        f'<script type="module" data-explab-asset="{tag}-js">{script}</script>'
    )


@lru_cache
def _live(module: str) -> type[anywidget.AnyWidget]:
    """Widget class of a module; one class each, because anywidget keeps one style sheet per class."""
    esm, css = _front_end(module)
    synced = {name: traitlets.Dict().tag(sync=True) for name in ("data", "question", "answer")}
    fields = {"_esm": esm, "_css": css, "__module__": __name__, **synced}
    return type(module, (anywidget.AnyWidget,), fields)


def json_for_script(data: object) -> str:
    """JSON that cannot end, or open a comment in, the <script> element around it.

    Raises ValueError for NaN and infinity, which are not JSON.
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _sources(data: object, path: str = "data") -> Iterator[tuple[str, object]]:
    """Every (path, value) stored under a key that the front end puts into the src of an <img>."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key in ("src", "sprite"):
                yield f"{path}[{key!r}]", value
            else:
                yield from _sources(value, f"{path}[{key!r}]")
    elif isinstance(data, (list, tuple)):
        for i, value in enumerate(data):
            yield from _sources(value, f"{path}[{i}]")


class View:
    """One drawn thing: a live widget in a notebook, a static fragment in a page, a line of text elsewhere.

    data: JSON-able dict for the module, with at least "title" and "verdict"; pictures are data URIs.
    module: name of the front end, one of MODULES.
    png: the same view as a PNG, for places that show no HTML; optional.

    Raises ValueError for an unknown module, data that is not JSON, and a picture that is not a data URI.
    """

    def __init__(self, data: dict[str, Any], module: str = "face_card", png: bytes | None = None) -> None:
        if module not in MODULES:
            raise ValueError(f"Unknown view module {module!r}; there are: {', '.join(MODULES)}.")
        for path, source in _sources(data):
            if not str(source).startswith("data:image/"):
                raise ValueError(
                    f"{path} must be a data URI (data:image/...): a view carries its pictures with it."
                )
        self.data, self.module, self.png = data, module, png
        self._json = json_for_script(data)
        self._widget: anywidget.AnyWidget | None = None

    def html(self, *, assets: bool = True) -> str:
        """Static HTML fragment; works by itself from any page, also from file:// and offline.

        assets: include CSS and code; a page needs them once, so further views may pass False.
        """
        tag, front_end = _static_front_end(self.module)
        title, verdict = (html.escape(str(self.data[key])) for key in ("title", "verdict"))
        return (
            f'<{tag} style="display:block"><p class="xl-fallback"><b>{title}</b> {verdict}</p>'
            f'<script type="application/json">{self._json}</script></{tag}>{front_end if assets else ""}'
        )

    def widget(self) -> anywidget.AnyWidget:
        """The live widget, made once per view. Setting its `data` draws it anew."""
        if self._widget is None:
            self._widget = self._live(self.data)
        return self._widget

    def _live(self, data: dict[str, Any]) -> anywidget.AnyWidget:
        """A widget of the view's module. The page may set its `question`, Python its `answer`: dicts, for views that
        need the kernel."""
        return _live(self.module)(data=data)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": repr(self), "text/html": self.html()}
        if self.png is not None:
            bundle["image/png"] = base64.b64encode(self.png).decode("ascii")
        live = self.widget()._repr_mimebundle_()
        return bundle if live is None else {**live[0], **bundle}

    def __repr__(self) -> str:
        return f"{self.data['title']}: {self.data['verdict']}"
