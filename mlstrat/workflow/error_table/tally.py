# Over 300 lines: the errors of a sheet, their counts, and what is estimated of these.
"""The table of the course: why rows are wrong, counted; and the ceiling of each reason.

A person read some errors of a split and gave each the tags that apply. The share of a tag speaks
of the errors of this set, and its interval shrinks as they are read; the ceiling, by how much the
error would fall if every error with the tag were right, speaks of the population.
"""

from __future__ import annotations

import math
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from mlstrat.core.counts import Bools, Floats
from mlstrat.core.figures import Figure
from mlstrat.core.intervals import Interval, interval_of_largest, normal_quantile, wilson_interval
from mlstrat.core.paired_tests import mcnemar_exact
from mlstrat.core.record import Record
from mlstrat.core.sample_size.planned import fewest_fixed
from mlstrat.core.sample_size.to_settle import settle_paired
from mlstrat.core.stratified import Design, Stratum, share_of_population, share_of_set
from mlstrat.data.formats.contents import read_text_file
from mlstrat.data.sheet.design import CORRECT, stratum_name
from mlstrat.data.sheet.layout import SheetRow
from mlstrat.data.sheet.read import Sheet, require_reviewed, split_of_sheet
from mlstrat.data.values import resolve_positive
from mlstrat.errors import ConfigError, InputError, did_you_mean
from mlstrat.workflow.error_table.table import (
    Category,
    DrawnError,
    ErrorTable,
    Kind,
    LeadingPair,
    SplitError,
    TagSet,
    TooManyReadError,
    worth_of,
)


class Estimates(Record):
    """Shares and gains of hits among the errors of one sheet, for so many tags."""

    split: SplitError
    confidence: float
    tags: int

    @cached_property
    def known(self) -> int | None:
        """Number of the errors that the sheet speaks of."""
        return self.split.drawn_from

    @cached_property
    def fewest(self) -> int:
        """Errors whose fix, with none broken, would be seen on this set."""
        return fewest_fixed(self.confidence)

    def share(self, strata: Sequence[Stratum], confidence: float | None = None) -> Figure:
        """Return a share of the errors of this set."""
        if self.known is None:
            return _wilson(strata, confidence or self.confidence)
        return share_of_set(strata, confidence or self.confidence)

    def share_in_population(
        self, strata: Sequence[Stratum], confidence: float | None = None
    ) -> Figure:
        """Return a share of all errors there will be, of which these are a sample."""
        confidence = confidence or self.confidence
        if self.known is None:
            return _wilson(strata, confidence)
        return share_of_population(strata, sum(s.rows for s in strata), confidence)

    def gain(self, strata: Sequence[Stratum], confidence: float | None = None) -> Figure:
        """Return the part of the error that the hits make up, in the population."""
        split, error = self.split, self.split.error
        if error.value is None:
            return Figure(None, None, None, "the error of the split is unknown")
        if split.rows is not None and self.known is not None and split.plain:
            return share_of_population(strata, split.rows, confidence or self.confidence)
        share = self.share_in_population(strata, confidence)
        if split.pool is not None:  # of the errors of one kind: what part of all are these?
            if not split.errors:
                return Figure(None, None, None, "the number of all errors is unknown")
            share = _scaled(share, split.pool / split.errors)
        if share.value is None:
            return Figure(None, None, 0, share.reason)
        return Figure(error.value * share.value, _product(error, share), split.rows)

    def fixed(self, strata: Sequence[Stratum]) -> Figure:
        """Return how many errors of this set a full fix would fix, for all tags together."""
        known = self.known
        if known is None:
            return Figure(None, None, None, "the number of all errors is unknown")
        if not self.split.plain:
            return Figure(None, None, known, "errors in groups, or with weights, count unalike")
        return _scaled(self.share(strata, 1 - (1 - self.confidence) / max(self.tags, 1)), known)

    def category(self, tag: str, strata: Sequence[Stratum]) -> Category:
        """Return the line of the table for some hits."""
        gain, fixed = self.gain(strata), self.fixed(strata)
        error = self.split.error.value
        left = None if gain.value is None or error is None else max(0.0, error - gain.value)
        count = sum(s.hits for s in strata)
        return Category(
            tag, count, self.share(strata), self.share_in_population(strata), gain, left, fixed,
            None if fixed.value is None else mcnemar_exact(round(fixed.value), 0),
            worth_of(fixed.ci, self.fewest),
        )  # fmt: skip

    def picked(self, category: Category, strata: Sequence[Stratum], family: int) -> Category:
        """Return the line of the largest of `family`, which was picked for being it."""

        def of(figure: Callable[[Sequence[Stratum], float], Figure]) -> Figure:
            plain = figure(strata, self.confidence)
            if plain.ci is None:
                return plain
            ci = interval_of_largest(
                lambda at: figure(strata, at).ci or (0.0, 0.0), family, self.confidence
            )
            return replace(plain, ci=ci)

        if family < 2:
            return category
        return replace(category, share=of(self.share), picked=of(self.gain))


