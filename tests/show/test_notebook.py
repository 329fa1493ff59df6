"""A result in a notebook: one fragment without a style sheet, its figures, a few plain words."""

from __future__ import annotations

import re
from base64 import b64decode

import pytest

import mlstrat as ms
from mlstrat.show.blocks import Fold, Heading, Illustration, Item, Lead, Paragraph, Table, Verdict
from mlstrat.show.notebook import bundle

RUN = "sample_runs/wine/run.csv"


def fragment(*blocks, pictures=()):
    return bundle(blocks, pictures, "words")["text/html"]


def drawings(text: str) -> list[str]:
    return [
        b64decode(x).decode() for x in re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', text)
    ]


def test_looks_stand_in_attributes_and_nothing_reaches_out_of_the_cell(root):
    shown = ms.diagnose(root / RUN)._repr_mimebundle_()
    assert set(shown) == {"text/html", "text/plain"}  # markdown would be shown in place of it
    text = shown["text/html"]
    assert text == ms.diagnose(root / RUN)._repr_html_()
    names = set(re.findall(r"<(\w+)", text))
    assert names <= {"div", "p", "h4", "table", "thead", "tbody", "tr", "th", "td", "article",
                     "span", "ul", "li", "details", "summary", "img"}  # fmt: skip
    assert not re.findall(r'class="|id="|<style|<svg|<script|https?:', text)
    opened, closed = (len(re.findall(x, text)) for x in (r"<(?!img)\w", "</"))
    assert opened == closed


KEPT = {"img": {"alt", "src", "style"}, "th": {"scope", "style"}}
"""Attributes that JupyterLab's sanitizer keeps, of elements with more than a style."""
LOST = {"tabindex", "role", "aria-label"}
"""What it takes from the region around a table; trusted, they serve the keyboard."""
LOOKS = {
    "background", "border-bottom", "border-collapse", "border-left", "cursor", "font-size",
    "font-weight", "line-height", "margin", "max-width", "overflow-x", "padding", "text-align",
    "vertical-align", "white-space", "width",
}  # fmt: skip
"""Properties that it keeps, of those that we use."""
VALUE = re.compile(
    r"(?:\+?\d*\.?\d+(?:em|rem|px|%)?|#[0-9a-f]{3,6}|rgba\(\d+,\d+,\d+,0\.\d+\)|[a-z]+(?:-[a-z]+)*)"
)
"""A part of a value that it keeps: an alpha without its leading 0 is none."""


def test_an_untrusted_jupyterlab_keeps_every_attribute_and_look(root):
    text = ms.report(root / RUN)._repr_mimebundle_()["text/html"]
    for name, said in re.findall(r"<(\w+)([^<>]*)>", text):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', said))
        assert given.keys() <= KEPT.get(name, {"style"}) | (LOST if name == "div" else set()), name
        for look in filter(None, given.get("style", "").split(";")):
            kind, value = look.split(":")
            assert kind in LOOKS
            assert all(VALUE.fullmatch(x) for x in value.split(" ")), look


def test_no_colour_of_text_fights_the_theme_and_no_theme_is_asked_for(root):
    text = ms.report(root / RUN)._repr_mimebundle_()["text/html"]
    assert not re.search(r'[";]color:|prefers-color-scheme|var\(', text)
    assert all("background:#fff" in x for x in re.findall("<img[^>]+>", text))


def test_without_trust_vs_code_shows_words_that_say_the_verdict(root):
    shown = ms.diagnose(root / RUN)._repr_mimebundle_()  # it picks among the forms but HTML and SVG
    assert "Work on variance" in shown["text/plain"]
    assert "</" not in shown["text/plain"]


def test_the_figures_of_a_result_are_images_with_what_they_show_in_words(root):
    text = ms.diagnose(root / RUN)._repr_mimebundle_()["text/html"]
    ladder, confusion = drawings(text)
    assert "<svg" in ladder
    assert "<svg" in confusion
    alts = re.findall(r'<img alt="([^"]+)"', text)
    assert "Waterfall of the error" in alts[0]
    assert "Confusion matrix of 200 rows" in alts[1]


def test_every_result_with_a_figure_shows_it(root, tmp_path):
    sheet = root / "sample_runs" / "story" / "first_review.csv"
    shown = [
        ms.gaps(train=0.05, dev=0.1),
        ms.error_table(sheet, error=0.1),
        ms.select(root / "sample_runs" / "models.csv", optimize="accuracy",
                  where=["ms <= 100"]),
        ms.curve(root / "sample_runs" / "curve.csv"),
        ms.plot("roc", root / "sample_runs" / "breast_cancer" / "run.csv"),
        ms.report(root / RUN),
    ]  # fmt: skip
    for result in shown:
        text = result._repr_mimebundle_()["text/html"]
        assert len(drawings(text)) == 1, type(result)


def test_a_result_with_nothing_to_draw_is_its_words(root):
    chosen = ms.select(root / "sample_runs" / "models.csv", optimize="accuracy")
    text = chosen._repr_mimebundle_()["text/html"]
    assert "<img" not in text
    assert "<table" in text


def test_other_people_s_text_is_text():
    bad = '<img src=x onerror=alert(1)> class="x" \u202e'
    text = fragment(Verdict(bad), Paragraph(bad), Table((bad,), ((bad,),)), Lead(bad))
    assert "<img" not in text
    assert text.count("&lt;img src=x onerror=alert(1)&gt; class=&quot;x&quot;") == 5
    assert "\u202e" not in text


def test_findings_beyond_the_third_are_folded():
    item = [Item(f"MLS10{i}", "note", "t", "s", ()) for i in range(5)]
    text = fragment(Heading("Findings"), *item)
    assert text.index("MLS102") < text.index("<details") < text.index("MLS103")
    assert ">2 more</summary>" in text


def test_a_drawing_in_a_fold_is_an_image_too():
    text = fragment(Fold("More", (Illustration("what it shows", None, "<svg/>"),)))
    assert drawings(text) == ["<svg/>"]
    assert 'alt="what it shows"' in text


@pytest.mark.parametrize("name", ["FORCE_COLOR", "CLICOLOR_FORCE"])
def test_a_kernel_that_asks_for_colour_gets_plain_words(root, monkeypatch, name):
    monkeypatch.setenv(name, "1")  # ipykernel sets both
    assert "\x1b" not in str(ms.diagnose(root / RUN))


def test_words_are_not_shown_a_second_time_in_a_kernel(root, monkeypatch, capsys):
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    assert "Work on variance" in str(ms.diagnose(root / RUN))
    assert capsys.readouterr() == ("", "")
