"""Hypothesis strategies that write tables, valid and broken, as the commands take them.

Most draws are tables that a command accepts, for what is refused at once tests little; each part is
then left out, made blank or made something else with a small chance.
"""

from __future__ import annotations

import csv
import datetime
import decimal
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl
from hypothesis import strategies as st

from mlstrat.data.columns import ALIASES
from mlstrat.data.config import KNOWN
from tests.fuzz import seeds
from tests.fuzz.mutations import TOKENS

Columns = dict[str, list[Any]]

WORDS = tuple(token.decode(errors="replace") for token in TOKENS if len(token) < 40)
CLASSES = (
    ("0", "1"), ("no", "yes"), ("cat", "dog", "bird"), ("true", "false"), ("a", "A", "á"),
    ("1.0", "01", "1"), ("<b>", "=1+1", "a|b", "\x1b[31m", "[red]"), ("only",),
)  # fmt: skip

foreign = st.one_of(st.sampled_from(WORDS), st.text(max_size=8), st.just(""))
"""Other people's text."""

numbers = st.one_of(
    st.sampled_from(["0", "1", "0.5", "0.25", "0.75", "2", "1e-300", "1e300", "-0", " 0.5 "]),
    st.floats(0, 1).map(repr),
)


@st.composite
def column(draw: st.DrawFn, rows: int, values: Any, *, broken: float = 0.1) -> list[str]:
    """A column of values, a few of which may be anything else."""
    cells = draw(st.lists(values, min_size=rows, max_size=rows))
    if cells and draw(st.floats(0, 1)) < broken:
        for i in draw(st.lists(st.integers(0, rows - 1), min_size=1, max_size=3)):
            cells[i] = draw(foreign)
    return cells


@st.composite
def run_columns(draw: st.DrawFn, most: int = 24) -> Columns:
    """A run: labels, what predicts them, and any of the other roles."""
    rows = draw(st.integers(0, most))
    classes = draw(st.one_of(st.sampled_from(CLASSES), st.lists(foreign, min_size=1, max_size=4)))
    label = st.sampled_from(classes)
    out: Columns = {}

    def add(role: str, values: Any, chance: float) -> None:
        if draw(st.floats(0, 1)) < chance:
            names = ALIASES.get(role, (role,))
            out[draw(st.sampled_from(names))] = draw(column(rows, values))

    add("split", st.sampled_from(["train", "train-dev", "dev", "dev", "dev", "test", "Val"]), 0.7)
    add("label", label, 0.98)
    add("prediction", label, 0.9)
    add("score", numbers, 0.4)
    add("weight", numbers, 0.2)
    add("group", st.sampled_from([f"g{i}" for i in range(8)]), 0.2)
    add("source", st.sampled_from(["app", "web"]), 0.4)
    add("human", label, 0.2)
    add("human_ann", label, 0.3)
    add("site", st.one_of(st.sampled_from(["north", "south"]), foreign), 0.5)
    add("x", numbers, 0.3)
    for name in classes if draw(st.booleans()) else ():
        add(f"prob_{name}", numbers, 0.8)
    if draw(st.floats(0, 1)) < 0.8:
        unique = draw(st.floats(0, 1)) < 0.9
        out["id"] = [str(i if unique else i // 2) for i in range(rows)]
    return out


def csv_bytes(columns: Columns, separator: str = ",", end: str = "\n", quote: int = 0) -> bytes:
    """Columns as delimited text."""
    stream = io.StringIO(newline="")
    kind: Any = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)[quote]
    writer = csv.writer(stream, delimiter=separator, lineterminator=end, quoting=kind)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return stream.getvalue().encode(errors="surrogatepass")


@st.composite
def delimited(draw: st.DrawFn, columns: st.SearchStrategy[Columns], separator: str = ",") -> bytes:
    """Delimited text as programs write it, and as it is when something went wrong on the way."""
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    raw = csv_bytes(draw(columns), separator, end, draw(st.integers(0, 1)))
    wrong = draw(st.integers(0, 19))
    if wrong == 0:
        raw = b"\xef\xbb\xbf" + raw
    elif wrong == 1:
        raw += draw(st.sampled_from([b"\n\n", b"1,2\n", b'"', b",,,,,,,,,,,,,,,,\n", b"\0"]))
    elif wrong == 2:
        raw = raw[: draw(st.integers(0, len(raw)))]
    elif wrong == 3:
        i = draw(st.integers(0, len(raw)))
        raw = raw[:i] + draw(st.sampled_from(TOKENS)) + raw[i:]
    return raw


def _typed(draw: st.DrawFn, cells: list[str]) -> pl.Series:
    """Return a column of text as one of the types that Parquet knows."""
    n = len(cells)
    makers: dict[str, Callable[[], pl.Series]] = {
        "text": lambda: pl.Series(cells, dtype=pl.String),
        "category": lambda: pl.Series(cells, dtype=pl.Categorical),
        "nulls": lambda: pl.Series([x or None for x in cells], dtype=pl.String),
        "bytes": lambda: pl.Series([x.encode(errors="replace") for x in cells], dtype=pl.Binary),
        "float": lambda: pl.Series(cells, dtype=pl.String).cast(pl.Float64, strict=False),
        "int": lambda: pl.Series([i % 3 for i in range(n)], dtype=pl.Int64),
        "small": lambda: pl.Series([i % 2 for i in range(n)], dtype=pl.UInt8),
        "bool": lambda: pl.Series([bool(i % 2) for i in range(n)], dtype=pl.Boolean),
        "decimal": lambda: pl.Series([decimal.Decimal(i % 4) / 2 for i in range(n)],
                                     dtype=pl.Decimal(10, 2)),
        "date": lambda: pl.Series([datetime.date(2020, 1, 1 + i % 9) for i in range(n)],
                                  dtype=pl.Date),
        "time": lambda: pl.Series([datetime.datetime(2020, 1, 1, i % 24) for i in range(n)],
                                  dtype=pl.Datetime("us", "UTC")),
        "null": lambda: pl.Series([None] * n, dtype=pl.Null),
        "list": lambda: pl.Series([[x] for x in cells], dtype=pl.List(pl.String)),
        "struct": lambda: pl.Series([{"a": x} for x in cells], dtype=pl.Struct({"a": pl.String})),
    }  # fmt: skip
    kind = draw(st.sampled_from(["text", "text", "text", *makers]))
    return makers[kind]()


@st.composite
def parquet(draw: st.DrawFn, columns: st.SearchStrategy[Columns]) -> bytes:
    """Parquet of awkward types, now and then damaged."""
    drawn = {name: [x.encode(errors="replace").decode() for x in cells]
             for name, cells in draw(columns).items()}  # fmt: skip
    frame = pl.DataFrame({name: _typed(draw, cells) for name, cells in drawn.items()})
    stream = io.BytesIO()
    frame.write_parquet(stream)
    raw = stream.getvalue()
    if draw(st.integers(0, 9)) == 0:
        i = draw(st.integers(0, len(raw) - 1))
        raw = raw[:i] + bytes([draw(st.integers(0, 255))]) + raw[i + 1 :]
    return raw


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), foreign),
    lambda x: st.one_of(st.lists(x, max_size=3), st.dictionaries(foreign, x, max_size=3)),
    max_leaves=5,
)
"""What JSON can hold, and NaN."""


