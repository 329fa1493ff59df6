"""Findings about the data behind figures of several parts: splits of a run, or two models."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mlstrat.core.counts import ABSTAINED, Cells
from mlstrat.core.estimates import undefined_classes
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import MetricChoice
from mlstrat.tasks.classification.findings import ABSTENTIONS, data_findings


def part_findings(parts: Mapping[str, Cells], choice: MetricChoice) -> list[Finding]:
    """Return what is to be known about the data of each part, abstentions by its name.

    Parameters
    ----------
    parts
        By name; each the cells of one split.
    choice
        The metric: what it leaves out, and whether it wants a positive class.
    """
    cells = next(iter(parts.values()))
    blank = {name: int(x.n[x.predicted == ABSTAINED].sum()) for name, x in parts.items()}
    counted = {name: n for name, n in blank.items() if n}
    found = data_findings(
        cells,
        binary_without_positive=choice.average == "macro"
        and len(cells.labels) == 2
        and choice.positive is None,
        undefined={name: undefined_classes(x, choice) for name, x in parts.items()},
        groups={n: len(np.unique(x.group)) for n, x in parts.items() if x.group is not None},
    )
    rest = [x for x in found if x.rule != ABSTENTIONS]
    return [Finding(ABSTENTIONS, {"abstentions": counted}), *rest] if counted else rest
