# Over 300 lines: the ways to rank suspects, and their document.
"""`mislabels --suspects`: likely wrong labels in a review sheet, as many as asked.

Confident learning: the probability of class j counts as confident from tⱼ on, its mean over the
rows that are labelled j. A row is a suspect where its most probable confident class is not its
label, nor is its label the most probable class of all. The suspects come first, then the other
rows, each by rising probability of the label. Where no class is confident for most of the rows
whose labels are least probable, the filter cannot see what is wrong with these (no class fits
them), and that probability alone ranks. Three lazy passes over a run of any size: what is held is
the suspects and the rows asked for, never the probabilities.

Of a task, erring units whose truth is likely to be wrong, not the output: where a second run is
named, what all runs say and the truth does not; else what the score of the task itself ranks.

References
----------
Northcutt, Jiang and Chuang (2021), Confident learning: estimating uncertainty in dataset labels,
JAIR 70.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from mlstrat.core.counts import pick_split
from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.record import Record
from mlstrat.core.wording import Scale, clean, count, files_read
from mlstrat.data.counting import measure, scale_for, scaled
from mlstrat.data.grouping import grouped
from mlstrat.data.guard import guard
from mlstrat.data.settings import Settled, first, settle
from mlstrat.data.sheet.design import SUGGESTED, SUSPECT
from mlstrat.data.sheet.layout import RUN_PREFIX
from mlstrat.data.values import shown
from mlstrat.errors import InputError, UsageError
from mlstrat.show.blocks import Block, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, findings_blocks, head
from mlstrat.tasks.asking import how_of
from mlstrat.tasks.classification.row_source import ID, ROW, Drawable, open_drawable
from mlstrat.tasks.classification.scores import class_chances, loss_numbers
from mlstrat.tasks.contract import Task
from mlstrat.tasks.findings import TEST_LOOKED_AT
from mlstrat.workflow.error_table.draw import check_ids
from mlstrat.workflow.error_table.sample_answer import UNIT, unit_row
from mlstrat.workflow.error_table.write import STRATUM, check_output, sheet_row, write_sheet
from mlstrat.workflow.mislabels.command import Asked
from mlstrat.workflow.mislabels.findings import RANKING_ONLY

if TYPE_CHECKING:
    from mlstrat.core.schema_parts import Figure
    from mlstrat.data.parts import InputFile
    from mlstrat.workflow.mislabels import schema


NO_ESTIMATE = "a ranking is not an estimate"
NOTHING_FOUND = (
    "There is nothing to read, so no sheet was written. Wrong labels that the model agrees with "
    "cannot be found by its probabilities: a random sample finds them, mlstrat sample."
)
UNITS_RANKED = {
    "agreement": "by agreement: every run says so, and the truth does not",
    "score": "by the score, which speaks against the truth",
}
MOST_PAIRS = 10
"""Pairs of labels that a reader is shown; the JSON has all."""


class Suspects(Record):
    """Rows, or erring units of a task, that are likely to have wrong labels.

    ``found`` are all suspects of confident learning, where its filter ends, and ``within`` those of
    the sheet; ``pairs`` counts them by label and suggested label, the largest first. A row is
    confidently of a class from its threshold on; for ``none_confident`` of the least probable
    labels, as many as the sheet has rows, no class is. ``units`` are all that erred.
    """

    split: str
    rows: int
    found: int
    pairs: Mapping[tuple[str, str], int]
    thresholds: Mapping[str, float]
    sheet: tuple[Mapping[str, str], ...]
    within: int
    none_confident: int
    ranking: Literal["confident_learning", "label_probability", "agreement", "score"]
    units: int | None


class SuspectsDocument(Document, Suspects):
    """What is likely to be labelled wrong, in a sheet to be read."""

    path: str | None
    findings: tuple[Finding, ...]
    signature: Signature

    def to_dict(self) -> schema.Suspects:
        """Return the JSON document; what only a random sample tells is null."""
        nothing: Figure = {"value": None, "ci": None, "n": None, "reason": NO_ESTIMATE}
        return {
            "schema": "mlstrat.mislabels/1",
            **head(self.signature, self.findings),
            "split": self.split,
            "n": self.rows,
            "overall_error": nothing,
            "error_from_labels": nothing,
            "error_from_other": nothing,
            "label_share": nothing,
            "corrected_error": nothing,
            "worth_fixing": None,
            "versus": None,
            "suspects": {
                "found": self.found,
                "drawn": len(self.sheet),
                "ranking": self.ranking,
                "within_filter": self.within,
                "sheet": self.path,
                "pairs": [
                    {"label": label, "suggested": guess, "count": n}
                    for (label, guess), n in self.pairs.items()
                ],
                "thresholds": dict(self.thresholds),
            },
        }  # fmt: skip

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        drawn = len(self.sheet)
        of_what = "rows" if self.units is None else "errors"
        all_of = (
            f"{count(self.rows if self.units is None else self.units)} {of_what} of {self.split}"
        )
        text = f"No suspects among {all_of}"
        if drawn and self.units is None:
            text = f"{count(drawn)} of {all_of} ranked"
        elif drawn:
            text = f"{count(drawn)} suspects of {all_of}"
        if self.path is not None:
            text += f", in {clean(self.path)}: fill in mislabeled"
            text += "" if self.units is not None else " and true_label"
        blocks: list[Block] = [Verdict(f"{text}.")]
        if self.units is not None:
            blocks.append(Paragraph(f"Ranked {UNITS_RANKED[self.ranking]}."))
        if not drawn:
            blocks.append(Paragraph(NOTHING_FOUND))
        elif self.units is None:
            names = ("id", "label", "run.suggested_label", "run.label_probability")
            heads = ("likeliest", "label", "suggested", "probability of the label")
            blocks += [Paragraph(self._filter()), self._likeliest(names, heads, 3)]
        else:
            cells = ("id", *UNIT[:-1])
            blocks.append(self._likeliest(cells, cells, len(cells)))
        if self.pairs:
            pairs = list(self.pairs.items())
            rows = tuple(
                (clean(label, 24), clean(guess, 24), count(n))
                for (label, guess), n in pairs[:MOST_PAIRS]
            )
            blocks.append(Table(("label", "suggested", "suspects"), rows, left=2))
            if len(pairs) > MOST_PAIRS:
                blocks.append(Paragraph(f"And {count(len(pairs) - MOST_PAIRS)} more pairs."))
        blocks += findings_blocks(self.findings, Scale())
        blocks.append(Paragraph(f"Read {files_read(self.signature.inputs)}."))
        return blocks

    def _filter(self) -> str:
        """Return where the filter of confident learning ends, and what ranks past it."""
        drawn, found = len(self.sheet), f"{count(self.found)} suspects"
        if self.ranking == "label_probability":
            return (
                f"Ranked by the probability of the label alone: no class is confident for "
                f"{count(self.none_confident)} of the {count(drawn)} least probable labels, and "
                f"the filter of confident learning, which ends after {found}, cannot see these."
            )
        if not self.found:
            return "The filter of confident learning finds none: ranked by the label's probability."
        if self.found >= drawn:
            return f"All are within the filter of confident learning, which ends after {found}."
        return (
            f"The filter of confident learning ends after {found}; the other "
            f"{count(drawn - self.within)} follow by the probability of the label."
        )

    def _likeliest(self, names: Sequence[str], heads: Sequence[str], left: int) -> Table:
        rows = tuple(tuple(clean(row[x], 24) or "–" for x in names)
                     for row in self.sheet[:MOST_PAIRS])  # fmt: skip
        return Table(tuple(heads), rows, left=left)

    def records(self) -> list[dict[str, Any]]:
        """Return the rows of the sheet; where there are none, one that says so."""
        return [dict(row) for row in self.sheet] or [{"suspects": 0}]


RANKINGS = {
    "confident_learning": "confident learning (Northcutt, Jiang and Chuang 2021), then the other "
    "rows, each by rising probability of the label",
    "label_probability": "by rising probability of the label",
    "agreement": "what every run says of a unit, and the truth does not; in the order of the run",
    "score": "by how far the score of a wrong unit speaks against its truth",
}
MOST = 0.5
"""Part of the least probable labels without a confident class from which these rank alone. Ours:
simulated with 10 classes, 23 to 49% have none where labels were swapped or classes overlap, 85% and
more where no class fits the rows."""
PICKED, MOST_PICKED = 100, 1_000_000


def find_suspects(
    run: Any, others: Sequence[Any], task: Task | None, asked: Asked
) -> SuspectsDocument:
    """Return what is most likely labelled wrong, and write it into a review sheet.

    The run has a probability of every label, from a model that was not trained on these rows; of
    a task, there may be `others` on the same examples, and all must say the same.
    """
    n, output = first(asked["n"], PICKED), asked["output"]
    if not 1 <= n <= MOST_PICKED:
        raise UsageError(f"-n is {n}", accepted=f"1 to {MOST_PICKED:,} rows")
    guard([output], [run, *others], config=asked["config"])
    check_output(output)
    how = settle(run, asked)
    seed = how.sampling.seed
    inputs: Sequence[InputFile]
    if task is None:
        drawable = open_drawable(run, split=how.split, **how.reading)
        found = most_likely_wrong(drawable, n, seed, past_the_filter=asked["n"] is not None)
        rows = drawable.counted.cells.rows
        inputs = (drawable.table.described(rows, checksum=asked["checksum"]),)
    else:
        found, inputs = units_likely_wrong(task, run, others, how, n, checksum=asked["checksum"])
    written = output is not None and bool(found.sheet)
    if written:
        write_sheet(output, found.sheet)
    findings = [Finding(RANKING_ONLY, {
        "rows": len(found.sheet), "found": found.found, "ranking": found.ranking,
        "none_confident": found.none_confident,
    })]  # fmt: skip
    if found.split == "test":
        findings.append(Finding(TEST_LOOKED_AT, {"split": found.split}))
    return SuspectsDocument(
        **vars(found), path=str(output) if written else None, findings=tuple(findings),
        signature=Signature.of(inputs, Sampling(seed=seed), RANKINGS[found.ranking]),
    )  # fmt: skip


def units_likely_wrong(
    task: Task, run: Any, others: Sequence[Any], how: Settled, n: int, *, checksum: bool
) -> tuple[Suspects, Sequence[InputFile]]:
    """Return the `n` erring units whose truth is most likely wrong, and what was read."""
    reads = how_of(how, checksum=checksum)
    run = task.opened(run, reads)
    measured = task.measure(run, reads)
    split = pick_split(measured.splits, how.split)

    def units(opened: Any) -> list[Mapping[str, Any]]:
        return [x for x in task.wholes(opened, reads) if x.get("split", "dev") == split]

    wrong, inputs = units(run), list(measured.inputs)
    if others:  # what is missing, several may miss: a unit is something that was predicted
        kept = [x for x in wrong if x["prediction"] not in (None, "")]
        for other in others:
            opened = task.opened(other, reads)
            task.pair(run, opened, (reads, reads))  # of the same examples, and of one truth
            inputs += task.measure(opened, reads).inputs
            theirs = {_key(x) for x in units(opened)}
            kept = [x for x in kept if _key(x) in theirs]
    else:
        kept = list(task.suspects(wrong, reads))
    sheet = tuple(unit_row(x, split, SUSPECT, "", how.sampling.seed) for x in kept[:n])
    return Suspects(
        split, measured.examples(split), len(kept), {}, {}, sheet, len(sheet), 0,
        "agreement" if others else "score", len(wrong),
    ), inputs  # fmt: skip


def _key(unit: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what two runs must say alike: of which example, of what in it, and what."""
    named = unit["unit"] if unit["prediction"] in ("0", "1") else None
    return unit.get("id"), named, " ".join(str(unit["prediction"]).split())


GUESSED, OWN = (f"{RUN_PREFIX}{name}" for name in SUGGESTED)
"""What a sheet says beside the run's own columns: the confident class, the label's probability."""


ROUNDING = 1e-6
"""By which a probability may miss its threshold: one class for all rows gives all the same."""


LABEL, GUESS, CHANCE = "\x1fgiven", "\x1fguess", "\x1fchance"
ORDER = (CHANCE, ID, ROW)


def most_likely_wrong(
    run: Drawable, n: int, seed: int = 0, *, past_the_filter: bool = True
) -> Suspects:
    """Return the `n` rows of a split whose labels are most likely wrong.

    Nothing is drawn: the seed is written into the sheet. Where no row looks like a suspect, rows
    are ranked `past_the_filter` if a number of them was asked.
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
        "label_probability" if alone else "confident_learning", None,
    )  # fmt: skip


def _own(run: Drawable, chances: Mapping[str, Any]) -> Any:
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
