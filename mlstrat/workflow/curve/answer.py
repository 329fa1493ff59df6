"""`curve`: learning curves, and whether more data will reach the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from mlstrat.core.asked import asks
from mlstrat.core.figures import Estimate, Sampling, jeffreys_trials
from mlstrat.data.parts import InputFile
from mlstrat.data.rates import parse_rate, typed_estimate
from mlstrat.data.settings import settle
from mlstrat.errors import InputError, UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks.asking import skippable
from mlstrat.workflow.curve.command import CURVE, Asked
from mlstrat.workflow.curve.compute import (
    FEWEST_SIZES,
    Measured,
    Target,
    learning_curve,
    looks_turned,
)
from mlstrat.workflow.curve.document import CurveDocument
from mlstrat.workflow.curve.findings import curve_findings, turned_finding
from mlstrat.workflow.curve.read import (
    SizedRun,
    TypedPoint,
    is_folded,
    measured_of_folds,
    read_curve,
)

if TYPE_CHECKING:
    from mlstrat.workflow.history.compute import Trial
    from mlstrat.workflow.history.document import HistoryDocument

METHOD = (
    "Wilson (errors); power law with floor by weighted least squares, profile intervals with t, "
    "spread of counts moderated by the scatter (Smyth, 2004); bias and variance: Holm, "
    "square-and-add (Zou and Donner, 2008)"
)

NO_KNOBS = ("seed",)
"""Settings that may differ between the runs of one curve, beside what begins with ``rows``."""


@skippable
@asks(CURVE)
def curve(
    source: Any,
    **asked: Unpack[Asked],
) -> CurveDocument:
    """Return a learning curve: its verdict, its floor, and the size that reaches the target.

    Parameters
    ----------
    source
        A table with the columns ``n``, ``train``, ``dev``, and optionally ``train_n`` and
        ``dev_n`` (a file or a frame); or runs with the splits train and dev, one a size: a list,
        a glob, or a folder; or what scikit-learn's ``learning_curve`` returns, whose folds tell
        how sure the errors are.

    Raises
    ------
    InputError, UsageError, ConfigError
        Also for fewer than three sizes.

    References
    ----------
    Machine Learning Yearning 28-32.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"n": [500, 1000, 2000, 4000, 8000],
    ...                       "train": ["11%", "12%", "13%", "13.5%", "13.8%"],
    ...                       "dev": ["20%", "17%", "15.5%", "14.9%", "14.7%"]})
    >>> curve(table, target="5%", dev_n=2000).diagnosis
    'bias'
    """
    folded = is_folded(source)
    sources = list(source) if isinstance(source, list | tuple) and not folded else [source]
    how = settle(sources[0] if len(sources) == 1 and not folded else None, asked)
    sampling, accuracies = how.sampling, asked["accuracies"]
    if (dev_n := asked["dev_n"]) is not None and dev_n < 1:
        raise UsageError(f"dev-n is {dev_n}", accepted="a whole number above 0")
    wanted = target_of(asked["target"])

    if folded:
        if dev_n is not None:
            raise UsageError("dev_n belongs to a table of sizes: folds tell their own spread")
        measured = measured_of_folds(source, accuracies=accuracies is not False, sampling=sampling)
        inputs = (InputFile("<learning_curve>", None, None, len(measured)),)
        return _document(measured, wanted or _human_target([how.config.human]), inputs,
                         sampling, None if accuracies is not None else "--errors")  # fmt: skip

    read = read_curve(sources, asked)
    measured = [_of_row(row, sampling) for row in read.rows]
    measured += [_of_run(run, sampling) for run in read.runs]
    if wanted is None:
        wanted = _human_target([run.human for run in read.runs] or [how.config.human])
    doubt = "--accuracies" if read.rows and accuracies is None else None
    return _document(measured, wanted, read.inputs, sampling, doubt, _differing(read.runs))


def _document(
    measured: Sequence[Measured],
    target: Target | None,
    inputs: Sequence[InputFile],
    sampling: Sampling,
    doubt: str | None,
    differing: Mapping[str, Sequence[Any]] | None = None,
) -> CurveDocument:
    """Return the document; `doubt` is what to say of figures that look like the other kind."""
    _check_sizes(measured, inputs[0].path if len(inputs) == 1 else None)
    found = learning_curve(measured, target, sampling)
    findings = curve_findings(found, differing)
    if doubt is not None and looks_turned(found.points):
        found = found.undecided()
        findings = [turned_finding(found.points, doubt), *curve_findings(found, differing)]
    return CurveDocument(found, tuple(findings), Signature.of(inputs, sampling, METHOD, "error"))


def target_of(target: str | float | None) -> Target | None:
    """Return the target that was typed."""
    return None if target is None else Target(parse_rate(target, "the target").value)


def _of_row(row: TypedPoint, sampling: Sampling) -> Measured:

    train, dev = (typed_estimate(rate, sampling, 0).figure for rate in (row.train, row.dev))
    return Measured(row.n, train, dev, row.train.n, row.dev.n)


def _of_run(run: SizedRun, sampling: Sampling) -> Measured:
    from mlstrat.core.estimates import estimate
    from mlstrat.core.metrics import choose_metric

    choice = choose_metric("error", labels=run.cells.labels, positive=None)
    train, dev = (
        estimate(run.cells.of_split(split), choice, sampling, draws=False)
        for split in ("train", "dev")
    )
    return measured_of(run.n, train, dev)


def measured_of(n: int, train: Estimate, dev: Estimate) -> Measured:
    """Return one point of a curve, both of whose errors must exist."""
    for one in (train, dev):
        if one.value is None:
            raise InputError(f"the error is {one.reason}")
    return Measured(n, train.figure, dev.figure, effective_trials(train), effective_trials(dev))


def effective_trials(estimate: Estimate) -> float | None:
    """Return the independent rows behind an error; None where they are too few groups to tell."""
    if estimate.n is None or estimate.ci is None or estimate.variance is None:
        return None
    return min(jeffreys_trials(estimate.value or 0.0, estimate.variance), float(estimate.n))


def curve_of_history(history: HistoryDocument) -> CurveDocument | None:
    """Return the learning curve that runs of a history form; None where they form none.

    Runs of at least three training sizes whose other settings, but the seed, are alike; of several
    such groups the one with the most runs. Levels must be of error.
    """
    groups: dict[tuple[Any, ...], list[Trial]] = {}
    for trial in history.trials:
        levels = (trial.ladder.level("train"), trial.ladder.level("dev"))
        if isinstance(trial.settings.get("rows.train"), int) and None not in levels:
            alike = sorted((k, repr(v)) for k, v in trial.settings.items() if _is_knob(k))
            groups.setdefault(tuple(alike), []).append(trial)
    curves = [
        group for group in groups.values()
        if len({trial.settings["rows.train"] for trial in group}) >= FEWEST_SIZES
    ]  # fmt: skip
    if not curves:
        return None
    chosen = max(curves, key=len)
    sampling = Sampling(history.signature.confidence)
    human = chosen[0].ladder.level("human")
    target = None if human is None else Target(human.value, "human")
    found = learning_curve([_of_trial(trial) for trial in chosen], target, sampling)
    return CurveDocument(found, tuple(curve_findings(found)), history.signature)


def _of_trial(trial: Trial) -> Measured:
    train, dev = trial.ladder.level("train"), trial.ladder.level("dev")
    if train is None or dev is None:
        raise ValueError("a run without train or dev is not a point of a curve")
    return measured_of(int(trial.settings["rows.train"] or 0), train.estimate, dev.estimate)


def _is_knob(name: str) -> bool:
    """Tell whether a setting must be the same in all runs of a curve: not size, not seed."""
    return name not in NO_KNOBS and name.partition(".")[0] not in ("rows", "n")


def _check_sizes(measured: Sequence[Measured], file: str | None) -> None:
    sizes = sorted({one.n for one in measured})
    if len(sizes) < FEWEST_SIZES:
        raise InputError(
            f"{len(sizes)} training size{'' if len(sizes) == 1 else 's'}: "
            + ", ".join(f"{n:,}" for n in sizes),
            file=file,
            accepted=f"{FEWEST_SIZES} sizes or more; five or more tell where a curve leads",
            hint="train again on a half and on a quarter of the examples",
        )


def _human_target(levels: Sequence[Mapping[str, Any]]) -> Target | None:
    """Return the human level that every config names, one alone; None where one names none."""
    if not all("error" in level for level in levels):
        return None
    rates = {parse_rate(level["error"], "the human error").value for level in levels}
    if len(rates) > 1:
        raise UsageError(
            "the configs of the runs name different human levels: "
            + ", ".join(f"{100 * rate:g}%" for rate in sorted(rates)),
            hint="say the error that is wanted: --target 5%",
        )
    return Target(rates.pop(), "human")


def _differing(runs: Sequence[SizedRun]) -> dict[str, list[Any]]:
    """Return the settings other than size and seed that are not the same in all runs."""
    out = {}
    for knob in dict.fromkeys(k for run in runs for k in run.settings):
        values = list(dict.fromkeys(run.settings.get(knob) for run in runs))
        if len(values) > 1 and _is_knob(knob):
            out[knob] = values
    return out
