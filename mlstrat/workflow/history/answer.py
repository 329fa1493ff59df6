"""The history of the gaps: every run of a folder diagnosed, each beside the one nearest to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlstrat.core.figures import Sampling
from mlstrat.core.wording import is_share, shown_reason
from mlstrat.data.run_folders import find_history
from mlstrat.errors import InputError, MlstratError
from mlstrat.workflow.diagnose.answer import RUN_METHOD, diagnose
from mlstrat.workflow.diagnose.document import DiagnosisDocument, loss_name
from mlstrat.workflow.history.compute import Trial, compare_trials
from mlstrat.workflow.history.document import HistoryDocument, history_findings
from mlstrat.workflow.history.pairing import PairedRuns
from mlstrat.workflow.history.read import in_order, read_past


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
