"""Take the pictures of `docs/review.md` again, in the Chromium of this machine.

``python docs/screenshots.py`` needs the extras review and browser.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parent
STORY = FOLDER.parent / "sample_runs" / "story"
READ = 31
"""Rows of the story that are read."""


def sheet(folder: Path) -> None:
    """Write the story's sheet as it was after its first rows."""
    lines = (STORY / "first_review.csv").read_text(encoding="utf-8").splitlines()
    blank = [re.sub(r"^((?:[^,]*,){7})(?:[^,]*,){3}(?:\"[^\"]*\"|[^,]*),", r"\1,,,,", x)
             for x in lines[READ + 1 :]]  # fmt: skip
    text = "\n".join([*lines[: READ + 1], *blank]) + "\n"
    (folder / "review.csv").write_text(text, encoding="utf-8")
    shutil.copy(STORY / "first.csv", folder / "run.csv")


def main() -> None:
    """Serve the sheet and take the pictures."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        sheet(folder)
        command = [sys.executable, "-m", "mlstrat", "review", "review.csv", "--run", "run.csv",
                   "--media", str(STORY / "digits"), "--no-open"]  # fmt: skip
        served = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "XDG_STATE_HOME": name},
        )  # fmt: skip
        assert served.stdout is not None
        address = re.search(r"http://\S+", served.stdout.readline())
        assert address is not None
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox"],
        )
        for width, height, scheme in ((1280, 860, "light"), (390, 844, "dark")):
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            page = context.new_page()
            page.goto(address[0])
            page.locator("#keys[open]").wait_for()
            page.keyboard.press("Escape")
            page.locator("#stop", has_text="Open after").wait_for()
            page.wait_for_timeout(300)
            page.screenshot(path=FOLDER / f"review_{width}.png")
            context.close()
        browser.close()
        served.terminate()
        served.wait()


if __name__ == "__main__":
    main()
