"""A browser, where there is one."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import mlstrat  # noqa: F401
from tests.workflow.error_table.review.served import Served

BROWSERS = ("chromium", "google-chrome", "chromium-browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for a browser."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Give a browser of this machine; what needs one is skipped without."""
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright (extra browser)")
    path = next((x for name in BROWSERS if (x := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open the page in a context of its own; every request stays on this machine, and no script
    fails.
    """
    contexts, faults = [], list[str]()

    def told(page: Any) -> None:
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda m: (
                faults.append(m.text)
                if m.type == "error" and "Failed to load resource" not in m.text
                else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(("http://127.0.0.1:", "data:", "blob:"))
                else faults.append(f"asked {request.url}")
            ),
        )

    def open_page(served: Served, *, keys: bool = False, **context: Any) -> Any:
        one = browser.new_context(**({"viewport": {"width": 1280, "height": 860}} | context))
        one.set_default_timeout(120_000)
        contexts.append(one)
        page = one.new_page()
        told(page)
        page.goto(served.url)
        if not keys:
            page.locator("#keys[open]").wait_for()
            page.keyboard.press("Escape")
        page.locator("#title small").wait_for()
        return page

    yield open_page
    for one in contexts:
        one.close()
    assert faults == []


class Disk:
    """A disk of 64 kB."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self) -> None:
        """Leave no room on it."""
        with (self.folder / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 512)

    def empty(self) -> None:
        """Give the room back."""
        (self.folder / "filler").unlink()

    def mount(self, options: str) -> bool:
        """Mount it, or mount it otherwise."""
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Give a small disk, where one can be made."""
    made = Disk(tmp_path / "disk")
    made.folder.mkdir()
    if not shutil.which("mount") or not made.mount("size=64k"):
        pytest.skip("no small disk can be made here: only root may mount one")
    yield made
    subprocess.run(["umount", "-l", str(made.folder)], check=False)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Serve a sheet of this text, or the sheet that is there."""
    started = []

    def start(*arguments: str, text: str | None = None) -> Served:
        if text is not None:
            (tmp_path / "review.csv").write_text(text, encoding="utf-8", newline="")
        served = Served(tmp_path, "review.csv", *arguments)
        started.append(served)
        return served

    yield start
    for served in started:
        served.__exit__()
