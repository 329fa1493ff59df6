# Over 300 lines: a run in Polars and one in Spark, to be drawn from alike, stand together.
"""A run to draw rows from: expressions of what its rows are, and passes that collect some.

Of rows that Spark holds the errors of a split come back, and only those correct rows whose hash is
small enough to be drawn. Rows have no order in Spark, so that each needs an id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, cast

import numpy as np

from mlstrat.core.record import Record
from mlstrat.data.columns import ALIASES, Columns
from mlstrat.data.counting import refuse_counts, tally
from mlstrat.data.examples import hashes_of, open_examples
from mlstrat.data.grouping import Counted
from mlstrat.data.opening import open_in_place
from mlstrat.data.roles import columns_of, splits_of
from mlstrat.data.spark.table import HASH, SparkTable, rows_of, values_of
from mlstrat.data.table import Table
from mlstrat.data.values import SPELLING, TRUTH_VALUES, plain_label, split_name
from mlstrat.errors import InputError, UsageError
from mlstrat.tasks.classification.contingency import Keys, label_codes
from mlstrat.tasks.classification.predictions import Rule, choose_rule, match_columns
from mlstrat.tasks.classification.run import Read, Reading
from mlstrat.tasks.keys import labelled_rows, split_codes

ROW, ID, LABEL, PREDICTION = "\x1frow", "\x1fid", "\x1flabel", "\x1fprediction"
"""Columns of what is collected, named as no column of a run is."""

WHOLE = "\x1fwhole"

RIGHT = "right"
"""The label of a row of which only is known whether it is right; else its prediction is "wrong"."""

HEAD = 20_000
"""First rows of a run from which the share of its errors is guessed."""


class Drawable(Record):
    """A run in Polars, and how its rows are told from each other.

    ``split_as``, ``positive`` and ``asked`` (the split) are as the user said them.
    """

    table: Table
    columns: Columns
    rule: Rule
    split_as: Mapping[str, str]
    positive: str | None
    asked: str | None

    @cached_property
    def counted(self) -> Read:
        """The run, counted and checked as every command counts it."""
        return Reading(
            self.table, self.columns, self.rule, self.split_as, self.positive, (), "",
            looked=self.asked or "",
        ).read()  # fmt: skip

    @cached_property
    def split(self) -> str:
        """The split to draw from: what was asked for, dev, or the only one there is."""
        from mlstrat.core.counts import pick_split

        return pick_split(self.counted.cells.splits, self.asked)

    def text(self, column: str) -> Any:
        """Return the expression of a column read as labels are read, blank where nothing is."""
        ns, x = self.table.ns, self.table.category(column)
        if self.table.is_float(column):
            x = ns.when(x.is_not_nan()).then(x)
        x = x.cast(ns.String).str.strip_chars()
        whole = x.str.replace(r"^(-?(?:0|[1-9][0-9]*))\.0*$", "${1}")
        truth = x.is_in(["True", "TRUE", "False", "FALSE"])
        named = ns.when(truth).then(x.str.to_lowercase()).when(whole == "-0").then(ns.lit("0"))
        return named.otherwise(whole).fill_null("")

    def labelled(self, column: str, *, predicted: bool = False) -> Any:
        """Return the expression of a column of labels, as they are counted."""
        ns, spelling = self.table.ns, SPELLING.get()  # not of the threads that ask for it
        spelled = spelling.predicted if predicted else spelling

        def read(values: Any) -> Any:
            raw = values.unique(maintain_order=True).drop_nulls().to_list()
            texts = [*map(spelled, map(plain_label, raw))]
            if not TRUTH_VALUES.keys() & texts <= self._first_labels:
                # As the labels write them, the only ones that were counted: in a pass of its own.
                known = self.counted.cells.labels
                texts = [TRUTH_VALUES.get(x, x) if x not in known and TRUTH_VALUES.get(x) in known
                         else x for x in texts]  # fmt: skip
            return values.replace_strict(raw, texts, return_dtype=ns.String)

        return self.text(column).map_batches(read, return_dtype=ns.String, is_elementwise=True)

    @cached_property
    def _first_labels(self) -> frozenset[str]:
        """Labels of the first rows, as they are written: a few of those that are counted."""
        column = self.columns.get("label")
        if column is None:
            return frozenset()
        texts = self.table.frame.head(HEAD).select(self.text(column).unique().sort())
        return frozenset(map(SPELLING.get(), map(plain_label, texts.collect().to_series())))

    def label(self) -> Any:
        """Return the expression of the label; "right" where only that is known of a row."""
        if self.rule.kind == "correct":
            return self.table.ns.lit(RIGHT)
        return self.labelled(self.columns.roles["label"])

    def prediction(self) -> Any:
        """Return the expression of the prediction, blank where there is none."""
        if self.rule.kind == "column":
            return self.labelled(self.rule.columns[0], predicted=True)
        if self.rule.kind == "correct":
            texts = self.labelled(self.rule.columns[0])
            right = texts.str.to_lowercase().is_in(["1", "true"])
            return self.table.ns.when(right).then(self.table.ns.lit(RIGHT)).otherwise(
                self.table.ns.lit("wrong")
            )  # fmt: skip
        yes_no = self.rule.kind == "threshold"
        keys = [1, 0] if yes_no else list(range(len(self.rule.columns)))
        read = self.counted
        texts = self.rule.texts(keys, read.cells.labels, read.positive)
        ns = self.table.ns
        key = self.rule.key(self.table).cast(ns.Int64)
        return key.replace_strict(keys, texts, default="", return_dtype=ns.String)

    def differs(self) -> Any:
        """Return the expression that is true where label and prediction may differ: quick."""
        if self.rule.kind == "column":
            names = [self.columns.roles["label"], *self.rule.columns]
            kinds = {str(self.table.frames[0].collect_schema()[self._name(x)]) for x in names}
            if len(kinds) == 1:
                label, prediction = map(self.table.category, names)
                return label.ne_missing(prediction)
        return self.label() != self.prediction()

    def _name(self, column: str) -> str:
        return self.table.names[self.table.header.index(column)]

    def within(self) -> Any:
        """Return the expression that is true for rows of the split."""
        column, split = self.columns.get("split"), self.split
        read = self.counted
        if column is None or (len(read.cells.splits) == 1 and read.table is self.table):
            return self.table.ns.lit(value=True)
        x = self.table.category(column)
        seen = self.table.collect(lambda frame: frame.select(x.alias("x").unique().sort()))
        return x.is_in(
            [v for v in seen.frame["x"].to_list()
             if v is not None and split_name(str(v).strip(), self.split_as) == split]
        )  # fmt: skip

    def key(self) -> Any:
        """Return the expression of what tells a row from others: its id, else its number."""
        column, ns = self.columns.get("id"), self.table.ns
        return ns.format("row {}", ns.col(ROW) + 1) if column is None else self.text(column)

    def hashes(self, prefix: str, seed: int, *, collected: bool = False) -> Any:
        """Return the expression of the hash of a row's id; of rows as `collect` has them."""
        ns = self.table.ns
        return hashes_of(ns.col(ID) if collected else self.key(), ns, seed, prefix)

    def confidence(self, threshold: float | None) -> Any:
        """Return the expression of how sure the model was of its prediction.

        The probability of the class that it predicted, or the distance to `threshold`.
        """
        ns, read = self.table.ns, self.counted
        score = self.columns.get("score")
        if threshold is None and (sure := self.columns.get("confidence")):
            return self.table.number(sure)
        if self.columns.probabilities:
            found = match_columns(self.columns, read.cells.labels, self.table.name)
            sure = ns.lit(None, dtype=ns.Float64)
            for label, column in found.items():
                mine = ns.col(PREDICTION) == label
                sure = ns.when(mine).then(self.table.number(column)).otherwise(sure)
            return sure
        if score is None or len(read.cells.labels) > 2:
            raise UsageError(
                "confidence needs a score of two labels, or probabilities",
                accepted="a column confidence or score, or prob_<class> columns",
                hint="leave --by out: errors are drawn at random",
            )
        x = self.table.number(score)
        if threshold is not None:
            return (x - threshold).abs()
        if read.positive is None:
            raise UsageError(
                "confidence needs to know of which label the score speaks",
                accepted=", ".join(map(repr, read.cells.labels)),
                hint=f"name it: --positive {read.cells.labels[-1]}",
            )
        return ns.when(ns.col(PREDICTION) == read.positive).then(x).otherwise(1 - x)

    @cached_property
    def rows(self) -> int:
        """The number of rows of the run."""
        ns = self.table.ns
        return int(self.table.collect(lambda f: f.select(ns.len().alias("n"))).value("n"))

    def collect(self, condition: Any, own: Mapping[str, Any], whole: Any) -> Any:
        """Return what a draw needs of the rows that fulfil a condition, in a frame.

        `condition` is of the run's columns; `own` are further expressions by name, of these and of
        ``ROW``, ``LABEL``, ``PREDICTION`` and ``ID``; `whole` is true for rows of which every
        column is wanted, None for all.
        """
        ns = self.table.ns
        held = [ns.col(name) for name in self.table.names]
        if whole is not None:
            held = [ns.when(ns.col(WHOLE)).then(x).alias(name)
                    for name, x in zip(self.table.names, held, strict=True)]  # fmt: skip

        def derived(rows: Any) -> Any:
            rows = rows.with_columns(
                self.label().alias(LABEL), self.prediction().alias(PREDICTION),
                self.key().alias(ID),
            )  # fmt: skip
            rows = rows.with_columns(*(x.alias(name) for name, x in own.items()))
            everything = ns.lit(value=True) if whole is None else whole
            rows = rows.with_columns(everything.alias(WHOLE))
            return rows.select(ROW, ID, LABEL, PREDICTION, WHOLE, *own, *held)

        def ask(frame: Any) -> Any:
            rows = frame.with_row_index(ROW).filter(condition)
            return rows if whole is None else derived(rows)

        found = self.table.collect(ask).frame
        # At once is quicker than piece by piece, and one piece than the many of a streaming pass.
        return derived(found.rechunk()) if whole is None else found

    @property
    def origin(self) -> Table:
        """The table that was opened."""
        return self.table

    def below(self, prefix: str, seed: int, bound: int) -> Drawable:  # noqa: ARG002
        """Return it with at least the correct rows whose hash is below a bound: all of them."""
        return self

    def hashed(self, prefix: str, seed: int) -> tuple[Any, Any]:
        """Return the hashes of the rows of the split, and whether each is wrong: 9 bytes a row."""
        within = self.within()
        found = self.table.collect(
            lambda frame: frame.with_row_index(ROW).filter(within).select(
                self.hashes(prefix, seed).alias("hash"),
                (self.label() != self.prediction()).alias("wrong"),
            )
        ).frame  # fmt: skip
        return found["hash"].to_numpy(), found["wrong"].to_numpy()

    def share(self, condition: Any) -> float:
        """Return the share of the first rows that fulfil a condition."""
        ns = self.table.ns
        head = self.table.frames[0].head(HEAD)
        try:
            found = head.select(condition.cast(ns.Float64).mean()).collect().item()
        except (ns.exceptions.PolarsError, ns.exceptions.PanicException):
            return 1.0  # whoever reads the whole of it meets the same error, and explains it
        return float(found or 0.0)

    def fetch(self, rows: list[int]) -> Any:
        """Return some rows with every column, by their numbers from 0."""
        ns = self.table.ns
        return self.table.collect(
            lambda frame: frame.with_row_index(ROW).filter(ns.col(ROW).is_in(rows))
        ).frame


