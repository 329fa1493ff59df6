"""Bad input: one message with the file, the row, the column, what was found and what to do."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path

import polars as pl
import pytest

from mlstrat.data.table import Table
from mlstrat.errors import InputError, MlstratError, UsageError
from mlstrat.tasks.classification.run import read_run
from tests.written_runs import RUN, WriteRun

pytestmark = pytest.mark.usefixtures("typed")

GOOD = "id,label,pred\n1,a,a\n2,b,b\n"
MANY = "id,label,pred\n" + "1,a,a\n" * 50_000

BAD_TEXT: dict[str, tuple[str | bytes, list[str]]] = {
    "empty": ("", ["the file is empty"]),
    "blank": ("\n \n", ["the file is empty"]),
    "header only": ("id,label,pred\n", ["a header and no rows"]),
    "header only, no line end": ("id,label,pred", ["a header and no rows"]),
    "header and blank lines": ("id,label,pred\n\n\n", ["a header and no rows"]),
    "no label": ("id,pred\n1,a\n", ["no label column", "'id', 'pred'", "--map label=COLUMN"]),
    "a column twice": ("label,pred, pred\na,a,a\n", ["row 1", "'pred'"]),
    "carriage returns": ("label,pred\ra,a\r", ["carriage returns alone"]),
    "a short row": ("id,label,pred\n1,a,a\n2,b\n", ["row 3", "2 cells", "3 columns"]),
    "a short row before blanks": ("id,label,pred\n1,a,\n2,b\n", ["row 3", "2 cells"]),
    "a short row, quoted separators": (
        'id,label,pred\n"1,1",a,\n"2,",b\n',
        ["row 3", "2 cells", "3 columns"],
    ),
    "a short row after a quoted line end": (
        'id,label,pred\n"1\n1",a,a\n2,b\n',
        ["row 4", "2 cells"],
    ),
    "a long row": ("id,label,pred\n1,a,a\n2,b,b,b\n", ["row 3", "4 cells", "3 columns"]),
    "a long row of blanks": ("id,label,pred\n1,a,a\n2,b,b,\n", ["row 3", "4 cells"]),
    "a long row far away": (MANY + "1,a,a,7\n", ["row 50002", "4 cells"]),
    "a long row and unread columns": (
        "label,pred,x,y\na,a,1,2\na,a,1,2,3\n",
        ["row 3", "5 cells", "4 columns"],
    ),
    "a long and a short row": ("id,label,pred\n1,a,a,a\n2,b\n", ["row 2", "4 cells"]),
    "an open quote": ('id,label,pred\n1,a,a\n2,"b,b\n3,a,a\n', ["row 3", "left open"]),
    "an open quote in the last column": ('id,label,pred\n1,a,"a\n2,b,b\n', ["row 2", "left open"]),
    "an open quote in the header": ('id,"label,pred\n1,a,a\n', ["row 1", "left open"]),
    "a quote inside quotes": ('id,label,pred\n1,"a"b,a\n', ["row 2", "quote inside", '""']),
    "latin-1": (
        "id,label,pred\n1,a,a\n2,caf\u00e9,b\n".encode("latin-1"),
        ["row 3", "0xE9", "iconv -f LATIN1"],
    ),
    "latin-1 far away": (
        MANY.encode() + b"1,\xe9,a\n" + b"1,a,a\n" * 50_000,
        ["row 50002", "0xE9", "UTF-8"],
    ),
    "utf-16": (GOOD.encode("utf-16"), ["UTF-16", "iconv -f UTF-16"]),
    "utf-16 without a mark": (GOOD.encode("utf-16-le"), ["UTF-16", "iconv -f UTF-16"]),
    "utf-32": (GOOD.encode("utf-32"), ["UTF-32"]),
    "binary": (b"\x00\x01PK" + GOOD.encode(), ["binary data", "UTF-8"]),
    "a blank label": ("label,pred\na,a\n,a\n \t,b\n", ["row 3", "'label'", "2 blank labels"]),
    "all labels blank": ("label,pred\n,a\n,b\n", ["row 2", "2 blank labels (all of them)"]),
    "all predictions blank": ("label,pred\na,\nb,\n", ["every prediction is blank", "'pred'"]),
    "nothing in common": (
        "label,pred\n0,cat\n1,dog\n",
        ["no value in common", "'0', '1'", "'cat', 'dog'", "--classes cat,dog", "--label-as 0=cat"],
    ),
    "an unknown split": (
        "split,label,pred\ndev,a,a\nhans,a,a\n",
        ["row 3", "'split'", "'hans'", "train-dev", "--split-as hans=SPLIT"],
    ),
    "a blank split": ("split,label,pred\ndev,a,a\n ,a,a\n", ["row 3", "'split'", "a blank split"]),
    "a blank group": ("group,label,pred\n1,a,a\n,a,a\n", ["row 3", "'group'", "1 rows"]),
}


@pytest.mark.parametrize(("content", "words"), BAD_TEXT.values(), ids=BAD_TEXT)
def test_bad_text(content: str | bytes, words: list[str], write: WriteRun) -> None:
    path = write(content)
    with pytest.raises(InputError) as caught:
        read_run(path)
    for word in [path, *words]:
        assert word in str(caught.value)


@pytest.mark.parametrize("name", ["a short row", "a long row", "latin-1", "a blank label"])
def test_bad_text_in_gzip_and_in_a_glob(name: str, write: WriteRun) -> None:
    content, words = BAD_TEXT[name]
    raw = content.encode() if isinstance(content, str) else content
    write(gzip.compress(raw.splitlines(keepends=True)[0] + b"a,a,a\n"[-4 * raw.count(b",") :]))
    path = write(gzip.compress(raw), "b.csv.gz")
    with pytest.raises(InputError) as caught:
        read_run(path)
    for word in [path, *words]:
        assert word in str(caught.value)


def test_a_bad_row_in_a_glob_names_its_file(write: WriteRun) -> None:
    write(GOOD, "part-1.csv")
    path = write("id,label,pred\n1,a,a\n2,b\n", "part-2.csv")
    with pytest.raises(InputError) as caught:
        read_run(path.replace("part-2", "part-*"))
    assert (caught.value.file, caught.value.row) == (path, 3)


BAD_NUMBERS: dict[str, tuple[str, dict[str, object], list[str]]] = {
    "a weight below 0": (
        "label,pred,sample_weight\na,a,1\nb,b,-1\n",
        {},
        ["row 3", "'sample_weight'", "'-1'", "at least 0"],
    ),
    "a blank weight": ("label,pred,w\na,a,\nb,b,1\n", {"columns": {"weight": "w"}}, ["row 2"]),
    "an infinite weight": (
        "label,pred,w\na,a,inf\n",
        {"columns": {"weight": "w"}},
        ["row 2", "'inf'"],
    ),
    "weights of 0": ("label,pred,sample_weight\na,a,0\n", {}, ["all weights are 0"]),
    "a word for a weight": (
        "label,pred,sample_weight\na,a,heavy\n",
        {},
        ["row 2", "'heavy'", "finite number"],
    ),
    "a nan score": (
        "label,score\n1,0.5\n0,nan\n",
        {"threshold": 0.2},
        ["row 3", "'score'", "'nan'"],
    ),
    "a blank score": ("label,score\n1,0.5\n0,\n", {}, ["row 3", "'score'", "blank"]),
    "a score that is no probability": (
        "label,score\n1,0.5\n0,-0.1\n",
        {},
        ["row 3", "'-0.1'", "from 0 to 1", "--threshold"],
    ),
    "a probability above 1": (
        "label,prob_a,prob_b\na,1.5,0\nb,0,1\n",
        {"needs": "log_loss"},
        ["row 2", "'prob_a'", "'1.5'"],
    ),
    "a score for the log loss": (
        "label,pred,score\n1,1,0.5\n0,1,7\n",
        {"needs": "log_loss"},
        ["row 3", "'7'", "from 0 to 1"],
    ),
    "a word for a probability": (
        "label,pred,score\n1,1,0.5\n0,1,high\n",
        {"needs": "brier"},
        ["row 3", "'high'"],
    ),
    "a short row before a bad number": (
        "label,pred,sample_weight\n1,1\n0,1,2\n",
        {},
        ["row 2", "2 cells"],
    ),
    "a long row that moves the numbers": (
        "text,label,pred,sample_weight\nx,1,1,1\nx, y,1,1,1\n",
        {},
        ["row 3", "5 cells"],
    ),
    "no probability of a label": (
        "label,prob_a,prob_b\na,0.5,0.5\nb,0.5,0.5\nc,1,0\n",
        {"needs": "log_loss"},
        ["'c'", "--map prob_c=COLUMN"],
    ),
    "no probabilities at all": ("label,pred\na,a\n", {"needs": "brier"}, ["prob_<class>"]),
    "no score at all": ("label,pred\na,a\n", {"needs": "score"}, ["--map score=COLUMN"]),
    "two columns for one class": (
        "label,prob_1,prob_1.0\n1,0,1\n",
        {},
        ["'prob_1'", "'prob_1.0'", "--map prob_1="],
    ),
}


@pytest.mark.parametrize(("text", "options", "words"), BAD_NUMBERS.values(), ids=BAD_NUMBERS)
def test_bad_numbers(
    text: str, options: dict[str, object], words: list[str], write: WriteRun
) -> None:
    path = write(text)
    with pytest.raises(InputError) as caught:
        read_run(path, **options)  # type: ignore[arg-type]
    for word in [path, *words]:
        assert word in str(caught.value)


BAD_OPTIONS: dict[str, tuple[str, dict[str, object], list[str]]] = {
    "a role": ("label,pred\na,a\n", {"columns": {"labels": "label"}}, ["'labels'", "prediction"]),
    "a split": ("label,pred\na,a\n", {"split_as": {"x": "y"}}, ["'y'", "train, train-dev"]),
    "a positive class": ("label,pred\na,a\nb,b\n", {"positive": "c"}, ["'a', 'b'"]),
    "positive of three": ("label,pred\na,a\nb,b\nc,a\n", {"positive": "a"}, ["3 labels"]),
    "a threshold without score": ("label,pred\na,a\n", {"threshold": 0.5}, ["needs a score"]),
    "a score of no class": ("label,score\na,0.1\nb,0.2\n", {}, ["'a', 'b'", "--positive b"]),
    "a ranking of no class": (
        "label,pred,score\na,a,0.1\nb,b,0.2\n",
        {"needs": "score"},
        ["'a', 'b'", "--positive b"],
    ),
    "a loss of no class": (
        "label,pred,score\na,a,0.1\nb,b,0.2\n",
        {"needs": "log_loss"},
        ["'a', 'b'", "--positive b"],
    ),
    "a score with three labels": (
        "label,score\n0,0.1\n1,0.2\n2,0.3\n",
        {"positive": "1"},
        ["3 labels", "prob_<class>"],
    ),
    "a threshold with three probabilities": (
        "label,prob_a,prob_b,prob_c\na,1,0,0\n",
        {"threshold": 0.5},
        ["two classes", "3 probabilities"],
    ),
}


@pytest.mark.parametrize(("text", "options", "words"), BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_options_that_do_not_apply(
    text: str, options: dict[str, object], words: list[str], write: WriteRun
) -> None:
    with pytest.raises(UsageError) as caught:
        read_run(write(text), **options)  # type: ignore[arg-type]
    for word in words:
        assert word in str(caught.value)


def test_slicing_by_a_column_that_is_not_there(write: WriteRun) -> None:
    with pytest.raises(InputError, match=r"--by.*'sit'") as caught:
        read_run(write(RUN), by=["sit"])
    assert "did you mean 'site', 'split'?" in str(caught.value)


PARQUET = io.BytesIO()
pl.DataFrame({"label": ["a", "b"] * 500, "pred": ["a", "a"] * 500}).write_parquet(PARQUET)

TRUNCATED = "not a readable Parquet file: truncated or corrupt"

BAD_FILES: dict[str, tuple[str, bytes, list[str]]] = {
    "unknown ending": ("run.sav", b"x", [".sav", ".parquet", ".ndjson"]),
    "no ending": ("run", b"x", ["no ending"]),
    "json": ("run.json", b"[]", ["an array without records"]),
    "gzipped parquet": ("run.parquet.gz", b"x", [".parquet.gz"]),
    "no gzip": ("run.csv.gz", GOOD.encode(), ["plain text, not gzip", "without .gz"]),
    "gzip cut short": ("run.csv.gz", gzip.compress(GOOD.encode())[:-9], ["ends too early"]),
    "gzip cut far away": (
        "run.csv.gz",
        gzip.compress(GOOD.encode() + b"2,b,b\n" * 2**19)[:-9],
        ["ends too early"],
    ),
    "gzip with a wrong checksum": (
        "run.csv.gz",
        gzip.compress(GOOD.encode())[:-8] + b"abcdefgh",
        ["is damaged"],
    ),
    "json lines gzip cut short": (
        "run.ndjson.gz",
        gzip.compress(b'{"label":1,"pred":1}\n' * 99)[:-9],
        ["ends too early"],
    ),
    "no parquet": ("run.parquet", GOOD.encode() * 9, ["plain text, not Parquet", ".csv"]),
    "parquet cut short": (
        "run.parquet",
        PARQUET.getvalue()[:-20],
        [TRUNCATED],
    ),
    "parquet with holes": (
        "run.parquet",
        PARQUET.getvalue()[:4] + bytes(200) + PARQUET.getvalue()[204:],
        [TRUNCATED],
    ),
    "broken json": (
        "run.ndjson",
        b'{"label":1,"pred":1}\n{"label":1,"pred"\n',
        ["row 2", "one JSON object a line"],
    ),
    "json that is no object": ("run.jsonl", b'{"label":1,"pred":1}\n\n[1]\n', ["row 3"]),
    "latin-1 json": (
        "run.jsonl",
        b'{"label":"\xe9","pred":1}\n',
        ["row 1", "0xE9"],
    ),
    "a list as a label": (
        "run.parquet",
        b"",
        ["'label'", "lists", "text, numbers or booleans"],
    ),
}


@pytest.mark.parametrize(("name", "content", "words"), BAD_FILES.values(), ids=BAD_FILES)
def test_bad_files(name: str, content: bytes, words: list[str], write: WriteRun) -> None:
    if not content:
        stream = io.BytesIO()
        pl.DataFrame({"label": [["a"], ["b"]], "pred": ["a", "b"]}).write_parquet(stream)
        content = stream.getvalue()
    path = write(content, name)
    with pytest.raises(InputError) as caught:
        read_run(path)
    for word in [path, *words]:
        assert word in str(caught.value)


def test_no_such_file_but_one_nearly_so_called(write: WriteRun) -> None:
    path = write(RUN)
    with pytest.raises(InputError, match="no such file") as caught:
        read_run(path.replace("run.csv", "runs.csv"))
    assert f"did you mean {path!r}?" in str(caught.value)
    with pytest.raises(InputError, match="no such file") as caught:
        read_run(path.replace("run.csv", "nowhere.csv"))
    assert "did you mean" not in str(caught.value)  # an ending in common is not enough


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file") as caught:
        read_run(tmp_path / "nowhere" / "run.csv")
    assert "there is no folder" in str(caught.value)


def test_a_folder_of_anything_else(write: WriteRun) -> None:
    write(PARQUET.getvalue(), "runs/part.parquet")
    folder = Path(write(RUN, "runs/run.csv")).parent
    with pytest.raises(InputError, match="not a key=value partitioned Parquet") as caught:
        read_run(folder)
    assert f"give a glob: {folder / '*.parquet'}" in str(caught.value)


def test_folders_of_other_keys(write: WriteRun) -> None:
    write(PARQUET.getvalue(), "runs/split=dev/part.parquet")
    folder = Path(write(PARQUET.getvalue(), "runs/fold=1/part.parquet")).parent.parent
    with pytest.raises(InputError, match="all with the same keys"):
        read_run(folder)


def test_a_glob_that_matches_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file matches"):
        read_run(tmp_path / "*.csv")


def test_a_glob_of_several_formats(write: WriteRun) -> None:
    write(RUN, "a.csv")
    path = write(RUN, "b.tsv")
    with pytest.raises(InputError, match=r"a\.csv.*b\.tsv"):
        read_run(path.replace("b.tsv", "*"))


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_a_glob_of_files_with_other_columns(ending: str, write: WriteRun) -> None:
    for name, columns in (("a", ["label", "pred"]), ("b", ["label", "output"])):
        frame = pl.DataFrame({column: ["x"] for column in columns})
        stream = io.BytesIO()
        frame.write_csv(stream) if ending == ".csv" else frame.write_parquet(stream)
        path = write(stream.getvalue(), name + ending)
    with pytest.raises(InputError, match=r"other columns than in .*a\.") as caught:
        read_run(path.replace(f"b{ending}", f"*{ending}"))
    assert caught.value.file == path


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_file_that_may_not_be_read(write: WriteRun) -> None:
    path = write(RUN)
    Path(path).chmod(0)
    with pytest.raises(InputError, match="cannot be opened: permission denied"):
        read_run(path)


@pytest.mark.parametrize("change", ["grow", "vanish"])
@pytest.mark.parametrize("name", ["run.csv", "run.parquet", "run.ndjson"])
def test_a_file_that_changes_while_it_is_read(
    change: str, name: str, write: WriteRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = {
        "run.csv": GOOD.encode(),
        "run.parquet": PARQUET.getvalue(),
        "run.ndjson": b'{"label":1,"pred":1}\n',
    }[name]
    path = Path(write(content, name))
    category = Table.category

    def meddle(self: Table, column: str) -> object:
        if path.exists():
            path.unlink()
        if change == "grow":
            path.write_bytes(content * 2)
        return category(self, column)

    monkeypatch.setattr(Table, "category", meddle)
    with pytest.raises(InputError, match="changed while it was read"):
        read_run(path)


def test_labels_that_look_like_ids(write: WriteRun) -> None:
    rows = "".join(f"{i},{i}\n" for i in range(100_001))
    with pytest.raises(InputError, match=r"100,001 distinct labels.*id or a number"):
        read_run(write("label,pred\n" + rows))


def test_no_exception_of_polars_comes_through(
    write: WriteRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise pl.exceptions.ComputeError("something new\nand long")

    path = write(GOOD)
    table_collect = pl.LazyFrame.collect

    def collect(self: pl.LazyFrame, **options: object) -> object:
        return fail() if "n" in self.collect_schema().names() else table_collect(self, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(pl.LazyFrame, "collect", collect)
    with pytest.raises(MlstratError, match=r"cannot be read by the engine: something new$"):
        read_run(path)


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ('id,label,pred\n"1,1",a,\n2,b,b\n', 1),
        ("id,label,pred\n1,a,\n2,b,b\n", 1),
        ('id,label,pred\n"x""y, z",a,a\n2,b,b\n', 0),
        ('id,label,pred\n"x\n,,,",a,a\n2,b,\n', 1),
        ("id,label,pred\n1,a,a\n2,b,b\n,a,\n", 1),
    ],
)
def test_what_only_looks_ragged_is_read(text: str, errors: int, write: WriteRun) -> None:
    assert read_run(write(text)).cells.errors == errors


def test_a_stray_quote_is_text_or_is_refused_at_its_row(write: WriteRun) -> None:
    """Older versions of Polars read it as it stands, newer ones do not."""
    try:
        labels = read_run(write('id,label,pred\n1,a,a\n2,b"c,b\n3,a,a\n')).cells.labels
    except InputError as error:
        assert error.row == 3
        assert "not quoted" in error.message
    else:
        assert labels == ("a", "b", 'b"c')
