# Over 300 lines: what a check reads, and the cut points it may follow.
"""Splits that exist, read for a check: counts, hashes of rows, a sample for a classifier.

And cut points on disk: the JSON beside a table that was split, read again when the data have grown.
Ends are written as 16 hexadecimal digits, since they do not fit the numbers of every JSON reader.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlstrat.core.counts import SPLITS, Ints
from mlstrat.core.cuts import Cuts, Ends, Stratum
from mlstrat.core.hashing import ALL, Hashes
from mlstrat.core.record import Record
from mlstrat.data.asked.read_as import no_rows
from mlstrat.data.columns import PREFIXES, Columns
from mlstrat.data.config import parse_json
from mlstrat.data.counting import with_counts
from mlstrat.data.examples import SEPARATOR, Examples, hashes_of
from mlstrat.data.formats.contents import read_text_file
from mlstrat.data.formats.written import ending_of, sink
from mlstrat.data.grouping import grouped, unordered
from mlstrat.data.opening import open_in_place
from mlstrat.data.roles import columns_of, splits_of
from mlstrat.data.spark.table import HASH, SparkTable
from mlstrat.data.values import check_split_as, label_text, shown, split_name, value_text
from mlstrat.errors import ConfigError, InputError
from mlstrat.workflow.splits.checks import GROUP_BUCKETS

DIGITS = 3
"""Significant digits to which numbers are rounded before rows are compared."""

SAMPLE = 5_000
"""Rows of each split that a classifier is shown."""


class Counts(Record):
    """Rows by split, source, label and bucket of groups.

    Arrays of one length: ``split`` indexes ``splits``, ``source`` and ``label`` their values,
    ``bucket`` numbers buckets of groups (0 where there are none).
    """

    splits: tuple[str, ...]
    sources: tuple[str, ...]
    labels: tuple[str, ...]
    split: Ints
    source: Ints
    label: Ints
    bucket: Ints
    n: Ints

    def by_source(self) -> dict[str, dict[str, int]]:
        """Return rows by split and source."""
        out: dict[str, dict[str, int]] = {split: {} for split in self.splits}
        for split, source, n in zip(self.split, self.source, self.n, strict=True):
            by = out[self.splits[split]]
            by[self.sources[source]] = by.get(self.sources[source], 0) + int(n)
        return {split: dict(sorted(by.items())) for split, by in out.items()}

    def mix(self, split: str, by: str, grouped: bool) -> Ints:
        """Return the counts of a split by category; by bucket and category where grouped."""
        codes, names = (self.source, self.sources) if by == "source" else (self.label, self.labels)
        mine = self.split == self.splits.index(split)
        if not grouped:
            return np.bincount(codes[mine], self.n[mine], len(names)).astype(np.int64)
        buckets, place = np.unique(self.bucket[mine], return_inverse=True)
        cells = place * len(names) + codes[mine]
        table = np.bincount(cells, self.n[mine], len(buckets) * len(names))
        return table.astype(np.int64).reshape(len(buckets), len(names))


class Checked(Record):
    """Examples whose split column is read."""

    examples: Examples
    raw: Mapping[str, str]
    splits: tuple[str, ...]
    counts: Counts

    def code(self) -> Any:
        """Return the expression of the code of a row's split."""
        ns = self.examples.table.ns
        text = self.examples.text(self.examples.roles["split"])
        return text.replace_strict(
            list(self.raw), [self.splits.index(s) for s in self.raw.values()],
            return_dtype=ns.UInt8,
        )  # fmt: skip

    def features(self) -> list[str]:
        """Return the columns without a role, which describe the example itself."""
        header, roles = self.examples.table.header, set(self.examples.roles.values())
        prefixes = (*PREFIXES, "pred_")
        return [c for c in header if c not in roles and not c.lower().startswith(prefixes)]

    def content(self, *, near: bool) -> Any:
        """Return the expression of the features of a row: as they are, or normalised."""
        ns = self.examples.table.ns
        cells = [self._near(c) if near else self.examples.text(c) for c in self.features()]
        return ns.concat_str(cells, separator=SEPARATOR).hash(0)

    def _near(self, column: str) -> Any:
        ns = self.examples.table.ns
        text = self.examples.text(column)
        number = text.cast(ns.Float64, strict=False)
        words = text.str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", " ")
        rounded = number.round_sig_figs(DIGITS).cast(ns.String)
        return ns.when(number.is_finite()).then(rounded).otherwise(words.str.strip_chars())

    def key(self, role: str) -> Any:
        """Return the expression of the hash of an id or group."""
        return _keyed(self.examples, role).hashes(0)

    def hashes(self, what: Any) -> tuple[Hashes, Ints]:
        """Return hashes and split codes of all rows."""
        found = self.examples.table.collect(
            lambda frame: frame.select(what.alias("hash"), self.code().alias("split"))
        ).frame
        return found["hash"].to_numpy(), found["split"].to_numpy()

    def texts_of(self, role: str, hashes: Sequence[int]) -> list[str]:
        """Return the ids or groups of some hashes, sorted."""
        ns = self.examples.table.ns
        text = self.examples.text(self.examples.roles[role])
        found = self.examples.table.collect(
            lambda frame: (
                frame.select(text.alias("text"), self.key(role).alias("hash"))
                .filter(ns.col("hash").is_in(list(hashes)))
                .select(ns.col("text").unique().sort())
            )
        ).frame
        return list(found["text"])

    def distinct(self, column: str) -> tuple[int, int]:
        """Return the distinct values of a column in train, and the rows that have one."""
        if "train" not in self.splits:
            return 0, 0
        text, train = self.examples.text(column).str.strip_chars(), self.splits.index("train")
        chosen = (self.code() == train) & (text != "")
        found = self.examples.table.collect(
            lambda frame: frame.filter(chosen).select(
                text.n_unique().alias("distinct"), text.len().alias("rows")
            )
        ).frame
        return int(found["distinct"][0]), int(found["rows"][0])

    def lines_of(self, what: Any, hashed: int, splits: Sequence[str]) -> list[int]:
        """Return the first line of each split on which a content stands."""
        table, lines = self.examples.table, []
        for split in splits:
            wanted = (what == hashed) & (self.code() == self.splits.index(split))
            _, row, _ = table.first_row(wanted, self.code())
            lines += [row] if row is not None else []
        return lines

    def sample(
        self, first: str, second: str
    ) -> tuple[dict[str, list[Any]], NDArray[np.bool_], Ints]:
        """Return features, whether of the second split, and units, of a bounded sample.

        Rows of the smallest hashes, so that groups stay whole and the same rows come each time, in
        an order that is theirs: not that of the file, nor that of a hash among equal ones.
        """
        ns, features = self.examples.table.ns, self.features()

        def ask(frame: Any) -> Any:
            chosen = frame.select(
                *(self.examples.text(c).alias(f"f{i}") for i, c in enumerate(features)),
                self.code().alias("split"), self.examples.hashes(0).alias("hash"),
            )  # fmt: skip
            parts = []
            for code in (self.splits.index(first), self.splits.index(second)):
                total = int(self.counts.n[self.counts.split == code].sum())
                low = ns.col("hash") < min(ALL, ALL * SAMPLE // total)
                parts.append(chosen.filter((ns.col("split") == code) & low))
            return ns.concat(parts)

        found = self.examples.table.collect(ask).frame
        found = found.sort("hash", "split", *(f"f{i}" for i in range(len(features))))
        cells = {c: found[f"f{i}"].to_list() for i, c in enumerate(features)}
        units = np.unique(found["hash"].to_numpy(), return_inverse=True)[1].astype(np.int64)
        return cells, found["split"].to_numpy() == self.splits.index(second), units


def _keyed(examples: Examples, role: str) -> Examples:
    return Examples(examples.table, examples.roles, "group" if role == "group" else "id")


def read_splits(examples: Examples, split_as: Mapping[str, str]) -> Checked:
    """Return examples with their split column read, and counted."""
    table, roles, ns = examples.table, examples.roles, examples.table.ns
    if "split" not in roles:
        raise InputError(
            "no split column to check", file=table.name, accepted="split, fold, subset",
            hint="name it: --map split=COLUMN; without --check, splits are made",
        )  # fmt: skip
    nothing = ns.lit("")
    keys = {
        name: examples.text(roles[name]) if name in roles else nothing
        for name in ("split", "source", "label")
    }
    bucket = (_keyed(examples, "group").hashes(0) % GROUP_BUCKETS if "group" in roles
              else ns.lit(0, dtype=ns.UInt64))  # fmt: skip

    def ask(frame: Any) -> Any:
        chosen = frame.select(*(e.alias(name) for name, e in keys.items()), bucket.alias("bucket"))
        return grouped(chosen, (*keys, "bucket"), ns.len().alias("n"))

    found = table.collect(ask)
    if len(found) == 0:
        raise no_rows(table)
    table.check_counted(found)
    raw, codes = found.codes("split")
    targets = check_split_as(split_as)
    named = {value: split_name(value, targets) for value in raw}
    unknown = sorted(value for value, split in named.items() if split is None)
    if unknown:
        name, row, _ = table.first_row(keys["split"] == unknown[0], table.column(roles["split"]))
        raise InputError(
            f"no split: {shown(unknown)}" if unknown != [""] else "a blank split",
            file=name, row=row, column=roles["split"], accepted=", ".join(SPLITS),
            hint=f"say what it is: --split-as '{unknown[0]}=dev'" if unknown[0] else None,
        )  # fmt: skip
    known = {value: split for value, split in named.items() if split is not None}
    splits = tuple(s for s in SPLITS if s in known.values())
    place = np.array([splits.index(known[value]) for value in raw])
    (sources, source), (labels, label) = (found.codes(x) for x in ("source", "label"))
    counts = Counts(splits, tuple(sources), tuple(labels), place[codes], source, label,
                    found.ints("bucket"), found.ints("n"))  # fmt: skip
    return Checked(examples, known, splits, counts)


HASH_BITS = 36
"""Of each id's hash: sums over up to 2^27 rows then fit into 63 bits."""


def set_fingerprints(
    source: Any,
    *,
    columns: Mapping[str, str],
    split_as: Mapping[str, str],
    labelled: bool = True,
) -> dict[str, str]:
    """Return the fingerprint of each split of a run that was read before, in one pass.

    Two runs on the same examples have the same: predictions play no part. Without an id column it
    is of the labels alone, so that two sets with the same labels look alike. Of a run that is not
    `labelled`, `columns` names those of id and split.
    """
    table = open_in_place(source)
    found = Columns(tuple(table.header), dict(columns))
    if labelled:
        found = columns_of(table, columns)
        table = with_counts(table, found)
        split_as = splits_of(found, split_as)
    ns = table.ns
    label, split, id_ = (found.get(role) for role in ("label", "split", "id"))
    keys = {"label": ns.lit("") if label is None else table.category(label)}
    if split is not None:
        keys["split"] = table.category(split)
    values = [table.size.alias("n")]
    if id_ is not None:
        if isinstance(table, SparkTable):
            table = replace(table, frames=(table.hashed(id_, 0, whole=False),))
            hashes = ns.col(HASH)
        else:
            text = table.category(id_).cast(ns.String).str.strip_chars().fill_null("")
            hashes = hashes_of(text, ns, 0)
        values.append((hashes % (1 << HASH_BITS)).cast(ns.Int64).sum().alias("ids"))
    counted = table.collect(
        lambda frame: unordered(frame, (e.alias(name) for name, e in keys.items()), *values)
    ).frame
    sums: dict[str, dict[str, list[int]]] = {}
    for row in counted.to_dicts():
        name = "dev" if split is None else split_name(value_text(row["split"]), split_as)
        if name is None:
            continue
        total = sums.setdefault(name, {}).setdefault(label_text(row["label"]), [0, 0])
        total[0] += row["n"]
        total[1] += row.get("ids", 0)
    return {name: _digest(by_label) for name, by_label in sorted(sums.items())}


def _digest(by_label: Mapping[str, list[int]]) -> str:
    lines = (f"{len(x.encode())}:{x} {n} {ids}" for x, (n, ids) in sorted(by_label.items()))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


SCHEMA = "mlstrat.cuts/1"
HASHED_BY = "fmix64(FNV-1a-64('<seed>/<key>')) >> 1"


def cuts_beside(output: str | Path) -> Path:
    """Return the path of the cut points of a table: ``out.csv`` has ``out.cuts.json``."""
    return Path(output).with_suffix(".cuts.json")


def cuts_text(cuts: Cuts) -> str:
    """Return cut points as JSON."""
    document = {
        "schema": SCHEMA,
        "hash": HASHED_BY,
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