def _wilson(strata: Sequence[Stratum], confidence: float) -> Figure:
    """Return the share where nobody knows how many errors there are: as of endlessly many."""
    n, k = sum(s.reviewed for s in strata), sum(s.hits for s in strata)
    if not n:
        return Figure(None, None, 0, "nobody read an error")
    return Figure(k / n, wilson_interval(k / n, n, normal_quantile(confidence)), n)


def _scaled(figure: Figure, factor: float) -> Figure:
    ci = None if figure.ci is None else (factor * figure.ci[0], factor * figure.ci[1])
    return replace(figure, value=None if figure.value is None else factor * figure.value, ci=ci)


def _product(error: Figure, share: Figure) -> Interval | None:
    """Return the interval of error · share from the two: square and add, on the log scale.

    An error that was typed without counts is taken as it stands.

    References
    ----------
    Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.
    """
    if error.value is None or share.value is None or share.ci is None:
        return None
    if error.ci is None:
        return error.value * share.ci[0], error.value * share.ci[1]
    value = error.value * share.value
    if value <= 0:
        return 0.0, error.ci[1] * share.ci[1]

    def spread(end: int) -> float:
        ratios = [math.log(f.ci[end] / f.value) if f.ci and f.value and f.ci[end] > 0 else math.inf
                  for f in (error, share)]  # fmt: skip
        return math.hypot(*ratios)

    return value * math.exp(-spread(0)), min(1.0, value * math.exp(spread(1)))


def leading_pair(
    design: Design, marks: Floats, categories: Sequence[Category], confidence: float
) -> LeadingPair | None:
    """Hold the largest tag against each other, on the same errors: only those with one count.

    One comparison a pair: of equal tags the largest is said to be so less often the more there are.

    References
    ----------
    Hsu (1984), Annals of Statistics 12, comparison with the best.
    """
    seen = [i for i, c in enumerate(categories) if c.count]
    if len(seen) < 2:
        return None
    rows = [s.rows for s in design.strata(marks[:, 0] > 0)]
    found = [(i, *_difference(design, rows, marks, i, confidence)) for i in seen[1:]]
    tied = tuple(categories[i].tag for i, d, _, half in found if d - half <= 0)
    closest, difference, discordance, half = min(found, key=lambda x: x[1] - x[3])
    read = int(design.reviewed.sum())
    ci = (max(-1.0, difference - half), min(1.0, difference + half))
    z = normal_quantile(confidence)

    def decides(d: Floats, n: int) -> Bools:
        apart, lead = (discordance * n + 1) / (n + 2), d * n / (n + 2)
        told: Bools = np.abs(d) > z * np.sqrt(np.maximum(apart - lead**2, 0.0) / n)
        return told

    more = None
    if tied:
        more = settle_paired("which tag is larger?", "dev", difference, discordance, read, decides,
                             ci, ())  # fmt: skip
    return LeadingPair(
        (categories[0].tag, categories[closest].tag), Figure(difference, ci, read), tied,
        None if more is None else more.total,
    )  # fmt: skip


def _difference(
    design: Design, rows: Sequence[float], marks: Floats, other: int, confidence: float
) -> tuple[float, float, float]:
    """Return by how much the first tag leads another, their discordance, and half the interval."""
    first = design.strata(marks[:, 0] > marks[:, other])
    second = design.strata(marks[:, other] > marks[:, 0])
    whole = sum(rows)
    difference = discordance = variance = 0.0
    for size, a, b in zip(rows, first, second, strict=True):
        part, n = size / whole, a.reviewed
        difference += part * (a.hits - b.hits) / n
        discordance += part * (a.hits + b.hits) / n
        # Half a row in each of the four cells, so that nothing seen is not no variance.
        apart, lead = (a.hits + b.hits + 1) / (n + 2), (a.hits - b.hits) / (n + 2)
        variance += part**2 * (apart - lead**2) / n
    return difference, discordance, normal_quantile(confidence) * math.sqrt(variance)


