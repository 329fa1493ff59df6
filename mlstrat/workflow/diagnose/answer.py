"""`gaps` and `diagnose`: the ladder from typed numbers and from a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.findings import Finding
from mlstrat.core.metrics import METRICS, Needs, choose_metric
from mlstrat.core.resampling import method_of
from mlstrat.data.rates import parse_rate
from mlstrat.data.settings import check_rows, file_facts, settle
from mlstrat.errors import UsageError
from mlstrat.places import is_standard
from mlstrat.show.document import Document, Signature
from mlstrat.tasks.asking import how_of, other_task, skippable
from mlstrat.tasks.findings import tags_as_classes
from mlstrat.workflow.diagnose.command import DIAGNOSE, GAPS, Asked, AskedGaps
from mlstrat.workflow.diagnose.document import DiagnosisDocument, GapsDocument
from mlstrat.workflow.diagnose.findings import (
    accuracy_findings,
    dev_is_easier,
    ladder_findings,
    parts_first,
    source_findings,
)
from mlstrat.workflow.diagnose.ladder import decompose, held_back
from mlstrat.workflow.diagnose.run import diagnose_cells

if TYPE_CHECKING:
    from mlstrat.core.figures import Sampling
    from mlstrat.core.schema_parts import Input
    from mlstrat.data.config import Config
    from mlstrat.workflow.diagnose.ladder import Level, TwoWayTable

GAPS_METHOD = "Wilson; Newcombe (1998) for gaps; Jeffreys draws for p_largest"
RUN_METHOD = (
    "Wilson (proportions; weights by Kish and by class), Bayesian bootstrap of cells, and class by "
    "class where one is small (other metrics), Newcombe (2006) (ROC AUC), by outcome (losses); "
    "Newcombe (1998) for gaps of errors, resamples for other gaps; "
    "linearised variance where rows come in groups, t by how even they are"
)


@asks(GAPS)
def gaps(
    **asked: Unpack[AskedGaps],
) -> GapsDocument:
    """Return the gaps between levels that are typed in, and the one to work on.

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
    from mlstrat.workflow.diagnose.ladder import table_of_ladder
    from mlstrat.workflow.diagnose.levels import (
        ladder_of_table,
        read_levels,
        typed_level,
        with_n,
    )

    how = settle(None, asked)
    settings, sampling = how.config, how.sampling
    check_rows(n := asked["n"])
    typed = {"human": asked["human"], "train": asked["train"], "train-dev": asked["train_dev"],
             "dev": asked["dev"], "test": asked["test"]}  # fmt: skip
    given = {name: text for name, text in typed.items() if text is not None}
    two_way: TwoWayTable | None = None
    inputs: tuple[Input, ...] = ()
    if (table := asked["table"]) is not None:
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
    result = decompose(
        levels,
        sampling=sampling,
        different_distributions=how.different_distributions or two_way is not None,
        tolerance=how.tolerance,
    )
    if result.is_open:
        from mlstrat.workflow.diagnose.to_settle import with_what_would_settle

        result = with_what_would_settle(result, sampling)
    if two_way is None and dev_is_easier(result):
        two_way = table_of_ladder({level.name: level.estimate for level in levels})
    odd = accuracy_findings([(x.name, x.value) for x in result.levels])
    if odd:
        result = held_back(result, odd[:1])
    findings = (*odd, *ladder_findings(result, two_way))
    signature = Signature.of(inputs, sampling, GAPS_METHOD, "error")
    return GapsDocument(result, two_way, findings, signature)


