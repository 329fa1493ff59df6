"""The human level that the answers of a run tell; loaded where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlstrat.core.counts import SPLITS, Cells
from mlstrat.core.figures import Estimate, Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.record import Record
from mlstrat.workflow.diagnose.ladder import Level
from mlstrat.workflow.human.crowd import proxy_of_answers
from mlstrat.workflow.human.findings import (
    HUMAN_LEVEL_ELSEWHERE,
    HUMAN_LEVEL_OF_PEOPLE,
    NO_PROBABILITIES_OF_PEOPLE,
    facts,
    level_findings,
)
from mlstrat.workflow.human.levels import (
    answered_split,
    answers_of_people,
    of_people,
    paired_errors,
)

if TYPE_CHECKING:
    from mlstrat.core.pairs import PairedErrors


class PeoplesLevel(Record):
    """The human level that the answers of a run tell, if any, and the split they are of.

    ``paired`` where one person answered every row, so that the model's errors are on the same.
    """

    level: Level | None = None
    split: str = "train"
    paired: PairedErrors | None = None
    findings: tuple[Finding, ...] = ()


def human_from_answers(
    cells: Cells, choice: MetricChoice, sampling: Sampling, different_distributions: bool
) -> PeoplesLevel:
    """Return the human level of the first split that people answered."""
    cells, no_people = of_people(cells)
    where = answered_split(cells, None)
    if where is None:
        return PeoplesLevel(findings=tuple(level_findings(None, no_people)))
    part = cells.of_split(where)
    proxy = proxy_of_answers(part, choice, sampling, len(SPLITS))
    if proxy is None:
        note = Finding(NO_PROBABILITIES_OF_PEOPLE, {"metric": choice.metric.name})
        return PeoplesLevel(None, where, None, (note, *level_findings(None, no_people)))
    answers, paired = answers_of_people(part), None
    alone = answers[0] if proxy.method == "person" else None
    if (
        alone is not None
        and alone.complete
        and proxy.error.influence is None
        and choice.metric.name in ("error", "accuracy")
    ):
        paired = paired_errors(alone.cells, alone.model, where)
    evidence = facts(proxy) | {
        "split": where,
        "answers": proxy.error.n,
        "people": {a.name: a.error for a in answers},
        "complete": alone is not None and alone.complete,
        "paired": paired is not None,
    }
    findings = [Finding(HUMAN_LEVEL_OF_PEOPLE, evidence), *level_findings(proxy, no_people)]
    if different_distributions and where == "dev":
        findings.append(Finding(HUMAN_LEVEL_ELSEWHERE, {"split": "dev"}))
    return PeoplesLevel(Level("human", proxy.error), where, paired, tuple(findings))


def human_of_dev(cells: Cells, choice: MetricChoice, sampling: Sampling) -> Estimate | None:
    """Return the human level on dev, for the two-way table; None where nobody answered there."""
    part, _ = of_people(cells)
    found = proxy_of_answers(part.of_split("dev"), choice, sampling, len(SPLITS) + 1)
    return None if found is None else found.error
