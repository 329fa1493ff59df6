"""`gaps` and `diagnose`: the ladder from typed numbers and from a run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.figures import Sampling
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import METRICS, Needs, choose_metric
from mlstrat.data.config import Config, find_config, read_document
from mlstrat.data.settings import asked_split, check_rows, file_facts, first, sampling_of
from mlstrat.data.values import parse_rate, typed_estimate
from mlstrat.errors import UsageError
from mlstrat.show.document import Document, Signature
from mlstrat.tasks.left_out import skippable
from mlstrat.workflow.diagnose.compute import decompose
from mlstrat.workflow.diagnose.document import DiagnosisDocument, GapsDocument
from mlstrat.workflow.diagnose.findings import dev_is_easier, ladder_findings, source_findings
from mlstrat.workflow.diagnose.ladder import LADDER
from mlstrat.workflow.diagnose.levels import (
    bayes_proxy,
    ladder_of_table,
    read_levels,
    typed_level,
    with_n,
)
from mlstrat.workflow.diagnose.run import HumanLevel, diagnose_cells
from mlstrat.workflow.diagnose.two_way import TwoWayTable, table_of_ladder

if TYPE_CHECKING:
    from mlstrat.core.schema_parts import Input

GAPS_METHOD = "Wilson; Newcombe (1998) for gaps; Jeffreys draws for p_largest"
RUN_METHOD = (
    "Wilson (proportions), Bayesian bootstrap of cells (other metrics), DeLong (ROC AUC); "
    "Newcombe (1998) for gaps of errors, resamples for other gaps; "
    "linearised variance with t(G - 1) where rows come in groups"
)


def gaps(
    *,
    human: str | float | None = None,
    train: str | float | None = None,
    train_dev: str | float | None = None,
    dev: str | float | None = None,
    test: str | float | None = None,
    table: str | Path | None = None,
    n: int | None = None,
    different_distributions: bool | None = None,
    tolerance: str | float | None = None,
    confidence: float | None = None,
    seed: int | None = None,
    resamples: int | None = None,
    config: str | Path | None = None,
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
        A gap above it is worth attention (default 0.01).
    confidence, seed, resamples
        Of the intervals and of ``p_largest``.
    config
        A TOML file; without it ``mlstrat.toml`` in the current folder, if there is one.

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
    settings = find_config(None, config)
    sampling = sampling_of(confidence, resamples, seed, settings)
    check_rows(n)
    typed = {"human": human, "train": train, "train-dev": train_dev, "dev": dev, "test": test}
    given = {name: text for name, text in typed.items() if text is not None}
    two_way: TwoWayTable | None = None
    inputs: tuple[Input, ...] = ()
    if table is not None:
        if given:
            raise UsageError("levels are given twice, by --table and by options")
        rows = read_levels(table, n)
        inputs = (file_facts(table, len(rows)),)
        levels, two_way = ladder_of_table(rows, sampling)
    elif given:
        rates = {name: with_n(parse_rate(text, name), name, n) for name, text in given.items()}
        levels = [typed_level(name, rate, sampling) for name, rate in rates.items()]
    else:
        raise UsageError(
            "no levels", accepted="--human, --train, --train-dev, --dev, --test, or --table FILE"
        )
    if "error" in settings.human and all(level.name != "human" for level in levels):
        rate = parse_rate(settings.human["error"], "the human error")
        human_level = typed_level("human", rate, sampling)
        levels = [replace(human_level, bayes=bool(settings.human.get("known"))), *levels]
    options = settings.diagnose
    allowed = parse_rate(first(tolerance, options.get("tolerance"), 0.01), "the tolerance").value
    declared = first(different_distributions, options.get("different_distributions"), False)
    result = decompose(
        levels,
        sampling=sampling,
        different_distributions=bool(declared) or two_way is not None,
        tolerance=allowed,
    )
    if two_way is None and dev_is_easier(result):
        two_way = table_of_ladder({level.name: level.estimate for level in levels})
    findings = tuple(ladder_findings(result, sampling, people=two_way))
    signature = Signature(
        inputs,
        "error",
        confidence=sampling.confidence,
        seed=sampling.seed,
        resamples=sampling.resamples,
        method=GAPS_METHOD,
    )
    return GapsDocument(result, two_way, findings, signature)


@skippable
def diagnose(
    run: Any,
    *,
    task: str | None = None,
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: float | None = None,
    metric: str | None = None,
    average: str | None = None,
    beta: float | None = None,
    human_error: str | float | None = None,
    human: str | Path | Document | None = None,
    eyeball: str | Path | None = None,
    different_distributions: bool | None = None,
    tolerance: str | float | None = None,
    confidence: float | None = None,
    seed: int | None = None,
    resamples: int | None = None,
    config: str | Path | None = None,
    checksum: bool = False,
    skip_broken: bool = False,  # noqa: ARG001  read by `skippable`
) -> DiagnosisDocument:
    """Return the diagnosis of a run: the single number, the ladder, the gap to work on.

    Parameters
    ----------
    run
        A file, a glob, a folder of partitioned Parquet, ``"-"``, or a frame.
    task
        What the run predicts; without it classification. ``"ratio"`` reads num and den by example.
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
        A file that ``mlstrat human -f json`` printed, or what ``human`` returned, instead.
    eyeball
        A review sheet that fixes an eyeball set (``sample --eyeball 500``): has its error fallen
        so much faster than that of the rest that it is worn out?
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
    skip_broken
        Leave out shards of a glob or a folder that are cut off or damaged, and say so.

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
    if task is not None and task.strip().lower() != "classification":
        from mlstrat.tasks import How
        from mlstrat.tasks.asking import refuse_other_options
        from mlstrat.workflow.diagnose.measured import diagnose_task

        refuse_other_options(task, {
            "positive": positive, "threshold": threshold, "average": average, "beta": beta,
            "eyeball": eyeball,
        })  # fmt: skip
        return diagnose_task(
            run,
            task,
            How(
                {**settings.columns, **(columns or {})},
                asked_split(first(split, options.get("split"))),
                {**settings.splits, **(split_as or {})},
                checksum=checksum,
            ),
            metric=metric,
            human=outside_human(human_error, human, settings, sampling, bounded=False),
            people=() if human is None else tuple(_facts_of_people(human)),
            different_distributions=bool(
                first(different_distributions, options.get("different_distributions"), False)
            ),
            tolerance=parse_rate(
                first(tolerance, options.get("tolerance"), 0.01), "the tolerance"
            ).value,
            sampling=sampling,
        )
    metric = first(metric, options.get("metric"))
    average = first(average, options.get("average"))
    beta = float(first(beta, options.get("beta"), 1.0))
    # Refused before a large file is read.
    needs: Needs = ""
    if metric is not None:
        choice = choose_metric(metric, labels=("",), positive="", average=average, beta=beta)
        metric, needs = choice.metric.name, choice.metric.needs
    allowed = parse_rate(first(tolerance, options.get("tolerance"), 0.01), "the tolerance").value
    if eyeball is not None and str(run) == "-":
        raise UsageError("--eyeball reads the run twice", accepted="a file, not standard input")
    outside = outside_human(human_error, human, settings, sampling, bounded=_bounded(metric))

    declared = bool(first(different_distributions, options.get("different_distributions"), False))
    from mlstrat.tasks.classification.run import read_run

    read = read_run(
        run,
        columns={**settings.columns, **(columns or {})},
        split_as={**settings.splits, **(split_as or {})},
        positive=first(positive, options.get("positive")),
        threshold=first(threshold, options.get("threshold")),
        needs=needs,
        sources=not declared,
        checksum=checksum,
    )
    about_eyeball: tuple[Finding, ...] = ()
    inputs = read.inputs
    if eyeball is not None:
        from mlstrat.workflow.error_table.eyeball import eyeball_findings

        about_eyeball, sheet = eyeball_findings(
            run,
            eyeball,
            columns={**settings.columns, **(columns or {})},
            split=asked_split(first(split, options.get("split"))),
            split_as={**settings.splits, **(split_as or {})},
            positive=first(positive, options.get("positive")),
            threshold=first(threshold, options.get("threshold")),
            confidence=sampling.confidence,
        )
        inputs += (sheet,)
    result = diagnose_cells(
        read.cells,
        positive=read.positive,
        metric=metric,
        average=average,
        beta=beta,
        split=asked_split(first(split, options.get("split"))),
        human=outside,
        different_distributions=declared,
        tolerance=allowed,
        sampling=sampling,
        notes=(
            *source_findings(read.sources, read.cells.splits),
            *about_eyeball,
            *read.notes,
        ),
    )
    people = [] if human is None else _facts_of_people(human)
    signature = Signature(
        (*(x.facts() for x in inputs), *people),
        result.number.choice.metric.name,
        result.number.choice.average,
        read.positive,
        sampling.confidence,
        sampling.seed,
        sampling.resamples,
        RUN_METHOD,
    )
    return DiagnosisDocument(result, signature, read.columns)