class SparkDrawable(Drawable):
    """A run in Spark; ``table`` has the rows that came back, ``origin`` is where from."""

    spark: SparkTable
    read: Read

    @property
    def origin(self) -> Table:
        """The table that was opened."""
        return self.spark

    @cached_property
    def counted(self) -> Read:
        """The run, counted and checked as every command counts it."""
        return self.read

    @cached_property
    def rows(self) -> int:
        """The number of rows of the run."""
        return self.read.cells.rows

    def below(self, prefix: str, seed: int, bound: int) -> Drawable:
        """Return it with the correct rows of the split whose hash is below a bound."""
        import narwhals as nw

        frame = self.spark.hashed(self.columns.roles["id"], seed, prefix)
        wanted = self._in_split & ~self._wrong & (nw.col(HASH) <= bound - 1)
        found = rows_of(replace(self.spark, frames=(frame,)), wanted)
        return replace(self, table=found)

    def hashed(self, prefix: str, seed: int) -> tuple[Any, Any]:
        """Return the hashes of the rows of the split, and whether each is wrong: 9 bytes a row."""
        import narwhals as nw

        table = replace(
            self.spark, frames=(self.spark.hashed(self.columns.roles["id"], seed, prefix),)
        )
        found = table.collect(
            lambda frame: frame.filter(self._in_split).select(
                nw.col(HASH).alias("hash"), self._wrong.alias("wrong")
            )
        ).frame
        return found["hash"].to_numpy().astype(np.uint64), found["wrong"].to_numpy()

    @cached_property
    def _keys(self) -> Keys:
        """The columns that tell whether a row is wrong."""
        kept = ("label", "split", "prediction", "score")
        roles = {r: c for r, c in self.columns.roles.items() if r in kept or r.startswith("prob_")}
        columns = Columns(self.columns.header, roles)
        return Keys(self.spark, columns, self.split_as, (), rule=self.rule, positive=self.positive)

    @cached_property
    def _found(self) -> Counted:
        return tally(self.spark, self._keys.expressions(), {})

    @property
    def _in_split(self) -> Any:
        """The expression that is true for rows of the split."""
        import narwhals as nw

        column = self.columns.get("split")
        splits, codes = split_codes(self._keys, self._found)
        if column is None or len(splits) == 1:
            return nw.lit(value=True)
        return self.spark.category(column).is_in(
            values_of(self._found, "split", codes == splits.index(self.split))
        )

    @property
    def _wrong(self) -> Any:
        """The expression that is true for rows whose prediction is not their label."""
        return wrong_of(self._keys, self._found)


