"""What `diagnose` prints without options fits one screen; `--full` and every format keep all."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.core.wording import short_path

RUNS = Path(__file__).parent.parent.parent / "sample_runs"
FOUR = ("variance", "wine", "avoidable_bias", "breast_cancer", "data_mismatch")
"""Sample runs of four splits."""


@pytest.fixture(scope="module", params=[*FOUR, "dev_overfit"])
def found(request):
    return ms.diagnose(RUNS / request.param / "run.csv")


def test_the_screen_has_at_most_24_lines_of_80_columns(found):
    lines = str(found).splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


def test_the_worst_case_of_long_sentences_still_fits():
    rows = [("train", 40, 4), ("train-dev", 40, 7), ("dev", 40, 9), ("test", 40, 12)]
    run = pl.DataFrame([
        {"split": s, "label": "yes", "prediction": "no" if i < wrong else "yes"}
        if i % 2 else {"split": s, "label": "no", "prediction": "yes" if i < wrong else "no"}
        for s, n, wrong in rows for i in range(n)
    ])  # fmt: skip
    for options in ({}, {"metric": "f1", "positive": "yes"}, {"different_distributions": True}):
        text = str(ms.diagnose(run, **options))
        assert len(text.splitlines()) <= 24, text


def test_verdict_first_and_the_rest_is_named_last(found):
    lines = str(found).splitlines()
    assert lines[0][:30] == found.to_text().splitlines()[0][:30]
    assert "--full" in lines[-1]


def test_each_level_has_its_interval_and_rows_beside_its_bar(found):
    text = str(found)
    for level in found.to_dict()["levels"]:
        (line,) = [x for x in text.splitlines() if re.match(rf"{level['level']} +\d", x)]
        if level["n"] is not None:
            assert " to " in line
            assert f" {level['n']:,}" in line
    assert text.count("% interval") == 1


def test_at_most_three_findings_of_two_lines_and_issues_before_notes(found):
    lines = str(found).splitlines()
    heads = [i for i, x in enumerate(lines) if re.match(r"(issue|tip|note) MLS\d{3} ", x)]
    assert 1 <= len(heads) <= 3
    order = [("issue", "tip", "note").index(lines[i].split()[0]) for i in heads]
    assert order == sorted(order)
    for i in heads:
        assert lines[i + 1].startswith("  ")
        assert not lines[i + 2].startswith("  ")


def test_a_gap_is_told_once(found):
    text = str(found)
    for gap in found.to_dict()["gaps"]:
        if gap["ci"] is not None:
            assert text.count(f"{gap['from']} → {gap['to']}") == 0
    assert "Not clear of 0" not in text  # each interval stands in the ladder


def test_the_class_taken_as_positive_is_named():
    assert "F1 of 'malignant' (taken as positive) on dev: 94.0%" in str(
        ms.diagnose(RUNS / "breast_cancer" / "run.csv")
    )


def test_an_error_that_is_a_level_of_the_ladder_is_not_said_beside_it():
    run = ms.diagnose(RUNS / "variance" / "run.csv", metric="error")
    assert "error on dev" not in str(run)
    assert "error on dev" in run.to_text()


def test_full_keeps_every_finding_class_and_step(found):
    text = " ".join(found.to_text().split())
    for code in {x.code for x in found.findings}:
        assert code in text
    for part in ("The ladder", "Classes on dev", "largest in", "Intervals at 95%, 10,000"):
        assert part in text
        assert part not in str(found)
    assert all(x.code in found.to_markdown() for x in found.findings)


def test_long_paths_are_shortened_on_the_screen_alone(empty_folder):
    deep = empty_folder.joinpath("a" * 30, "b" * 30, "faces")
    deep.mkdir(parents=True)
    (deep / "run.csv").write_bytes((RUNS / "variance" / "run.csv").read_bytes())
    found = ms.diagnose(deep / "run.csv")
    assert "Read …/faces/run.csv (1,797 rows)." in str(found)
    assert str(deep)[:50] in found.to_text().replace("\n", "")
    assert found.to_dict()["signature"]["inputs"][0]["path"] == str(deep / "run.csv")


@pytest.mark.parametrize(
    ("path", "short"),
    [("run.csv", "run.csv"), ("x" * 50 + ".csv", "…" + "x" * 35 + ".csv"),
     ("s3://bucket/" + "y" * 40 + "/run.parquet", "…/run.parquet")],
)  # fmt: skip
def test_a_short_path_ends_as_the_path_does(path, short):
    assert short_path(path) == short


def test_columns_of_another_name_are_shown(mlstrat):
    pl.DataFrame({"split": ["train", "dev"] * 50, "churned": ["a", "b"] * 50,
                  "guess": ["a", "b"] * 50}).write_csv("run.csv")  # fmt: skip
    ended = mlstrat("diagnose", "run.csv", "--map", "label=churned", "--map", "prediction=guess")
    assert "label=churned, prediction=guess" in ended.out


def test_full_is_an_option_of_the_command_line(mlstrat):
    run = str(RUNS / "variance" / "run.csv")
    brief, full = mlstrat("diagnose", run), mlstrat("diagnose", run, "--full")
    assert "MLS114" not in brief.out
    assert "MLS114" in full.out
    assert mlstrat("diagnose", run, "--full", "-o", "all.txt").code == 0
    assert Path("all.txt").read_text() == full.out
    assert mlstrat("diagnose", run, "--full", "-f", "json").out == ms.diagnose(run).to_json()


def test_gaps_typed_in_fit_one_screen_too(mlstrat):
    ended = mlstrat("gaps", "--human", "0.5%", "--train", "80/1000", "--train-dev", "91/1000",
                    "--dev", "143/1000", "--test", "15%")  # fmt: skip
    assert len(ended.out.splitlines()) <= 24
    assert "◀ work on this" in ended.out
    assert "largest in" not in ended.out
    assert "largest in" in mlstrat("gaps", "--human", "1%", "--dev", "8%", "--full").out
