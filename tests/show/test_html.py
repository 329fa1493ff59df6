"""HTML of blocks: escaped, reachable, and looked at in a browser where there is one."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import mlstrat as ms
from mlstrat.show.blocks import Bar, Fold, Heading, Item, Ladder, Lead, Step, Table, Verdict
from mlstrat.show.html import page, style

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")


def test_every_block_becomes_its_element():
    text = page(
        "t",
        [
            Verdict("Work on <variance>"),
            Heading("Next"),
            Lead("because"),
            Item("MLS102", "issue", "Variance", "train & dev", ("get data",)),
            Ladder(
                (Bar("dev", 0.5, 0.25, 1.0, "8.0%"), Step("variance: 2", "◀ work on this")), True
            ),
            Fold("Details", (Table(("a", "b"), (("x", "1"),)),)),
        ],
        "mlstrat",
    )
    assert "<h1>Work on &lt;variance&gt;</h1>" in text
    assert '<a href="#part-1">Next</a>' in text
    assert '<p class="lead">because</p>' in text
    assert "issue MLS102" in text
    assert "train &amp; dev" in text
    assert 'left:25.00%;width:75.00%"' in text
    assert "<details><summary>Details</summary>" in text
    table = '<div class="scroll" tabindex="0" role="region" aria-label="Details">'
    assert table in text
    assert '<th scope="row">x</th><td class="right">1</td>' in text


def test_nothing_is_fetched_and_no_script_runs():
    text = page("t", [Verdict("v")], "mlstrat")
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text
    assert "<script" not in text
    assert not re.findall(r"(?:src|href)=\"(?!#)|url\((?!#)|@import|https?:", text)


def luminance(colour: str) -> float:
    wide = colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])
    parts = [int(wide[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_of_text_have_a_contrast_of_at_least_four_and_a_half():
    schemes = [dict(re.findall(r"--(\w+):(#\w+)", part)) for part in
               re.findall(r":root\{[^}]*\}", style())]  # fmt: skip
    assert len(schemes) == 3  # light, dark, paper
    for scheme in schemes:
        for name in ("text", "soft", "link", "issue", "tip", "note"):
            for back in ("back", "panel"):
                pair = sorted((luminance(scheme[name]), luminance(scheme[back])))
                assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, (name, back, scheme)


PROBE = """<iframe id="f" src="report.html" style="width:%dpx;height:900px;border:0"></iframe>
<pre id="out"></pre><script>
const f = document.getElementById('f');
f.onload = () => {
  const d = f.contentDocument, w = f.contentWindow, root = d.documentElement;
  const reached = [];
  for (const box of d.querySelectorAll('.scroll')) {
    let at = box.parentElement; while (at) { if (at.tagName === 'DETAILS') at.open = true;
      at = at.parentElement; }
    box.focus(); reached.push(d.activeElement === box);
  }
  document.getElementById('out').textContent = JSON.stringify({
    overflow: root.scrollWidth - root.clientWidth, reached: reached,
    headings: d.querySelectorAll('h1').length, dark: w.getComputedStyle(d.body).backgroundColor});
};</script>"""


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_shows_it_without_complaint(root: Path, empty_folder: Path, width: int):
    import json

    run = root / "sample_runs" / "variance" / "run.csv"
    document = ms.report(run, baseline=run, history=root / "sample_runs")
    Path("report.html").write_text(document.to_html(), encoding="utf-8")
    Path("probe.html").write_text(PROBE % width)
    ended = subprocess.run(
        [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
         "--allow-file-access-from-files", f"--user-data-dir={empty_folder / 'profile'}",
         "--virtual-time-budget=5000", "--window-size=1400,1000", "--dump-dom",
         (empty_folder / "probe.html").as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert not [line for line in ended.stderr.splitlines() if "CONSOLE" in line]
    (said,) = re.findall(r'<pre id="out">(\{.*?\})</pre>', ended.stdout)
    found = json.loads(said)
    assert found["overflow"] <= 0  # tables scroll, the page does not
    assert found["headings"] == 1
    assert found["reached"]
    assert all(found["reached"])


def test_a_report_begins_with_the_ladder_and_the_confusion(root: Path):
    text = ms.report(root / "sample_runs" / "wine" / "run.csv").to_html()
    order = re.findall(r'<a href="#part-\d+">([^<]+)</a>', text)
    assert order[:3] == ["The ladder", "The single number", "What to do next"]
    number = text[text.index('id="part-2"') : text.index('id="part-3"')]
    assert "<svg" in number
    assert "Confusion matrix of 200 rows" in number


def test_the_title_of_a_page_is_one_line_and_the_rest_follows():
    text = page("t", [Verdict("No difference seen. About 2,500 more rows would settle it.")], "m")
    assert "<h1>No difference seen.</h1>" in text
    assert '<p class="lead">About 2,500 more rows would settle it.</p>' in text
