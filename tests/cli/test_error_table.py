"""`error-table` as it is typed: sheets as people leave them, runs, figures, and bad input."""

from __future__ import annotations

import csv
import gzip
import json
import re
from pathlib import Path

import pytest

from tests.conftest import names

RUN = "id,split,label,prediction,site\n" + "".join(
    f"{i:03d},dev,{label},{prediction},{'n' if i % 2 else 's'}\n"
    for i, (label, prediction) in enumerate(
        [("yes", "no")] * 20 + [("no", "yes")] * 20 + [("yes", "yes")] * 60 + [("no", "no")] * 60
    )
)
TAGS = ["blurry", "great cat;blurry", "dog", "great cat"]


@pytest.fixture
def run_of(empty_folder: Path) -> str:
    (empty_folder / "run.csv").write_text(RUN)
    return "run.csv"


def write(name: str = "review.csv", *, n: int = 40, read: int = 40, tags=TAGS, **columns) -> str:
    """Write a sheet of the first n errors of the run, of which some were read."""
    rows = list(csv.DictReader(RUN.splitlines()))[:n]
    with Path(name).open("w", encoding="utf-8", newline="") as stream:
        fields = ["id", "split", "label", "prediction", "tags", "comment", *columns, "run.site"]
        sheet = csv.DictWriter(stream, fields, lineterminator="\n")
        sheet.writeheader()
        for i, row in enumerate(rows):
            site = row.pop("site")
            more = {name: values[i] for name, values in columns.items()}
            tag = tags[i % len(tags)] if i < read else ""
            sheet.writerow({**row, "tags": tag, **more, "run.site": site})
    return name


def found(mlstrat, *arguments: str) -> dict:
    ended = mlstrat("error-table", *arguments, "-f", "json")
    assert (ended.code, ended.err) == (0, "")
    return json.loads(ended.out)


def test_nobody_is_told_to_read_on_who_has_read_all(mlstrat, run_of):
    tags = ["dog", "cat", *["none"] * 6]
    half = mlstrat("error-table", write(read=16, tags=tags), "--run", run_of).out
    assert "perhaps 2 more once more errors are read" in " ".join(half.split())
    every = mlstrat("error-table", write(tags=tags), "--run", run_of).out
    assert "none of the 2 tags." in " ".join(every.split())
    assert "once more errors" not in every


def test_json_holds_the_promised_keys(mlstrat, run_of):
    document = found(mlstrat, write(), "--run", run_of)
    assert document["schema"] == "mlstrat.error-table/1"
    assert (document["reviewed"], document["errors"], document["split"]) == (40, 40, "dev")
    assert document["error"] == {"value": 0.25, "ci": pytest.approx([0.1893, 0.3224], abs=1e-4),
                                 "n": 160}  # fmt: skip
    blurry, great, dog = document["categories"]
    assert set(blurry) >= {"tag", "count", "share", "ceiling", "false_positives",
                           "false_negatives", "only"}  # fmt: skip
    assert (blurry["tag"], blurry["count"], blurry["only"]) == ("blurry", 20, 10)
    assert blurry["share"] == {"value": 0.5, "ci": [0.5, 0.5], "n": 40}
    assert set(blurry["ceiling"]) == {"error", "gain", "ci"}
    assert blurry["ceiling"]["error"] == pytest.approx(0.125)
    assert (dog["false_positives"], dog["false_negatives"]) == (5, 5)
    assert great["tag"] == "great cat"
    assert document["untagged"] == 0
    assert [s["covered"] for s in document["best_sets"]] == [20, 30, 40]
    assert [x["path"] for x in document["signature"]["inputs"]] == ["review.csv", "run.csv"]


def test_the_same_inputs_give_the_same_bytes(mlstrat, run_of):
    sheet = write()
    for how in ("json", "markdown", "text", "csv"):
        one, two = (mlstrat("error-table", sheet, "--run", run_of, "-f", how) for _ in "12")
        assert one == two


