"""Draw `assets/face_report.jpg`, the README's picture of a real report: `make picture`."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from explab.widgets.pdf import find_browser


def main(page_file: Path, picture: Path) -> None:
    """Open a report, choose the happiness map on the first card and take a picture of that card."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1260, "height": 900}, color_scheme="light")
        page.goto(page_file.resolve().as_uri())
        page.wait_for_selector('.xl-card[data-drawn="true"]')
        page.get_by_role("radio", name="Happiness").first.click()
        page.mouse.move(0, 0)
        page.wait_for_timeout(300)  # the fade
        shot = page.locator(".xl-card").first.screenshot()
        browser.close()
    Image.open(BytesIO(shot)).convert("RGB").save(picture, quality=86, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
