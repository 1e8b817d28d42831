"""Takes the screenshot in the README: ``overfitting.html`` as ``docs/report.png``.

Needs Chromium on the path.
"""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Opens the report at the size of a laptop screen and saves a screenshot."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1180, "height": 1090})
        page.goto((HERE / "overfitting.html").as_uri())
        page.screenshot(path=HERE.parent / "docs" / "report.png")
        browser.close()


if __name__ == "__main__":
    main()
