"""From `sample` to what reads the sheet: rankings, eyeball sets, sheets that were added to."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms


@pytest.fixture
def run(empty_folder: Path) -> str:
    """Write a run of 1,000 dev rows, of which every tenth is wrong."""
    truth = [("neg", "pos")[i % 2] for i in range(1000)]
    other = {"neg": "pos", "pos": "neg"}
    pl.DataFrame({
        "id": [f"{i:04}" for i in range(1000)], "label": truth, "split": ["dev"] * 1000,
        "prediction": [other[x] if i % 10 == 0 else x for i, x in enumerate(truth)],
        "score": [(i % 97) / 97 for i in range(1000)],
    }).write_csv("run.csv")  # fmt: skip
    return "run.csv"


def fill(name: str, *, leave_out: str | None = None, tag: str = "dog") -> str:
    """Fill in a sheet: every second row has a tag, every tenth a wrong label."""
    with Path(name).open(newline="") as file:
        rows = list(csv.DictReader(file))
    for i, row in enumerate(rows):
        row["tags"] = tag if i % 2 else "none"
        row["mislabeled"] = "x" if i % 10 == 0 else ""
        if leave_out is not None:
            del row[leave_out]
    with Path(name).open("w", newline="") as file:
        sheet = csv.DictWriter(file, list(rows[0]))
        sheet.writeheader()
        sheet.writerows(rows)
    return name


@pytest.mark.parametrize("leave_out", [None, "sampling_weight"])
def test_a_ranking_has_counts_and_no_estimates(mlstrat, run, leave_out):
    ms.sample(run, n=20, by="confidence", output="review.csv")
    fill("review.csv", leave_out=leave_out)
    document = ms.error_table("review.csv", run=run).to_dict()
    (dog, wrong) = document["categories"]
    assert (dog["tag"], dog["count"], dog["share"]["ci"]) == ("dog", 10, None)
    assert dog["ceiling"] == {"error": None, "gain": None, "ci": None}
    assert (wrong["tag"], wrong["count"]) == ("mislabeled", 2)
    assert [f["code"] for f in document["findings"]] == ["MLS410"]
    out = mlstrat("error-table", "review.csv").out
    assert out.startswith('Counts alone: "dog" is in 10 of the 20 errors that were read, and a ')
    assert "error left" not in out
    assert "Intervals" not in out
    assert "--run RUN" not in out  # nor would the run bring ceilings


@pytest.mark.parametrize("weight", ["2.5", ""])
def test_no_weight_makes_a_ranking_an_estimate(run, weight):
    ms.sample(run, n=20, by="confidence", output="review.csv")
    fill("review.csv")
    frame = pl.read_csv("review.csv", infer_schema=False).with_columns(
        sampling_weight=pl.lit(weight)
    )
    found = ms.error_table(frame, run=run)
    assert not found.table.random
    assert found.categories[0].gain.value is None


def test_wrong_labels_that_a_ranking_found_decide_nothing(mlstrat, run):
    ms.sample(run, n=20, by="confidence", output="review.csv")
    fill("review.csv")
    document = ms.mislabels("review.csv", run=run).to_dict()
    assert (document["picked"], document["worth_fixing"]) == (True, None)
    assert not {"MLS421", "MLS422"} & {f["code"] for f in document["findings"]}
    out = mlstrat("mislabels", "review.csv", "--run", run).out
    assert out.startswith("Cannot tell whether to correct labels")
    assert "wrong labels among errors, at least" in out


def test_as_many_as_a_ranking_found_there_are_at_least(mlstrat, run):
    ms.sample(run, n=100, by="confidence", output="review.csv")
    frame = pl.read_csv("review.csv", infer_schema=False).with_columns(mislabeled=pl.lit("x"))
    found = ms.mislabels(frame.head(30), run=run)
    assert found.worth_fixing
    assert str(found).startswith("Correct the labels: at least 30.0% of the errors")


def test_an_eyeball_set_is_a_random_part_of_its_split(mlstrat, run):
    ms.sample(run, n=30, eyeball=400, output="review.csv")
    fill("review.csv")
    whole = ms.error_table("review.csv", run=run).to_dict()
    assert (whole["errors"], whole["of_eyeball"], whole["ignored_columns"]) == (100, False, [])
    assert "MLS407" not in {f["code"] for f in whole["findings"]}
    assert "MLS407" not in {f.code for f in ms.mislabels("review.csv", run=run).findings}
    alone = ms.error_table("review.csv").to_dict()
    assert alone["of_eyeball"]
    assert alone["errors"] < 100
    assert (
        f"30 of {alone['errors']} errors of the eyeball set were read"
        in mlstrat("error-table", "review.csv").out
    )


def test_a_tag_may_be_called_eyeball(empty_folder):
    Path("review.csv").write_text("id,tags,eyeball\n1,dog,x\n2,none,\n")
    assert [c.tag for c in ms.error_table("review.csv").categories] == ["dog", "eyeball"]


def test_a_label_that_is_not_there_is_refused_whatever_is_drawn(mlstrat, run):
    ended = mlstrat("sample", run, "--positive", "cat")
    assert (ended.code, ended.out) == (2, "")
    assert "--positive cat: no such label" in ended.err


def test_a_packed_sheet_is_read_and_not_added_to(mlstrat, run):
    ms.sample(run, n=20, output="review.csv")
    fill("review.csv")
    Path("review.csv.gz").write_bytes(gzip.compress(Path("review.csv").read_bytes()))
    assert ms.error_table("review.csv.gz").table.reviewed == 20
    ended = mlstrat("sample", run, "-n", "5", "--append", "-o", "review.csv.gz")
    assert (ended.code, ended.out) == (2, "")
    assert "accepted: a file that ends in .csv or .tsv" in ended.err


def test_nothing_is_added_to_a_sheet_that_has_all(mlstrat, run):
    ms.sample(run, n=100, output="review.csv")
    before = Path("review.csv").read_bytes()
    ended = mlstrat("sample", run, "-n", "5", "--append", "-o", "review.csv")
    assert Path("review.csv").read_bytes() == before
    assert ended.out.startswith("Nothing to add: the sheet has all 100 errors of dev.")
    assert "Added to" not in ended.out
    assert "5 errors were asked for, and the sheet has all 100." in ended.out


def test_a_mark_for_excel_and_its_line_of_separators_survive_an_addition(run):
    ms.sample(run, n=20, output="review.csv")
    text = Path("review.csv").read_text().replace(",", ";")
    Path("review.csv").write_bytes(b"\xef\xbb\xbfsep=;\r\n" + text.replace("\n", "\r\n").encode())
    ms.sample(run, n=20, append=True, output="review.csv")
    lines = Path("review.csv").read_bytes().split(b"\r\n")
    assert lines[0] == b"\xef\xbb\xbfsep=;"
    assert len(lines) == 1 + 1 + 40 + 1
    assert json.dumps(lines[-2].decode()).count(";") == lines[1].count(b";")


def test_counts_by_tag_alone_do_not_say_which_is_larger(mlstrat):
    out = mlstrat("error-table", "--reviewed", "100", "--tag", "dog=5", "--tag", "fog=6").out
    assert out.startswith('"fog" is in 6.0% of the errors, not told apart from "dog".')
    assert "A sheet, with the tags of each error" in " ".join(out.split())


def test_the_earlier_of_two_sheets_is_judged_too(mlstrat, run):
    ms.sample(run, n=20, by="confidence", output="before.csv")
    ms.sample(run, n=60, output="after.csv")
    found = ms.error_table(fill("before.csv"), fill("after.csv"))
    (finding,) = [f for f in found.findings if f.code == "MLS410"]
    assert finding.evidence == {"reviewed": 20, "sheet": "before.csv"}
    out = mlstrat("error-table", "before.csv", "after.csv").out
    assert "What moved cannot be told: a ranking picked the errors." in out
    assert "every interval includes 0" not in out
    assert "before.csv: A ranking picked the 20 errors that were read." in out


def test_tags_as_common_as_each_other_are_not_told_apart_though_all_errors_were_read(empty_folder):
    Path("review.csv").write_text("id,tags\n1,dog\n2,cat\n3,none\n4,none\n")
    found = ms.error_table("review.csv", error="4/40")
    assert "MLS404" in {f.code for f in found.findings}
    assert "as large as each other so far; no number would tell" in " ".join(
        found.to_text().split()
    )


def test_the_grid_shows_comments_and_leaves_blanks_out_where_it_is_narrow(mlstrat, empty_folder):
    Path("review.csv").write_text("id,tags,comment\n1,dog,very dark\n2,cat,\n3,none,\n")
    wide = mlstrat("error-table", "review.csv", "--rows").out
    assert wide.count("comment") == 1
    assert "very dark" in wide
    tags = ";".join(f"a long tag number {i}" for i in range(8))
    Path("review.csv").write_text(
        f'id,tags,comment\n1,"{tags}",\n2,a long tag number 3,\n3,none,\n'
    )
    narrow = mlstrat("error-table", "review.csv", "--rows").out.splitlines()
    lines = {
        x.split()[0]: x.split(maxsplit=1)[1:]
        for x in map(str.rstrip, narrow)
        if x[:2] in ("2 ", "3")
    }
    assert lines == {"2": ["a long tag number 3"], "3": []}


def test_a_run_without_ids_is_known_by_its_rows_all_the_way(mlstrat, empty_folder):
    Path("run.csv").write_text("label,prediction\n" + "a,a\na,b\nb,b\nb,a\n" * 10)
    ms.sample("run.csv", n=20, output="review.csv")
    fill("review.csv")
    document = ms.error_table("review.csv", run="run.csv").to_dict()
    assert (document["reviewed"], document["errors"], document["error"]["n"]) == (20, 20, 40)
    Path("other.csv").write_text("id,label,prediction,tags\n7,a,b,dog\n")
    ended = mlstrat("error-table", "other.csv", "--run", "run.csv")
    assert (ended.code, ended.out) == (2, "")
    assert "no id column, by which the rows of the sheet are found" in ended.err


def test_ids_that_look_like_numbers_are_found_again(empty_folder):
    rows = "".join(f"{i}.0,a,{'b' if i % 2 else 'a'}\n" for i in range(60))
    Path("run.csv").write_text("id,label,prediction\n" + rows)
    ms.sample("run.csv", n=10, eyeball=60, output="review.csv")
    fill("review.csv")
    ms.sample("run.csv", n=5, append=True, output="review.csv")
    drawn = pl.read_csv("review.csv", infer_schema=False)["id"].to_list()
    assert len(set(drawn)) == 15
    assert all(x.endswith(".0") for x in drawn)
    assert ms.error_table("review.csv", run="run.csv").table.reviewed == 10
    findings = ms.diagnose("run.csv", eyeball="review.csv").to_dict()["findings"]
    (worn,) = [f for f in findings if f["code"] == "MLS415"]
    assert worn["evidence"]["missing"] == 0


def test_one_error_is_one(mlstrat, empty_folder):
    Path("run.csv").write_text("id,label,prediction\n1,a,b\n2,a,a\n")
    assert "100 errors were asked for, and there is 1." in mlstrat("sample", "run.csv").out
    Path("run.csv").write_text("id,label,prediction\n1,a,a\n2,a,a\n")
    ended = mlstrat("sample", "run.csv")
    assert (ended.code, "hint" in ended.err) == (2, False)
