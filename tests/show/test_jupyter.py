"""The notebook of the documentation in JupyterLab and as nbconvert shows it, in a real browser."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("jupyterlab")
pytest.importorskip("nbconvert")
sync = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here"),
]
FIGURES = 3
"""The ladder, the confusion matrix, the tally."""


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync.sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture(scope="module")
def lab(root: Path, tmp_path_factory) -> Iterator[tuple[str, Path, dict[str, str]]]:
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(root / "docs" / "notebook.ipynb", folder)
    env = os.environ | {f"JUPYTER_{x}_DIR": str(folder / x) for x in ("CONFIG", "DATA", "RUNTIME")}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--allow-root", "--no-browser",
               f"--port={port}", "--IdentityProvider.token="]  # fmt: skip
    server = subprocess.Popen(command, cwd=folder, env=env)
    try:
        for _ in range(600):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", folder, env
    finally:
        server.terminate()
        server.wait()


def settings(folder: Path, theme: str) -> None:
    place = folder / "CONFIG" / "lab" / "user-settings" / "@jupyterlab"
    for name, said in (
        ("apputils-extension/themes", {"theme": f"JupyterLab {theme}"}),
        ("apputils-extension/notification", {"fetchNews": "false"}),
        ("notebook-extension/tracker", {"windowingMode": "none"}),  # every cell is drawn
    ):
        file = place / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(said))


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("trusted", [False, True])
def test_jupyterlab_shows_tables_and_figures(lab, browser, trusted: bool, theme: str) -> None:
    address, folder, env = lab
    settings(folder, theme)
    if trusted:
        command = [sys.executable, "-m", "jupyter", "trust", "notebook.ipynb"]
        subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True)
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    page.goto(f"{address}/lab/workspaces/{trusted}{theme}/tree/notebook.ipynb?reset")
    output = page.locator(".jp-OutputArea-output")
    images = output.locator("img")
    sync.expect(images).to_have_count(FIGURES, timeout=60_000)
    for image in images.all():
        image.scroll_into_view_if_needed()
        assert image.evaluate("x => x.complete && x.naturalWidth > 100")
    verdict = output.get_by_text("Work on variance").first
    back = page.evaluate("getComputedStyle(document.body).getPropertyValue('--jp-layout-color0')")
    colour = verdict.evaluate("x => getComputedStyle(x).color")
    assert (colour == "rgb(255, 255, 255)") == (back.strip() not in ("white", "#fff", "#ffffff"))
    assert verdict.evaluate("x => getComputedStyle(x).fontWeight") == "600"
    cells = output.locator("table td").all()
    assert {x.evaluate("x => getComputedStyle(x).textAlign") for x in cells} == {"right"}
    page.close()


def test_nbconvert_shows_tables_and_figures(lab, browser) -> None:
    _, folder, env = lab
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "notebook.ipynb"]
    subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True)
    page = browser.new_page()
    page.goto((folder / "notebook.html").as_uri())
    images = page.locator(".jp-OutputArea-output img")
    assert images.count() == FIGURES
    assert page.get_by_text("little ink").count() > 1
    page.close()
