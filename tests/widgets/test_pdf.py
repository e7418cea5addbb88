"""Printing: finding the browser, clear errors, a PDF with the card on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from explab.widgets import pdf
from explab.widgets.report import render
from explab.widgets.view import View


def test_missing_browser_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXPLAB_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    page = tmp_path / "page.html"
    page.write_text("<p>page</p>")
    with pytest.raises(pdf.PDFError, match="Install one"):
        pdf.to_pdf(page, tmp_path / "page.pdf")


def test_named_browser_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLAB_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(pdf.PDFError, match="'/nowhere/chromium', which is not a program"):
        pdf.find_browser()


def test_failing_browser_touches_no_pdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\necho first >&2\necho 'cannot open display' >&2\nexit 3\n")
    browser.chmod(0o755)
    monkeypatch.setenv("EXPLAB_CHROMIUM", str(browser))
    page, old = tmp_path / "page.html", tmp_path / "page.pdf"
    page.write_text("<p>page</p>")
    old.write_text("an old PDF")
    with pytest.raises(pdf.PDFError, match=r"exit 3\): cannot open display"):
        pdf.to_pdf(page, old)
    assert old.read_text() == "an old PDF"


def test_missing_page(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.html"):
        pdf.to_pdf(tmp_path / "none.html", tmp_path / "none.pdf")


@pytest.mark.browser
def test_prints_the_drawn_card(tmp_path: Path, card: dict[str, Any]) -> None:
    try:
        pdf.find_browser()
    except pdf.PDFError as error:
        pytest.skip(str(error))

    def size(outputs: list[Any]) -> int:
        nb = new_notebook(cells=[new_code_cell(outputs=outputs)])
        page = render(nb, tmp_path / "page.html", title="Print")
        printed = pdf.to_pdf(page, tmp_path / "out" / "page.pdf").read_bytes()
        assert printed.startswith(b"%PDF-")
        assert b"/Count 1" in printed  # one page: the card is not broken
        return printed.count(b"/Subtype /Image")

    card_output = new_output("display_data", {"text/html": View(card).html()})
    assert size([]) == 0
    assert size([card_output]) >= 3  # photo, overlay and source
