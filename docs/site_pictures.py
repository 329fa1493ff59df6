"""Take pictures of the site's pages to look at, in the Chromium of this machine.

``python docs/site_pictures.py FOLDER`` needs the extra browser and a site that was built; without a
folder it is `site_pictures/`, which git ignores.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

SITE = Path(__file__).parents[1] / "site"
PAGES = ("index", "your_data", "workflow", "notebook", "deciding", "commands/diagnose",
         "commands/select", "api/measure", "ci", "faq", "sample_runs/story/index")  # fmt: skip


def main() -> None:
    """Write a picture of each page's first screen by width and by colours."""
    folder = Path(sys.argv[1] if sys.argv[1:] else SITE.with_name("site_pictures"))
    folder.mkdir(exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for width in (1280, 390):
            for colours in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": width, "height": 844}, color_scheme=colours
                )
                page = context.new_page()
                for name in PAGES:
                    page.goto(f"{SITE.as_uri()}/{name}.html")
                    page.wait_for_timeout(300)
                    kind = f"{name.replace('/', '_')}_{width}_{colours}"
                    page.screenshot(path=folder / f"{kind}.png")
                context.close()
        browser.close()


if __name__ == "__main__":
    main()
