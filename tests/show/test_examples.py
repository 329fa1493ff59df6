"""Small figures of what is shown, said and written, each checked by hand."""

from __future__ import annotations

import pytest

from mlstrat.errors import (
    did_you_mean,
    for_want_of_memory,
    harmless,
    inert,
    nearest,
    without_secrets,
)
from mlstrat.places import is_standard
from mlstrat.show import tracking
from mlstrat.show.blocks import Bar, Ladder, Paragraph, Table
from mlstrat.show.canvas import check_figure_path
from mlstrat.show.html import headline
from mlstrat.show.notebook import bundle
from mlstrat.show.picture import shown
from mlstrat.show.schema import first_fault
from mlstrat.show.text import columns_told
from mlstrat.show.text_table import ladder_lines, laid_out
from mlstrat.show.tracking import Target, metrics_of, tags_of, target_of
from mlstrat.workflow.explain.terms import spelt, terms_of
from mlstrat.workflow.settings.example_answer import write_example


def test_the_ending_of_a_figure_says_its_format_in_any_case():
    assert check_figure_path("front.PNG") == "png"


@pytest.mark.parametrize(
    ("text", "first", "rest"),
    [
        ("Work on variance (5.4 points).", "Work on variance (5.4 points).", ""),
        ("No difference seen. About 2,500 more rows would settle it.", "No difference seen.",
         "About 2,500 more rows would settle it."),
        ("Cannot tell first.csv and second.csv apart: second.csv has the higher macro-F1, "
         "by 1.0 points (-0.5 to 2.6).", "Cannot tell first.csv and second.csv apart.",
         "second.csv has the higher macro-F1, by 1.0 points (-0.5 to 2.6)."),
    ],
)  # fmt: skip
def test_a_headline_is_what_fits_a_line(text: str, first: str, rest: str):
    assert headline(text) == (first, rest)


def test_a_fragment_carries_its_looks():
    html = bundle([Paragraph("bias < variance")], (), "words")["text/html"]
    assert html == '<div><p style="margin:.4em 0">bias &lt; variance</p>\n</div>\n'


def test_a_figure_shows_no_character_that_xml_may_not_hold():
    assert shown("cat\ufffe\x00 and dog", 8) == "cat�� a…"


def test_a_document_is_told_where_it_departs_from_its_schema():
    schema = {"properties": {"n": {"type": "integer"}}, "required": ["n"], "type": "object"}
    assert first_fault({"n": "4"}, schema) == "n is not of type integer: '4'"
    assert first_fault({}, schema) == "n is missing"
    assert first_fault({"n": 4}, schema) is None


@pytest.mark.parametrize(
    ("told", "width"),
    [("", None), ("0", 80), ("-5", 80), ("wide", 80), ("7", 20), ("100", 100),
     ("10000000000", 1000)],
)  # fmt: skip
def test_the_variable_columns_says_a_width_that_can_be(told: str, width: int | None):
    assert columns_told(told) == width


def test_heads_go_onto_two_lines_where_a_table_is_too_wide():
    wide = Table(("model", "accuracy on dev", "ms"), (("a", "0.97", "80"),))
    assert laid_out(wide, 40).columns == wide.columns
    assert laid_out(wide, 20).columns == ("\nmodel", "accuracy\non dev", "\nms")


def test_a_bar_is_solid_up_to_its_interval():
    bar = Bar("dev", 0.5, 0.25, 1.0, "8.0%")
    assert ladder_lines(Ladder((bar,), legend=False), 28) == ["dev            8.0%  ██▓▓░░░"]


def test_what_is_logged_has_no_password():
    text = "of postgresql://me:pw@host/db and https://x.org:80/run.csv?sig=1, read"
    cut = "of postgresql://host/db and https://x.org:80/run.csv read"
    assert tracking.without_secrets(text) == cut


def test_a_place_to_log_to_is_a_uri_an_experiment_or_both(monkeypatch):
    monkeypatch.setattr(tracking, "find_spec", lambda _: object())
    assert target_of("mlflow:") == Target()
    assert target_of("mlflow:faces") == Target(None, "faces")
    assert target_of("mlflow:http://host#faces") == Target("http://host", "faces")


def test_figures_are_logged_by_their_place_and_conclusions_as_tags():
    level = {"level": "dev", "error": {"value": 0.1, "ci": [0.05, 0.2]}}
    name = "levels/dev/error"
    logged = {name: 0.1, f"{name}_ci_low": 0.05, f"{name}_ci_high": 0.2}
    assert metrics_of({"levels": [level]}) == logged
    said = {"schema": "mlstrat.gate/1", "verdict": "pass", "findings": [{"code": "MLS1"}]}
    tags = {"schema": "mlstrat.gate/1", "verdict": "pass", "findings": "MLS1"}
    assert tags_of(said) == {f"mlstrat.{key}": text for key, text in tags.items()}


def test_no_message_shows_a_password_or_steers_a_terminal_or_a_runner():
    text = "s3://me:secret@bucket/run.parquet: https://host/x?sig=abc is denied"
    hidden = "s3://***@bucket/run.parquet: https://host/x?*** is denied"
    assert without_secrets(text) == hidden
    assert harmless("run\x1b[31m.csv: no such file") == "run\\x1b[31m.csv: no such file"
    orders = "  ::error::a label\na ##[group]label, std::vector and a ## heading"
    quiet = "  \\::error::a label\na ##\\[group]label, std::vector and a ## heading"
    assert inert(orders) == quiet


def test_want_of_memory_is_told_from_other_errors():
    assert for_want_of_memory(MemoryError())
    assert not for_want_of_memory(ValueError("no number"))


def test_the_nearest_names_are_found_in_any_case():
    assert nearest("Nort", ["north", "south", "Norte"], most=3) == ["north", "Norte"]
    known = ["variance", "data_mismatch"]
    assert did_you_mean("data-mismach", known) == "did you mean 'data_mismatch'?"


def test_a_dash_is_standard_input():
    assert [is_standard(x) for x in ("-", "run.csv", ["-"])] == [True, False, False]


def test_a_title_and_a_finding_lead_to_terms():
    title = "When to change dev/test sets and  metrics"
    assert spelt(title) == "when-to-change-dev-test-sets-and-metrics"
    assert [x.name for x in terms_of("MLS102")] == ["orthogonalization", "variance", "focus"]


def test_an_example_is_written_into_a_folder_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = ("data_mismatch/run.csv", "data_mismatch/run.toml")
    assert write_example("data_mismatch") == files