def leading_by_intervals(
    categories: Sequence[Category], of: Callable[[Category], Figure]
) -> LeadingPair | None:
    """Hold the largest tag against the others where nobody knows which errors have both.

    It is decided where its interval lies above all others, whatever they have in common.
    """
    known = [(c, x.value, x.ci) for c in categories
             if c.count and (x := of(c)).value is not None and x.ci is not None]  # fmt: skip
    if len(known) < 2:
        return None
    first, value, (low, high) = known[0]
    tied = tuple(c.tag for c, _, ci in known[1:] if ci[1] >= low)
    closest, other, ends = max(known[1:], key=lambda x: x[2][1])
    ci = (low - ends[1], high - ends[0])
    return LeadingPair((first.tag, closest.tag), Figure(value - other, ci, of(first).n), tied)


def tally_errors(
    drawn: Sequence[DrawnError],
    tags: Sequence[str],
    split: SplitError,
    *,
    weighted: bool = False,
    confidence: float = 0.95,
) -> ErrorTable:
    """Return the table of the errors on a sheet, read or not.

    Formula: the share is Σ Nₕkₕ/nₕ / Σ Nₕ over the strata of the sheet, the gain Σ Nₕkₕ/nₕ / N.
    ``weighted`` says that the sheet carries its sampling design; without one the rows that were
    read are taken for a random part of the errors. More errors read than there are is a
    TooManyReadError.

    References
    ----------
    C3W2 Carrying out error analysis; MLY14-18; Cochran (1977), 5.3 and 12.2.
    """
    design = _design(drawn, split, weighted)
    if weighted and split.drawn_from is None:
        split = replace(split, errors=round(design.size))
    known = split.drawn_from
    read = int(design.reviewed.sum())
    if known is not None and read > known:
        raise TooManyReadError(read, known)
    weighed = None
    if weighted and known is not None and not _adds_up(design.size, known):
        weighed = design.size
        design = design.resized(known)
    tags = list(tags)
    estimates = Estimates(split, confidence, len(tags))
    marks = np.array([[tag in row.tags for row in drawn] for tag in tags], float)
    marks = np.ascontiguousarray(marks.reshape(len(tags), len(drawn)).T) * design.read[:, None]
    per_row = marks.sum(axis=1)
    positives = np.array([_sign(row) for row in drawn])
    binary = bool(read) and not np.any(np.isnan(positives[design.read]))
    categories = []
    for i, tag in enumerate(tags):
        hits = marks[:, i] > 0
        alone = hits & (per_row == 1)
        categories.append(
            replace(
                estimates.category(tag, design.strata(hits)),
                false_positives=int((hits & (positives > 0)).sum()) if binary else None,
                false_negatives=int((hits & (positives < 0)).sum()) if binary else None,
                only=int(alone.sum()),
                only_share=estimates.share(design.strata(alone)),
            )
        )
    order = sorted(range(len(tags)), key=lambda i: _rank(categories[i]))
    marks = marks[:, order]
    categories = [categories[i] for i in order]
    if categories:
        strata = design.strata(marks[:, 0] > 0)
        categories[0] = estimates.picked(categories[0], strata, len(tags))
    row_weights = design.row_weights
    untagged = design.read & (per_row == 0)
    any_of = np.maximum.accumulate(marks, axis=1) if tags else marks
    return ErrorTable(
        reviewed=read,
        split=split,
        categories=tuple(categories),
        untagged=int(untagged.sum()),
        untagged_share=estimates.share(design.strata(untagged)),
        best_sets=_best_sets(estimates, design, marks, row_weights, categories),
        leading=leading_pair(design, marks, categories, confidence),
        cumulative=tuple(float(x) for x in row_weights @ any_of / max(row_weights.sum(), 1e-300)),
        drawn=len(drawn),
        unread=design.unread,
        weighed=weighed,
        confidence=confidence,
    )


def tally_counts(
    counts: Mapping[str, int], reviewed: int, split: SplitError, confidence: float = 0.95
) -> ErrorTable:
    """Return the table of numbers alone: how many of the errors that were read have each tag."""
    estimates = Estimates(split, confidence, len(counts))
    known = split.drawn_from
    if known is not None and reviewed > known:
        raise TooManyReadError(reviewed, known)
    size = float(reviewed if known is None else known)
    strata = {tag: (Stratum("", size, reviewed, n),) for tag, n in counts.items()}
    found = sorted((estimates.category(tag, part) for tag, part in strata.items()), key=_rank)
    leading = leading_by_intervals(found, lambda c: c.share_in_population)
    if found:
        found[0] = estimates.picked(found[0], strata[found[0].tag], len(counts))
    return ErrorTable(
        reviewed, split, tuple(found), None, None, (), leading, drawn=reviewed,
        confidence=confidence,
    )  # fmt: skip


