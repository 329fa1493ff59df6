"""From the cells of a run to its diagnosis: figures by split, the ladder, what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from mlstrat.core.counts import SPLITS, Cells, codes_in, pick_split
from mlstrat.core.estimates import estimate, undefined_classes
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import MetricChoice, choose_metric
from mlstrat.errors import UndefinedError
from mlstrat.tasks.classification.findings import data_findings, untaught_classes
from mlstrat.tasks.classification.floor import Floor, floor_of
from mlstrat.tasks.classification.floor_findings import (
    floor_findings,
    rare_finding,
)
from mlstrat.tasks.classification.meant.findings import (
    ONE_CLASS_PREDICTED,
    POSITIVE_NEVER_FOUND,
)
from mlstrat.tasks.findings import ONLY_SPLIT_USED, TEST_LOOKED_AT
from mlstrat.workflow.diagnose.compute import decompose
from mlstrat.workflow.diagnose.findings import (
    dev_is_easier,
    ladder_findings,
    unlike_findings,
    unlike_share,
)
from mlstrat.workflow.diagnose.ladder import Decomposition, HumanLevel, Level
from mlstrat.workflow.diagnose.split_figures import FiguresBySplit, SplitFigures, split_figures
from mlstrat.workflow.diagnose.verdict import held_back

if TYPE_CHECKING:
    from mlstrat.workflow.diagnose.two_way import TwoWayTable


@dataclass(frozen=True)
class SingleNumber:
    """The one number to rank by, on the split that counts."""

    choice: MetricChoice
    split: str
    figure: Figure


@dataclass(frozen=True)
class Diagnosis:
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
    human: HumanLevel | None = None,
    different_distributions: bool = False,
    tolerance: float = 0.01,
    sampling: Sampling | None = None,
    sources: Mapping[str, Mapping[str, int]] | None = None,
    notes: tuple[Finding, ...] = (),
) -> Diagnosis:
    """Return the diagnosis of a run.

    Parameters
    ----------
    cells
        The table of counts.
    positive
        The positive class of a binary task.
    metric, average, beta
        The single number; with a metric given, levels and gaps are of its loss, else of error.
    split
        The split of the single number.
    human
        A human level from outside; it takes the place of the run's own human columns.
    different_distributions, tolerance, sampling
        See `mlstrat.workflow.diagnose.compute.decompose`.
    sources
        Rows of each source by split, where the run tells.
    notes
        Findings of whoever read the run.
    """
    sampling = sampling or Sampling()
    number = choose_metric(
        metric, labels=cells.labels, positive=positive, average=average, beta=beta
    )
    level_metric = (
        choose_metric("error", labels=cells.labels, positive=positive) if metric is None else number
    )
    parts = cells.by_split
    main = pick_split(cells.splits, split)
    figures = FiguresBySplit(
        parts, partial(split_figures, number=number, average=average, sampling=sampling)
    )
    value = _figure(figures[main], parts[main], number, sampling, main)
    levels = [_level(name, part, level_metric, sampling) for name, part in parts.items()]
    about_people, paired, answered = list[Finding](), None, "train"
    if human is not None:
        levels.append(Level("human", human.estimate, human.fixed, human.bayes))
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
    if main == "test":
        findings.append(Finding(TEST_LOOKED_AT, {"split": main}))
    if split is None and main != "dev":
        findings.append(Finding(ONLY_SPLIT_USED, {"split": main}))
    findings += notes
    findings += data_findings(
        cells,
        binary_without_positive=len(cells.classes) == 2 and positive is None,
        undefined={name: undefined_classes(part, number) for name, part in parts.items()},
        groups={
            name: len(codes_in(part.group))
            for name, part in parts.items()
            if part.group is not None
        },
    )
    return Diagnosis(
        None if not cells.classes else "binary" if len(cells.labels) <= 2 else "multiclass",
        cells.classes,
        SingleNumber(number, main, value),
        level_metric,
        figures,
        result,
        table,
        tuple(findings),
        floor if of_error else None,
    )


def _figure(
    known: SplitFigures, part: Cells, choice: MetricChoice, sampling: Sampling, split: str
) -> Figure:
    """Return the single number, from the figures of its split where it is one of them."""
    if choice.metric.name in known.figures:
        return known.figures[choice.metric.name]
    return estimate(part, choice, sampling, SPLITS.index(split), draws=False).figure


def _level(name: str, part: Cells, choice: MetricChoice, sampling: Sampling) -> Level:
    found = estimate(part, choice, sampling, SPLITS.index(name))
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
    from mlstrat.workflow.diagnose.two_way import table_of_ladder

    return table_of_ladder(by_name, dev_human)