@skippable
@asks(DIAGNOSE)
def diagnose(
    run: Any,
    y_pred: Any = None,  # noqa: ARG001  put together with the run before
    **asked: Unpack[Asked],
) -> DiagnosisDocument:
    """Return the diagnosis of a run: the single number, the ladder, the gap to work on.

    Parameters
    ----------
    run
        A file, a glob, a folder of partitioned Parquet, ``"-"``, a frame; an array of labels, a
        dict of columns or of splits, or a fitted estimator.
    y_pred
        Predictions, or probabilities (rows × classes), where `run` is an array of labels; the data
        of a fitted estimator, ``(X, y)`` or such a pair a split.

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
    how = settle(run, asked)
    settings, sampling, human = how.config, how.sampling, asked["human"]
    other = other_task(asked, run, "positive", "threshold", "choose_threshold", "average",
                       "beta", "eyeball")  # fmt: skip
    if other is not None:
        from mlstrat.workflow.diagnose.measured import diagnose_task

        return diagnose_task(
            run,
            other,
            how_of(how, checksum=asked["checksum"]),
            metric=asked["metric"],
            human=_outside(asked, settings, sampling, bounded=False),
            people=() if human is None else tuple(_facts_of_people(human)),
            different_distributions=how.different_distributions,
            tolerance=how.tolerance,
            sampling=sampling,
        )
    metric, average, beta = how.metric, how.average, how.beta
    # Refused before a large file is read.
    needs: Needs = ""
    if metric is not None:
        choice = choose_metric(metric, labels=("",), positive="", average=average, beta=beta)
        metric, needs = choice.metric.name, choice.metric.needs
    allowed = how.tolerance
    if (eyeball := asked["eyeball"]) is not None and is_standard(run):
        raise UsageError("--eyeball reads the run twice", accepted="a file, not standard input")
    outside = _outside(asked, settings, sampling, bounded=_bounded(metric))

    from mlstrat.tasks.classification.run import read_run

    read = read_run(
        run, needs=needs, sources=True, predicts=needs != "score", checksum=asked["checksum"],
        **how.reading,
    )  # fmt: skip
    about_eyeball: tuple[Finding, ...] = ()
    inputs = read.inputs
    if eyeball is not None:
        from mlstrat.workflow.error_table.write import eyeball_findings

        about_eyeball, sheet = eyeball_findings(
            run,
            eyeball,
            split=how.split,
            confidence=sampling.confidence,
            **how.reading,
        )
        inputs += (sheet,)
    result = diagnose_cells(
        read.cells,
        positive=read.positive,
        metric=metric,
        average=average,
        beta=beta,
        split=how.split,
        human=outside,
        different_distributions=how.different_distributions,
        tolerance=allowed,
        sampling=sampling,
        sources=read.sources,
        notes=(
            *(
                ()
                if how.different_distributions
                else source_findings(read.sources or {}, read.cells.splits)
            ),
            *about_eyeball,
            *read.notes,
            *tags_as_classes(read.cells.labels),
        ),
    )
    result = replace(result, findings=tuple(parts_first(result.findings, read.header)))
    number = result.number
    if read.folds is not None:
        from mlstrat.tasks.classification.findings import fold_findings

        about_folds = fold_findings(read.folds, number.choice, number.split)
        result = replace(result, findings=(*result.findings, *about_folds))
    if read.point is not None:
        from mlstrat.tasks.operating_findings import about_point

        at = {x.name: x.value for x in result.decomposition.levels}
        about = about_point(read.point, result.level_metric, at)
        result = replace(result, findings=(*result.findings, *about))
    people = [] if human is None else _facts_of_people(human)
    method = method_of(RUN_METHOD, read.cells.split, read.cells.truth, read.cells.predicted)
    signature = Signature.of(
        (*inputs, *people), sampling, method, result.number.choice, read.positive
    )
    return DiagnosisDocument(result, signature, read.columns, read.point)


def _facts_of_people(human: str | Path | Document) -> list[Input]:
    """Return where the human level comes from: a file, or what was read for a document."""
    if isinstance(human, Document):
        found: list[Input] = human.to_dict()["signature"]["inputs"]
        return found
    return [file_facts(human)]


def _bounded(metric: str | None) -> bool:
    """Tell whether the human level, read in the metric's loss, must lie between 0 and 1."""
    return metric is None or (METRICS[metric].low == 0 and METRICS[metric].high == 1)


def _outside(asked: Asked, settings: Config, sampling: Sampling, *, bounded: bool) -> Level | None:
    """Return the human level that an option or the settings give; None without one."""
    typed, human = asked["human_error"], asked["human"]
    if typed is None and human is None and "error" not in settings.human:
        return None
    from mlstrat.workflow.diagnose.levels import outside_human

    return outside_human(typed, human, settings, sampling, bounded=bounded)