def errors_stood_for(drawn: Sequence[DrawnError], split: SplitError, *, weighted: bool) -> Floats:
    """Return how many errors of the split each row stands for; 0 where nobody read it."""
    design = _design(drawn, split, weighted)
    known = split.drawn_from
    if weighted and known is not None:
        design = design.resized(known)
    return design.row_weights


def _rank(category: Category) -> tuple[float, str, str]:
    """Order by falling share; of equal ones by name, so that the order of rows does not matter."""
    return -round(category.share.value or 0.0, 12), category.tag.casefold(), category.tag


def _design(drawn: Sequence[DrawnError], split: SplitError, weighted: bool) -> Design:
    names = [row.stratum if weighted else "" for row in drawn]
    known = split.drawn_from
    each = known / len(drawn) if known is not None and drawn else 1.0
    weights = [row.weight if weighted else each for row in drawn]
    return Design.of_rows(names, weights, [row.reviewed for row in drawn])


def _adds_up(weighed: float, errors: int) -> bool:
    return abs(weighed - errors) <= max(0.5, 1e-6 * errors)


def _sign(row: DrawnError) -> float:
    if row.predicted_positive is None:
        return math.nan
    return 1.0 if row.predicted_positive else -1.0


def _best_sets(
    estimates: Estimates,
    design: Design,
    marks: Floats,
    weights: Floats,
    categories: Sequence[Category],
) -> tuple[TagSet, ...]:
    if not categories or not weights.sum():
        return ()
    out = []
    for places in best_covers(marks, weights):
        tags = tuple(categories[i].tag for i in places)
        strata = design.strata(marks[:, list(places)].max(axis=1) > 0)
        together = estimates.category(" + ".join(tags), strata)
        family = math.comb(len(categories), len(places))
        out.append(TagSet(tags, estimates.picked(together, strata, family)))
    return tuple(out)


def best_covers(marks: Floats, weights: Floats) -> tuple[tuple[int, ...], ...]:
    """Return the best set of one tag, of two, of three.

    The weight of the rows that have at least one tag of a set, and of all sets the largest; of
    equal ones the first in falling order of the tags alone. A set whose parts alone cannot add up
    to the best one is not looked at, which keeps it exact. `marks` are rows by tags, 1 where a row
    has the tag.
    """
    order = np.argsort(-(weights @ marks), kind="stable")
    found = (_best(marks[:, order], weights, size)[1] for size in range(1, min(3, len(order)) + 1))
    return tuple(tuple(int(order[i]) for i in places) for places in found)


def _best(marks: Floats, weights: Floats, size: int) -> tuple[float, tuple[int, ...]]:
    """Return the weight and the places of the best set of a size: of its first tag and the rest."""
    single = weights @ marks
    if size == 1:
        first = int(np.argmax(single))
        return float(single[first]), (first,)
    best, places = -1.0, tuple[int, ...]()
    for i in range(len(single) - size + 1):
        if single[i] + np.sort(single[i + 1 :])[1 - size :].sum() <= best:
            continue
        left = weights * (1 - marks[:, i])
        more, rest = _best(marks[:, i + 1 :], left, size - 1)
        if single[i] + more > best + 1e-9:
            best, places = float(single[i] + more), (i, *(i + 1 + j for j in rest))
    return best, places


MISLABELED = "mislabeled"
"""The tag that a mark in the column `mislabeled` stands for: a column of the lecture's table."""


class SheetErrors(Record):
    """The errors of one split that stand on a sheet: the rows, and what is counted of each.

    ``weighted`` tells whether the rows carry what each stands for. Only one ``kind`` was drawn,
    None for all; ``added`` rows were added by hand, and are left out; ``correct`` rows of the split
    are right, as the sheet's weights tell.
    """

    rows: tuple[SheetRow, ...]
    drawn: tuple[DrawnError, ...]
    tags: tuple[str, ...]
    split: str | None
    weighted: bool
    random: bool
    kind: Kind | None
    added: int
    correct: int | None
    positive: str | None

    def tally(
        self, split: SplitError, confidence: float, tags: Sequence[str] | None = None
    ) -> ErrorTable:
        """Return their table: counts alone, where they were not drawn at random."""
        found = tally_errors(
            self.drawn, self.tags if tags is None else tags, split, weighted=self.weighted,
            confidence=confidence,
        )  # fmt: skip
        return found if self.random else found.as_seen()

    def stood_for(self, split: SplitError) -> Floats:
        """Return how many errors of the split each row stands for; 0 where nobody read it."""
        return errors_stood_for(self.drawn, split, weighted=self.weighted)