@st.composite
def json_lines(draw: st.DrawFn, columns: st.SearchStrategy[Columns]) -> bytes:
    """JSON lines with values of any kind, keys left out, and lines that are none."""
    drawn = draw(columns)
    lines = []
    for row in zip(*drawn.values(), strict=True):
        cells: dict[str, Any] = dict(zip(drawn, row, strict=True))
        if cells and draw(st.integers(0, 9)) == 0:
            cells[draw(st.sampled_from(list(cells)))] = draw(values)
        lines.append(json.dumps(cells))
    if draw(st.integers(0, 9)) == 0:
        lines.insert(0, draw(st.sampled_from(["", "null", "[1]", "{", '{"a": 1e999}', '"x"'])))
    return ("\n".join(lines) + "\n").encode()


@st.composite
def altered_json(draw: st.DrawFn, make: Callable[[], bytes]) -> bytes:
    """A JSON document with one of its values, at any depth, changed or gone."""
    document = json.loads(make())
    at: Any = document
    while True:
        places = list(at) if isinstance(at, dict) else list(range(len(at)))
        if not places:
            break
        place = draw(st.sampled_from(places))
        if isinstance(at[place], dict | list) and at[place] and draw(st.booleans()):
            at = at[place]
            continue
        if draw(st.integers(0, 3)) == 0:
            del at[place]
        else:
            at[place] = draw(values)
        break
    return json.dumps(document).encode()


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(str(k))} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value).replace("NaN", "nan").replace("Infinity", "inf").replace("null", '""')


GATE = ("metric", "split", "where", "min", "max", "margin", "min_n", "decide_on",
        "on_inconclusive", "name", "average")  # fmt: skip
setting = st.one_of(
    values,
    st.sampled_from(["dev", "yes", "f1", "error", "accuracy", "macro", "1%", "site == *", "warn",
                     "ms <= 100", 0, 1, 0.5, 0.95, 100, 10_000, True, ["app"], "ci", "point"]),
)  # fmt: skip


@st.composite
def toml(draw: st.DrawFn) -> bytes:
    """A config: known tables and keys, with values of any kind."""
    lines = []
    for table in draw(st.lists(st.sampled_from([*KNOWN, "gate", "run", "else"]), max_size=3,
                               unique=True)):  # fmt: skip
        lines.append(f"[[{table}]]" if table == "gate" else f"[{table}]")
        keys: Sequence[str] = GATE if table == "gate" else tuple(KNOWN.get(table, ())) or ("label",)
        for key in draw(st.lists(st.sampled_from(keys), max_size=4, unique=True)):
            lines.append(f"{key} = {_toml(draw(setting))}")
    return ("\n".join(lines) + "\n").encode(errors="replace")


