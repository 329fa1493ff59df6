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
from mlstrat.tasks.classification.pairing import read_pair
from mlstrat.workflow.compare.difference import paired_difference, row_correlation
from mlstrat.workflow.diagnose.answer import RUN_METHOD, diagnose
from mlstrat.workflow.diagnose.document import DiagnosisDocument, loss_name
from mlstrat.workflow.history.compute import Trial, compare_trials
from mlstrat.workflow.history.document import HistoryDocument, history_findings
from mlstrat.workflow.history.kept_read import Kept, Past, named
from mlstrat.workflow.history.read import PastRun, in_order, read_past

DRAWS = 2_000
"""Resamples of a paired difference: its standard deviation alone is asked for."""


@dataclass(eq=False)
class PairedRuns:
    """The runs of a history, paired by id where they can be.

    ``unpaired`` tells, by the places of two runs, why some of their levels are taken as of
    different rows.
    """

    paths: Sequence[Path]
    splits: Sequence[Sequence[str]]
    options: Mapping[str, Any]
    choice: MetricChoice
    sampling: Sampling
    kept: Kept
    unpaired: dict[tuple[int, int], str] = field(default_factory=dict)

    def together(self, first: int, second: int) -> Mapping[str, float]:
        """Return the correlation of each level that both runs measured on shared rows."""
        found = self.kept.shared(
            self.paths[first], self.paths[second], [named(self.choice), vars(self.sampling)],
            lambda: self._shared(first, second),
        )  # fmt: skip
        if found["reason"] is not None:
            self.unpaired[first, second] = found["reason"]
        levels: Mapping[str, float] = found["levels"]
        return levels

    def _shared(self, first: int, second: int) -> dict[str, Any]:
        out, reason = {}, None
        for split in self.splits[second]:
            if split not in self.splits[first]:
                continue
            try:
                out[split] = self._correlation(first, second, split)
            except MlstratError as error:
                reason = error.message
        return {"levels": out, "reason": reason}

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
    no_cache: bool = False,
    options: Mapping[str, Any],
    known: Mapping[str, DiagnosisDocument] | None = None,
) -> HistoryDocument:
    """Return the gaps of each run in a folder, and what each turned knob moved.

    ``known`` is, by path, what `diagnose` said with these options already.
    """
    kept = Kept.of(folder, options, wanted=not no_cache)
    runs: list[tuple[PastRun, Past]] = []
    broken: list[dict[str, str]] = []
    for path in find_history(folder):
        document = (known or {}).get(str(path))
        try:
            run = read_past(path)
            runs.append((run, _past(kept, run, document, options)))
        except MlstratError as error:
            if not skip_broken:
                raise
            broken.append({"path": str(path), "reason": shown_reason(error)})
    if not runs:
        raise InputError("no run in this folder can be read", file=str(folder))
    past = {run.path: found for run, found in runs}
    ordered = in_order([run for run, _ in runs])
    found = [past[run.path] for run in ordered]
    first, base = found[0], found[0].signature
    trials = tuple(
        Trial(run.name, run.settings, one.ladder) for run, one in zip(ordered, found, strict=True)
    )
    shared = PairedRuns(
        [run.path for run in ordered],
        [[level.name for level in x.ladder.levels if level.name != "human"] for x in trials],
        options,
        first.loss,
        Sampling(base.confidence, base.resamples, base.seed),
        kept,
    )  # fmt: skip
    comparisons = compare_trials(trials, base.confidence, shared.together)
    independent = [
        {"run": trials[j].name, "beside": trials[i].name, "reason": reason}
        for (i, j), reason in shared.unpaired.items()
    ]
    signature = replace(
        base,
        inputs=tuple(x for one in found for x in one.signature.inputs),
        method=f"{RUN_METHOD}; changes of gaps and levels paired by id (Newcombe 1998c; Zou and "
        "Donner 2008), Holm (1979) for what moved",
    )
    return HistoryDocument(
        trials,
        comparisons,
        tuple(one.number for one in found),
        tuple(str(run.path) for run in ordered),
        first.measure.title,
        loss_name(first.loss),
        is_share(first.loss),
        is_share(first.measure),
        history_findings(trials, comparisons, broken, independent),
        signature,
        kept.end(),
    )


def _past(
    kept: Kept, run: PastRun, document: DiagnosisDocument | None, options: Mapping[str, Any]
) -> Past:
    if document is not None:
        return Past.of(document)
    return kept.past(run, lambda: diagnose(run.path, **options))
