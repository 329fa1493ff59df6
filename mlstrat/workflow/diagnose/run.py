"""From the cells of a run to its diagnosis: figures by split, the ladder, what to do next."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from mlstrat.core.counts import ABSTAINED, SPLITS, Cells, pick_split, tally
from mlstrat.core.estimates import estimate, estimate_all, estimate_splits
from mlstrat.core.figures import Estimate, Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import METRICS, MetricChoice, choose_metric
from mlstrat.core.record import Record
from mlstrat.errors import UndefinedError
from mlstrat.tasks.classification.findings import (
    ONE_CLASS_PREDICTED,
    POSITIVE_NEVER_FOUND,
    data_findings,
    untaught_classes,
)
from mlstrat.tasks.classification.floor import (
    Floor,
    floor_findings,
    floor_of,
    rare_finding,
)
from mlstrat.tasks.findings import about_split
from mlstrat.workflow.diagnose.findings import (
    dev_is_easier,
    ladder_findings,
    unlike_findings,
    unlike_share,
)
from mlstrat.workflow.diagnose.ladder import Decomposition, Level, decompose, held_back

if TYPE_CHECKING:
    from mlstrat.workflow.diagnose.ladder import TwoWayTable


class ClassFigures(Record):
    """One class of one split; undefined figures are None."""

    label: str
    support: int
    predicted: int
    precision: float | None
    recall: float | None
    f1: float | None


class SplitFigures(Record):
    """The figures of one split; ``cells`` are those of its confusion that hold any rows.

    ``errors`` is None where nothing is predicted.

    Each is the place of the true label, that of the predicted one, and how many rows; in the order
    of the labels. Blank predictions are in none.
    """

    n: int
    errors: int | None
    figures: Mapping[str, Figure]
    abstentions: int
    per_class: tuple[ClassFigures, ...]
    cells: tuple[tuple[int, int, int], ...]


class FiguresBySplit(Mapping[str, SplitFigures]):
    """The figures of each split, worked out when they are looked at.

    Nine tenths of a diagnosis are resamples of figures that a history of runs never shows; the
    random stream of a split is its own, so that the order plays no part.
    """

    def __init__(self, parts: Mapping[str, Cells], of: Callable[[Cells], SplitFigures]) -> None:
        self._parts, self._of = parts, of
        self._known: dict[str, SplitFigures] = {}

    def __getitem__(self, split: str) -> SplitFigures:
        if split not in self._known:
            self._known[split] = self._of(self._parts[split])
        return self._known[split]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


class SingleNumber(Record):
    """The one number to rank by, on the split that counts."""

    choice: MetricChoice
    split: str
    figure: Figure


class Diagnosis(Record):
    """All that `diagnose` concludes from a run."""

    task: str | None
    labels: tuple[str, ...]
    number: SingleNumber
    level_metric: MetricChoice
    splits: Mapping[str, SplitFigures]
    decomposition: Decomposition
    two_way: TwoWayTable | None
    findings: tuple[Finding, ...]
    floor: Floor | None = None
    """Of the split of the single number; None where the levels are not of the error."""


def diagnose_cells(
    cells: Cells,
    *,
    positive: str | None = None,
    metric: str | None = None,
    average: str | None = None,
    beta: float = 1.0,
    split: str | None = None,
    human: Level | None = None,
    different_distributions: bool = False,
    tolerance: float = 0.01,
    sampling: Sampling | None = None,
    sources: Mapping[str, Mapping[str, int]] | None = None,
    notes: tuple[Finding, ...] = (),
) -> Diagnosis:
    """Return the diagnosis of a run.

    With a metric given, levels and gaps are of its loss, else of the error; a human level from
    outside takes the place of the run's own. `sources` are the rows of each source by split.
    """
    sampling = sampling or Sampling()
    number = choose_metric(
        metric, labels=cells.labels, positive=positive, average=average, beta=beta
    )
    level_metric = (
        choose_metric("error", labels=cells.labels, positive=positive) if metric is None else number
    )
    parts, classes = cells.by_split, cells.classes
    main = pick_split(cells.splits, split)
    figures = FiguresBySplit(
        parts, partial(split_figures, number=number, average=average, sampling=sampling)
    )
    value = figures[main].figures.get(number.metric.name)
    if value is None:
        stream = SPLITS.index(main)
        value = estimate(parts[main], number, sampling, stream, draws=False).figure
    found = estimate_splits(parts, level_metric, sampling)
    levels = [_level(name, x, parts[name], level_metric) for name, x in found.items()]
    about_people, paired, answered = list[Finding](), None, "train"
    if human is not None:
        levels.append(human)
    elif has_people(cells):
        from mlstrat.workflow.diagnose.people_compute import human_from_answers

        people = human_from_answers(cells, level_metric, sampling, different_distributions)
        levels += [] if people.level is None else [people.level]
        about_people, paired, answered = list(people.findings), people.paired, people.split
    result = decompose(
        levels,
        sampling=sampling,
        different_distributions=different_distributions,
        tolerance=tolerance,
        paired=paired,
        resampled_gaps=level_metric.metric.name not in ("error", "accuracy"),
    )
    share = unlike_share(sources or {})
    result = replace(result, test_unlike_dev=share is not None)
    if result.is_open:
        from mlstrat.workflow.diagnose.to_settle import with_what_would_settle

        result = with_what_would_settle(result, sampling, paired)
    table = None
    if dev_is_easier(result):
        table = _two_way(levels, cells, level_metric, sampling, answered)
    of_error = level_metric.metric.name in ("error", "accuracy")
    floor = None if level_metric.metric.needs else floor_of(cells, main, sampling)
    before = floor_findings(floor, of_error=of_error)
    rare = None
    if of_error and not before:
        rare = rare_finding(floor, tolerance if result.verdict == "small" else None)
    if rare is not None:
        before = [rare] if rare.severity == "issue" else []
        result = replace(result, beside=rare)
    doubts = [x for x in notes if x.doubts]
    same = [x for x in doubts if x.rule in (ONE_CLASS_PREDICTED, POSITIVE_NEVER_FOUND)]
    # What a constant answer reaches says more than that the answer is constant.
    untaught = untaught_classes(parts)
    shown = [x for x in untaught if x.severity == "issue"]
    result = held_back(result, [*(x for x in doubts if x not in same), *before, *shown, *same])
    findings = before + untaught + ladder_findings(result, table) + unlike_findings(result, share)
    findings += about_people
    if rare is not None and rare not in before:
        findings.append(rare)
    no_positive = len(classes) == 2 and positive is None
    findings += [
        *about_split(main, split), *notes, *data_findings(parts, number, no_positive=no_positive),
    ]  # fmt: skip
    return Diagnosis(
        None if not classes else "binary" if len(classes) <= 2 else "multiclass",
        classes,
        SingleNumber(number, main, value),
        level_metric,
        figures,
        result,
        table,
        tuple(findings),
        floor if of_error else None,
    )


def _level(name: str, found: Estimate, part: Cells, choice: MetricChoice) -> Level:
    if found.value is None:
        raise UndefinedError(
            f"{choice.title} of {name} is {found.reason}",
            hint="choose another --metric, or leave this split out",
        )
    found = found if part.predicts else replace(found, errors=None)
    return Level(name, found.as_loss(choice))


def has_people(cells: Cells) -> bool:
    """Whether people answered, or were counted by their answers."""
    return bool(cells.answers) or cells.votes is not None


def _two_way(
    levels: Sequence[Level], cells: Cells, choice: MetricChoice, sampling: Sampling, where: str
) -> TwoWayTable:
    """Return training against dev distribution; `where` is the split that people answered."""
    by_name = {level.name: level.estimate for level in levels}
    if where == "dev":
        by_name.pop("human", None)
    dev_human = None
    if "dev" in cells.splits and has_people(cells):
        from mlstrat.workflow.diagnose.people_compute import human_of_dev

        dev_human = human_of_dev(cells, choice, sampling)
    from mlstrat.workflow.diagnose.ladder import table_of_ladder

    return table_of_ladder(by_name, dev_human)


def split_figures(
    part: Cells, number: MetricChoice, average: str | None, sampling: Sampling
) -> SplitFigures:
    """Return the figures of one split; the single number says how to average over classes."""
    average = number.average or average or ("binary" if number.positive is not None else "macro")
    stream = SPLITS.index(part.splits[int(part.split[0])])
    names = ("error", "accuracy", "precision", "recall", "f1")
    if not part.predicts:
        none = Figure(None, None, part.rows, "undefined: scores are not probabilities, and say no "
                      "class without --threshold or --choose-threshold")  # fmt: skip
        return SplitFigures(part.rows, None, dict.fromkeys(names, none), 0, (), ())
    choices = [
        MetricChoice(METRICS[name], average if METRICS[name].by_class else None, number.positive)
        for name in names
    ]
    found = estimate_all(part, choices, sampling, stream, draws=False)
    figures = {name: one.figure for name, one in zip(names, found, strict=True)}
    if not part.classes:
        unknown = Figure(None, None, part.rows, "undefined: only right and wrong are known")
        figures |= dict.fromkeys(("precision", "recall", "f1"), unknown)
        return SplitFigures(part.rows, part.errors, figures, 0, (), ())
    rows, weighted = tally(replace(part, weight=part.n.astype(float))), tally(part)
    ratios = [
        METRICS[name].compute(weighted, 1.0)[0].tolist()  # type: ignore[misc]
        for name in ("precision", "recall", "f1")
    ]
    per_class = tuple(
        ClassFigures(label, int(n), int(called), *(None if math.isnan(x) else x for x in of_class))
        for label, n, called, *of_class in zip(
            part.labels, rows.actual[0], rows.predicted[0], *ratios, strict=True
        )
    )
    blank = int(part.n[part.predicted == ABSTAINED].sum())
    return SplitFigures(part.rows, part.errors, figures, blank, per_class, _filled(part))


def _filled(part: Cells) -> tuple[tuple[int, int, int], ...]:
    """Return the cells of the confusion that hold any rows, in the order of the labels."""
    called = part.predicted != ABSTAINED
    key = part.truth[called] * len(part.labels) + part.predicted[called]
    distinct, place = np.unique(key, return_inverse=True)
    n = np.bincount(place, part.n[called], len(distinct)).astype(np.int64)
    truth, predicted = np.divmod(distinct, len(part.labels))
    kept = n > 0
    filled = zip(truth[kept].tolist(), predicted[kept].tolist(), n[kept].tolist(), strict=True)
    return tuple(filled)
