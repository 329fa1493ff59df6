"""`mislabels --suspects`: likely wrong labels in a review sheet, as many as asked.

Confident learning: the probability of class j counts as confident from tⱼ on, its mean over the
rows that are labelled j. A row is a suspect where its most probable confident class is not its
label, nor is its label the most probable class of all. The suspects come first, then the other
rows, each by rising probability of the label. Where no class is confident for most of the rows
whose labels are least probable, the filter cannot see what is wrong with these (no class fits
them), and that probability alone ranks. Three lazy passes over a run of any size: what is held is
the suspects and the rows asked for, never the probabilities.

References
----------
Northcutt, Jiang and Chuang (2021), Confident learning: estimating uncertainty in dataset labels,
JAIR 70.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.data.counting import measure, scale_for, scaled
from mlstrat.data.grouping import grouped
from mlstrat.data.guard import guard
from mlstrat.data.settings import first, settle
from mlstrat.data.sheet.design import SUGGESTED, SUSPECT
from mlstrat.data.sheet.read import RUN_PREFIX
from mlstrat.data.values import shown
from mlstrat.errors import InputError, UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks.classification.row_source import ID, ROW, Drawable
from mlstrat.tasks.classification.scores import class_chances, loss_numbers
from mlstrat.tasks.findings import TEST_LOOKED_AT
from mlstrat.workflow.error_table.write import STRATUM, sheet_row
from mlstrat.workflow.error_table.wrong_rows import check_ids
from mlstrat.workflow.mislabels.command import Asked
from mlstrat.workflow.mislabels.findings import RANKING_ONLY
from mlstrat.workflow.mislabels.suspects_document import SuspectsDocument

RANKINGS = {
    "confident_learning": "confident learning (Northcutt, Jiang and Chuang 2021), then the other "
    "rows, each by rising probability of the label",
    "label_probability": "by rising probability of the label",
}
MOST = 0.5
"""Part of the least probable labels without a confident class from which these rank alone. Ours:
simulated with 10 classes, 23 to 49% have none where labels were swapped or classes overlap, 85% and
more where no class fits the rows."""
PICKED, MOST_PICKED = 100, 1_000_000


def find_suspects(run: Any, asked: Asked) -> SuspectsDocument:
    """Return the rows whose labels are most likely wrong, and write them into a review sheet.

    Parameters
    ----------
    run
        With a probability of every label, from a model that was not trained on these rows.
    asked
        The keywords of `mislabels`: how the run is read, `n` and `output` of the sheet, and the
        seed, which is written into it.

    Raises
    ------
    InputError, UsageError, ConfigError
        Also for a sheet whose filled cells would be lost.

    References
    ----------
    Northcutt, Jiang and Chuang (2021), JAIR 70.
    """
    from mlstrat.show.writing import write_whole_bytes
    from mlstrat.tasks.classification.spark_row_source import open_drawable
    from mlstrat.workflow.error_table.write import check_output, separator_of, sheet_bytes

    n, output = first(asked["n"], PICKED), asked["output"]
    if not 1 <= n <= MOST_PICKED:
        raise UsageError(f"-n is {n}", accepted=f"1 to {MOST_PICKED:,} rows")
    guard([output], [run], config=asked["config"])
    if output is not None:
        check_output(output)
    how = settle(run, asked)
    seed = how.sampling.seed
    drawable = open_drawable(run, split=how.split, **how.reading)
    found = most_likely_wrong(drawable, n, seed, past_the_filter=asked["n"] is not None)
    written = None
    if output is not None and found.sheet:
        write_whole_bytes(output, sheet_bytes(found.sheet, separator_of(output)))
        written = str(output)
    source = drawable.table.described(drawable.counted.cells.rows, checksum=asked["checksum"])
    findings = [Finding(RANKING_ONLY, {
        "rows": len(found.sheet), "found": found.found, "ranking": found.ranking,
        "none_confident": found.none_confident,
    })]  # fmt: skip
    if found.split == "test":
        findings.append(Finding(TEST_LOOKED_AT, {"split": found.split}))
    return SuspectsDocument(
        **vars(found), path=written, findings=tuple(findings),
        signature=Signature.of((source,), Sampling(seed=seed), RANKINGS[found.ranking]),
    )  # fmt: skip


GUESSED, OWN = (f"{RUN_PREFIX}{name}" for name in SUGGESTED)
"""What a sheet says beside the run's own columns: the confident class, the label's probability."""


ROUNDING = 1e-6
"""By which a probability may miss its threshold: one class for all rows gives all the same."""


LABEL, GUESS, CHANCE = "\x1fgiven", "\x1fguess", "\x1fchance"
ORDER = (CHANCE, ID, ROW)


@dataclass(frozen=True)
class Suspects:
    """Rows that are likely to have wrong labels.

    Attributes
    ----------
    split, rows
        Where they were looked for, and how many rows it has.
    found
        Suspects of confident learning in all: where its filter ends.
    pairs
        (label, suggested label) to the number of suspects, the largest first.
    thresholds
        By class, the probability from which a row is confidently of it.
    sheet
        Rows of a review sheet, the likeliest first.
    within
        How many of these the filter of confident learning holds.
    none_confident
        For how many of the least probable labels, as many as the sheet has rows, no class is.
    ranking
        ``confident_learning``: its suspects come first; ``label_probability``: that alone.
    """

    split: str
    rows: int
    found: int
    pairs: Mapping[tuple[str, str], int]
    thresholds: Mapping[str, float]
    sheet: tuple[Mapping[str, str], ...]
    within: int
    none_confident: int
    ranking: Literal["confident_learning", "label_probability"]


def most_likely_wrong(
    run: Drawable, n: int, seed: int = 0, *, past_the_filter: bool = True
) -> Suspects:
    """Return the `n` rows of a split whose labels are most likely wrong.

    Parameters
    ----------
    run
        With a probability of every label, or a score of two, that its model was not trained on.
    n
        Rows of the sheet.
    seed
        Written into the sheet; nothing is drawn.
    past_the_filter
        Whether rows are ranked where no row looks like a suspect, as a number of them was asked.

    Raises
    ------
    InputError
        Where probabilities are missing, no numbers, or outside 0 to 1.
    """
    read, table = run.counted, run.table
    loss = loss_numbers(run.columns, table.name)
    cells = read.cells.of_split(run.split)
    labels = read.cells.labels
    chances = class_chances(table, run.columns, labels, read.positive)
    truths = sorted({read.cells.labels[code] for code in cells.truth})
    missing = [label for label in truths if label not in chances]
    if missing:
        raise InputError(
            f"no probability of {shown(missing)}",
            file=table.name,
            accepted="a prob_<class> column for every label",
            hint=f"name it: --map prob_{missing[0]}=COLUMN",
        )
    measure(table, loss)
    within = run.within()
    thresholds = _thresholds(run, within, chances, cells.rows)
    picked, least = _suspects(run, within, chances, thresholds, n)
    counted = grouped(picked, (LABEL, GUESS), run.table.ns.len())
    pairs = dict(
        sorted(
            zip(zip(counted[LABEL], counted[GUESS], strict=True), counted["len"], strict=True),
            key=lambda pair: (-pair[1], pair[0]),
        )
    )
    none = int(least[GUESS].is_null().sum())
    alone = none > MOST * len(least)
    in_filter = set(picked[ROW].to_list())
    first = [] if alone else picked.sort(*ORDER).head(n).to_dicts()
    rest = [row for row in least.to_dicts() if alone or row[ROW] not in in_filter]
    top = [*first, *rest[: n - len(first)]] if first or alone or past_the_filter else []
    return Suspects(
        run.split, cells.rows, len(picked), pairs, thresholds, tuple(_sheet(run, top, seed)),
        sum(row[ROW] in in_filter for row in top), none,
        "label_probability" if alone else "confident_learning",
    )  # fmt: skip


def _own(run: Drawable, chances: Mapping[str, Any]) -> Any:
    """Return the expression of the probability of the label."""
    ns = run.table.ns
    return ns.sum_horizontal(
        *(ns.when(ns.col(LABEL) == name).then(p).otherwise(0.0) for name, p in chances.items())
    )


def _thresholds(
    run: Drawable, within: Any, chances: Mapping[str, Any], rows: int
) -> dict[str, float]:
    """Return the mean probability of each class over the rows that are labelled so."""
    ns, table = run.table.ns, run.table
    scale = scale_for(1.0, rows)

    def ask(frame: Any) -> Any:
        chosen = frame.filter(within).with_columns(run.label().alias(LABEL))
        own = scaled(table, _own(run, chances), scale)
        rows = chosen.select(LABEL, own.alias("own"))
        return grouped(rows, (LABEL,), ns.len().alias("n"), ns.col("own").sum())

    found = table.collect(ask).frame
    sums = zip(found[LABEL].to_list(), found["own"].to_list(), found["n"].to_list(), strict=True)
    return {label: total / scale / n for label, total, n in sums}


def _suspects(
    run: Drawable, within: Any, chances: Mapping[str, Any], thresholds: Mapping[str, float], n: int
) -> tuple[Any, Any]:
    """Return the suspects, and the `n` rows whose labels are least probable.

    Each with its number, label, confident class (null without one) and probability of the label.
    """
    ns, names = run.table.ns, list(thresholds)
    known = [chances[name] for name in names]
    confident = [
        ns.when(p >= thresholds[name] - ROUNDING).then(p).otherwise(-1.0)
        for name, p in zip(names, known, strict=True)
    ]
    best, largest = ns.max_horizontal(*confident), ns.max_horizontal(*chances.values())
    guess = ns.coalesce(
        *(ns.when((p == best) & (p >= 0)).then(ns.lit(name)) for name, p in
          zip(names, confident, strict=True))
    )  # fmt: skip

    def ranked(frame: Any) -> Any:
        chosen = frame.with_row_index(ROW).filter(within)
        chosen = chosen.with_columns(run.label().alias(LABEL), guess.alias(GUESS))
        return chosen.with_columns(_own(run, chances).alias(CHANCE), largest.alias("largest"))

    def suspects(frame: Any) -> Any:
        suspect = (ns.col(GUESS) != ns.col(LABEL)) & (ns.col(CHANCE) < ns.col("largest"))
        found = ranked(frame).filter(suspect)
        return found.select(ROW, run.key().alias(ID), LABEL, GUESS, CHANCE)

    def least(frame: Any) -> Any:
        rows = ranked(frame).select(ROW, run.key().alias(ID), LABEL, GUESS, CHANCE)
        return rows.sort(*ORDER).head(n)  # of equals, whatever the order of the file

    return run.table.collect(suspects).frame, run.table.collect(least).frame


def _sheet(run: Drawable, top: Sequence[Mapping[str, Any]], seed: int) -> list[dict[str, str]]:
    """Return the rows of the sheet, as `sample` lays them out."""
    ns = run.table.ns
    places = [row[ROW] for row in top]
    if not places:
        return []
    found = run.collect(ns.col(ROW).is_in(places), {}, None)
    check_ids(run, found)
    found = found.with_columns(ns.lit(SUSPECT).alias(STRATUM))
    by_place = {row[ROW]: row for row in found.to_dicts()}
    out = []
    for row in top:
        cells = sheet_row(run, by_place[row[ROW]], run.split, seed, None)
        out.append(cells | {GUESSED: row[GUESS] or "", OWN: f"{row[CHANCE]:.6g}"})
    return out
