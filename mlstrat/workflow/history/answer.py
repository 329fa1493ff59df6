"""The history of the gaps: every run of a folder diagnosed, each beside the one nearest to it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mlstrat.core.estimates import estimate
from mlstrat.core.figures import Sampling
from mlstrat.core.metrics import MetricChoice
from mlstrat.core.pairs import SIDES, PairCells
from mlstrat.core.wording import is_share, shown_reason
from mlstrat.data.run_folders import find_history
from mlstrat.data.settings import settle
from mlstrat.errors import InputError, MlstratError
from mlstrat.tasks.classification.pairing.join import read_pair
from mlstrat.workflow.compare.difference import paired_difference, row_correlation
from mlstrat.workflow.diagnose.answer import RUN_METHOD, diagnose
from mlstrat.workflow.diagnose.document import DiagnosisDocument, loss_name
from mlstrat.workflow.history.compute import Trial, compare_trials
from mlstrat.workflow.history.document import HistoryDocument, history_findings
from mlstrat.workflow.history.read import in_order, read_past

DRAWS = 2_000
"""Resamples of a paired difference: its standard deviation alone is asked for."""


@dataclass(eq=False)
class PairedRuns:
    """The runs of a history, paired by id where they can be.

    Attributes
    ----------
    paths
        The runs, in their order.
    splits
        The splits of each.
    options
        As for `diagnose`.
    choice
        The metric of the levels.
    sampling
        How intervals are found.
    unpaired
        By the places of two runs, why some of their levels are taken as of different rows.
    """

    paths: Sequence[Path]
    splits: Sequence[Sequence[str]]
    options: Mapping[str, Any]
    choice: MetricChoice
    sampling: Sampling
    unpaired: dict[tuple[int, int], str] = field(default_factory=dict)

    def together(self, first: int, second: int) -> Mapping[str, float]:
        """Return the correlation of each level that both runs measured on shared rows."""
        out = {}
        for split in self.splits[second]:
            if split not in self.splits[first]:
                continue
            try:
                out[split] = self._correlation(first, second, split)
            except MlstratError as error:
                self.unpaired[first, second] = error.message
        return out

    def _correlation(self, first: int, second: int, split: str) -> float:
        paths = self.paths[first], self.paths[second]
        a, b = (settle(path, self.options) for path in paths)
        pair = read_pair(
            *paths,
            columns=(a.columns, b.columns),
            split=split,
            split_as={**a.split_as, **b.split_as},
            positive=b.positive,
            threshold=b.operating if a.operating == b.operating else None,
            needs=self.choice.metric.needs,
        )
        return _of_shared_rows(pair.cells, self.choice, self.sampling) * pair.overlap


def _of_shared_rows(cells: PairCells, choice: MetricChoice, sampling: Sampling) -> float:
    """Return the correlation of the figures of two models on the same rows.

    Formula: Newcombe's φ of right and wrong rows; for other metrics, and with groups,
    (vₐ + v_b − v) / 2√(vₐ v_b) with v the variance of the difference.
    """
    if choice.metric.name in ("error", "accuracy") and cells.group is None:
        return row_correlation(cells)
    at = Sampling(sampling.confidence, DRAWS, sampling.seed)
    a, b = (
        estimate(cells.side(x), choice, at, i, draws=False).variance or 0.0
        for i, x in enumerate(SIDES)
    )
    apart = paired_difference(cells, choice, at, draws=False).variance
    if apart is None or not a * b > 0 or math.isnan(apart):
        return 0.0
    return max(-1.0, min(1.0, (a + b - apart) / (2 * math.sqrt(a * b))))


def history(
    folder: str | Path,
    *,
    skip_broken: bool = False,
    options: Mapping[str, Any],
    known: Mapping[str, DiagnosisDocument] | None = None,
) -> HistoryDocument:
    """Return the gaps of each run in a folder, and what each turned knob moved.

    Parameters
    ----------
    folder
        Holds the runs, as `mlstrat.workflow.history.read.find_history` looks for them.
    skip_broken
        Leave out a run that cannot be read, and say so.
    options
        As for `diagnose`.
    known
        By path, what `diagnose` said with these options already.

    Raises
    ------
    MlstratError
        For a run that cannot be read, unless `skip_broken`; for a folder without a sound run.
    """
    runs, diagnosed = [], {}
    broken: list[dict[str, str]] = []
    for path in find_history(folder):
        try:
            run = read_past(path)
            diagnosed[path] = (known or {}).get(str(path)) or diagnose(path, **options)
            runs.append(run)
        except MlstratError as error:
            if not skip_broken:
                raise
            broken.append({"path": str(path), "reason": shown_reason(error)})
    if not runs:
        raise InputError("no run in this folder can be read", file=str(folder))
    ordered = in_order(runs)
    documents = [diagnosed[run.path] for run in ordered]
    first = documents[0].diagnosis
    trials = tuple(
        Trial(run.name, run.settings, document.ladder())
        for run, document in zip(ordered, documents, strict=True)
    )
    base = documents[0].signature
    shared = PairedRuns(
        [run.path for run in ordered],
        [[level.name for level in x.ladder.levels if level.name != "human"] for x in trials],
        options,
        first.level_metric,
        Sampling(base.confidence, base.resamples, base.seed),
    )  # fmt: skip
    comparisons = compare_trials(trials, base.confidence, shared.together)
    independent = [
        {"run": trials[j].name, "beside": trials[i].name, "reason": reason}
        for (i, j), reason in shared.unpaired.items()
    ]
    signature = replace(
        base,
        inputs=tuple(x for document in documents for x in document.signature.inputs),
        method=f"{RUN_METHOD}; changes of gaps and levels paired by id (Newcombe 1998c; Zou and "
        "Donner 2008), Holm (1979) for what moved",
    )
    return HistoryDocument(
        trials,
        comparisons,
        tuple(_number(document) for document in documents),
        tuple(str(run.path) for run in ordered),
        first.number.choice.title,
        loss_name(first.level_metric),
        is_share(first.level_metric),
        is_share(first.number.choice),
        history_findings(trials, comparisons, broken, independent),
        signature,
    )


def _number(document: DiagnosisDocument) -> Any:
    return document.diagnosis.number.figure
