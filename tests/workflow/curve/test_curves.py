"""Learning curves from files: what is a row, what is a run, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import mlstrat as ms

GOOD = "n,train,dev,dev_n\n100,0.01,0.2,500\n200,0.02,0.15,500\n400,0.02,0.12,500\n"


def written(text: str, name: str = "curve.csv") -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def run(size: int, dev_errors: int, *, name: str, config: str = "", train_rows: int = 40) -> str:
    rows = ["id,split,label,prediction"]
    for split, wrong, n in (("train", 1, train_rows), ("dev", dev_errors, 200)):
        rows += [f"{split}{i},{split},a,{'b' if i < wrong else 'a'}" for i in range(n)]
        rows += [f"{split}b{i},{split},b,b" for i in range(n // 2)]
    Path(name).parent.mkdir(exist_ok=True)
    written("\n".join(rows) + "\n", name)
    if size:
        text = f"[run]\nrows = {{train = {size}, dev = 300}}\n{config}"
        written(text, str(Path(name).with_suffix(".toml")))
    return name


@pytest.fixture
def four() -> list[str]:
    errors = {100: 90, 200: 60, 400: 42, 800: 31}
    return [run(n, k, name=f"runs/{n}.csv") for n, k in errors.items()]


def points(source, **options):
    return ms.curve(source, **options).to_dict()["points"]


def test_a_table_in_any_order_case_and_format():
    plain = points(written(GOOD))
    assert [p["n"] for p in plain] == [100, 200, 400]
    lines = GOOD.replace("n,train,dev,dev_n", "SIZE,Train_Error,DEV,n_dev").splitlines()
    assert points(written("\n".join([lines[0], *reversed(lines[1:])]) + "\n")) == plain
    percent = "n,train,dev\n1e2,1%,100/500\n200.0,2%,75/500\n400,2%,60/500\n"
    assert points(written(percent)) == plain
    assert points(written('n,train,dev\n"1,000",0,0.5\n2000,0,0.4\n4000,0,0.3\n'))[0]["n"] == 1000
    frame = pl.read_csv(written(GOOD))
    assert points(frame) == points(frame.to_pandas()) == plain
    Path("c.jsonl").write_text(pd.read_csv(written(GOOD)).to_json(orient="records", lines=True))
    assert points("c.jsonl") == plain
    named = written(GOOD.replace("n,train,dev,", "rows,fit,held,"))
    assert points(named, columns={"n": "rows", "train": "fit", "dev": "held"}) == plain


def test_train_is_of_what_was_trained_on_unless_the_table_says_else():
    assert [p["train"]["n"] for p in points(written(GOOD))] == [100, 200, 400]
    rows = "n,train,dev,train_n\n100,0.01,0.2,50\n200,0.02,0.15,\n400,4/80,0.12,50\n"
    found = points(written(rows))
    assert [p["train"]["n"] for p in found] == [50, 200, 80]
    assert all(p["dev"]["ci"] is None for p in found)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("n,train,dev\n1,0,0.5\n2,0,0.4\n", ["2 training sizes: 1, 2", "3 sizes or more"]),
        ("n,train,dev\n1,0,0.5\n1,0,0.5\n1,0,0.4\n", ["1 training size: 1"]),
        ("n,train,dev\n", ["a header and no rows"]),
        ("n,train,dev\n1,0,0.5\n0,0,0.4\n4,0,0.3\n", ["row 3, column 'n'", "'0' is not a number"]),
        ("n,train,dev\n-5,0,0.5\n2,0,0.4\n", ["row 2, column 'n'", "'-5'", "a whole number"]),
        ("n,train,dev\n1,0,0.5\nmany,0,0.4\n", ["row 3, column 'n'", "'many'"]),
        ("n,train,dev\n1,0,0.5\n2.5,0,0.4\n", ["row 3, column 'n'", "'2.5'"]),
        ("n,train,dev\n1,0,0.5\n,0,0.4\n", ["row 3, column 'n'", "a blank cell"]),
        ("n,train,dev\nnan,0,0.5\n", ["row 2, column 'n'"]),
        ("n,train,dev\n1e300,0,0.5\n", ["row 2, column 'n'", "'1e300'"]),
        ("n,train,dev\n1,0,0.5\n2,0,8.2\n", ["row 3, column 'dev'", "8.2%"]),
        ("n,train,dev\n1,0,0.5\n2,-1%,0.2\n", ["row 3, column 'train'", "outside 0 to 100%"]),
        ("n,train,dev\n1,0,0.5\n2,,0.2\n", ["row 3, column 'train'", "a blank error"]),
        ("n,train,dev\n1,0,high\n", ["row 2, column 'dev'", "'high'"]),
        ("n,train,dev\n1,0,9/8\n", ["row 2, column 'dev'", "9/8"]),
        ("n,train,dev,dev_n\n1,0,0.5,0\n", ["row 2, column 'dev_n'", "'0'"]),
        ("n,dev\n1,0.5\n2,0.4\n3,0.3\n", ["no column 'train'", "n, train, dev", '{"train": ']),
        ("train,dev\n0,0.5\n", ["no column 'n'"]),
        ("n,size,train,dev\n1,1,0,0.5\n", ["2 columns for the role 'n'", 'columns={"n": "n"}']),
        ("n,train,dev\n1,0\n2,0,0.4\n", ["row 2"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(text, wanted):
    with pytest.raises(ms.InputError) as error:
        ms.curve(written(text))
    for part in ("curve.csv", *wanted):
        assert part in str(error.value)


def test_a_run_is_of_the_size_that_its_config_notes_else_of_its_train_rows(four):
    assert [p["n"] for p in points(four)] == [100, 200, 400, 800]
    assert [p["train"]["n"] for p in points(four)] == [60] * 4
    for path in four:
        Path(path).with_suffix(".toml").unlink()
    with pytest.raises(ms.InputError, match="1 training size: 60"):
        ms.curve(four)
    grown = [run(0, 90 - k // 2, name=f"other/{k}.csv", train_rows=k) for k in (40, 80, 120)]
    assert [p["n"] for p in points(grown)] == [60, 120, 180]


def test_a_glob_and_a_folder_are_runs_one_a_file(four):
    told = points(four)
    assert points("runs/*.csv") == points(Path("runs")) == points(list(reversed(four))) == told
    assert told[0]["dev"]["value"] == 90 / 300
    with pytest.raises(ms.InputError, match="no file matches"):
        ms.curve("runs/*.parquet")


def test_frames_are_runs_too(four):
    frames = [pd.read_csv(path) for path in four]
    with pytest.raises(ms.InputError, match="1 training size"):
        ms.curve(frames)
    sized = [f[(f["split"] == "dev") | (f.index < 10 * k)] for k, f in enumerate(frames, 1)]
    assert [p["n"] for p in points(sized)] == [10, 20, 30, 40]


def test_the_human_level_of_the_configs_is_the_target(four):
    human = "[human]\nerror = 0.02\n"
    for path in four:
        file = Path(path).with_suffix(".toml")
        file.write_text(file.read_text() + human)
    assert ms.curve(four).to_dict()["target"] == {"error": 0.02, "from": "human"}
    assert ms.curve(four, target="5%").to_dict()["target"] == {"error": 0.05, "from": "option"}
    Path("mlstrat.toml").write_text('[human]\nerror = "3%"\n')
    assert ms.curve(written(GOOD)).to_dict()["target"] == {"error": 0.03, "from": "human"}
    Path("mlstrat.toml").unlink()
    file.write_text(file.read_text().replace("0.02", "0.01"))
    with pytest.raises(ms.UsageError, match="different human levels: 1%, 2%"):
        ms.curve(four)
    file.write_text(file.read_text().partition("[human]")[0])
    assert ms.curve(four).to_dict()["target"] is None


def test_runs_that_differ_in_more_than_their_size_are_told(four):
    assert "MLS609" not in [f.code for f in ms.curve(four).findings]
    for k, path in enumerate(four):
        file = Path(path).with_suffix(".toml")
        file.write_text(file.read_text() + f"seed = {k}\ndropout = {0.5 if k else 0.0}\n")
    (finding,) = [f for f in ms.curve(four).findings if f.code == "MLS609"]
    assert finding.evidence == {"settings": {"dropout": [0.0, 0.5]}}
    assert "dropout (0.0 and 0.5)" in ms.curve(four).to_text()


def test_runs_without_train_or_dev_and_configs_without_sense_are_refused(four):
    text = Path(four[1]).read_text()
    Path(four[1]).write_text("".join(x for x in text.splitlines(True) if not x.startswith("train")))
    with pytest.raises(ms.InputError, match=r"runs/200\.csv: there is no train split"):
        ms.curve(four)
    Path(four[1]).write_text("".join(x for x in text.splitlines(True) if not x.startswith("dev")))
    with pytest.raises(ms.InputError, match=r"runs/200\.csv: there is no dev split"):
        ms.curve(four)
    Path(four[1]).write_text(text)
    Path("runs/200.toml").write_text('[run]\nrows = {train = "many"}\n')
    with pytest.raises(ms.InputError, match="trained on 'many' rows"):
        ms.curve(four)
    Path("runs/200.toml").write_text("[run]\nn = 200\n")
    assert points(four)[1]["n"] == 200


def test_options_that_do_not_apply_are_refused(four):
    with pytest.raises(ms.UsageError, match="dev_n belongs to a table"):
        ms.curve(four, dev_n=100)
    with pytest.raises(ms.UsageError, match="accuracies belongs to a table"):
        ms.curve(four, accuracies=True)
    with pytest.raises(ms.UsageError, match="dev-n is 0"):
        ms.curve(written(GOOD), dev_n=0)
    with pytest.raises(ms.UsageError, match="no role 'label' here"):
        ms.curve(written(GOOD), columns={"label": "dev"})
    with pytest.raises(ms.InputError, match="the target is 5, outside"):
        ms.curve(written(GOOD), target="5")
    with pytest.raises(ms.InputError, match=r'columns\["n"\] names the column \'rows\''):
        ms.curve(written(GOOD), columns={"n": "rows"})


ACCURACIES = "n,train,dev\n100,0.99,0.7\n200,0.98,0.75\n400,0.97,0.8\n800,0.96,0.83\n"


def test_accuracies_where_errors_belong_get_no_verdict_but_a_flag_that_works():
    found = ms.curve(written(ACCURACIES), target="10%")
    said = found.to_dict()
    assert found.to_text().startswith("These look like accuracies where errors belong.\n")
    assert "Diagnosis" not in found.to_text()
    assert (said["diagnosis"], said["reaches"]) == (None, "cannot_tell")
    assert said["n_to_target"]["value"] is said["would_settle"] is said["to_settle"] is None
    first = said["findings"][0]
    assert (first["code"], first["severity"]) == ("MLS610", "issue")
    assert first["evidence"]["flag"] == "--accuracies"
    turned = ms.curve("curve.csv", target="10%", accuracies=True)
    assert [p["dev"]["value"] for p in turned.to_dict()["points"]] == pytest.approx(
        [0.3, 0.25, 0.2, 0.17]
    )
    assert turned.diagnosis == "variance"
    meant = ms.curve("curve.csv", target="10%", accuracies=False)
    assert meant.to_dict()["points"] == said["points"]
    for one in (turned, meant):
        assert "MLS610" not in [f.code for f in one.findings]


def test_counts_of_accuracies_are_turned_too():
    text = "n,train,dev\n10,9/10,60/100\n20,9/10,70/100\n40,9/10,75/100\n"
    as_errors = "n,train,dev\n10,1/10,40/100\n20,1/10,30/100\n40,1/10,25/100\n"
    assert points(written(text), accuracies=True) == points(written(as_errors))


def test_rows_in_groups_count_as_their_groups(four):
    plain = ms.curve(four).to_dict()
    for path in four:
        frame = pd.read_csv(path)
        frame.assign(group=frame.groupby("split").cumcount() // 10).to_csv(path, index=False)
    grouped = ms.curve(four).to_dict()
    low, high = (x["points"][0]["dev"]["ci"] for x in (plain, grouped))
    assert high[1] - high[0] > 1.5 * (low[1] - low[0])
    wide, narrow = (x["doubled"]["dev"]["ci"] for x in (grouped, plain))
    assert wide[1] - wide[0] > narrow[1] - narrow[0]
