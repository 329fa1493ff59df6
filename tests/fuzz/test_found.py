"""What fuzzing found, each as the smallest input that showed it; and limits, at a smaller size."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.data.files import find_files
from mlstrat.data.formats import parquet as parquet_footer
from mlstrat.data.formats import survey as rawtext
from mlstrat.data.sheet import layout as sheet_tables
from mlstrat.errors import InputError, harmless
from mlstrat.tasks.classification import contingency as assembling
from mlstrat.tasks.classification import pairing
from mlstrat.workflow.slices import read as slice_columns
from tests.fuzz.door import Ended, call, faults
from tests.fuzz.seeds import cuts

RUN = b"label,prediction\na,a\nb,a\n"
DIGITS = "9" * 5000
"""More digits than Python turns into a number."""


def end(line: str, files: Mapping[str, bytes], *more: str) -> Ended:
    folder = Path("work")
    folder.mkdir(exist_ok=True)
    ended = call((*line.split(), *more), files, folder)
    assert faults(ended) == [], ended.err
    return ended


def weights(*values: str) -> bytes:
    rows = [f"a,{'b' if i else 'a'},{x}\n" for i, x in enumerate(values)]
    return ("label,prediction,sample_weight\n" + "".join(rows) + "b,b,1\n").encode()


REFUSED: dict[str, tuple[str, dict[str, bytes], str]] = {
    **{
        f"rows that no data have: {line.split()[0]}": (
            f"{line} {'1' * 16}", {}, "accepted: a whole number above 0, of at most 15 digits",
        )
        for line in ("mislabels --error 10% --from-labels 1% -n", "gaps --train 1% --dev 3% --n",
                     "plan --error 5% --dev")
    },
    "a weight whose square is not a number": (
        "diagnose r.csv", {"r.csv": weights("1e300", "1e300")}, "the largest weight is 1e+300",
    ),
    "weights whose squares are 0": (
        "diagnose r.csv", {"r.csv": b"label,pred,sample_weight\na,a,1e-200\nb,a,0\n"}, "1e-200",
    ),
    "a count of more digits than Python reads": (
        "gaps --table l.csv", {"l.csv": f"level,error,n\ndev,1%,{DIGITS}\n".encode()},
        "not a number of rows",
    ),
    "counts of more digits than Python reads": (
        f"gaps --human 1% --dev 1/{DIGITS}", {}, "dev is",
    ),
    "people's answers of more digits": (
        "human p.csv", {"p.csv": f"name,error,n\nann,1%,{DIGITS}\n".encode()},
        "not a number of answers",
    ),
    "a tally of more digits": (
        f"error-table --error 10% --reviewed 9 --tag a={DIGITS}", {}, "is not a count",
    ),
    "a field longer than the csv module reads, in a table of levels": (
        "gaps --table l.csv", {"l.csv": b"level,error\n" + b"a" * 140_000 + b",1\n"}, "is not CSV",
    ),
    "a config nested too deeply": (
        "diagnose r.csv --config c.toml", {"r.csv": RUN, "c.toml": b"a = " + b"[" * 3000},
        "is not TOML",
    ),
    "a number in a config of more digits": (
        "diagnose r.csv --config c.toml", {"r.csv": RUN, "c.toml": f"a = {DIGITS}".encode()},
        "is not TOML",
    ),
    "costs nested too deeply": (
        "error-table s.csv --error 10% --effort c.toml",
        {"s.csv": b"id,tags\n1,dog\n", "c.toml": b"dog = " + b"[" * 3000}, "is not TOML",
    ),
    "costs that are no float": (
        "error-table s.csv --error 10% --effort c.toml",
        {"s.csv": b"id,tags\n1,dog\n", "c.toml": b"dog = 1" + b"0" * 400}, "a number above 0",
    ),
    "a level of people nested too deeply": (
        "diagnose r.csv --human h.json", {"r.csv": RUN, "h.json": b"[" * 100_000},
        "nested too deeply",
    ),
    "cut points nested too deeply": (
        "split r.csv --cuts c.json -o o.csv", {"r.csv": RUN, "c.json": b"[" * 100_000},
        "no cut points",
    ),
    "cut points with a seed that no run has": (
        "split r.csv --cuts c.json -o o.csv",
        {"r.csv": RUN, "c.json": cuts().replace(b'"seed": 0', b'"seed": -1')}, "no cut points",
    ),
    "a line of JSON nested too deeply": (
        "diagnose r.ndjson", {"r.ndjson": b'{"label":1,"pred":' + b"[" * 100_000 + b"\n"}, "",
    ),
    "a name that no file can have": (f"diagnose {'a' * 300}.csv", {}, "name too long"),
    "an output that no file can be": (
        f"split r.csv --target a --dev 1 --test 1 -o {'a' * 300}.csv", {"r.csv": RUN}, "too long",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("line", "files", "words"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_with_a_message(line: str, files: dict[str, bytes], words: str) -> None:
    ended = end(line, files)
    assert ended.code == 2
    assert words.lower() in ended.err.lower()


@pytest.mark.parametrize("line", ["diagnose r.csv", "compare r.csv r.csv --split dev"])
def test_weights_far_lighter_than_the_heaviest(line: str) -> None:
    rows = "".join(
        f"{i},{'ab'[i % 2]},a,{'1e-15' if i < 6 else 1},{'dev' if i < 6 else 'train'}\n"
        for i in range(12)
    )
    run = f"id,label,prediction,sample_weight,split\n{rows}".encode()
    assert end(f"{line} --resamples 100", {"r.csv": run}).code == 0


@pytest.mark.parametrize("how", ["text", "markdown", "json", "csv"])
def test_controls_beyond_ascii_reach_no_terminal(how: str) -> None:
    run = "label,prediction\na\x9b31m,a\x9b31m\nb\x7f,b\x7f\n".encode()
    out = end("diagnose r.csv", {"r.csv": run}, "--resamples", "100", "-f", how).out.decode()
    assert not set(out) & {"\x9b", "\x7f"}
    assert how != "json" or "a\\u009b31m" in out


def test_a_level_of_people_with_more_answers_than_a_float_holds() -> None:
    level = b'{"bayes_proxy": {"error": {"value": 0.1, "n": 1' + b"0" * 400 + b"}}}"
    line = "diagnose r.csv --human h.json --resamples 100"
    ended = end(line, {"r.csv": RUN, "h.json": level})
    assert ended.code == 2
    assert "the number 1000000000… of 401 characters is too large" in ended.err


def test_a_name_of_a_file_steers_no_terminal() -> None:
    ended = end("diagnose", {}, "run\x1b31m.csv")
    assert "run\\x1b31m.csv: no such file" in ended.err


def test_a_name_of_a_file_forges_no_second_line() -> None:
    assert len(str(InputError("no", file="a\nmlstrat: passed")).splitlines()) == 1
    assert harmless("café  naïve") == "café  naïve"


def test_a_header_longer_than_the_csv_module_reads_is_cut_on_the_screen() -> None:
    ended = end("error-table s.csv", {"s.csv": b"a" * 140_000 + b"\nx\n"})
    assert len(ended.out) < 5000


def test_levels_that_people_typed_are_records() -> None:
    people = b"name,error,n\nann,3%,200\nbo,1%,300\n"
    rows = end("human p.csv -f csv", {"p.csv": people}).out.decode().splitlines()
    assert [row.split(",")[:2] for row in rows[1:3]] == [["ann", "person"], ["bo", "person"]]


def test_a_bin_of_one_group_has_no_interval(empty_folder: Path) -> None:
    rows = "".join(f"{i % 2},{i / 100},g{i // 10}\n" for i in range(100))
    Path("r.csv").write_text("label,score,group\n" + rows)
    assert ms.plot("reliability", "r.csv").to_dict()["kind"] == "reliability"


def folders(names: list[str]) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(RUN)


def test_a_deep_glob_counts_each_file_once(empty_folder: Path) -> None:
    folders(["r/x.csv", "r/a/x.csv", "r/a/b/x.csv", "r/.hidden/x.csv"])
    for glob in ("r/**/*.csv", "r/**/**/**/*.csv", f"{empty_folder}/r/**/**/x.csv"):
        found = [Path(part.name).relative_to(empty_folder if glob[0] == "/" else ".")
                 for part in find_files(glob).parts]  # fmt: skip
        assert list(map(str, found)) == ["r/a/b/x.csv", "r/a/x.csv", "r/x.csv"]
    assert len(find_files("r/**").parts) == 3


def test_links_to_the_folder_above_end(empty_folder: Path) -> None:
    folders(["r/x.csv"])
    for name in ("one", "two"):
        Path("r", name).symlink_to(".")
    assert [part.name for part in find_files("r/**/*.csv").parts] == ["r/x.csv"]


def test_folders_nested_without_end(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_deep(_self: Path, _pattern: str) -> list[Path]:
        raise RecursionError

    monkeypatch.setattr(Path, "glob", too_deep)
    with pytest.raises(InputError, match="nested too deeply"):
        find_files("r/**/*.csv")


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
def test_a_line_without_end(zipped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rawtext, "LONGEST_LINE", 2**20)
    text = b"label,prediction\na,a\n" + b"b," + b"x" * 2**22 + b"\n"
    name = "r.csv.gz" if zipped else "r.csv"
    ended = end(f"diagnose {name}", {name: gzip.compress(text) if zipped else text})
    assert f"{name}, row 3: a line of more than 1 MiB" in ended.err


def test_a_header_without_end() -> None:
    ended = end("diagnose r.csv", {"r.csv": b"a" * 2**21})
    assert "the first line is longer than 1,048,576 bytes" in ended.err
    assert len(ended.err) < 500


def test_a_sheet_that_no_person_fills_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_tables, "LARGEST_SHEET", 2**20)
    bomb = gzip.compress(b"id,tags\n" + b"1,dog\n" * 2**18)
    ended = end("error-table s.csv.gz", {"s.csv.gz": bomb})
    assert "larger than 1 MiB" in ended.err


def test_a_row_group_that_would_be_held_whole(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pl.DataFrame({"label": ["a", "b"] * 500, "pred": ["a"] * 1000, "x": [[1.5]] * 1000})
    frame.write_parquet("large.parquet", row_group_size=600)
    frame.write_parquet("small.parquet", row_group_size=100)
    monkeypatch.setattr(parquet_footer, "MOST_IN_ROW_GROUP", 500)
    with pytest.raises(InputError, match=r"a row group of [\d,]+ rows"):
        ms.diagnose("large.parquet")
    assert ms.diagnose("small.parquet").to_dict()["splits"]["dev"]["n"] == 1000


def test_ids_for_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembling, "MOST_LABELS", 100)
    rows = "".join(f"{i},{i}\n" for i in range(1000))
    ended = end("diagnose r.csv", {"r.csv": b"label,prediction\n" + rows.encode()})
    assert "1,000 distinct labels: this looks like an id or a number" in ended.err


def test_ids_for_labels_of_two_runs(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before they are joined: a pair of labels a row would not fit into memory."""
    monkeypatch.setattr(assembling, "MOST_LABELS", 100)
    monkeypatch.setattr(assembling, "FEW_HASHES", 2**64 // 100)
    monkeypatch.setattr(pairing, "_joined", None)
    for column in ("label", "prediction"):
        run = pl.DataFrame({"id": range(10_000), "label": 0, "prediction": 0})
        run = run.with_columns(pl.col("id").alias(column))
        with pytest.raises(InputError, match=f"10,000 distinct {column}s: this looks like an id"):
            ms.compare(run, run)


def wide(columns: int) -> bytes:
    names = ["label", "prediction", *(f"c{i}" for i in range(columns))]
    rows = [["a" if i % 2 else "b", "a", *("1" if i % 3 else "2" for _ in range(columns))]
            for i in range(60)]  # fmt: skip
    return "\n".join(",".join(row) for row in [names, *rows]).encode()


def test_many_columns_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"r.csv": wide(5000)}
    assert end("diagnose r.csv --resamples 100", files).seconds < 10
    ended = end("slices r.csv", files)
    assert "5,001 columns to slice by" in ended.err
    assert "--by COLUMN" in ended.err
    monkeypatch.setattr(slice_columns, "MOST_COLUMNS", 3)
    assert end("slices r.csv --by c1 --by c2 --min-size 5", files).code == 0