@st.composite
def sheet_columns(draw: st.DrawFn) -> Columns:
    """A review sheet that was filled in by a person."""
    rows = draw(st.integers(0, 16))
    label = st.sampled_from(("cat", "dog"))
    tags = st.one_of(
        st.sampled_from(["", "", "none", "blurry", "dog; blurry", "Blurry", "great  cat,dog", ";"]),
        foreign,
    )
    kinds: list[tuple[str, Any, float]] = [
        ("split", st.just("dev"), 0.5),
        ("label", label, 0.95),
        ("prediction", label, 0.95),
        ("stratum", st.sampled_from(["error", "error", "correct"]), 0.5),
        ("sampling_weight", st.sampled_from(["1", "1", "2.5", "2,5", "0"]), 0.4),
        ("seed", st.just("0"), 0.3),
        ("tags", tags, 0.9),
        ("mislabeled", st.sampled_from(["", "", "x", "no", "yes", "1"]), 0.7),
        ("true_label", st.sampled_from(["", "", "cat", "dog", "bird"]), 0.6),
        ("comment", foreign, 0.3),
        ("glare", st.sampled_from(["", "x", "1"]), 0.3),
        ("run.site", foreign, 0.2),
    ]
    out: Columns = {"id": [str(i) for i in range(rows)]}
    for name, cells, chance in kinds:
        if draw(st.floats(0, 1)) < chance:
            out[name] = draw(column(rows, cells, broken=0.05))
    return out


def sheet_run() -> bytes:
    """The run from which such sheets may be."""
    rows = [f"{i},dev,{'cat' if i % 2 else 'dog'},{'dog' if i % 2 else 'cat'}" for i in range(40)]
    return ("id,split,label,prediction\n" + "\n".join(rows) + "\n").encode()


def rows_of(*kinds: tuple[str, Any]) -> st.SearchStrategy[Columns]:
    """A table with these columns, each left out with a small chance."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Columns:
        rows = draw(st.integers(0, 6))
        return {
            name: draw(column(rows, cells, broken=0.2))
            for name, cells in kinds
            if draw(st.floats(0, 1)) < 0.95
        }

    return drawn()


rate = st.sampled_from(["3%", "0.03", "5/100", "0", "100%", "90", "0/10", "1e-9", "0.5"])
count = st.sampled_from(["", "1", "50", "1000", "10000000000"])
levels = rows_of(
    ("level", st.sampled_from(["human", "train", "train-dev", "dev", "test"])),
    ("error", rate), ("n", count), ("distribution", st.sampled_from(["web", "app"])),
)  # fmt: skip
people = rows_of(
    ("name", st.sampled_from(["ann", "bo", "team", "cy"])), ("error", rate), ("n", count),
    ("group", st.sampled_from(["doctor", "team", ""])),
)  # fmt: skip
answers = rows_of(
    ("id", st.sampled_from([str(i) for i in range(8)])),
    ("annotator", st.sampled_from(["ann", "bo"])), ("answer", st.sampled_from(["yes", "no"])),
)  # fmt: skip
models = rows_of(
    ("name", st.sampled_from(["A", "B", "C", "D", "E"])),
    ("accuracy", st.one_of(rate, numbers)), ("ms", numbers), ("n", count),
)  # fmt: skip
pairs = rows_of(("better", st.sampled_from("ABD")), ("worse", st.sampled_from("ABC")))
runs = run_columns()

FILES: Mapping[str, st.SearchStrategy[bytes]] = {
    "run.csv": delimited(runs),
    "other.csv": delimited(runs),
    "run.tsv": delimited(runs, "\t"),
    "run.parquet": parquet(runs),
    "run.ndjson": json_lines(runs),
    "review.csv": delimited(sheet_columns()),
    "of_sheet.csv": st.just(sheet_run()),
    "levels.csv": delimited(levels),
    "people.csv": delimited(people),
    "answers.csv": delimited(answers),
    "models.csv": delimited(models),
    "pairs.csv": delimited(pairs),
    "c.toml": toml(),
    "costs.toml": st.dictionaries(foreign, setting, max_size=3).map(
        lambda x: "".join(f"{_toml(k)} = {_toml(v)}\n" for k, v in x.items()).encode(
            errors="replace"
        )
    ),
    "cuts.json": altered_json(seeds.cuts),
    "ledger.json": altered_json(seeds.ledger),
    "human.json": altered_json(seeds.human_document),
    "good.csv": st.just(seeds.full()),
    "good_models.csv": st.just(seeds.models()),
    "good_sheet.csv": st.just(seeds.sheet()),
}
"""The files that command lines may name, and what they hold."""
