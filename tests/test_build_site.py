"""The site is laid out from the pages of the repository; `tests/site/` looks at it in a browser."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from docs import build_site as site


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("pages")
    site.lay_out(folder)
    return folder


def names(nav) -> set[str]:
    """Return the pages that an order names."""
    if isinstance(nav, str):
        return {nav}
    return set().union(*(names(x) for x in (nav.values() if isinstance(nav, dict) else nav)))


def test_every_page_of_docs_has_its_place_in_the_order(pages: Path):
    ours = {site.staged(x).as_posix() for x in site.DOCS.rglob("*.md")}
    found = names(site.ordered(site.NAV, pages))
    assert ours <= found
    assert all((pages / x).exists() for x in found)


def test_pages_that_are_linked_come_along_and_other_files_are_linked_in_the_repository(root: Path):
    source = root / "docs" / "tasks" / "speech.md"
    text = (
        "[a](../faq.md#x) [b](../../sample_runs/story/README.md) [c](../../action.yml) [d](#e) "
        "[f](https://x.org) ![g](../review_390.png)\n```text\n[h](../none.md)\n```\n"
    )
    made, wanted = site.relinked(source, text)
    assert made == (
        "[a](../faq.md#x) [b](../sample_runs/story/README.md) "
        f"[c]({site.REPOSITORY}/blob/main/action.yml) [d](#e) [f](https://x.org) "
        "![g](../review_390.png)\n```text\n[h](../none.md)\n```\n"
    )
    assert [x.name for x in wanted] == ["faq.md", "README.md", "review_390.png"]
    with pytest.raises(
        RuntimeError, match=r"speech\.md links to \.\./gone\.md, which is not there"
    ):
        site.relinked(source, "[a](../gone.md)")


def test_a_link_to_a_notebook_leads_to_its_page(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(site, "DOCS", tmp_path / "docs")
    monkeypatch.setattr(site, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    cell = {"cell_type": "markdown", "source": ["# From a fitted model"]}
    (tmp_path / "docs" / "notebook.ipynb").write_text(json.dumps({"cells": [cell]}))
    (tmp_path / "docs" / "python.md").write_text("[a notebook](notebook.ipynb)\n")
    site.lay_out(tmp_path / "pages")
    assert (tmp_path / "pages" / "notebook.md").read_text() == "# From a fitted model\n"
    assert (tmp_path / "pages" / "python.md").read_text() == "[a notebook](notebook.md)\n"


def test_a_page_that_loads_from_elsewhere_is_refused(tmp_path: Path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "deep").mkdir()
    page = tmp_path / "deep" / "page.html"
    page.write_text(
        '<script src="https://x.org/iframe-worker/shim"></script><a href="https://x.org">x</a>'
    )
    site.without_network(tmp_path)
    assert '<script src="../assets/worker.js">' in page.read_text()
    for hostile in (
        '<link rel="stylesheet" href="https://fonts.org/x.css">',
        '<script async src="//cdn.org/x.js">',
        '<img src="http://x.org/i.png">',
    ):
        page.write_text(hostile)
        with pytest.raises(RuntimeError, match="loads from elsewhere"):
            site.without_network(tmp_path)


def test_the_look_of_the_site_fetches_no_font():
    found = tomllib.loads((site.DOCS / "site.toml").read_text("utf-8"))["project"]
    assert found["theme"]["font"] is False
    assert {x.get("scheme") for x in found["theme"]["palette"]} == {None, "default", "slate"}


def test_cells_of_a_notebook_become_markdown():
    made = site.cells([
        {"cell_type": "markdown", "source": ["# A\n", "text"]},
        {"cell_type": "code", "source": ["x"], "outputs": [
            {"data": {"text/html": ["<b>\n1</b>"], "text/plain": ["1"]}},
            {"text": ["a < b\n"]},
            {"data": {"image/png": "AAAA\n", "text/plain": ["f"]}},
        ]},
    ])  # fmt: skip
    assert list(made) == [
        "# A\ntext\n", "```python\nx\n```\n", "<div><b> 1</b></div>\n",
        "<pre><code>a &lt; b\n</code></pre>\n", '<img src="data:image/png;base64,AAAA">\n',
    ]  # fmt: skip