def errors_of_sheet(
    sheet: Sheet, *, split: str | None = None, positive: str | None = None, unread: bool = False
) -> SheetErrors:
    """Return the errors of one split on a sheet: without `split` the only one, or dev.

    ``unread`` says that a sheet of which nothing was read is one.
    """
    if not unread:
        require_reviewed(sheet)
    main = split_of_sheet(sheet, split)
    rows = [row for row in sheet.rows if row.split in (main, None)]
    errors = [is_error(row) for row in rows]
    wrong = [row for row, error in zip(rows, errors, strict=True) if error]
    random = not sheet.weighted or any(row.weight > 0 for row in wrong)
    kept = [row for row in wrong if row.weight > 0 or not random]
    if not unread and not any(row.reviewed for row in kept):
        found = f"{len(kept)} error{'s wait' if len(kept) != 1 else ' waits'} to be read"
        raise InputError(
            f"no error of split {main or 'dev'} is filled in: {found}", file=sheet.origin
        )
    labels = {x for row in sheet.rows for x in (row.label, row.prediction) if x is not None}
    named = None
    if sheet.has_predictions and (len(labels) <= 2 or positive is not None):
        named = resolve_positive(positive, sorted(labels))
    weighted = sheet.weighted and random
    kind = _kind(kept) if weighted else None
    right = [r for r, error in zip(rows, errors, strict=True) if not error and r.weight > 0]
    correct = round(sum(row.weight for row in right)) if weighted and right else None
    tags = dict.fromkeys(sheet.tags)
    if any(row.mislabeled for row in kept):
        tags.setdefault(MISLABELED)
    shared: dict[DrawnError, DrawnError] = {}
    drawn = tuple(shared.setdefault(x, x) for x in (_drawn(row, named) for row in kept))
    return SheetErrors(
        tuple(kept), drawn, tuple(tags), main, weighted, random, kind,
        len(wrong) - len(kept), correct, named,
    )  # fmt: skip


def is_error(row: SheetRow) -> bool:
    """Tell whether a row is an error; one of a sheet without predictions is, unless it says so."""
    if row.label is None:
        return row.stratum is None or not row.stratum.startswith(CORRECT)
    return row.label != row.prediction


def tags_of(row: SheetRow) -> frozenset[str]:
    """Return the tags of a row; a wrong label is one of them."""
    return row.tags | {MISLABELED} if row.mislabeled else row.tags


def _kind(rows: Sequence[SheetRow]) -> Kind | None:
    names = {row.stratum or "" for row in rows}
    kinds: tuple[tuple[str, Kind], ...] = (("fp", "false_positives"), ("fn", "false_negatives"))
    for short, kind in kinds:
        if all(name.startswith(stratum_name(short)) for name in names):
            return kind
    return None


def _drawn(row: SheetRow, positive: str | None) -> DrawnError:
    return DrawnError(
        tags_of(row),
        row.reviewed,
        row.stratum or "",
        row.weight,
        None if positive is None else row.prediction == positive,
    )


ACCEPTED = '"great cat" = 3, days of work by tag, at the top or in a table [days]'


def read_effort(path: str | Path, tags: Sequence[str]) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the days by tag, and the tags of the file that no error has."""
    shown = str(path)
    text = read_text_file(path, "TOML", error=ConfigError, accepted=ACCEPTED)
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"is not TOML: {error}", file=shown, accepted=ACCEPTED) from None
    days = document.get("days")
    costs = days if isinstance(days, dict) else document
    for tag, value in costs.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 < value <= sys.float_info.max:
            raise ConfigError(
                f"{tag!r} costs {value!r}", file=shown, accepted=f"a number above 0: {ACCEPTED}"
            )
        hint = None if tag in tags else did_you_mean(tag, tags, 0.75)
        if hint:
            raise ConfigError(
                f"no error has the tag {tag!r}", file=shown, accepted=", ".join(map(repr, tags)),
                hint=hint,
            )  # fmt: skip
    if not costs:
        raise ConfigError("holds no costs", file=shown, accepted=ACCEPTED)
    known = {tag: float(value) for tag, value in costs.items() if tag in tags}
    return known, tuple(tag for tag in costs if tag not in tags)
