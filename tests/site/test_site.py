"""The site as a reader meets it, in a browser without a network; `docs/build_site.py` builds it."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

SITE = Path(__file__).parents[2] / "site"
BROWSERS = ("chromium", "google-chrome", "chromium-browser")

if not (SITE / "index.html").exists():
    pytest.skip("no site was built: python docs/build_site.py", allow_module_level=True)


@pytest.fixture(scope="module")
def browser() -> Iterator:
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright (extra browser)")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=SITE)
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser) -> Iterator:
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    opened = context.new_page()
    opened.asked, opened.failed = [], []
    opened.on("request", lambda x: opened.asked.append(x.url))
    opened.on("pageerror", lambda x: opened.failed.append(str(x)))
    yield opened
    own = ("file:", "http://127.0.0.1:", "data:", "blob:", "about:")
    assert [x for x in opened.asked if not x.startswith(own)] == []
    assert opened.failed == []
    context.close()


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_search_works_without_a_network(page, scheme, served):
    page.goto(served if scheme == "http" else f"{SITE.as_uri()}/index.html")
    page.get_by_role("button", name="Search").first.click()
    page.keyboard.type("avoidable bias")
    hit = page.locator("a", has_text="Avoidable bias").locator("visible=true").first
    hit.wait_for()
    hit.click()
    page.wait_for_url("**/*.html*avoidable-bias*")
    assert "voidable bias" in page.locator("main").inner_text()


def test_from_the_first_page_to_a_verdict_on_own_data_in_three_clicks(page):
    page.goto(f"{SITE.as_uri()}/index.html")
    page.get_by_role("link", name="Recipes for scikit-learn").click()
    assert page.get_by_role("heading", name="scikit-learn, a fitted estimator").count() == 1
    assert "run.to_parquet" in page.locator("main").inner_text()  # how to write a run
    page.locator("main").get_by_role("link", name="mlstrat diagnose run.csv").click()
    shown = page.locator("main").inner_text()
    assert "$ mlstrat diagnose variance/run.csv" in shown
    assert "Work on variance" in shown  # what to type, and the verdict


PAGES = ("index.html", "your_data.html", "workflow.html", "commands/diagnose.html",
         "api/measure.html", "findings.html", "faq.html", "tasks/index.html")  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_pages_fit_their_screen(browser, name, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{SITE.as_uri()}/{name}")
    assert page.locator("h1").is_visible()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) <= 0
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(ground.partition("(")[2].partition(",")[0])
    assert (red < 64) == (scheme == "dark")
    context.close()
