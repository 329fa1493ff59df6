"""Build the site of these pages: ``python docs/build_site.py`` writes `site/`, with strict links.

It needs the group docs (``pip install --group docs``). What pages link to outside `docs/` comes
along where it is a page or a picture; other files are linked in the repository. Nothing of the
site is loaded from elsewhere, and search works from a folder, too.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from mlstrat.cli.app import PANELS

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
REPOSITORY = os.environ.get("MLSTRAT_REPOSITORY", "https://github.com/OWNER/mlstrat")
"""Where files lie that are no pages; a release says it."""
LINK = re.compile(r"(!?\[[^\]]*\]\(|<img src=\")([^)\s\"]+)")
FENCE = re.compile(r"^(```.*?^```)", re.DOTALL | re.MULTILINE)
SHIM = re.compile(r"https://[\w.-]+/iframe-worker/shim")
"""What the generator would load to search from a folder; `site_worker.js` stands in its place."""
ELSEWHERE = re.compile(
    r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=\"?(?:https?:)?//[^>]*>|url\(\"?https?:"
)
TERMS = (
    "target", "people", "ladder", "verdict", "errors", "data", "learning", "networks", "figures",
    "words", "lectures",
)  # fmt: skip
COMMANDS = [
    {title.partition(" (")[0]: [{name: f"commands/{name}.md"} for name in names]}
    for title, names in PANELS.items()
]
STEPS = [*(next(iter(x)).lower().replace(" ", "_") for x in COMMANDS), "results"]

Page = str | dict[str, Any]
NAV: Sequence[Page] = (
    {"Start": "README.md"},
    {"Your data": [
        "your_data.md", "reading.md", "counts.md", {"Other tasks": ["tasks/README.md", "tasks/*"]},
    ]},
    {"Workflow": [
        "workflow.md", {"The story": [
            "sample_runs/story/README.md", {"The labels": "sample_runs/story/mislabels.md"},
            {"The error table": "sample_runs/story/error_table.md"},
            {"The comparison": "sample_runs/story/compare.md"},
            {"What moved": "sample_runs/story/moved.md"},
            {"The report": "sample_runs/story/report.md"},
        ]},
        {"In a notebook": "notebook.md"}, "review.md", "training.md", "recipes.md",
    ]},
    {"How it decides": ["deciding.md", "sure.md", "architecture.md"]},
    {"Terms": ["terms.md", *(f"{x}.md" for x in TERMS), "metrics.md", "findings.md"]},
    {"Commands": ["commands/README.md", *COMMANDS, "settings.md"]},
    {"Python": ["python.md", {"Reference": ["api/README.md", *(f"api/{x}.md" for x in STEPS)]}]},
    {"CI and clusters": ["ci.md", "cluster.md", "speed.md"]},
    {"FAQ": "faq.md"},
)  # fmt: skip
"""The order of the pages: a star is the rest of a folder, and what is missing is left out."""


def main() -> None:
    """Build the site, or say why not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(folder / "pages")
        config = (DOCS / "site.toml").read_text(encoding="utf-8")
        nav = json.dumps(ordered(NAV, folder / "pages"), ensure_ascii=False)
        line = re.sub(r'"((?:[^"\\]|\\.)*)": ', r'"\1" = ', nav)  # a table of TOML, in a line
        config = config.replace("[project]\n", f"[project]\nnav = {line}\n", 1)
        (folder / "zensical.toml").write_text(config, encoding="utf-8")
        command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
        subprocess.run(command, cwd=folder, check=True, env={**os.environ, "NO_COLOR": "1"})
        without_network(folder / "built")
        shutil.rmtree(ROOT / "site", ignore_errors=True)
        shutil.copytree(folder / "built", ROOT / "site")
    count = sum(1 for _ in (ROOT / "site").rglob("*.html"))
    size = sum(x.stat().st_size for x in (ROOT / "site").rglob("*") if x.is_file())
    sys.stdout.write(f"site/: {count} pages, {size / 1e6:.1f} MB; open site/index.html\n")


