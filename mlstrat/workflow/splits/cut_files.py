"""Cut points on disk: the JSON beside a table that was split, read again when the data have grown.

Ends are written as 16 hexadecimal digits, since they do not fit the numbers of every JSON reader.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlstrat.core.cuts import Cuts, Ends, Stratum
from mlstrat.core.hashing import ALL
from mlstrat.data.config import parse_json
from mlstrat.data.examples import Examples
from mlstrat.data.formats.contents import read_text_file
from mlstrat.data.formats.written import ending_of, sink
from mlstrat.errors import ConfigError, InputError

SCHEMA = "mlstrat.cuts/1"
HASH = "fmix64(FNV-1a-64('<seed>/<key>')) >> 1"


def cuts_beside(output: str | Path) -> Path:
    """Return the path of the cut points of a table: ``out.csv`` has ``out.cuts.json``."""
    return Path(output).with_suffix(".cuts.json")


def cuts_text(cuts: Cuts) -> str:
    """Return cut points as JSON."""
    document = {
        "schema": SCHEMA,
        "hash": HASH,
        "seed": cuts.seed,
        "key": cuts.key,
        "columns": dict(cuts.columns),
        "target": list(cuts.target),
        "strata": [
            {"source": s.source, "value": s.value, **_ends(ends)} for s, ends in cuts.strata.items()
        ],
        "rest": {"target": _ends(cuts.target_rest), "other": _ends(cuts.other_rest)},
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def read_cuts(path: str | Path) -> Cuts:
    """Return the cut points of a file."""
    text = read_text_file(path, "JSON", error=ConfigError)
    try:
        document = parse_json(text)
        if document["schema"] != SCHEMA:
            raise ValueError(document["schema"])
        return _read(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConfigError(
            "holds no cut points",
            file=str(path),
            accepted="what `mlstrat split -o out.csv` wrote beside out.csv: out.cuts.json",
        ) from None


def _read(document: Mapping[str, Any]) -> Cuts:
    key, seed = document["key"], document["seed"]
    if key not in ("group", "id", "row") or type(seed) is not int or seed < 0:
        raise ValueError(key)
    columns = {role: _text(column) for role, column in document["columns"].items()}
    if (key != "row" and key not in columns) or set(columns) - {key, "source", "stratify"}:
        raise ValueError(columns)
    return Cuts(
        seed,
        key,
        columns,
        tuple(_text(source) for source in document["target"]),
        {Stratum(_text(x["source"]), _text(x["value"])): _read_ends(x)
         for x in document["strata"]},
        _read_ends(document["rest"]["target"]),
        _read_ends(document["rest"]["other"]),
    )  # fmt: skip


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _ends(ends: Ends) -> dict[str, str]:
    return {"dev": f"{ends.dev:016x}", "test": f"{ends.test:016x}",
            "train-dev": f"{ends.train_dev:016x}"}  # fmt: skip


def _read_ends(found: Mapping[str, str]) -> Ends:
    ends = Ends(*(int(found[name], 16) for name in ("dev", "test", "train-dev")))
    if not 0 <= ends.dev <= ends.test <= ends.train_dev <= ALL:
        raise ValueError(found)
    return ends


SPLIT = "split"
"""The column that is written."""


def write_examples(
    examples: Examples, strata: Sequence[Stratum], cuts: Cuts, output: str | Path, path: Path
) -> None:
    """Write the table with its split column to `path`, in the format of the name `output`."""
    table, ns = examples.table, examples.table.ns
    ends = [cuts.ends(stratum) for stratum in strata]

    def below(each: list[int]) -> Any:
        if not any(each):
            return ns.lit(value=False)
        code = ns.col("__code")
        end = code.replace_strict(list(range(len(each))), each, return_dtype=ns.UInt64)
        return ns.col("__hash") < end

    split = (
        ns.when(below([e.dev for e in ends])).then(ns.lit("dev"))
        .when(below([e.test for e in ends])).then(ns.lit("test"))
        .when(below([e.train_dev for e in ends])).then(ns.lit("train-dev"))
        .otherwise(ns.lit("train")).alias(SPLIT)
    )  # fmt: skip
    old = examples.roles.get("split")
    if old != SPLIT and SPLIT in table.header:
        raise InputError(
            f"a column {SPLIT!r} is there that is not the split, and the table would get another",
            file=table.name,
            column=SPLIT,
            hint=f"rename it, or let it be replaced: --map split={SPLIT}",
        )
    kept = [
        ns.col(name).alias(given)
        for column, name, given in zip(
            table.header, table.names, table.given or table.header, strict=True
        )
        if column != old
    ]

    def ask(frame: Any) -> Any:
        placed = frame.with_columns(
            examples.hashes(cuts.seed).alias("__hash"), examples.code(strata).alias("__code")
        )
        return sink(placed.select(*kept, split), ending_of(output), path)

    table.collect(ask)
