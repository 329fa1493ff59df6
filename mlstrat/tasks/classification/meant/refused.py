"""Labels and predictions that cannot be what is meant."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

import numpy as np

from mlstrat.core.counts import ABSTAINED
from mlstrat.data.values import SPELLING, display_order, shown, word_for_positive
from mlstrat.errors import InputError
from mlstrat.tasks.classification.meant.seen import (
    Floats,
    Ints,
    Seen,
    numbers_of,
    seen_of,
    shift_of,
)
from mlstrat.tasks.classification.predictions import Rule

MOSTLY = 0.9
"""Share of rows whose labels must be numbers before they are taken for such."""

FEW_SCORES = 0.01
"""Share of rows with a prediction between the labels from which predictions are scores."""

FEWEST_ROWS = 10

FEWEST_VALUES = 15
"""A numeric target has more values than this: digits, stars and grades have fewer."""

RARELY_RIGHT = 0.3
"""Numbers predicted to the last digit more often than this are classes."""

CLOSE, VERY_CLOSE = 0.5, 0.8
"""Correlation of label and prediction among the errors: that of a regression. The errors of a
classifier know nothing of the distance between two numbers of classes."""

OFTEN_NEW = 0.05
"""Share of rows predicted as a value that no label has, which a classifier cannot."""


def refuse_numbers(seen: Seen, file: str, label: str, prediction: str) -> None:
    """Refuse scores among the predictions, and numbers that are no classes."""
    if SPELLING.get().as_classes:
        return
    values = numbers_of(seen.labels)
    given = seen.predicted != ABSTAINED
    if not given.any():
        return
    n, said = seen.n[given], values[seen.predicted[given]]
    if n[np.isfinite(said)].sum() < MOSTLY * n.sum():
        return
    if scores := _scores(seen, n, said, given):
        low, high, some = scores
        raise _are_scores(seen, low, high, some, file, prediction)
    truth = values[seen.truth[given]]
    if n[np.isfinite(truth)].sum() >= MOSTLY * n.sum() and _is_regression(seen, truth, said, n):
        raise InputError(
            f"labels and predictions are numbers, not classes: {len(seen.own):,} values in "
            f"{label!r}, from {np.nanmin(truth):g} to {np.nanmax(truth):g}",
            file=file,
            column=prediction,
            accepted="classes",
            hint="--task regression, if a number is predicted; --task classification, if "
            "each number is a class",
        )


def _scores(
    seen: Seen, n: Floats, said: Floats, given: Floats
) -> tuple[float, float, list[str]] | None:
    """Return the range of predictions that are scores, and some of them; None if they are none."""
    if len(seen.own) > 2:
        numeric = np.isfinite(numbers_of(sorted(seen.own))).any()
        if numeric or not ((said >= 0) & (said <= 1)).all():
            return None
    new = ~seen.flags(seen.own)[seen.predicted[given]]
    between = new & (said != np.round(said)) & np.isfinite(said)
    shares = {x for x in seen.said if x.endswith("%")}
    if shares:
        between = new & seen.flags(shares)[seen.predicted[given]]
    if n[between].sum() < max(FEW_SCORES * n.sum(), 2) and n[between].sum() < 0.5 * n.sum():
        return None
    here = np.isfinite(said)
    some = [seen.labels[i] for i in np.unique(seen.predicted[given][between])[:3]]
    return float(said[here].min()), float(said[here].max()), some


def _are_scores(
    seen: Seen, low: float, high: float, some: list[str], file: str, column: str
) -> InputError:
    many = len(seen.own) > 2
    share = low >= 0 and high <= 1
    flags = [f"--map {shlex.quote(f'score={column}')}"]
    if not share:
        flags.append("--threshold 0" if low < 0 else f"--threshold {(low + high) / 2:g}")
    if not many and word_for_positive(seen.own) is None:
        flags.append(f"--positive {shlex.quote(max(seen.own))}")
    return InputError(
        f"the predictions are {'probabilities' if share else 'scores'}, such as "
        f"{', '.join(some)}, where labels belong",
        file=file,
        column=column,
        accepted="predicted labels, "
        + ("or prob_<class> columns" if many else "or a score of the positive class"),
        hint="name the column of predicted labels: --map prediction=COLUMN; a probability of the "
        "predicted label is a confidence"
        if many
        else " ".join(flags),
    )


def _is_regression(seen: Seen, truth: Floats, said: Floats, n: Floats) -> bool:
    """Tell whether numbers are predicted as a regression predicts them."""
    rows = n.sum()
    both = np.isfinite(truth) & np.isfinite(said)
    wrong = both & (truth != said)
    if len(seen.own) <= 2 or shift_of(seen) or n[~wrong].sum() > 0.5 * rows:
        return False
    broken = n[wrong & (said != np.round(said))].sum()
    new = ~seen.flags(seen.own)[[*range(len(seen.labels))]]
    unseen = sum(seen.rows_said[x] for x, is_new in zip(seen.labels, new, strict=True) if is_new)
    if (truth[both] == np.round(truth[both])).all() and broken >= 0.1 * rows:
        return bool(unseen >= OFTEN_NEW * rows)  # whole numbers, predicted with decimals
    if rows < FEWEST_ROWS or len(seen.own) <= FEWEST_VALUES:
        return False
    if n[~wrong].sum() > RARELY_RIGHT * rows:
        return False
    close = _correlation(truth[wrong], said[wrong], n[wrong])
    return close >= VERY_CLOSE or bool(close >= CLOSE and unseen >= OFTEN_NEW * rows)


def _correlation(x: Floats, y: Floats, n: Floats) -> float:
    """Return the correlation of ranks, each row counted."""
    x, y = _ranks(x, n), _ranks(y, n)
    x, y = x - np.average(x, weights=n), y - np.average(y, weights=n)
    scale = np.sqrt((n * x * x).sum() * (n * y * y).sum())
    return float((n * x * y).sum() / scale) if scale > 0 else 0.0


def _ranks(x: Floats, n: Floats) -> Floats:
    values, place = np.unique(x, return_inverse=True)
    rows = np.bincount(place, n, len(values))
    ranks: Floats = (np.cumsum(rows) - rows / 2)[place]
    return ranks


def check_meant(
    file: str,
    roles: Mapping[str, str],
    rule: Rule,
    texts: Mapping[str, tuple[Sequence[str], Ints]],
    n: Ints,
) -> None:
    """Refuse labels and predictions that are scores or numbers, or share no value."""
    if rule.kind == "threshold":
        return
    (truths, t), (predicted, p) = texts["label"], texts["prediction"]
    if rule.kind == "largest" and set(truths) & set(predicted):
        return
    seen = seen_of(truths, t, predicted, p, n)
    if rule.kind == "column":
        refuse_numbers(seen, file, roles["label"], rule.columns[0])
    if seen.own.isdisjoint(seen.said):
        _refuse_disjoint(seen, file, roles["label"], rule)


def _refuse_disjoint(seen: Seen, file: str, label: str, rule: Rule) -> None:
    from mlstrat.tasks.classification.meant.disjoint import hint_to_join

    if not seen.said:
        raise InputError("every prediction is blank", file=file, column=rule.columns[0])
    columns = ", ".join(repr(column) for column in rule.columns[:3])
    raise InputError(
        f"labels and predictions have no value in common: {shown(display_order(seen.own))} "
        f"in column {label!r}, {shown(display_order(seen.said))} from {columns}",
        file=file,
        accepted="predictions written like the labels",
        hint=hint_to_join(seen) or "name the columns: --map label=COLUMN --map prediction=COLUMN",
    )