def test_text_fits_a_pipe_of_80_columns_and_begins_with_the_verdict(mlstrat, run_of, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    Path("costs.toml").write_text('blurry = 12.5\n"great cat" = 3\ndog = 1\n')
    ended = mlstrat("error-table", write(), "--run", run_of, "--effort", "costs.toml")
    lines = ended.out.splitlines()
    assert lines[0].startswith('Cannot tell which tag is the largest of "blurry" (25.0% → 12.5%')
    assert max(map(len, lines)) <= 80
    assert '"dog" seems to give most for each day' in " ".join(ended.out.split())


def test_every_tag_of_the_run_is_checked_by_its_id(mlstrat, run_of):
    write()
    text = Path("review.csv").read_text()
    Path("review.csv").write_text(text.replace("\n003,", "\n903,").replace("\n004,", "\n904,"))
    ended = mlstrat("error-table", "review.csv", "--run", run_of)
    assert (ended.code, ended.out) == (2, "")
    assert "row 5, column 'id': 2 of 40 ids are not in run.csv: '903', '904'" in ended.err


def test_ids_that_lost_their_zeros_are_recognised(mlstrat, run_of):
    write()
    text = Path("review.csv").read_text()
    Path("review.csv").write_text(re.sub("^0+(?=[0-9])", "", text, flags=re.M))
    ended = mlstrat("error-table", "review.csv", "--run", run_of)
    assert ended.code == 2
    assert "a spreadsheet made a number of an id" in ended.err


def test_an_id_that_stands_twice_is_refused(mlstrat, run_of):
    write()
    text = Path("review.csv").read_text()
    Path("review.csv").write_text(text.replace("\n003,", "\n002,"))
    ended = mlstrat("error-table", "review.csv")
    assert ended.code == 2
    assert "row 5, column 'id': the id '002' is already in row 4" in ended.err


def test_a_sheet_of_another_run_is_refused(mlstrat, run_of):
    Path("other.csv").write_text(RUN.replace("000,dev,yes,no", "000,dev,yes,yes"))
    ended = mlstrat("error-table", write(), "--run", "other.csv")
    assert ended.code == 2
    assert "the prediction of '000' is 'no' here and 'yes' in the run" in ended.err


def test_nothing_filled_in_says_how_many_rows_wait(mlstrat, run_of):
    ended = mlstrat("error-table", write(read=0))
    assert (ended.code, ended.out) == (2, "")
    assert "nothing is filled in: 40 rows wait to be read" in ended.err


def test_more_errors_read_than_there_are_is_refused(mlstrat, run_of):
    ended = mlstrat("error-table", write(), "--error", "30/1000")
    assert ended.code == 2
    assert "40 errors were read, and there are 30" in ended.err
    alone = mlstrat("error-table", "--error", "30/1000", "--reviewed", "40", "--tag", "a=1")
    assert alone.code == 2
    assert "40 errors were read, and there are 30" in alone.err


def test_a_tag_column_with_neither_words_nor_marks_is_refused(mlstrat, run_of):
    write(size=[str(i / 7) for i in range(40)])
    ended = mlstrat("error-table", "review.csv", "--tag-column", "size")
    assert ended.code == 2
    assert "holds neither words nor marks" in ended.err
    missing = mlstrat("error-table", "review.csv", "--tag-column", "sise")
    assert missing.code == 2
    assert "did you mean 'size'" in missing.err


def test_a_named_tag_column_counts(mlstrat, run_of):
    write(reason=["rain" if i < 8 else "" for i in range(40)])
    document = found(mlstrat, "review.csv", "--tag-column", "reason")
    assert {c["tag"]: c["count"] for c in document["categories"]}["rain"] == 8


def test_columns_that_are_no_tags_are_listed(mlstrat, run_of):
    write(size=[str(i) for i in range(40)], night=["x" if i < 8 else "" for i in range(40)])
    document = found(mlstrat, "review.csv")
    assert document["ignored_columns"] == ["size"]
    assert "Columns ignored: size." in mlstrat("error-table", "review.csv").out


def test_sorted_deleted_and_added_rows(mlstrat, run_of):
    write(sampling_weight=["2"] * 20, n=20, read=20)
    whole = found(mlstrat, "review.csv", "--error", "40/160")
    assert "MLS407" not in {f["code"] for f in whole["findings"]}
    head, *rows = Path("review.csv").read_text().splitlines()
    Path("sorted.csv").write_text("\n".join([head, *sorted(rows, reverse=True)]) + "\n")
    again = found(mlstrat, "sorted.csv", "--error", "40/160")
    assert again["categories"] == whole["categories"]
    added = "500,dev,yes,no,by hand,,,s"
    Path("changed.csv").write_text("\n".join([head, *rows[2:], added]) + "\n")
    changed = found(mlstrat, "changed.csv", "--error", "40/160")
    (finding,) = [f for f in changed["findings"] if f["code"] == "MLS407"]
    assert finding["evidence"] == {"weighed": 36.0, "errors": 40, "added": 1}
    assert (changed["reviewed"], changed["errors"]) == (18, 40)
    assert "by hand" not in {c["tag"] for c in changed["categories"] if c["count"]}


def test_correct_rows_on_the_sheet_tell_the_error_of_the_split(mlstrat, run_of):
    rows = ["id,label,prediction,stratum,sampling_weight,tags"]
    rows += [f"e{i},a,b,error,4,{'dog' if i < 5 else 'none'}" for i in range(10)]
    rows += [f"c{i},a,a,correct,36,none" for i in range(10)]
    Path("s.csv").write_text("\n".join(rows) + "\n")
    document = found(mlstrat, "s.csv")
    assert (document["reviewed"], document["errors"], document["untagged"]) == (10, 40, 5)
    assert (document["error"]["value"], document["error"]["n"]) == (0.1, 400)
    assert document["categories"][0]["ceiling"]["gain"] == pytest.approx(0.05)


def test_a_sheet_of_false_positives_says_so(mlstrat, run_of):
    rows = ["id,split,label,prediction,stratum,sampling_weight,tags"]
    rows += [f"{i:03d},dev,no,yes,error: false positive,2,{TAGS[i % 4]}" for i in range(20, 30)]
    Path("s.csv").write_text("\n".join(rows) + "\n")
    document = found(mlstrat, "s.csv", "--run", run_of)
    assert (document["of"], document["errors"]) == ("false_positives", 40)
    assert "MLS407" not in {f["code"] for f in document["findings"]}
    # Half of the 20 false positives: 10 of 160 rows.
    half = next(c for c in document["categories"] if c["count"] == 5)
    assert half["ceiling"]["gain"] == pytest.approx(10 / 160)
    assert "10 of 20 false positives were read" in mlstrat("error-table", "s.csv", "--run",
                                                           run_of).out  # fmt: skip


def test_errors_picked_by_confidence_have_no_ceilings(mlstrat, run_of):
    rows = ["id,label,prediction,stratum,sampling_weight,tags", "1,a,b,picked,,dog"]
    Path("s.csv").write_text("\n".join(rows) + "\n")
    document = found(mlstrat, "s.csv", "--error", "10/100")
    (dog,) = document["categories"]
    assert (dog["share"]["ci"], dog["ceiling"]["gain"]) == (None, None)
    assert "MLS410" in {f["code"] for f in document["findings"]}


def test_wrong_labels_are_a_column_of_the_table(mlstrat, run_of):
    write(mislabeled=["x" if i < 4 else "" for i in range(40)], tags=["none"])
    document = found(mlstrat, "review.csv")
    assert [(c["tag"], c["count"]) for c in document["categories"]] == [("mislabeled", 4)]


def test_spelling_variants_are_pointed_out_and_joined_with_merge(mlstrat, run_of):
    sheet = write(tags=["Blurry", "blury", "great cat", "great cats"])
    apart = found(mlstrat, sheet)
    (finding,) = [f for f in apart["findings"] if f["code"] == "MLS406"]
    assert finding["evidence"]["variants"] == [["Blurry", "blury"], ["great cat", "great cats"]]
    joined = found(mlstrat, sheet, "--merge")
    assert [(c["tag"], c["count"]) for c in joined["categories"]] == [
        ("Blurry", 20), ("great cat", 20)]  # fmt: skip


HOSTILE = ["a|b", "<script>alert(1)</script>", "'=1+1", '"low\nlight"', "🐕", "[red]x[/red]"]


def test_hostile_tags_are_shown_as_they_are_and_break_nothing(mlstrat, run_of):
    head = "id,label,prediction,tags\n"
    rows = "".join(f"{i},a,b,{tag}\n" for i, tag in enumerate(HOSTILE))
    Path("s.csv").write_text(head + rows)
    document = found(mlstrat, "s.csv")
    assert {c["tag"] for c in document["categories"]} == {
        "a|b", "<script>alert(1)</script>", "=1+1", "low light", "🐕", "[red]x[/red]"}  # fmt: skip
    markdown = mlstrat("error-table", "s.csv", "-f", "markdown").out
    assert "<script>" not in markdown
    assert "| a\\|b |" in markdown
    text = mlstrat("error-table", "s.csv", "--rows").out
    assert "[red]x[/red]" in text
    assert mlstrat("error-table", "s.csv", "--figure", "p.svg").code == 0
    assert "<script>" not in Path("p.svg").read_text(encoding="utf-8")


def test_a_csv_that_comes_out_has_no_formulas(mlstrat, run_of):
    Path("s.csv").write_text("id,label,prediction,tags\n1,a,b,'=1+1\n")
    records = list(csv.DictReader(mlstrat("error-table", "s.csv", "-f", "csv").out.splitlines()))
    assert records[0]["tag"] == "'=1+1"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_other_encodings_and_separators_read_the_same(mlstrat, run_of, encoding):
    text = Path(write(tags=["größe"])).read_text(encoding="utf-8")
    Path("s.csv").write_bytes(text.replace(",", ";").encode(encoding))
    document = found(mlstrat, "s.csv")
    assert [(c["tag"], c["count"]) for c in document["categories"]] == [("größe", 40)]


def test_two_sheets_show_what_moved(mlstrat, run_of):
    before = write("before.csv")
    after = write("after.csv", tags=["dog", "dog", "dog", "blurry"])
    document = found(mlstrat, before, after, "--run", run_of, "--run", run_of)
    assert document["before"]["reviewed"] == 40
    moved = {m["tag"]: m for m in document["moved"]}
    assert moved["great cat"]["count"] == [20, 0]
    assert moved["dog"]["share_change"]["value"] == pytest.approx(0.5)
    assert moved["dog"]["error_change"]["ci"][0] > 0
    assert "great cat" not in {c["tag"] for c in document["categories"]}
    assert "What moved since the earlier sheet" in mlstrat("error-table", before, after).out


def test_who_gave_the_days_of_work_is_not_told_to_give_them(mlstrat, run_of):
    sheet = write()
    Path("all.toml").write_text('blurry = 12.5\n"great cat" = 3\ndog = 1\n')
    Path("some.toml").write_text("blurry = 12.5\n")
    steps = {}
    for name in (None, "some.toml", "all.toml"):
        how = () if name is None else ("--effort", name)
        document = found(mlstrat, sheet, *how)
        (finding,) = [f for f in document["findings"] if f["code"] == "MLS403"]
        steps[name] = finding["next_steps"]
        assert ("--effort costs.toml" in mlstrat("error-table", sheet, *how).out) is bool(
            finding["next_steps"]
        )
    assert steps[None] == steps["some.toml"] != []
    assert steps["all.toml"] == []


def test_where_all_errors_were_read_a_share_needs_no_interval(mlstrat, run_of):
    every = mlstrat("error-table", write(), "--run", run_of).out
    assert re.search(r"^blurry +20 +50.0% +all read", every, flags=re.M)
    assert "50.0 to 50.0" not in every
    half = mlstrat("error-table", write(read=20), "--run", run_of).out
    assert "all read" not in half


@pytest.mark.parametrize("name", ["sheet.parquet", "sheet.jsonl"])
def test_other_formats_are_refused_with_those_that_are_read(mlstrat, run_of, name):
    Path(name).write_bytes(b"PAR1")
    ended = mlstrat("error-table", name)
    assert ended.code == 2
    assert "is not a format of a review sheet" in ended.err
    assert "accepted: one .csv or .tsv file (also .gz), .xlsx or .ods, or -" in ended.err
    assert "mlstrat sample run.csv -n 100 -o review.csv" in ended.err


def test_a_sheet_may_be_zipped(mlstrat, run_of):
    plain = found(mlstrat, write())
    Path("review.csv.gz").write_bytes(gzip.compress(Path("review.csv").read_bytes()))
    assert found(mlstrat, "review.csv.gz")["categories"] == plain["categories"]


def test_a_row_with_nothing_to_tag_is_read_and_untagged(mlstrat, run_of):
    """The interface: the tag none means read, nothing to tag."""
    document = found(mlstrat, write(tags=["dog", "none", "None ; none"]))
    assert (document["reviewed"], document["untagged"]) == (40, 26)
    assert [c["tag"] for c in document["categories"]] == ["dog"]
    assert "26 (65.0%) have no tag" in mlstrat("error-table", "review.csv").out


def test_a_cell_of_a_csv_steers_no_terminal(mlstrat, run_of):
    Path("s.csv").write_text("id,label,prediction,tags\n1,a,b,\x1b[31mred\x07\x9b2J\n")
    out = mlstrat("error-table", "s.csv", "-f", "csv").out
    assert next(csv.DictReader(out.splitlines()))["tag"] == "�[31mred��2J"


def moved(document: dict) -> dict:
    return {m["tag"]: m for m in document["moved"]}


def test_changes_are_paired_on_the_errors_of_both_sheets(mlstrat, run_of):
    before = write("before.csv", read=40, tags=["dog", "none", "none", "none"])
    after = write("after.csv", read=40, tags=["dog", "none", "none", "none", "dog", *["none"] * 11])
    paired = found(mlstrat, before, after, "--run", run_of, "--run", run_of)
    dog = moved(paired)["dog"]
    assert dog["count"] == [10, 6]
    # Read anew: 0, 16, 4, 20, 32, 36 of the multiples of 4 are left, none is new.
    assert dog["shared"] == {"read": 40, "only_before": 4, "only_after": 0}
    Path("other.csv").write_text(Path(after).read_text().replace("\n0", "\n9"))
    apart = moved(found(mlstrat, before, "other.csv"))["dog"]
    assert apart["shared"] is None
    for key in ("share_change", "error_change"):
        low, high = dog[key]["ci"]
        assert low < dog[key]["value"] < high
    widths = [m["share_change"]["ci"][1] - m["share_change"]["ci"][0] for m in (dog, apart)]
    assert widths[0] < 0.7 * widths[1]
    # One and the same errors: what they are of the set did not move.
    assert paired["error_change"] == {"value": 0.0, "ci": [0.0, 0.0], "n": 160}
    assert "paired" not in apart
    text = " ".join(mlstrat("error-table", before, after).out.split())
    assert "40 errors were read on both sheets, by id: changes are paired on them." in text
    text = " ".join(mlstrat("error-table", before, "other.csv").out.split())
    assert "No error was read on both sheets: changes are those of independent samples." in text
    methods = [found(mlstrat, before, x)["signature"]["method"] for x in (after, "other.csv")]
    assert methods[0].endswith(
        "the correlation of the errors read on both sheets, moved by Bonferroni's adjustment"
    )
    assert "independent samples" in methods[1]


def test_of_many_tags_one_moves_by_chance(mlstrat, run_of):
    """A change that is sure by itself is not, where twenty tags were looked at."""
    others = [f"tag {chr(97 + i)}" for i in range(19)]
    lost = ["dog" if i < 8 else "none" for i in range(40)]
    kept = ["dog" if i < 2 else "none" for i in range(40)]
    alone = found(mlstrat, write("before.csv", tags=lost), write("after.csv", tags=kept))
    (dog,) = alone["moved"]
    assert dog["sure"]
    assert dog["share_change"]["ci"][1] < 0
    many = [tag if i >= 19 else f"{tag};{others[i]}" for i, tag in enumerate(lost)]
    again = [tag if i >= 19 else f"{tag};{others[i]}" for i, tag in enumerate(kept)]
    ended = (write("before.csv", tags=many), write("after.csv", tags=again))
    dog = moved(found(mlstrat, *ended))["dog"]
    assert dog["share_change"]["ci"][1] < 0
    assert not dog["sure"]
    text = " ".join(mlstrat("error-table", *ended).out.split())
    assert "No tag is sure to have moved." in text
    assert "moved is said at 95% of all 20 tags together." in text


def test_an_id_with_another_label_is_another_example(mlstrat, run_of):
    before = write("before.csv")
    text = Path(before).read_text().replace("dev,yes,no", "dev,no,yes", 1)
    Path("after.csv").write_text(text)
    assert {m["shared"] for m in found(mlstrat, before, "after.csv")["moved"]} == {None}


def test_a_pareto_chart_is_drawn(mlstrat, run_of):
    sheet = write()
    assert mlstrat("error-table", sheet, "--figure", "tally.png").code == 0
    assert Path("tally.png").read_bytes().startswith(b"\x89PNG")
    refused = mlstrat("error-table", sheet, "--figure", "tally.jpg")
    assert refused.code == 2
    assert "tally.jpg" not in names()


def test_the_grid_of_the_lecture(mlstrat, run_of):
    out = mlstrat("error-table", write(n=8, read=8), "--rows").out
    lines = out.splitlines()
    assert next(x for x in lines if x.startswith("001")).split() == ["001", "x", "x"]
    assert next(x for x in lines if x.startswith("% of total")).split()[3] == "50.0%"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "nothing to count"),
        (("--reviewed", "10"), "nothing to count"),
        (("--reviewed", "0", "--tag", "a=0"), "reviewed is 0"),
        (("--reviewed", "10", "--tag", "a=11"), "'a' has 11 of 10 errors"),
        (("--reviewed", "10", "--tag", "a"), "is not a count"),
        (("--reviewed", "10", "--tag", "a=1", "--error", "0%"), "the error is 0"),
        (("review.csv", "--positive", "maybe"), "--positive maybe: no such label"),
        (("--reviewed", "10", "--tag", "a=1", "--tag", "a=2"), "names 'a' twice"),
        (("--reviewed", "10", "--tag", "a=1", "--error", "110%"), "outside 0 to 100%"),
        (("review.csv", "--reviewed", "10"), "numbers alone go without a sheet"),
        (("review.csv", "--run", "run.csv", "--error", "10%"), "several errors"),
        (("review.csv", "--run", "run.csv", "--run", "run.csv"), "1 sheet and 2 runs"),
        (("review.csv", "--split", "test"), "there is no split 'test'"),
        (("reviev.csv",), "did you mean 'review.csv'?"),
        (("review.csv", "--effort", "none.toml"), "none.toml: cannot be read"),
    ],
)
def test_wrong_usage_is_told_in_one_message(mlstrat, run_of, arguments, said):
    write()
    ended = mlstrat("error-table", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("costs", "said"),
    [
        ("blurry = 0", "'blurry' costs 0"),
        ("blurry = 'two'", "'blurry' costs 'two'"),
        ("blury = 2", "did you mean 'blurry'?"),
        ("blurry 2", "is not TOML"),
        ("", "holds no costs"),
    ],
)
def test_costs_that_cannot_be_are_refused(mlstrat, run_of, costs, said):
    Path("costs.toml").write_text(costs)
    ended = mlstrat("error-table", write(), "--effort", "costs.toml")
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_costs_of_a_tag_that_is_gone_are_listed(mlstrat, run_of):
    Path("costs.toml").write_text("[days]\nblurry = 2\nsnow = 4\n")
    ended = mlstrat("error-table", write(), "--effort", "costs.toml")
    assert "Costs of tags that no error has: snow." in " ".join(ended.out.split())


def test_the_sheet_that_sample_writes_is_read(mlstrat, run_of):
    assert mlstrat("sample", run_of, "-n", "20", "--correct", "10", "-o", "s.csv").code == 0
    rows = list(csv.DictReader(Path("s.csv").read_text(encoding="utf-8").splitlines()))
    for i, row in enumerate(rows):
        row["tags"] = TAGS[i % 4] if i < 20 else ""
    with Path("s.csv").open("w", encoding="utf-8", newline="") as stream:
        sheet = csv.DictWriter(stream, list(rows[0]))
        sheet.writeheader()
        sheet.writerows(rows)
    alone, with_run = found(mlstrat, "s.csv"), found(mlstrat, "s.csv", "--run", run_of)
    assert alone["errors"] == with_run["errors"] == 40
    assert alone["error"]["value"] == with_run["error"]["value"] == 0.25
    assert alone["categories"] == with_run["categories"]
