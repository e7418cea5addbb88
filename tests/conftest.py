"""Fixtures shared by all tests: the folder beside the repository, and a browser that has no network."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from explab.widgets.pdf import PDFError, find_browser

# A busy machine is no reason to fail.
settings.register_profile("explab", deadline=None)
settings.load_profile("explab")

# What a shell started in the background ignores Ctrl-C, and so would the programs that tests start and stop.
signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Photographs, golden outputs and MediaPipe's task file that lie beside the repository, not in it."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the photographs and golden files in {SHARED.name}/ beside the repository")
    return SHARED


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Headless Chromium; where it is missing tests skip, except in CI, which must not pass without them."""
    from playwright import sync_api as api

    try:
        program = find_browser()
    except PDFError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """open_page(path, **context options) -> a page whose cards have come to rest.

    Every request but for files and data is refused; a request, a console message or an error fails the test.
    """
    contexts, troubles = [], []

    def watch(route: Any) -> None:
        if route.request.url.startswith(("file:", "data:", "blob:")):
            route.continue_()
        else:
            troubles.append(f"request: {route.request.url}")
            route.abort()

    def opened(path: Path, **options: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        context.route("**/*", watch)
        page = context.new_page()
        page.set_default_timeout(30_000)  # a busy machine is no failure
        page.on("console", lambda message: troubles.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.goto(path.as_uri())
        page.wait_for_function(
            "document.querySelector('.xl-card') && !document.querySelector('.xl-card[data-drawn=\"false\"]')"
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []
