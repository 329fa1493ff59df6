"""One function a command: read through the door, compute, return a document.

This is the only place where the layers meet; the command line calls these functions and prints
what they return.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.errors import UsageError
from mlstrat.inputs.config import Config, find_config
from mlstrat.inputs.levels import (
    ladder_of_table,
    read_human_document,
    read_levels,
    typed_estimate,
    typed_level,
    with_n,
)
from mlstrat.inputs.rates import parse_rate
from mlstrat.report.documents import DiagnosisDocument, GapsDocument, Signature
from mlstrat.report.explanation import Explanation
from mlstrat.workflow._figures import Sampling
from mlstrat.workflow.diagnosis import HumanLevel, diagnose_cells
from mlstrat.workflow.gaps import LADDER, decompose
from mlstrat.workflow.metrics import METRICS, Needs, choose_metric
from mlstrat.workflow.next_steps import RULES, Finding, ladder_findings
from mlstrat.workflow.two_way import TwoWayTable

if TYPE_CHECKING:
    from mlstrat.harness import TrainedRun

GAPS_METHOD = "Wilson; Newcombe (1998) for gaps; Jeffreys draws for p_largest"
RUN_METHOD = (
    "Wilson (proportions), Bayesian bootstrap of cells (other metrics), DeLong (ROC AUC); "
    "Newcombe (1998) for gaps of errors, resamples for other gaps; "
    "linearised variance with t(G - 1) where rows come in groups"
)
MOST_RESAMPLES = 1_000_000


def sampling_of(
    confidence: float | None, resamples: int | None, seed: int | None, config: Config | None = None
) -> Sampling:
    """Return the sampling that was asked for, or its defaults.

    Raises
    ------
    UsageError
        Outside what is possible.
    """
    settings = {} if config is None else config.diagnose
    base = Sampling()
    confidence = _first(confidence, settings.get("confidence"), base.confidence)
    resamples = _first(resamples, settings.get("resamples"), base.resamples)
    seed = _first(seed, settings.get("seed"), base.seed)
    if not 0.5 <= confidence < 1:
        raise UsageError(f"confidence is {confidence:g}", accepted="0.5 up to below 1, as 0.95")
    if not 100 <= resamples <= MOST_RESAMPLES:
        raise UsageError(f"resamples is {resamples}", accepted=f"100 to {MOST_RESAMPLES}")
    if seed < 0:
        raise UsageError(f"seed is {seed}", accepted="a whole number, 0 or above")
    return Sampling(confidence, resamples, seed)


def _first(*values: Any) -> Any:
    return next((v for v in values if v is not None), None)


def gaps(
    *,
    human: str | float | None = None,
    train: str | float | None = None,
    train_dev: str | float | None = None,
    dev: str | float | None = None,
    test: str | float | None = None,
    table: str | Path | None = None,
    n: int | None = None,
    different_distributions: bool = False,
    tolerance: str | float = 0.01,
    confidence: float | None = None,
    seed: int | None = None,
    resamples: int | None = None,
) -> GapsDocument:
    """Return the gaps between levels that are typed in, and the one to work on.

    Parameters
    ----------
    human, train, train_dev, dev, test
        Errors as ``"8%"``, ``0.08``, or counts ``"80/1000"``, which bring an interval.
    table
        A CSV with the columns ``level``, ``error``, optional ``n`` and ``distribution``, instead.
    n
        Rows behind every level (but human) that has no counts.
    different_distributions
        Whether train and dev come from different distributions.
    tolerance
        A gap above it is worth attention.
    confidence, seed, resamples
        Of the intervals and of ``p_largest``.

    Raises
    ------
    InputError, UsageError
        Where a level is no rate, or there is none.

    Examples
    --------
    >>> result = gaps(human="0.5%", train="8.8%", train_dev="9.1%", dev="14.3%", test="14.8%")
    >>> result.focus
    ('avoidable_bias', 'data_mismatch')
    """
    sampling = sampling_of(confidence, resamples, seed)
    if n is not None and n < 1:
        raise UsageError(f"n is {n}", accepted="a whole number above 0")
    typed = {"human": human, "train": train, "train-dev": train_dev, "dev": dev, "test": test}
    given = {name: text for name, text in typed.items() if text is not None}
    two_way: TwoWayTable | None = None
    inputs: tuple[Mapping[str, Any], ...] = ()
    if table is not None:
        if given:
            raise UsageError("levels are given twice, by --table and by options")
        rows = read_levels(table, n)
        inputs = ({"path": str(table), **_file_facts(table), "rows": len(rows)},)
        levels, two_way = ladder_of_table(rows, sampling)
        different_distributions = different_distributions or two_way is not None
    elif given:
        rates = {name: with_n(parse_rate(text, name), name, n) for name, text in given.items()}
        levels = [typed_level(name, rate, sampling) for name, rate in rates.items()]
    else:
        raise UsageError(
            "no levels", accepted="--human, --train, --train-dev, --dev, --test, or --table FILE"
        )
    allowed = parse_rate(tolerance, "the tolerance").value
    result = decompose(
        levels,
        sampling=sampling,
        different_distributions=different_distributions,
        tolerance=allowed,
    )
    findings = tuple(ladder_findings(result, sampling))
    signature = Signature(
        inputs,
        "error",
        confidence=sampling.confidence,
        seed=sampling.seed,
        resamples=sampling.resamples,
        method=GAPS_METHOD,
    )
    return GapsDocument(result, two_way, findings, signature)


def _file_facts(path: str | Path) -> dict[str, Any]:
    import hashlib

    content = Path(path).read_bytes()
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def diagnose(
    run: Any,
    *,
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: float | None = None,
    metric: str | None = None,
    average: str | None = None,
    beta: float | None = None,
    human_error: str | float | None = None,
    human: str | Path | None = None,
    different_distributions: bool | None = None,
    tolerance: str | float | None = None,
    confidence: float | None = None,
    seed: int | None = None,
    resamples: int | None = None,
    config: str | Path | None = None,
    checksum: bool = False,
) -> DiagnosisDocument:
    """Return the diagnosis of a run: the single number, the ladder, the gap to work on.

    Parameters
    ----------
    run
        A file, a glob, a folder of partitioned Parquet, ``"-"``, or a frame.
    columns
        Which column has which role, where the names do not say it: ``{"label": "churned"}``.
    split
        The split of the single number; without it dev, or the only one.
    split_as
        What an unknown split value is: ``{"hans": "dev", "*": "train"}``.
    positive
        The positive class of a binary task.
    threshold
        Turns a score into a prediction.
    metric, average, beta
        The single number; with a metric given, levels and gaps are of its loss, else of error.
    human_error
        The human level, as ``"1%"``, ``0.01`` or counts ``"5/500"``.
    human
        A file that ``mlstrat human -f json`` printed, instead.
    different_distributions
        Whether train and dev come from different distributions.
    tolerance
        A gap above it is worth attention (default 0.01).
    confidence, seed, resamples
        Of intervals and resamples (0.95, 0, 10,000).
    config
        A TOML file; without it ``mlstrat.toml`` in the current folder, if there is one, over the
        config beside the run.
    checksum
        Hash inputs above 64 MiB too.

    Raises
    ------
    InputError, ConfigError, UsageError, UndefinedError
        With file, row, column, what was found and what is accepted.

    Examples
    --------
    >>> import pandas as pd
    >>> right, wrong = ["cat", "dog", "owl"] * 30, ["cat", "dog", "cat"] * 30
    >>> frame = pd.DataFrame({"split": ["train"] * 90 + ["dev"] * 90,
    ...                       "label": right * 2, "prediction": right + wrong})
    >>> diagnose(frame, human_error="0%").focus
    ('variance',)
    """
    settings = find_config(run, config)
    options = settings.diagnose
    sampling = sampling_of(confidence, resamples, seed, settings)
    metric = _first(metric, options.get("metric"))
    average = _first(average, options.get("average"))
    beta = float(_first(beta, options.get("beta"), 1.0))
    # Refused before a large file is read.
    needs: Needs = ""
    if metric is not None:
        choice = choose_metric(metric, labels=("",), positive="", average=average, beta=beta)
        metric, needs = choice.metric.name, choice.metric.needs
    allowed = parse_rate(_first(tolerance, options.get("tolerance"), 0.01), "the tolerance").value
    outside = _outside_human(human_error, human, settings, sampling, bounded=_bounded(metric))

    from mlstrat.inputs import read_run

    read = read_run(
        run,
        columns={**settings.columns, **(columns or {})},
        split_as={**settings.splits, **(split_as or {})},
        positive=_first(positive, options.get("positive")),
        threshold=_first(threshold, options.get("threshold")),
        needs=needs,
        checksum=checksum,
    )
    result = diagnose_cells(
        read.cells,
        positive=read.positive,
        metric=metric,
        average=average,
        beta=beta,
        split=_first(split, options.get("split")),
        human=outside,
        different_distributions=bool(
            _first(different_distributions, options.get("different_distributions"), False)
        ),
        tolerance=allowed,
        sampling=sampling,
        notes=tuple(Finding(code, evidence) for code, evidence in read.notes),
    )
    signature = Signature(
        tuple(
            {"path": x.path, "bytes": x.bytes, "sha256": x.sha256, "rows": x.rows}
            for x in read.inputs
        ),
        result.number.choice.metric.name,
        result.number.choice.average,
        read.positive,
        sampling.confidence,
        sampling.seed,
        sampling.resamples,
        RUN_METHOD,
    )
    return DiagnosisDocument(result, signature, read.columns)


def _bounded(metric: str | None) -> bool:
    """Tell whether the human level, read in the metric's loss, must lie between 0 and 1."""
    return metric is None or (METRICS[metric].low == 0 and METRICS[metric].high == 1)


def _outside_human(
    typed: str | float | None,
    document: str | Path | None,
    settings: Config,
    sampling: Sampling,
    *,
    bounded: bool,
) -> HumanLevel | None:
    if typed is not None and document is not None:
        raise UsageError("the human level is given twice, by --human-error and by --human")
    if document is not None:
        rate = read_human_document(document)
    elif typed is not None:
        rate = parse_rate(typed, "the human error", bounded=bounded)
    elif "error" in settings.human:
        rate = parse_rate(settings.human["error"], "the human error", bounded=bounded)
    else:
        return None
    if not math.isfinite(rate.value):
        return None
    return HumanLevel(typed_estimate(rate, sampling, len(LADDER)), rate.n is None)


def explain(code: str | None = None) -> Explanation:
    """Return what a finding code means: rule, threshold, source and next steps.

    Parameters
    ----------
    code
        ``MLS102``, in any case; None for the list of all.

    Raises
    ------
    UsageError
        For an unknown code.

    Examples
    --------
    >>> explain("MLS102").rules[0].title
    'Variance: what was learnt does not carry to unseen examples'
    """
    if code is None:
        return Explanation(tuple(RULES.values()))
    rule = RULES.get(code.strip().upper())
    if rule is None:
        import difflib

        near = difflib.get_close_matches(code.upper(), RULES, 3, 0.6)
        raise UsageError(
            f"unknown code {code!r}",
            accepted="a code of `mlstrat explain`",
            hint=f"did you mean {' or '.join(near)}?" if near else None,
        )
    return Explanation((rule,))


def train(
    recipe: str,
    *,
    seed: int = 0,
    out: str | Path | None = None,
    force: bool = False,
    progress: Callable[[str], None] | None = None,
) -> TrainedRun:
    """Train a recipe of the harness, and write its run and config into a folder.

    Parameters
    ----------
    recipe
        A name that ``mlstrat train --list`` shows.
    seed
        The same seed gives the same run.
    out
        The folder; None writes nothing.
    force
        Write over a run that is there.
    progress
        Called with one line a step.

    Raises
    ------
    UsageError, InputError
        For an unknown recipe, or a folder that holds a run already.
    """
    from mlstrat.harness import train as train_recipe

    return train_recipe(
        recipe, seed=seed, out=None if out is None else Path(out), force=force, progress=progress
    )