HELP = ("-h", "--help")


@pytest.mark.parametrize("option", [
    "--confidence=nan", "--confidence=1e400", "--confidence=-1", "--seed=-1", "--seed=x",
    "--resamples=0", f"--resamples={DIGITS}", "--tolerance=inf",
    "--metric=zz", "--average=\x1b[31m", "--beta=0", "--beta=-inf", "--positive=zz",
    "--threshold=nan", "--map=label", "--map==x", "--map=label=\x1b", "--split=nowhere",
    "--split-as==",
    "--human-error=0x1", "--config=.", "--format=xml", "--output=.", "--no-such\x1b[31m",
])  # fmt: skip
def test_a_wrong_value_of_an_option(option: str) -> None:
    ended = end("diagnose r.csv", {"r.csv": RUN}, option)
    assert ended.code == 2


def test_a_column_that_the_footer_does_not_name(tmp_path: Path) -> None:
    pl.DataFrame({"label": ["a"], "prediction": ["a"]}).write_parquet(tmp_path / "r.parquet")
    whole = (tmp_path / "r.parquet").read_bytes()
    name = b"%\x02\x18\x05label"  # the third and fourth field of an element of the schema
    assert name in whole
    damaged = {"r.parquet": whole.replace(name, b"%\x02\x58\x05label")}
    assert "is not a readable Parquet file" in end("diagnose r.parquet", damaged).err
    (part,) = find_files("work/r.parquet").parts
    assert parquet_footer.footer_columns(part) is None


def test_every_command_helps() -> None:
    from mlstrat.cli.app import COMMANDS

    for name in COMMANDS:
        for word in HELP:
            ended = end(name, {}, word)
            assert (ended.code, ended.err) == (0, "")
            assert max(map(len, ended.out.decode().splitlines())) <= 80
