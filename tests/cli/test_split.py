"""`split` as it is typed: files in and out, cut points, and what people do wrong."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import names

MAKE = ("--target", "app", "--dev", "20", "--test", "20")


@pytest.fixture
def images(empty_folder: Path) -> pl.DataFrame:
    """Write 600 web and 120 app images of 60 people each."""
    n = range(720)
    table = pl.DataFrame({
        "id": [f"im{i}" for i in n], "source": ["web"] * 600 + ["app"] * 120,
        "label": ["cat", "dog"] * 360, "patient": [f"p{i // 12}" for i in n],
        "note": [f'say "{i}", twice' for i in n],
    })  # fmt: skip
    table.write_csv("images.csv")
    table.write_parquet("images.parquet")
    return table


def splits(path: str) -> dict[str, str]:
    table = pl.read_parquet(path) if path.endswith("parquet") else pl.read_csv(path)
    return dict(zip(table["id"].cast(pl.String), table["split"], strict=True))


def test_a_table_comes_back_with_its_split_column(mlstrat, images):
    ended = mlstrat("split", "images.csv", *MAKE, "--train-dev", "10%", "-o", "out.csv")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Dev and test are of app only, 20 rows each; train has 608.")
    written = pl.read_csv("out.csv")
    assert written.columns == [*images.columns, "split"]
    assert written.drop("split").equals(images)
    assert written["split"].value_counts().sort("split").rows() == [
        ("dev", 20), ("test", 20), ("train", 608), ("train-dev", 72)]  # fmt: skip
    assert set(written.filter(pl.col("split").is_in(["dev", "test"]))["source"]) == {"app"}
    assert names() == ["images.csv", "images.parquet", "out.csv", "out.cuts.json"]


@pytest.mark.parametrize("output", ["out.tsv", "out.parquet", "out.ndjson", "out.csv"])
@pytest.mark.parametrize("source", ["images.csv", "images.parquet"])
def test_every_format_places_a_row_alike(mlstrat, images, source, output):
    assert mlstrat("split", source, *MAKE, "-o", output).code == 0
    read = {"tsv": lambda p: pl.read_csv(p, separator="\t"), "parquet": pl.read_parquet,
            "ndjson": pl.read_ndjson, "csv": pl.read_csv}[output.partition(".")[2]]  # fmt: skip
    found = read(output)
    dev = sorted(found.filter(pl.col("split") == "dev")["id"])
    assert dev[:5] == ["im601", "im604", "im608", "im619", "im633"]
    assert found.drop("split").equals(images)


def test_whole_numbers_are_one_id_in_every_format(mlstrat, empty_folder):
    pl.DataFrame({"id": range(100)}).write_csv("text.csv")
    pl.DataFrame({"id": [float(i) for i in range(100)]}).write_parquet("numbers.parquet")
    for path in ("text.csv", "numbers.parquet"):
        made = mlstrat("split", path, "--dev", "10", "--test", "10", "-o", f"{path}.out.parquet")
        assert made.code == 0
    one, two = (
        pl.read_parquet(f"{p}.out.parquet")["split"] for p in ("text.csv", "numbers.parquet")
    )
    assert one.equals(two)


def test_cuts_keep_old_rows_where_they_were(mlstrat, images):
    assert mlstrat("split", "images.csv", *MAKE, "-o", "out.csv").code == 0
    before = splits("out.csv")
    more = images.with_columns(id=pl.lit("new") + pl.col("id"), source=pl.lit("app"))
    strange = more.head(50).with_columns(id=pl.lit("odd") + pl.col("id"), source=pl.lit("phone"))
    pl.concat([strange, more, images]).write_csv("grown.csv")
    ended = mlstrat("split", "grown.csv", "--cuts", "out.cuts.json", "-o", "out2.csv")
    assert ended.code == 0
    after = splits("out2.csv")
    assert {k: after[k] for k in before} == before
    assert sum(s == "dev" for s in after.values()) > 100
    assert "MLS359" in ended.out
    assert names() == ["grown.csv", "images.csv", "images.parquet", "out.csv", "out.cuts.json",
                       "out2.csv"]  # fmt: skip


def test_the_row_order_does_not_matter_and_another_seed_does(mlstrat, images):
    images.sample(fraction=1, shuffle=True, seed=3).write_csv("shuffled.csv")
    for path, seed, out in (("images.csv", "0", "a.csv"), ("shuffled.csv", "0", "b.csv"),
                            ("images.csv", "1", "c.csv")):  # fmt: skip
        assert mlstrat("split", path, *MAKE, "--seed", seed, "-o", out).code == 0
    assert splits("a.csv") == splits("b.csv") != splits("c.csv")


def test_groups_stay_whole_and_strata_keep_their_mix(mlstrat, images):
    ended = mlstrat("split", "images.csv", "--target", "app", "--dev", "24", "--test", "24",
                    "--group", "patient", "-o", "g.csv")  # fmt: skip
    assert ended.code == 0
    table = pl.read_csv("g.csv")
    assert table.group_by("patient").agg(pl.col("split").n_unique())["split"].max() == 1
    assert table["split"].value_counts().sort("split").rows()[:2] == [("dev", 24), ("test", 24)]
    assert mlstrat("split", "images.csv", *MAKE, "--stratify", "label", "-o", "s.csv").code == 0
    mix = pl.read_csv("s.csv").group_by("split", "label").len().sort("split", "label").rows()
    assert mix[:4] == [("dev", "cat", 10), ("dev", "dog", 10), ("test", "cat", 10),
                       ("test", "dog", 10)]  # fmt: skip


def test_without_an_output_nothing_is_written(mlstrat, images):
    ended = mlstrat("split", "images.csv", *MAKE, "-f", "json")
    document = json.loads(ended.out)
    assert document["sizes"]["dev"] == {"n": 20, "units": 20, "sources": {"app": 20}}
    assert (document["output"], document["cuts"]["path"]) == (None, None)
    assert names() == ["images.csv", "images.parquet"]


def test_rows_without_an_id_are_known_by_their_content(mlstrat, images):
    images.drop("id").write_csv("plain.csv")
    ended = mlstrat("split", "plain.csv", *MAKE, "-o", "out.csv")
    assert ended.code == 0
    assert "MLS358" in ended.out


def test_the_config_says_target_and_columns(mlstrat, images):
    Path("mlstrat.toml").write_text(
        '[sources]\ntarget = "web"\n[columns]\ngroup = "patient"\nprediction = "pred_cnn"\n'
    )
    ended = mlstrat("split", "images.csv", "--dev", "24", "--test", "24", "-f", "json")
    document = json.loads(ended.out)
    assert (document["target"], document["cuts"]["key"]) == (["web"], "group")
    ended = mlstrat("split", "images.csv", "--target", "app", "--dev", "24", "--test", "24",
                    "-f", "json")  # fmt: skip
    assert json.loads(ended.out)["target"] == ["app"]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--target", "ap", "--dev", "1", "--test", "1"],
         ["the target source 'ap' does not occur", "did you mean 'app'?"]),
        (["--dev", "1", "--test", "1"], ["which source are dev and test for?", "--target"]),
        (["--target", "app", "--dev", "100", "--test", "21"],
         ["dev and test ask for 121 rows of 'app', and there are 120"]),
        (["--target", "app", "--dev", "60", "--test", "60", "--train-dev", "600"],
         ["nothing is left for train"]),
        (["--target", "app", "--dev", "1"], ["no size for test", "mlstrat plan"]),
        (["--target", "app", "--dev", "none", "--test", "1"], ["the size of dev is 'none'"]),
        (["--target", "app", "--dev", "-3", "--test", "1"], ["the size of dev is '-3'"]),
        (["--target", "app", "--dev", "0", "--test", "1"], ["no rows"]),
        (["--target", "app", "--dev", "0.01%", "--test", "1"], ["no rows"]),
        ([*MAKE, "--group", "patent"], ["--group names the column 'patent'", "'patient'"]),
        ([*MAKE, "--stratify", "lable"], ["--stratify names the column 'lable'", "'label'"]),
        ([*MAKE, "--source-column", "origin"], ["--source-column names the column 'origin'"]),
        ([*MAKE, "--group", "patient", "--stratify", "label"],
         ["group 'p", "lies in 'label' 'cat', 'dog'", "leave --stratify out"]),
        ([*MAKE, "--group", "label"], ["label"]),
        ([*MAKE, "-o", "out.xlsx"], ["unknown format (.xlsx)", ".parquet"]),
        ([*MAKE, "-o", "nowhere/out.csv"], ["nowhere/out.csv: cannot be written"]),
        ([*MAKE, "-o", "images.parquet"], ["images.parquet: there already", "--force"]),
        ([*MAKE, "--cuts", "none.json"], ["--cuts says all of it"]),
        (["--cuts", "none.json"], ["none.json: cannot be read"]),
        (["--cuts", "images.csv"], ["images.csv: holds no cut points"]),
        ([*MAKE, "--seed", "-1"], ["seed is -1"]),
        ([*MAKE, "--error", "10%"], ["--error is for --detect"]),
        ([*MAKE, "--detect", "0%"], ["the difference to detect is 0"]),
        ([*MAKE, "--split-as", "a=dev"], ["--split-as is for --check"]),
        ([*MAKE, "--check"], ["--check makes no splits: --dev, --test does not apply"]),
        (["--check"], ["no split column to check"]),
    ],
)  # fmt: skip
def test_bad_input_is_one_message_and_writes_nothing(mlstrat, images, arguments, wanted):
    ended = mlstrat("split", "images.csv", *arguments)
    assert (ended.code, ended.out) == (2, "")
    for words in wanted:
        assert words in ended.err
    assert names() == ["images.csv", "images.parquet"]


def test_a_group_in_two_sources_is_named(mlstrat, images):
    images.with_columns(patient=pl.lit("p7")).write_csv("torn.csv")
    ended = mlstrat("split", "torn.csv", *MAKE, "--group", "patient", "-o", "out.csv")
    assert ended.code == 2
    assert "group 'p7' lies in the sources 'app', 'web'" in ended.err
    assert not Path("out.csv").exists()


def test_blank_cells_are_told_by_their_line(mlstrat, images):
    images.with_columns(
        source=pl.when(pl.col("id") == "im3").then(pl.lit("")).otherwise("source")
    ).write_csv("blank.csv")
    ended = mlstrat("split", "blank.csv", *MAKE)
    assert "blank.csv, row 5, column 'source': a blank source" in ended.err
    images.with_columns(id=pl.when(pl.col("id") == "im3").then(None).otherwise("id")).write_csv(
        "blank.csv")  # fmt: skip
    ended = mlstrat("split", "blank.csv", *MAKE)
    assert "blank.csv, row 5, column 'id': a blank id" in ended.err


def test_force_replaces_outputs_and_a_split_column(mlstrat, images):
    assert mlstrat("split", "images.csv", *MAKE, "-o", "out.csv").code == 0
    before = Path("out.csv").read_text()
    again = mlstrat("split", "images.csv", *MAKE, "-o", "out.csv")
    assert again.code == 2
    assert "out.csv: there already" in again.err
    again = mlstrat("split", "out.csv", *MAKE, "-o", "out2.csv")
    assert "there is a split column already: 'split'" in again.err
    in_place = mlstrat("split", "out.csv", *MAKE, "-o", "out.csv", "--force")
    assert (in_place.code, Path("out.csv").read_text()) == (2, before)
    for _ in range(2):
        assert mlstrat("split", "out.csv", *MAKE, "-o", "out2.csv", "--force").code == 0
        assert Path("out2.csv").read_text() == before


def test_a_short_row_stops_it_and_leaves_nothing(mlstrat, images):
    text = Path("images.csv").read_text().splitlines()
    text[9] = "im8,web"
    Path("short.csv").write_text("\n".join(text) + "\n")
    ended = mlstrat("split", "short.csv", *MAKE, "-o", "out.csv")
    assert ended.code == 2
    assert "short.csv, row 10: 2 cells" in ended.err
    assert names() == ["images.csv", "images.parquet", "short.csv"]


def test_a_disk_that_fills_up_leaves_nothing(mlstrat, images, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    ended = mlstrat("split", "images.csv", *MAKE, "-o", "out.csv")
    assert ended.code == 2
    assert "No space left on device" in ended.err
    assert names() == ["images.csv", "images.parquet"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_rows_without_id_or_source_are_split(ending: str, mlstrat, images):
    bare = images.select("label", "note")
    bare.write_csv("bare.csv")
    bare.write_parquet("bare.parquet")
    ended = mlstrat("split", f"bare.{ending}", "--dev", "20", "--test", "20", "-o", "out.csv")
    assert (ended.code, ended.err) == (0, "")
    assert pl.read_csv("out.csv")["split"].value_counts(sort=True)["count"].to_list() == [
        680, 20, 20,
    ]  # fmt: skip
