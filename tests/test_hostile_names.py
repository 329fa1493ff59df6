"""Names are data, never patterns: every command, over files, folders and columns of any name."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import mlstrat as ms
from tests.fuzz.commands import CASES, Case
from tests.fuzz.door import READERS, Ended, call
from tests.hostile_names import (
    FEW,
    LONG,
    NAMES,
    ROLE_NAMES,
    difference,
    fitting,
    plain,
    renamed_files,
)

MAPPED = ("id", "split", "label", "prediction")
"""Roles that every command below is told: columns that may be called like others."""

ROLES = (
    *MAPPED, "score", "sample_weight", "group", "source", "human_ann", "human_bo", "prob_no",
    "prob_yes", "site", "x",
)  # fmt: skip
FORMATS = ("csv", "tsv", "csv.gz", "ndjson", "parquet")

M = "--map label={label} --map prediction={prediction} --map split={split} --map id={id}"
MORE = (
    f"{M} --map score={{score}} --map weight={{sample_weight}} --map group={{group}} "
    "--map source={source}"
)
CHANCES = f"{M} --map prob_no={{prob_no}} --map prob_yes={{prob_yes}}"
PEOPLE = f"{M} --map human_ann={{human_ann}} --map human_bo={{human_bo}}"
QUICK = "-f json --resamples 100"

LINES = (
    f"diagnose {{run}} {QUICK} {MORE}",
    f"diagnose {{run}} {QUICK} {PEOPLE}",
    f"diagnose {{run}} {QUICK} --metric log_loss {CHANCES}",
    f"score {{run}} {QUICK} --metric roc_auc --positive yes --by {{site}} {MORE}",
    f"score {{run}} {QUICK} --by {{site}} --by {{x}} --weight-when {{site}}=north:2 {M}",
    f"human {{run}} {QUICK} {PEOPLE}",
    f"slices {{run}} {QUICK} --min-size 2 {M}",
    f"slices {{run}} {QUICK} --min-size 2 --by {{site}} --by {{x}} --mismatch {MORE}",
    f"slices {{run}} --versus {{other}} {QUICK} --min-size 2 {M}",
    f"compare {{run}} {{other}} {QUICK} --by {{site}} {MORE}",
    f"compare {{run}} --a {{human_ann}} --b {{prediction}} {QUICK} {M}",
    f"select {{run}} {{other}} --optimize f1 --positive yes {QUICK} {MORE}",
    f"report {{run}} --baseline {{other}} {QUICK} {MORE}",
    f"gate {{run}} --baseline {{other}} {QUICK} {MORE}",
    f"plot ladder {{run}} --resamples 100 -o out.svg {M}",
    f"count {{run}} --by {{site}} -o out.csv {M}",
    f"count {{run}} --by {{site}} --by {{x}} --scores -o out.csv --map score={{score}} {M}",
    f"sample {{run}} -n 5 --correct 3 --stratify {{site}} -o out.csv {M}",
    f"sample {{run}} -n 5 --by confidence -o out.csv {CHANCES}",
    f"mislabels --suspects {{run}} -n 5 -o out.csv {CHANCES}",
    "split {run} --target app --dev 8 --test 8 --group {group} --source-column {source} "
    "--map split={split} --force -o out.csv",
    "split {run} --target app --dev 8 --test 8 --stratify {site} --source-column {source} "
    "--map split={split} --map id={id} --force -o out.csv",
    "split {run} --check -f json --map split={split} --map id={id} --map label={label} "
    "--map group={group} --map source={source}",
)


def table(names: Mapping[str, str], ending: str, shift: int = 0) -> bytes:
    """Return a run whose columns are called as it is said, in a format."""
    header, rows = [names[role] for role in ROLES], []
    for i in range(120):
        label = "yes" if i % 5 < 2 else "no"
        other = "no" if label == "yes" else "yes"
        score = ((i * 37 + shift) % 100) / 100
        rows.append(
            (f"e{i}", ("train", "train-dev", "dev", "dev", "test", "dev")[i % 6], label,
             other if (i + shift) % 7 == 0 else label, score, 1 + i % 3, f"g{i % 24}",
             "app" if i % 2 else "web", other if i % 11 == 0 else label, label, 1 - score, score,
             "north" if i % 3 else "south", f"{i % 9}.5")
        )  # fmt: skip
    if ending == "ndjson":
        lines = [json.dumps(dict(zip(header, row, strict=True))) for row in rows]
        return ("\n".join(lines) + "\n").encode()
    if ending == "parquet":
        stream = io.BytesIO()
        columns = zip(header, zip(*rows, strict=True), strict=True)
        pl.DataFrame([pl.Series(name, values) for name, values in columns]).write_parquet(stream)
        return stream.getvalue()
    text = io.StringIO(newline="")
    csv.writer(text, delimiter="\t" if ending == "tsv" else ",").writerows([header, *rows])
    content = text.getvalue().encode()
    return gzip.compress(content, mtime=0) if ending.endswith(".gz") else content


def columns(pool: Sequence[str], turn: int, step: int = 5) -> dict[str, str]:
    """Return a name of the pool for each column, so many other ones at each turn."""
    mapped = [x for x in pool if x in ROLE_NAMES]
    free = [x for x in pool if x not in ROLE_NAMES]
    chosen = list(islice(cycle(mapped), turn * 2, turn * 2 + 2))
    taken = [*chosen, *islice(cycle(free), turn * step, turn * step + len(ROLES) - len(chosen))]
    return dict(zip(ROLES, dict.fromkeys(taken), strict=True))


def check_commands(lines: Sequence[str], names: Mapping[str, str], folder: Path) -> None:
    """Run one command after another in a folder that is kept, under plain names and these."""
    stand_in, found = plain(list(names.values())), []
    for chosen in ({role: stand_in[name] for role, name in names.items()}, names):
        files, found_here = {"run.csv": table(chosen, "csv")}, []
        for line in lines:
            words = [word.format(**chosen, run="run.csv") for word in shlex.split(line)]
            ended = call(words, files, folder)
            found_here.append(said(ended, folder))
            assert ended.code == 0, ended.err
            files |= {x: (folder / x).read_bytes() for x in ended.left if (folder / x).is_file()}
            if "review.csv" in ended.left:
                files["review.csv"] = tagged(files["review.csv"])
        found.append(found_here)
    assert difference(*found, {to: name for name, to in stand_in.items()}) is None


def tagged(sheet: bytes) -> bytes:
    """Return a review sheet whose rows are read."""
    frame = pl.read_csv(sheet, infer_schema=False)
    return frame.with_columns(tags=pl.lit("blurry")).write_csv().encode()


def test_a_sheet_with_columns_of_any_name_is_filled_in_and_read() -> None:
    names = columns(FEW, 3)
    lines = (
        f"sample {{run}} -n 5 --correct 3 --stratify {{site}} -o review.csv {M}",
        f"error-table review.csv --run {{run}} -f json {M}",
        f"sample {{run}} -n 3 --append --stratify {{site}} -o review.csv {M}",
    )
    check_commands(lines, names, Path())


@pytest.mark.slow
def test_a_model_is_trained_on_columns_of_any_name() -> None:
    lines = ("train {run} --target {label} --out out", "diagnose out/run.csv -f json")
    check_commands(lines, columns([x for x in FEW if x not in ROLE_NAMES], 2), Path())


def fit_for(line: str, pool: Sequence[str]) -> list[str]:
    """Return the names that a command can be told, and that it does not write itself."""
    told = set(",=:") if "--weight-when" in line else set()
    return [x for x in pool if not set(x) & told and (x != "split" or "split {run}" not in line)]


def said(ended: Ended, folder: Path) -> list[Any]:
    """Return what a command ended with, wrote and printed, less what speaks of bytes."""
    left = []
    for name in sorted(ended.left):
        content = (folder / name).read_text(encoding="utf-8") if (folder / name).is_file() else ""
        if name.endswith(".csv"):
            left.append([name, list(csv.reader(io.StringIO(content, newline="")))])
        else:
            left.append([name, None])
    assert ended.raised is None, ended.raised
    return [ended.code, _document(ended.out), left, ended.err if ended.code == 2 else ""]


def _document(out: bytes) -> Any:
    def less(found: Any) -> Any:
        if isinstance(found, dict):
            return {k: less(v) for k, v in found.items() if k not in ("sha256", "bytes")}
        return [less(x) for x in found] if isinstance(found, list) else found

    return less(json.loads(out)) if out.startswith(b"{") else None


def check_columns(line: str, names: Mapping[str, str], ending: str, folder: Path) -> None:
    stand_in = plain(list(names.values()))
    found = []
    for chosen in ({role: stand_in[name] for role, name in names.items()}, names):
        words = [
            word.format(**chosen, run=f"run.{ending}", other=f"other.{ending}")
            for word in shlex.split(line)
        ]
        files = {
            f"run.{ending}": table(chosen, ending),
            f"other.{ending}": table(chosen, ending, 3),
        }
        found.append(said(call(words, files, folder), folder))
    assert found[0][0] == 0, found[0]
    assert difference(*found, {to: name for name, to in stand_in.items()}) is None


@pytest.mark.parametrize("line", LINES, ids=lambda line: " ".join(line.split()[:4]))
def test_columns_of_any_name_are_those_columns(line: str, empty_folder: Path) -> None:
    turn = LINES.index(line)
    names = columns(fit_for(line, FEW), turn)
    check_columns(line, names, FORMATS[turn % len(FORMATS)], empty_folder)


APART = len(ROLES) - 2
"""Names that are not roles, in a table: with so many others at each turn, each has one turn."""


def turns_of(line: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield formats and names for the columns of a line, until each name of the pool was there.

    Each line begins elsewhere in the pool, so that a name is another column's in each.
    """
    pool = fit_for(line, NAMES)
    start = LINES.index(line) % len(pool)
    pool = [*pool[start:], *pool[:start]]
    for turn in range(len(pool) // APART + 1):
        yield FORMATS[(turn + start) % len(FORMATS)], columns(pool, turn, APART)


@pytest.mark.parametrize("line", LINES, ids=lambda line: " ".join(line.split()[:4]))
def test_every_name_of_the_pool_has_its_turn_in_every_line(line: str) -> None:
    turns = list(turns_of(line))
    assert {x for _, names in turns for x in names.values()} == {*fit_for(line, NAMES)}
    assert {ending for ending, _ in turns} == {*FORMATS}


@pytest.mark.slow
@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("line", LINES, ids=lambda line: " ".join(line.split()[:4]))
def test_every_line_has_every_name_of_the_pool(line: str, ending: str, empty_folder: Path) -> None:
    for one, names in turns_of(line):
        if one == ending:
            check_columns(line, names, ending, empty_folder)


def check_files(
    case: Case, name: str, folder: Path, *, as_folder: bool, known: dict[str, Any] | None = None
) -> None:
    stand_in, known = plain([name])[name], {} if known is None else known

    def found(one: str) -> list[Any]:
        words, files = renamed_files(
            case.words, case.files(), one, decoys=one == name, as_folder=as_folder
        )
        how = ("-f", "json") if case.formats else ()
        return said(call((*words, *how), files, folder), folder)

    if stand_in not in known:
        known[stand_in] = found(stand_in)
        assert known[stand_in][0] in (0, 1, 3), known[stand_in]
    assert difference(known[stand_in], found(name), {stand_in: name}) is None


FILED = [
    case
    for case in CASES
    if case.files() and case.words[0] not in READERS and case.name != "task card"
]
"""But for a card, whose own text names the files that would be renamed."""


@pytest.mark.parametrize("case", FILED, ids=lambda case: case.name)
def test_files_and_folders_of_any_name_are_those_that_are_read(
    case: Case, empty_folder: Path
) -> None:
    turn = FILED.index(case)
    names = [x for x in FEW if fitting(x)]
    name = names[turn * 5 % len(names)]
    check_files(case, name, empty_folder, as_folder=turn % 2 == 1)


@pytest.mark.slow
@pytest.mark.parametrize("case", FILED, ids=lambda case: case.name)
def test_every_name_of_the_pool_is_one_of_a_file_and_of_a_folder(
    case: Case, empty_folder: Path
) -> None:
    names, turn = list(filter(fitting, NAMES)), FILED.index(case)
    for as_folder in (False, True):  # each name in the cases of every fifth turn
        known: dict[str, Any] = {}
        for name in names[(turn + as_folder) % 5 :: 5]:
            check_files(case, name, empty_folder, as_folder=as_folder, known=known)


def in_duckdb(frame: pl.DataFrame) -> Any:
    """Return a frame of DuckDB, where names may hold a quote: older releases end them there."""
    duckdb, nw = pytest.importorskip("duckdb"), pytest.importorskip("narwhals")
    quoted = duckdb.from_arrow(pl.DataFrame({'a"b': [1]}).to_arrow())
    try:
        nw.from_native(quoted).select(nw.col('a"b')).collect()
    except duckdb.Error:
        pytest.skip("this release of narwhals or DuckDB ends a name at its quote")
    return duckdb.from_arrow(frame.to_arrow())


FRAMES: Mapping[str, Callable[[pl.DataFrame], Any]] = {
    "polars": lambda frame: frame,
    "lazy polars": lambda frame: frame.lazy(),
    "pandas": lambda frame: frame.to_pandas(),
    "pyarrow": lambda frame: frame.to_arrow(),
    "duckdb": in_duckdb,
}


@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize("kind", FRAMES)
def test_frames_with_columns_of_any_name(kind: str, turn: int) -> None:
    names = columns(FEW, turn + 2)
    stand_in = plain(list(names.values()))
    found = []
    for chosen in ({role: stand_in[name] for role, name in names.items()}, names):
        frame = pl.read_parquet(table(chosen, "parquet"))
        roles = {role: chosen[role] for role in (*MAPPED, "score", "group")}
        made = FRAMES[kind](frame)
        documents = [
            ms.diagnose(made, columns=roles, resamples=100),
            ms.score(made, columns=roles, by=[chosen["site"]], resamples=100),
            ms.slices(made, columns=roles, by=[chosen["site"], chosen["x"]], min_size=2),
            ms.compare(made, made, columns=roles, by=[chosen["site"]], resamples=100),
        ]
        found.append([_document(json.dumps(x.to_dict()).encode()) for x in documents])
    assert difference(*found, {to: name for name, to in stand_in.items()}) is None


def run(path: str, wrong: int) -> None:
    """Write a run of ten rows."""
    rows = [f"{i},{'yes' if i % 2 else 'no'},{'yes' if (i % 2) != (i < wrong) else 'no'}"
            for i in range(10)]  # fmt: skip
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    text = "id,label,prediction\n" + "\n".join(rows) + "\n"
    if path.endswith(".ndjson"):
        frame = pl.read_csv(io.BytesIO(text.encode()), infer_schema=False)
        text = frame.write_ndjson()
    Path(path).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("ending", ["csv", "ndjson"])
def test_the_file_that_is_named_is_read_where_another_fits_it_as_a_glob(ending: str) -> None:
    run(f"run[12].{ending}", 1)
    run(f"run1.{ending}", 5)
    assert ms.score(f"run[12].{ending}", metric="accuracy").to_dict()["scores"][0][
        "value"
    ] == pytest.approx(0.9)
    run(f"lr[12]/run.{ending}", 2)
    run(f"lr1/run.{ending}", 5)
    assert ms.score(f"lr[12]/run.{ending}", metric="accuracy").to_dict()["scores"][0][
        "value"
    ] == pytest.approx(0.8)
    run(f"q?.{ending}", 3)
    run(f"q1.{ending}", 5)
    assert ms.score(f"q?.{ending}", metric="accuracy").to_dict()["scores"][0][
        "value"
    ] == pytest.approx(0.7)
    run(f"alone[1].{ending}", 4)
    assert ms.score(f"alone[1].{ending}", metric="accuracy").to_dict()["scores"][0][
        "value"
    ] == pytest.approx(0.6)


def test_the_checksum_is_of_the_file_that_is_read() -> None:
    run("run[12].csv", 1)
    run("run1.csv", 5)
    (read,) = ms.score("run[12].csv").to_dict()["signature"]["inputs"]
    assert read["sha256"] == hashlib.sha256(Path("run[12].csv").read_bytes()).hexdigest()


@pytest.mark.parametrize("ending", FORMATS)
def test_a_file_whose_name_is_no_utf_8_is_read(ending: str, empty_folder: Path) -> None:
    name = os.fsdecode(b"a\xff.") + ending
    try:
        Path(name).write_bytes(table({role: role for role in ROLES}, ending))
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    ended = call(
        ("score", name, "-f", "json", "--metric", "accuracy"),
        {name: table({role: role for role in ROLES}, ending)},
        empty_folder,
    )
    assert (ended.code, ended.err, ended.raised) == (0, "", None)
    assert json.loads(ended.out)["signature"]["inputs"][0]["path"] == name


def test_a_glob_finds_files_whose_names_are_globs_and_each_is_read_once() -> None:
    run("a/x[1].csv", 1)
    run("a/x1.csv", 2)
    found = ms.score("a/x*.csv", metric="accuracy").to_dict()
    assert found["scores"][0]["n"] == 20
    assert found["scores"][0]["value"] == pytest.approx(0.85)


def test_a_folder_that_is_there_is_meant_before_those_that_fit_it() -> None:
    run("lr[12]/a.csv", 1)
    run("lr1/a.csv", 5)
    assert ms.score("lr[12]/*.csv", metric="accuracy").to_dict()["scores"][0][
        "value"
    ] == pytest.approx(0.9)
    assert ms.score("lr[1]/*.csv", metric="accuracy").to_dict()["scores"][0][
        "value"
    ] == pytest.approx(0.5)


def test_the_config_beside_a_run_goes_with_the_file_and_never_with_a_glob() -> None:
    run("a*.csv", 1)
    run("a1.csv", 5)
    Path("a*.toml").write_text('[diagnose]\nmetric = "error"\n')
    assert ms.score("a*.csv").to_dict()["scores"][0]["metric"] == "error"
    assert ms.score("a?.csv").to_dict()["scores"][0]["metric"] == "f1"


@pytest.mark.parametrize("key", ["^x$", "*", "[ab]", "a b", "len"])
def test_folders_of_partitions_may_have_any_key_and_value(key: str) -> None:
    frame = pl.DataFrame({"label": ["yes", "no"] * 10, "prediction": ["yes", "no", "no", "no"] * 5})
    for value in ("[1]", "*"):
        folder = Path("run[1]", f"{key}={value}")
        folder.mkdir(parents=True)
        frame.write_parquet(folder / "part[0].parquet")
    found = ms.score("run[1]", by=[key]).to_dict()["scores"]
    assert [(x["by"], x["n"]) for x in found if x["by"]] == [({key: "*"}, 20), ({key: "[1]"}, 20)]


def test_split_keeps_every_column_of_its_table_as_it_is_called() -> None:
    header = [" label ", "^x$", "*", "n ", "split of", "__hash", "__code"]
    rows = [[str(i), *(f"{x}{i}" for x in "abcdef")] for i in range(40)]
    with Path("all.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    ms.split("all.csv", dev=5, test=5, output="out.csv")
    with Path("out.csv").open(newline="", encoding="utf-8") as file:
        first, *written = csv.reader(file)
    assert first == [*header, "split"]
    assert [row[:-1] for row in written] == rows


def test_split_refuses_a_column_that_its_own_would_be_taken_for(empty_folder: Path) -> None:
    rows = "".join(f"{i},{i}\n" for i in range(20))
    line = shlex.split("split all.csv --dev 5 --test 5 --map split=part --force -o out.csv")
    ended = call(line, {"all.csv": f"part,split\n{rows}".encode()}, empty_folder)
    assert (ended.code, ended.left) == (2, ())
    assert "a column 'split' is there that is not the split" in ended.err


def test_a_name_as_long_as_a_file_system_takes_is_read(empty_folder: Path) -> None:
    name = LONG[: 255 - len(".csv")] + ".csv"
    run(name, 1)
    assert ms.score(name, metric="accuracy").to_dict()["scores"][0]["value"] == pytest.approx(0.9)
