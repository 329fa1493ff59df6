"""`sample` as it is typed: a review sheet that a person fills in and adds to."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.tasks.classification.run import Reading
from tests.conftest import names

HEAD = ["id", "split", "label", "prediction", "score", "stratum", "sampling_weight", "seed",
        "tags", "mislabeled", "true_label", "comment"]  # fmt: skip


@pytest.fixture
def table(empty_folder: Path) -> pl.DataFrame:
    """Write a run of 1,000 dev and 500 train rows; every tenth dev row is wrong."""
    rows = []
    for i in range(1500):
        label = ("cat", "dog", "owl")[i % 3]
        other = {"cat": "dog", "dog": "cat", "owl": "cat" if i % 4 else "dog"}[label]
        wrong = i % 10 == 0
        rows.append({
            "guid": f"{i:05}", "split": "dev" if i < 1000 else "train", "y_true": label,
            "pred": other if wrong else label, "score": (i % 97) / 97,
            "site": ("north", "south")[i % 20 == 0], "file": f"im/{i}.png",
        })  # fmt: skip
    frame = pl.DataFrame(rows)
    frame.write_csv("run.csv")
    return frame


def sheet(path: str = "review.csv") -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_sheet_has_the_errors_of_dev_and_columns_to_fill_in(mlstrat, table):
    ended = mlstrat("sample", "run.csv", "-n", "40", "-o", "review.csv")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Drawn: 40 of 100 errors of dev, at random.")
    rows = sheet()
    assert list(rows[0]) == [*HEAD, "run.site", "run.file"]
    assert len(rows) == len({row["id"] for row in rows}) == 40
    run = {row["guid"]: row for row in table.to_dicts()}
    for row in rows:
        told = run[row["id"]]
        assert row["split"] == told["split"] == "dev"
        assert row["label"] == told["y_true"] != row["prediction"] == told["pred"]
        assert float(row["score"]) == told["score"]
        assert (row["run.file"], row["run.site"]) == (told["file"], told["site"])
        assert (row["stratum"], row["sampling_weight"], row["seed"]) == ("error", "2.5", "0")
        assert [row[x] for x in ("tags", "mislabeled", "true_label", "comment")] == [""] * 4


def test_the_command_that_reads_the_sheet_is_said(mlstrat, table):
    table.write_csv("my run.csv")
    ended = mlstrat("sample", "my run.csv", "-n", "40", "-o", "review.csv")
    assert "next: mlstrat review review.csv --run 'my run.csv'" in ended.out.splitlines()
    assert "then: mlstrat error-table review.csv --run 'my run.csv'" in ended.out.splitlines()
    assert "mlstrat error-table" not in mlstrat("sample", "my run.csv").out  # nothing was written


def test_the_same_seed_draws_the_same_rows_in_the_same_order(mlstrat, table):
    for out, seed in (("a.csv", "3"), ("b.csv", "3"), ("c.csv", "4")):
        assert mlstrat("sample", "run.csv", "-n", "40", "--seed", seed, "-o", out).code == 0
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes() != Path("c.csv").read_bytes()
    assert [row["id"] for row in sheet("a.csv")][:3] == ["00660", "00610", "00890"]
    table.sample(fraction=1, shuffle=True, seed=1).write_parquet("run.parquet")
    assert mlstrat("sample", "run.parquet", "-n", "40", "--seed", "3", "-o", "p.csv").code == 0
    assert Path("p.csv").read_bytes() == Path("a.csv").read_bytes()


def test_rows_stand_in_an_order_that_tells_nothing(table):
    rows = ms.sample("run.csv", n=100, correct=100).rows
    first = [row["stratum"] for row in rows[:100]]
    assert 30 < first.count("correct") < 70


def test_e6_five_hundred_errors_of_dev_are_what_to_look_at():
    """Quiz W2 Q3: of 10,000 or 500 examples, random or errors: 500 errors of dev."""
    wrong = [i % 10 == 0 for i in range(20_000)]
    run = pl.DataFrame({
        "id": range(20_000), "split": ["dev"] * 10_000 + ["train"] * 10_000,
        "label": ["cat"] * 20_000, "prediction": ["dog" if x else "cat" for x in wrong],
    })  # fmt: skip
    drawn = ms.sample(run, n=500)
    assert len(drawn.rows) == 500
    assert {row["split"] for row in drawn.rows} == {"dev"}
    assert all(row["label"] != row["prediction"] for row in drawn.rows)


def test_pairs_and_slices_are_strata_whose_weights_add_up(mlstrat, table):
    for by in ("pair", "site"):
        out = f"{by}.csv"
        assert mlstrat("sample", "run.csv", "-n", "30", "--stratify", by, "-o", out).code == 0
        rows = sheet(out)
        weights: dict[str, float] = {}
        for row in rows:
            pair = f"{row['label']}→{row['prediction']}"
            of = pair if by == "pair" else f"site={row['run.site']}"
            assert row["stratum"] == f"error: {of}"
            weights[of] = weights.get(of, 0) + float(row["sampling_weight"])
        errors = table.filter((pl.col("split") == "dev") & (pl.col("y_true") != pl.col("pred")))
        told = errors.group_by(["y_true", "pred"] if by == "pair" else [by]).len()
        assert sorted(weights.values()) == pytest.approx(sorted(told["len"]))


def test_rare_strata_are_pooled_and_their_rows_still_count(table):
    drawn = ms.sample("run.csv", n=6, stratify="pair")
    assert [(s.name, s.rows, s.drawn) for s in drawn.strata] == [
        ("error: cat→dog", 34, 2), ("error: dog→cat", 33, 2), ("error: other strata", 33, 2)
    ]  # fmt: skip
    assert sum(s.rows for s in drawn.strata) == drawn.errors == 100
    assert "MLS413" in [f.code for f in drawn.findings]


def test_correct_rows_are_drawn_too(table):
    drawn = ms.sample("run.csv", n=10, correct=30)
    right = [row for row in drawn.rows if row["stratum"] == "correct"]
    assert len(right) == 30
    assert all(row["label"] == row["prediction"] and row["split"] == "dev" for row in right)
    assert {row["sampling_weight"] for row in right} == {"30"}


@pytest.mark.parametrize(("kind", "label"), [("fp", "0"), ("fn", "1")])
def test_false_positives_and_false_negatives_are_different_problems(kind, label):
    run = pl.DataFrame({"id": range(400), "label": [0, 1] * 200,
                        "score": [0.9, 0.8, 0.2, 0.1] * 100})  # fmt: skip
    drawn = ms.sample(run, n=20, kind=kind)
    assert drawn.errors == 100
    assert {row["label"] for row in drawn.rows} == {label}
    assert {row["prediction"] for row in drawn.rows} == {"1" if kind == "fp" else "0"}


def test_the_most_confident_errors_are_no_random_sample():
    run = pl.DataFrame({"id": range(200), "label": [0] * 199 + [1],
                        "prob_0": [i / 400 for i in range(200)],
                        "prob_1": [1 - i / 400 for i in range(200)]})  # fmt: skip
    drawn = ms.sample(run, n=5, by="confidence")
    assert [row["id"] for row in drawn.rows] == ["0", "1", "2", "3", "4"]
    assert {row["stratum"] for row in drawn.rows} == {
        "error: most confident first, not a random sample"}  # fmt: skip
    assert {row["sampling_weight"] for row in drawn.rows} == {""}
    assert "MLS412" in [f.code for f in drawn.findings]
    assert drawn.to_dict()["strata"][0]["sampling_weight"] is None
    scores = pl.DataFrame({"id": ["a", "b", "c"], "label": [1, 0, 0], "score": [0.01, 0.6, 0.9]})
    assert [r["id"] for r in ms.sample(scores, by="confidence").rows] == ["a", "c", "b"]


def test_what_a_person_wrote_stays_when_rows_are_added(mlstrat, table):
    assert mlstrat("sample", "run.csv", "-n", "20", "--correct", "10", "-o", "review.csv").code == 0
    rows = [list(r) for r in csv.reader(io.StringIO(Path("review.csv").read_text()))]
    rows[0].append("night")
    for i, row in enumerate(rows[1:]):
        row[8] = "blurry; =1+1" if i % 2 else ""
        row.append("x" if i == 3 else "")
    order = [3, *[i for i in range(len(rows[0])) if i != 3]]
    rows = [[row[i] for i in order] for row in [rows[0], *rows[:0:-1]]]
    text = "\r\n".join(";".join(f'"{x}"' if ";" in x else x for x in row) for row in rows)
    Path("review.csv").write_bytes(b"\xef\xbb\xbf" + (text + "\r\n").replace("é", "e").encode())
    ended = mlstrat("sample", "run.csv", "-n", "20", "--correct", "5", "--append", "-o",
                    "review.csv")  # fmt: skip
    assert (ended.code, ended.err) == (0, "")
    raw = Path("review.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\r\n") == raw.count(b"\n") == 56
    after = list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";"))
    assert after[0] == rows[0]
    weight, stratum = after[0].index("sampling_weight"), after[0].index("stratum")
    for old, new in zip(rows[1:], after[1:31], strict=True):
        assert [x for i, x in enumerate(new) if i != weight] == [
            x for i, x in enumerate(old) if i != weight]  # fmt: skip
    assert {(row[stratum], row[weight]) for row in after[1:]} == {
        ("error", "2.5"), ("correct", "60")}  # fmt: skip
    ids = [row[after[0].index("id")] for row in after[1:]]
    assert len(set(ids)) == 55
    at_once = {r["id"] for r in ms.sample("run.csv", n=40, correct=15).rows}
    assert set(ids) == at_once


def test_a_strange_alphabet_and_encoding_are_kept(mlstrat, empty_folder):
    labels = ["café", "naïve"]
    pl.DataFrame({"id": [f"é{i}" for i in range(60)], "label": labels * 30,
                  "prediction": ["café"] * 60}).write_csv("run.csv")  # fmt: skip
    for encoding in ("cp1252", "utf-16"):
        Path("review.csv").unlink(missing_ok=True)
        assert mlstrat("sample", "run.csv", "-n", "5", "-o", "review.csv").code == 0
        Path("review.csv").write_bytes(Path("review.csv").read_text("utf-8").encode(encoding))
        ended = mlstrat("sample", "run.csv", "-n", "5", "--append", "-o", "review.csv")
        assert (ended.code, ended.err) == (0, "")
        text = Path("review.csv").read_bytes().decode(encoding)
        assert text.count("naïve,café") == 10


def test_a_letter_that_the_sheets_encoding_lacks_is_refused(mlstrat, empty_folder):
    pl.DataFrame({"id": [f"é{i}" for i in range(60)], "label": ["é", "犬"] * 30,
                  "prediction": ["cat", "é"] * 30}).write_csv("run.csv")  # fmt: skip
    assert mlstrat("sample", "run.csv", "-n", "5", "-o", "review.csv").code == 0
    lines = [x for x in Path("review.csv").read_text("utf-8").splitlines() if "犬" not in x]
    Path("review.csv").write_bytes(("\n".join(lines) + "\n").encode("cp1252"))
    before = Path("review.csv").read_bytes()
    ended = mlstrat("sample", "run.csv", "-n", "50", "--append", "-o", "review.csv")
    assert ended.code == 2
    assert "its encoding (cp1252) has no '犬'" in ended.err
    assert Path("review.csv").read_bytes() == before


HOSTILE = ["=1+1", "+1a", "-x", "@me", "-1", "'=1", 'a"b,c', "two\nlines", "<script>", "a|b", "🐱",
           "\u202eevil", "x" * 10_000, "tab\tx", "a\rb"]  # fmt: skip


def test_no_cell_can_start_a_formula_and_every_cell_comes_back(mlstrat, empty_folder):
    pl.DataFrame({"id": [f"=id{i}" for i in range(len(HOSTILE))], "label": HOSTILE,
                  "prediction": ["cat"] * (len(HOSTILE) - 1) + [HOSTILE[0]],
                  "=note": HOSTILE}).write_parquet("run.parquet")  # fmt: skip
    assert mlstrat("sample", "run.parquet", "-o", "review.csv", "--stratify", "pair").code == 0
    for row in csv.reader(io.StringIO(Path("review.csv").read_bytes().decode(), newline="")):
        for cell in row:
            assert not cell.startswith(("=", "+", "@", "\t", "\r")), cell
            assert not cell.startswith("-") or cell == "-1"
    from mlstrat.data.sheet.read import read_sheet

    back = read_sheet("review.csv")
    assert sorted(row.label for row in back.rows) == sorted(HOSTILE)
    assert sorted(row.id for row in back.rows) == sorted(f"=id{i}" for i in range(len(HOSTILE)))
    assert sorted(row.columns["=note"] for row in back.rows) == sorted(HOSTILE)
    again = mlstrat("sample", "run.parquet", "--append", "-o", "review.csv", "--stratify", "pair")
    assert again.code == 0, again.err
    printed = mlstrat("sample", "run.parquet", "-f", "csv")
    assert "\n=" not in printed.out and ",=" not in printed.out


def test_a_mark_at_the_beginning_is_for_spreadsheets(mlstrat, table):
    assert mlstrat("sample", "run.csv", "-n", "3", "--bom", "-o", "review.tsv").code == 0
    raw = Path("review.tsv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfid\tsplit\t")


def test_rows_without_ids_are_known_by_their_number(mlstrat, table):
    table.drop("guid").write_csv("plain.csv")
    ended = mlstrat("sample", "plain.csv", "-n", "10", "-o", "review.csv")
    assert "MLS417" in ended.out
    for row in sheet():
        told = table.row(int(row["id"].removeprefix("row ")) - 1, named=True)
        assert row["run.file"] == told["file"]


def test_more_than_there_are_takes_all_and_says_so(mlstrat, table):
    ended = mlstrat("sample", "run.csv", "-n", "1000", "--correct", "5000", "-o", "review.csv")
    assert ended.code == 0
    words = " ".join(ended.out.split())
    assert "1,000 errors were asked for, and there are 100." in words
    assert "5,000 correct rows were asked for, and there are 900." in words
    assert len(sheet()) == 1000


def test_json_tells_what_was_drawn_of_each_stratum(mlstrat, table):
    document = json.loads(mlstrat("sample", "run.csv", "-n", "40", "--correct", "9", "-f",
                                  "json").out)  # fmt: skip
    assert document["schema"] == "mlstrat.sample/1"
    assert (document["errors"], document["drawn"], document["new"]) == (100, 49, 49)
    assert document["strata"] == [
        {"stratum": "error", "rows": 100, "drawn": 40, "new": 40, "sampling_weight": 2.5},
        {"stratum": "correct", "rows": 900, "drawn": 9, "new": 9, "sampling_weight": 100.0},
    ]
    assert document["signature"]["inputs"][0]["rows"] == 1500
    assert names() == ["run.csv"]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--kind", "fp"], ["there are 3 labels, and false positives are of two", "pair"]),
        (["--kind", "tp"], ["--kind tp: no such kind", "all, fp, fn"]),
        (["-n", "0"], ["-n is 0"]),
        (["--correct", "-1"], ["--correct is -1"]),
        (["--by", "size"], ["--by size: no such order", "confidence"]),
        (["--by", "confidence"], ["confidence needs a score of two labels, or probabilities"]),
        (["--by", "confidence", "--stratify", "pair"], ["one of the two"]),
        (["--stratify", "sight"], ["--stratify names the column 'sight'", "'site'"]),
        (["--append"], ["--append adds to a sheet, and none is named"]),
        (["--append", "-o", "none.csv"], ["none.csv: no such file"]),
        (["--append", "-o", "run.csv"], ["run.csv"]),
        (["-o", "run.csv"], ["run.csv: is an input, and would be written over"]),
        (["-o", "review.xlsx"], ["a review sheet is not written as .xlsx"]),
        (["-o", "nowhere/review.csv"], ["nowhere/review.csv: cannot be written"]),
        (["--eyeball", "0"], ["--eyeball is 0"]),
        (["--eyeball", "none.csv"], ["none.csv: no such file"]),
        (["--split", "test"], ["there is no split 'test'", "train, dev"]),
        (["--seed", "-1"], ["seed is -1"]),
    ],
)
def test_bad_input_is_one_message_and_writes_nothing(mlstrat, table, arguments, wanted):
    ended = mlstrat("sample", "run.csv", *arguments)
    assert (ended.code, ended.out) == (2, "")
    for words in wanted:
        assert words in ended.err
    assert names() == ["run.csv"]


def test_a_sheet_that_was_begun_is_never_overwritten(mlstrat, table):
    for _ in range(2):  # nothing is lost as long as nothing is filled in
        assert mlstrat("sample", "run.csv", "-n", "5", "-o", "review.csv").code == 0
    text = Path("review.csv").read_text().splitlines()
    text[2] = text[2].replace(",0,,", ",0,blurry,", 1)
    Path("review.csv").write_text("\n".join(text) + "\n")
    before = Path("review.csv").read_text()
    ended = mlstrat("sample", "run.csv", "-n", "5", "-o", "review.csv")
    assert ended.code == 2
    assert "1 of its 5 rows are filled in, and would be lost" in ended.err
    assert Path("review.csv").read_text() == before


def test_only_the_run_and_the_design_of_a_sheet_add_to_it(mlstrat, table):
    assert mlstrat("sample", "run.csv", "-n", "5", "-o", "review.csv").code == 0
    table.with_columns(pred=pl.col("y_true").str.replace("cat", "dog")).write_csv("other.csv")
    ended = mlstrat("sample", "other.csv", "--append", "-o", "review.csv")
    assert ended.code == 2
    assert "is no longer an error of other.csv" in ended.err
    ended = mlstrat("sample", "run.csv", "--append", "--stratify", "pair", "-o", "review.csv")
    assert "the stratum 'error' does not occur in this sample" in ended.err
    ended = mlstrat("sample", "run.csv", "--append", "--seed", "1", "-o", "review.csv")
    assert "--seed is 1, and the sheet was drawn with 0" in ended.err


def test_a_run_without_errors_has_nothing_to_read(mlstrat, empty_folder):
    Path("run.csv").write_text("id,split,label,prediction\n1,dev,a,a\n2,dev,b,b\n3,train,a,b\n")
    ended = mlstrat("sample", "run.csv")
    assert ended.code == 2
    assert "no error to draw from dev, which has 0 errors in 2 rows" in ended.err


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("id,split,label,prediction\n1,dev,a,b\n2,dev,,b\n3,dev,a,a\n", "row 3, column 'label'"),
        ("id,split,label,prediction\n1,dev,a,b\n2,hans,a,a\n3,dev,b,b\n", "unknown split"),
        ("id,split,label,prediction\n1,dev,a,b\n1,dev,b,a\n3,dev,a,a\n", "the id '1' is in 2"),
        ("id,split,label,prediction\n1,dev,a,b\n,dev,b,a\n3,dev,a,a\n", "a blank id"),
        ("id,split,label,prediction\n1,dev,a,b\n2,dev,b\n3,dev,a,a\n", "row 3: 3 cells"),
        ("id,split,label,prediction\n1,dev,a,x\n2,dev,b,y\n", "have no value in common"),
    ],
)
def test_what_is_wrong_with_a_run_is_said_as_everywhere(mlstrat, empty_folder, text, wanted):
    Path("run.csv").write_text(text)
    ended = mlstrat("sample", "run.csv", "-o", "review.csv")
    assert ended.code == 2
    assert wanted in ended.err
    assert names() == ["run.csv"]


def test_unusual_spellings_of_splits_and_labels_are_read_as_everywhere(mlstrat, empty_folder):
    Path("run.csv").write_text(
        "id,split,label,prediction\n1, Dev,1,1.0\n2,vAl,1,0\n3,test,1,0\n4,eval,TRUE,0\n"
    )
    drawn = ms.sample("run.csv")
    assert sorted(row["id"] for row in drawn.rows) == ["2", "4"]
    drawn = ms.sample("run.csv", split="test")
    assert [row["id"] for row in drawn.rows] == ["3"]
    assert [f.code for f in drawn.findings] == ["MLS411", "MLS416"]


def test_a_run_too_large_to_hold_draws_the_same_rows(table, monkeypatch):
    from mlstrat.workflow.error_table import draw as run_errors

    asked = ({"n": 12}, {"n": 12, "stratify": "pair"}, {"n": 5, "stratify": "site", "correct": 7})
    held = [ms.sample("run.csv", **how).rows for how in asked]
    monkeypatch.setattr(run_errors, "ALL_COLUMNS_UP_TO", 300)
    assert [ms.sample("run.csv", **how).rows for how in asked] == held


@pytest.mark.parametrize("labels", [("cat", "dog"), ("1", "0"), ("true", "false")])
def test_errors_are_drawn_without_counting_the_run(labels, empty_folder, monkeypatch):
    one, two = labels
    rows = "".join(f"{i},dev,{one if i % 3 else two},{one if i % 2 else two}\n" for i in range(60))
    Path("run.csv").write_text("id,split,label,prediction\n" + rows)
    counted = ms.diagnose("run.csv").to_dict()["levels"][0]["errors"]
    monkeypatch.setattr(Reading, "read", lambda _: pytest.fail("a second pass"))
    assert ms.sample("run.csv").errors == counted == 30


def test_frames_globs_and_standard_input_draw_the_same_rows(mlstrat, table, monkeypatch):
    rows = ms.sample("run.csv", n=12).rows
    assert ms.sample(table, n=12).rows == rows
    assert ms.sample(table.to_pandas(), n=12).rows == rows
    Path("parts").mkdir()
    table.head(600).write_csv("parts/a.csv")
    table.tail(900).write_csv("parts/b.csv")
    assert ms.sample("parts/*.csv", n=12).rows == rows
    raw = Path("run.csv").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    for how in ({"n": 12},):
        assert ms.sample("-", **how).rows == rows


def test_the_rows_are_a_frame(table):
    frame = ms.sample("run.csv", n=7).to_frame()
    assert list(frame.columns) == [*HEAD, "run.site", "run.file"]
    assert len(frame) == 7


@pytest.mark.slow
@pytest.mark.parametrize("how", [{}, {"stratify": "pair"}, {"stratify": "site"}])
def test_weighted_shares_are_right_on_average_whatever_the_design(table, how):
    """Over seeds, Σ weight of tagged rows / Σ weight averages to the share among all errors."""
    errors = table.filter((pl.col("split") == "dev") & (pl.col("y_true") != pl.col("pred")))
    tagged = {x for i, x in enumerate(errors["guid"]) if i % 7 == 0 or i > 90}
    truth, found = len(tagged) / len(errors), []
    frame = errors.select("guid", "split", "y_true", "pred", "site")
    right = table.filter(pl.col("y_true") == pl.col("pred")).head(20).select(frame.columns)
    run = pl.concat([frame, right])
    for seed in range(300):
        rows = ms.sample(run, n=20, seed=seed, **how).rows
        weights = [float(row["sampling_weight"]) for row in rows]
        hits = [row["id"] in tagged for row in rows]
        assert sum(weights) == pytest.approx(100)
        found.append(sum(w for w, hit in zip(weights, hits, strict=True) if hit) / 100)
    spread = (sum((x - truth) ** 2 for x in found) / len(found)) ** 0.5
    assert abs(sum(found) / len(found) - truth) < 3 * spread / len(found) ** 0.5
