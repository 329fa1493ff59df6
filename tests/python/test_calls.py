"""What a caller sees: errors in keywords, one frame of mlstrat, results that say what they are."""

from __future__ import annotations

import datetime
import decimal
import enum
import inspect
import pathlib
import pickle
import subprocess
import sys
import traceback
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mlstrat as ms
from mlstrat import public
from mlstrat.cli.app import run
from mlstrat.core.asked import signature_of
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.caller import in_python

QUICK: dict[str, Any] = {"resamples": 100}
N = 40
Y, P = [i % 2 for i in range(N)], [i // 3 % 2 for i in range(N)]


@pytest.mark.parametrize(("said", "wanted"), [
    ("name it: --map id=COLUMN", 'name it: columns={"id": "COLUMN"}'),
    ("--map label=COLUMN --map prediction='my col'",
     'columns={"label": "COLUMN", "prediction": "my col"}'),
    ("say what it is: --split-as hans=SPLIT", 'say what it is: split_as={"hans": "SPLIT"}'),
    ("--different-distributions, or --same-distribution",
     "different_distributions=True, or different_distributions=False"),
    ("name it: --positive cat", 'name it: positive="cat"'),
    ("--threshold 0.5 turns it", "threshold=0.5 turns it"),
    ("--threshold needs a positive class", "threshold needs a positive class"),
    ("give --human-error 1%, or columns", 'give human_error="1%", or columns'),
    ("rows of --ignore -100", 'rows of ignore=["-100"]'),
    ("`mlstrat diagnose run.csv --map label=y` reads it",
     'ms.diagnose("run.csv", columns={"label": "y"}) reads it'),
    ("mlstrat sample writes one: mlstrat sample run.csv -n 100 -o review.csv",
     "mlstrat sample writes one: mlstrat sample run.csv -n 100 -o review.csv"),
    ("--engine is not a keyword, -1 a number, a--b no flag",
     "--engine is not a keyword, -1 a number, a--b no flag"),
])  # fmt: skip
def test_flags_become_keywords(said: str, wanted: str) -> None:
    error = in_python(InputError("found", hint=said, accepted=said), ms.diagnose, "diagnose")
    assert (error.hint, error.accepted) == (wanted, wanted)


def test_several_values_are_one_keyword() -> None:
    error = UsageError(
        "a second run, or --a COLUMN --b COLUMN: two", hint="--by COLUMN --by COLUMN"
    )
    told = in_python(error, ms.compare, "compare")
    assert told.message == 'a second run, or a="COLUMN", b="COLUMN": two'
    assert told.hint == 'by=["COLUMN", "COLUMN"]'


def test_an_error_shows_one_frame_of_mlstrat_and_the_command_line_its_flags(
    capsys: Any, empty_folder: Any
) -> None:
    with pytest.raises(InputError, match=r'columns=\{"prediction": "guess"\}') as caught:
        ms.diagnose({"label": Y, "guess": P})
    frames = traceback.extract_tb(caught.value.__traceback__)
    package = str(pathlib.Path(ms.__file__).parent)
    assert len([x for x in frames if x.filename.startswith(package)]) == 1
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    pl.DataFrame({"label": Y, "guess": P}).write_csv("run.csv")
    assert run(["diagnose", "run.csv"]) == 2
    assert "--map prediction=" in capsys.readouterr().err


def test_functions_are_found_pickled_and_documented() -> None:
    assert ms.diagnose is ms.diagnose
    assert pickle.loads(pickle.dumps(ms.diagnose)) is ms.diagnose
    shown, text = inspect.signature(ms.diagnose), inspect.getdoc(ms.diagnose) or ""
    assert shown == signature_of(public.diagnose)
    assert [*shown.parameters][:2] == ["run", "y_pred"]
    for name, line in (("resamples", "Number of resamples."), ("scheme", "Tagging: scheme of")):
        assert name in shown.parameters, "an option of all, and one of a task"
        assert f"\n{name}\n    {line}" in text
    with pytest.raises(TypeError, match="treshold"):
        ms.diagnose(Y, P, treshold=0.5)  # type: ignore[call-arg]


def test_nothing_is_imported_before_a_call_and_no_library_to_tell_what_a_value_is() -> None:
    code = """
import sys
import mlstrat as ms
assert not {"numpy", "polars", "narwhals", "pandas"} & set(sys.modules)
ms.diagnose([1, 0] * 20, [1, 1] * 20, resamples=100)
assert not {"pandas", "sklearn", "scipy", "torch", "tensorflow", "datasets"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


RESULTS: dict[str, Callable[[], Any]] = {
    "diagnose": lambda: ms.diagnose(Y, P, **QUICK),
    "gaps": lambda: ms.gaps(human="1%", train="8%", dev="10%"),
    "score": lambda: ms.score(Y, P, **QUICK),
    "compare": lambda: ms.compare((Y, P), (Y, Y), **QUICK),
    "select": lambda: ms.select({"a": (Y, P), "b": (Y, Y)}, optimize="accuracy", **QUICK),
    "slices": lambda: ms.slices(Y, P, **QUICK),
    "sample": lambda: ms.sample(Y, P, n=5),
    "count": lambda: ms.count(Y, P),
    "gate": lambda: ms.gate(Y, P, baseline=(Y, Y), **QUICK),
    "report": lambda: ms.report(Y, P, **QUICK),
    "human": lambda: ms.human({"label": Y, "human_a": P}, **QUICK),
    "error_table": lambda: ms.error_table(error="10%", reviewed=100, tags={"dog": 5}),
    "mislabels": lambda: ms.mislabels(error="10%", from_labels="0.6%"),
    "plan": lambda: ms.plan(examples=1000),
    "metrics": ms.list_metrics,
    "explain": lambda: ms.explain("MLS101"),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_has_findings_a_verdict_where_json_has_one_and_a_short_repr(name: str) -> None:
    result = RESULTS[name]()
    document = result.to_dict()
    shown = repr(result).splitlines()
    assert 2 <= len(shown) <= 5
    assert shown[0] == result.to_text().lstrip().splitlines()[0]  # the verdict
    if name not in ("report", "metrics", "explain"):
        codes = [x["code"] for x in document["findings"]]
        assert sorted(x.code for x in result.findings) == sorted(codes)
        assert not codes or codes[0] in shown[-1]
    if "verdict" in document and name != "report":  # whose own is a sentence
        assert result.verdict == document["verdict"]
    elif name != "report":
        assert not hasattr(result, "verdict")


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


ODD: dict[str, list[Any]] = {
    "paths": [pathlib.Path(f"/i/{i % 3}.png") for i in range(N)],
    "UUIDs": [uuid.UUID(int=i % 3) for i in range(N)],
    "decimals": [decimal.Decimal(i % 3) / 2 for i in range(N)],
    "lone surrogates": ["a\udc80" if i % 2 else "b" for i in range(N)],
    "lists": [[i % 2, 9] for i in range(N)],
    "arrays": [np.zeros(3) for _ in range(N)],
    "dicts": [{"a": i % 2} for i in range(N)],
    "mixed": [1, "a", None, 2.5, True] * 8,
    "nothing": [None] * N,
    "bytes that are no text": [b"\xff", b"b"] * 20,
    "enums": [Colour.RED, Colour.BLUE] * 20,
    "times": [datetime.datetime(2020, 1, 1 + i % 3) for i in range(N)],
    "huge numbers": [10**30 + i % 2 for i in range(N)],
    "functions": [len] * N,
    "infinite": [float("inf"), 1.0] * 20,
}

MAKERS: dict[str, Callable[[dict[str, Any], str, list[Any]], Any]] = {
    "pandas": lambda run, name, cells: pd.DataFrame(run).assign(
        **{name: pd.Series(cells, dtype=object)}
    ),
    "polars": lambda run, name, cells: pl.DataFrame(run).with_columns(
        pl.Series(name, cells, dtype=pl.Object)
    ),
    "pyarrow": lambda run, name, cells: pa.table({**run, name: cells}),
    "dict": lambda run, name, cells: {**run, name: cells},
}

TAKERS: dict[str, Callable[[Any], Any]] = {
    "diagnose": lambda run: ms.diagnose(run, **QUICK),
    "score": lambda run: ms.score(run, by=["extra"], **QUICK),
    "slices": lambda run: ms.slices(run, **QUICK),
    "sample": lambda run: ms.sample(run, n=5),
    "count": ms.count,
    "compare": lambda run: ms.compare(run, run, **QUICK),
    "select": lambda run: ms.select([run, run], optimize="accuracy", **QUICK),
    "human": lambda run: ms.human(run, **QUICK),
    "error_table": lambda run: ms.error_table(run, error="10%"),
    "check_split": ms.check_split,
}

COLUMNS = ["extra", "label", "prediction", "score", "split", "id", "group", "human_a", "tags",
           "sample_weight"]  # fmt: skip
RUN: dict[str, Any] = {"id": list(range(N)), "split": ["train", "dev"] * 20, "label": Y,
                       "prediction": P, "extra": ["x", "y"] * 20}  # fmt: skip


def answered(ask: Callable[[Any], Any], made: Callable[..., Any], column: str, cells: Any) -> None:
    """Ask something of a run with odd cells: an answer, or an error of ours."""
    try:
        run = made(RUN, column, cells)
    except Exception:
        return  # the library itself has no such column
    try:
        ask(run)
    except ms.MlstratError as error:
        assert str(error)


@pytest.mark.parametrize("kind", ODD)
def test_no_foreign_exception_passes_the_door(kind: str) -> None:
    rng = np.random.default_rng(sorted(ODD).index(kind))
    every = [(t, m, c) for t in TAKERS.values() for m in MAKERS.values() for c in COLUMNS]
    for i in rng.choice(len(every), 25, replace=False):
        taker, maker, column = every[i]
        answered(taker, maker, column, ODD[kind])


@pytest.mark.slow
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("taker", TAKERS)
def test_no_foreign_exception_passes_the_door_anywhere(taker: str, column: str) -> None:
    for cells in ODD.values():
        for made in MAKERS.values():
            answered(TAKERS[taker], made, column, cells)


def test_odd_columns_are_read_as_text_or_refused_by_name() -> None:
    frame = pd.DataFrame(RUN)
    paths = frame.assign(extra=ODD["paths"])
    texts = frame.assign(extra=[str(x) for x in ODD["paths"]])
    assert ms.score(paths, by=["extra"], **QUICK).to_dict()["scores"] == (
        ms.score(texts, by=["extra"], **QUICK).to_dict()["scores"])  # fmt: skip
    with pytest.raises(InputError, match="column 'label': several values in a cell"):
        ms.diagnose(frame.assign(label=ODD["lists"]))
    with pytest.raises(InputError, match="columns on 2 levels"):
        ms.diagnose(pd.concat({"model_a": frame}, axis=1))
    sheet = ms.error_table(frame.assign(embedding=ODD["arrays"], tags="blurry"), error="10%")
    assert [x["tag"] for x in sheet.to_dict()["categories"]] == ["blurry"]
    assert "embedding" in sheet.to_json()
    as_text = ms.diagnose(frame.assign(label=ODD["enums"], prediction=ODD["enums"]), **QUICK)
    assert as_text.to_dict()["labels"] == ["Colour.BLUE", "Colour.RED"]


def test_a_lazy_plan_that_fails_is_bad_input() -> None:
    def fails(_: Any) -> Any:
        raise ZeroDivisionError("in the plan")

    frame = pl.LazyFrame({"label": Y, "prediction": P})
    plans = [
        frame.map_batches(fails),
        frame.with_columns(pl.col("label").map_elements(fails, return_dtype=pl.Int64)),
        frame.select("label", "missing"),
    ]
    for plan in plans:
        with pytest.raises(InputError):
            ms.diagnose(plan)
        with pytest.raises(InputError):
            ms.diagnose({"dev": plan})
