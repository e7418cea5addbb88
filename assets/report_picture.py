"""Draw `face_report.jpg` and `gallery.jpg`, the README's pictures of a real report: `make picture`."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from explab.widgets.pdf import find_browser


def main(page_file: Path, folder: Path) -> None:
    """Open a report with a gallery; take a picture of its first card with the happiness map, and of the overview."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1260, "height": 900}, color_scheme="light")
        page.goto(page_file.resolve().as_uri())
        page.wait_for_selector('.xl-card[data-drawn="true"]')
        page.get_by_role("radio", name="Happiness").first.click()
        page.mouse.move(0, 0)
        page.wait_for_timeout(300)  # the fade
        shots = {
            "face_report.jpg": page.locator(".xl-card").first.screenshot(),
            "gallery.jpg": page.locator(".xl-gallery").screenshot(),
        }
        browser.close()
    for name, shot in shots.items():
        Image.open(BytesIO(shot)).convert("RGB").save(folder / name, quality=86, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
