"""Print a report page to PDF with the Chromium that is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


class PDFError(RuntimeError):
    """The page could not be printed; the message says what to install or change."""


def find_browser() -> str:
    """Path of a Chromium: the environment variable EXPLAB_CHROMIUM, else the first of BROWSERS on the PATH.

    Raises PDFError when there is none.
    """
    named = os.environ.get("EXPLAB_CHROMIUM")
    if named:
        browser = shutil.which(named)
        if browser is None:
            raise PDFError(
                f"EXPLAB_CHROMIUM names {named!r}, which is not a program; give the browser's full path."
            )
        return browser
    browser = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if browser is None:
        raise PDFError(
            "A PDF needs Chromium or Google Chrome, and none of "
            f"{', '.join(BROWSERS)} is on the PATH. Install one (Debian: apt install chromium), or set "
            "EXPLAB_CHROMIUM to its full path. The HTML report prints to PDF from any browser, too."
        )
    return browser


def to_pdf(page: Path | str, pdf: Path | str, *, timeout: float = 120) -> Path:
    """Print a self-contained HTML page (A4, as its print styles say) and return the PDF's path.

    The browser gets no network and a profile of its own. timeout: seconds of waiting.

    Raises FileNotFoundError when the page is missing, PDFError when there is no browser or printing fails.
    """
    source, target = Path(page).resolve(), Path(pdf).resolve()
    if not source.is_file():
        raise FileNotFoundError(f"There is no page {source}.")
    browser = find_browser()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="explab-pdf-") as profile:
        # Printed beside the profile first: an old PDF must not pass for a new one.
        fresh = Path(profile) / "page.pdf"
        command = [
            browser,
            "--headless=new",
            "--disable-gpu",
            "--no-first-run",
            "--disable-extensions",
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={profile}",
            "--virtual-time-budget=20000",  # ms of page time, in which pictures are decoded and cards drawn
            "--no-pdf-header-footer",
            f"--print-to-pdf={fresh}",
            source.as_uri(),
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium refuses to sandbox for root, as in containers
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired:
            raise PDFError(
                f"{browser} did not print {source.name} within {timeout:g} s; try a longer timeout."
            ) from None
        if run.returncode != 0 or not fresh.is_file():
            last = (run.stderr.strip().splitlines() or ["no message"])[-1]
            raise PDFError(f"{browser} could not print {source.name} (exit {run.returncode}): {last}")
        shutil.move(fresh, target)
    return target