def _facts_of_people(human: str | Path | Document) -> list[Input]:
    """Return where the human level comes from: a file, or what was read for a document."""
    if isinstance(human, Document):
        found: list[Input] = human.to_dict()["signature"]["inputs"]
        return found
    return [file_facts(human)]


def _bounded(metric: str | None) -> bool:
    """Tell whether the human level, read in the metric's loss, must lie between 0 and 1."""
    return metric is None or (METRICS[metric].low == 0 and METRICS[metric].high == 1)


def outside_human(
    typed: str | float | None,
    document: str | Path | Document | None,
    settings: Config,
    sampling: Sampling,
    *,
    bounded: bool,
) -> HumanLevel | None:
    """Return the human level that an option or the config tells; None without one."""
    if typed is not None and document is not None:
        raise UsageError("the human level is given twice, by --human-error and by --human")
    bayes = False
    if isinstance(document, Document):
        rate = bayes_proxy(document.to_dict(), "human")
    elif document is not None:
        rate = bayes_proxy(read_document(document), str(document))
    elif typed is not None:
        rate = parse_rate(typed, "the human error", bounded=bounded)
    elif "error" in settings.human:
        rate = parse_rate(settings.human["error"], "the human error", bounded=bounded)
        bayes = bool(settings.human.get("known"))
    else:
        return None
    if not math.isfinite(rate.value):
        return None
    return HumanLevel(typed_estimate(rate, sampling, len(LADDER)), rate.n is None, bayes)