def open_drawable(
    source: Any,
    *,
    columns: Mapping[str, str],
    split: str | None,
    split_as: Mapping[str, str],
    positive: str | None,
    threshold: float | None,
    whole: bool = True,
) -> Drawable:
    """Return a run to draw from; where not the `whole` is wanted, Spark hands over its errors."""
    table = open_examples(source) if whole else open_in_place(source)
    found = columns_of(table, columns)
    table = labelled_rows(table, found)
    refuse_counts(found, table.name, "to read", "name the run that they were counted from")
    targets = splits_of(found, split_as)
    rule = choose_rule(found, threshold, positive, file=table.name)
    run = Drawable(table, found, rule, targets, positive, split)
    if not isinstance(table, SparkTable):
        return run
    if found.get("id") is None:
        raise InputError(
            "no id column, and rows in Spark have no order by which to name them",
            file=table.name,
            accepted=", ".join(ALIASES["id"]),
            hint="name it: --map id=COLUMN",
        )
    read = run.counted
    table = cast(SparkTable, read.table)  # with the rows that have labels
    opened = SparkDrawable(table, found, rule, targets, positive, split, table, read)
    return replace(opened, table=rows_of(table, opened._in_split & opened._wrong))


def wrong_of(keys: Keys, found: Counted) -> Any:
    """Return the expression that is true for rows whose prediction is not their label.

    `found` is what was counted by the expressions of `keys`.
    """
    import narwhals as nw

    _, codes, _ = label_codes(keys, found)
    expressions = keys.expressions()
    right = [
        expressions["label"].is_in(values_of(found, "label", codes["label"] == code))
        & expressions["prediction"].is_in(values_of(found, "prediction", predicted))
        for code in np.unique(codes["label"])
        if (predicted := codes["prediction"] == code).any()
    ]
    while len(right) > 1:  # a tree no deeper than need be: Spark descends it
        pairs = [right[i : i + 2] for i in range(0, len(right), 2)]
        right = [pair[0] | pair[1] if len(pair) == 2 else pair[0] for pair in pairs]
    return nw.when(right[0]).then(nw.lit(value=False)).otherwise(nw.lit(value=True))