def lay_out(pages: Path) -> None:
    """Copy the pages of `docs/`, and what they link to, with links as they are there."""
    waiting = [x for x in DOCS.rglob("*") if x.suffix in {".md", ".png", ".svg", ".css"}]
    done: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in done:
            continue
        done.add(path)
        place = pages / staged(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix != ".md":
            shutil.copyfile(path, place)
            continue
        text, found = relinked(path, path.read_text(encoding="utf-8"))
        waiting += found
        place.write_text(text, encoding="utf-8")
    if (notebook := DOCS / "notebook.ipynb").exists():
        found = json.loads(notebook.read_text(encoding="utf-8"))
        text = "\n".join(cells(found["cells"]))
        (pages / "notebook.md").write_text(relinked(notebook, text)[0], encoding="utf-8")


def staged(path: Path) -> Path:
    """Return where a file of the repository stands among the pages."""
    place = path.relative_to(ROOT)
    return place.relative_to("docs") if place.parts[0] == "docs" else place


def relinked(source: Path, text: str) -> tuple[str, list[Path]]:
    """Return a page whose links hold among the pages, and the files that it wants there.

    Raises
    ------
    RuntimeError
        For a link to a file that is not there.
    """
    wanted: list[Path] = []

    def link(found: re.Match[str]) -> str:
        path, mark, anchor = found[2].partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return found[0]
        target = (source.parent / path).resolve()
        if not target.exists():
            raise RuntimeError(f"{source.relative_to(ROOT)} links to {path}, which is not there")
        if target.suffix == ".ipynb" and target.parent == DOCS:
            return f"{found[1]}{os.path.relpath(target.with_suffix('.md'), source.parent)}"
        if target.suffix in {".md", ".png", ".svg"}:
            wanted.append(target)
            place = os.path.relpath(staged(target), staged(source).parent)
            return f"{found[1]}{Path(place).as_posix()}{mark}{anchor}"
        return f"{found[1]}{REPOSITORY}/blob/main/{target.relative_to(ROOT).as_posix()}"

    parts = FENCE.split(text)
    parts[::2] = [LINK.sub(link, x) for x in parts[::2]]
    return "".join(parts), wanted


def ordered(nav: Sequence[Page], pages: Path) -> list[Page]:
    """Return the order of pages with stars replaced, without those that are not there."""
    named = set(re.findall(r"[\w/]+\.md", json.dumps(nav)))
    out: list[Page] = []
    for entry in nav:
        if isinstance(entry, str) and entry.endswith("*"):
            here = sorted(x.relative_to(pages).as_posix() for x in pages.glob(f"{entry}.md"))
            out += [x for x in here if x not in named]
        elif isinstance(entry, str):
            out += [entry] if (pages / entry).exists() else []
        else:
            ((title, inner),) = entry.items()
            found = ordered([inner] if isinstance(inner, str) else inner, pages)
            if found:
                out.append({title: found[0] if isinstance(inner, str) else found})
    return out


def cells(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Return the cells of an executed notebook as markdown, richest output first."""
    for cell in found:
        source = "".join(cell["source"])
        yield f"{source}\n" if cell["cell_type"] == "markdown" else f"```python\n{source}\n```\n"
        for shown in cell.get("outputs", ()):
            data = shown.get("data", {})
            if "text/html" in data:
                yield "<div>" + re.sub(r"\s*\n\s*", " ", "".join(data["text/html"])) + "</div>\n"
            elif "image/png" in data:
                yield f'<img src="data:image/png;base64,{"".join(data["image/png"]).strip()}">\n'
            else:
                text = "".join(shown.get("text", data.get("text/plain", "")))
                yield f"<pre><code>{escape(text)}</code></pre>\n".replace("\n\n", "\n&nbsp;\n")


def without_network(built: Path) -> None:
    """Put our script in place of the one that would be loaded; refuse what else would be.

    Raises
    ------
    RuntimeError
        Where a page loads something from elsewhere.
    """
    shutil.copyfile(DOCS / "site_worker.js", built / "assets" / "worker.js")
    for page in built.rglob("*.html"):
        up = "../" * (len(page.relative_to(built).parts) - 1)
        text = SHIM.sub(f"{up}assets/worker.js", page.read_text(encoding="utf-8"))
        if found := ELSEWHERE.search(text):
            raise RuntimeError(f"{page.name} loads from elsewhere: {found[0][:200]}")
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
