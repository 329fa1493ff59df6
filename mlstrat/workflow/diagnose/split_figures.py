"""The figures of each split of a run, with its classes and its confusion matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mlstrat.core.counts import ABSTAINED, SPLITS, Cells, tally
from mlstrat.core.estimates import abstentions, estimate_all
from mlstrat.core.figures import Figure, Sampling
from mlstrat.core.metrics import METRICS, MetricChoice


@dataclass(frozen=True)
class ClassFigures:
    """One class of one split; undefined figures are None."""

    label: str
    support: int
    predicted: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class SplitFigures:
    """The figures of one split; ``cells`` are those of its confusion that hold any rows.

    ``errors`` is None where nothing is predicted.

    Each is the place of the true label, that of the predicted one, and how many rows; in the order
    of the labels. Blank predictions are in none.
    """

    n: int
    errors: int | None
    figures: Mapping[str, Figure]
    abstentions: int
    per_class: tuple[ClassFigures, ...]
    cells: tuple[tuple[int, int, int], ...]


class FiguresBySplit(Mapping[str, SplitFigures]):
    """The figures of each split, worked out when they are looked at.

    Nine tenths of a diagnosis are resamples of figures that a history of runs never shows; the
    random stream of a split is its own, so that the order plays no part.
    """

    def __init__(self, parts: Mapping[str, Cells], of: Callable[[Cells], SplitFigures]) -> None:
        self._parts, self._of = parts, of
        self._known: dict[str, SplitFigures] = {}

    def __getitem__(self, split: str) -> SplitFigures:
        if split not in self._known:
            self._known[split] = self._of(self._parts[split])
        return self._known[split]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


def split_figures(
    part: Cells, number: MetricChoice, average: str | None, sampling: Sampling
) -> SplitFigures:
    """Return the figures of one split; the single number says how to average over classes."""
    average = number.average or average or ("binary" if number.positive is not None else "macro")
    stream = SPLITS.index(part.splits[int(part.split[0])])
    names = ("error", "accuracy", "precision", "recall", "f1")
    if not part.predicts:
        none = Figure(None, None, part.rows, "undefined: scores are not probabilities, and say no "
                      "class without --threshold or --choose-threshold")  # fmt: skip
        return SplitFigures(part.rows, None, dict.fromkeys(names, none), 0, (), ())
    choices = [
        MetricChoice(METRICS[name], average if METRICS[name].by_class else None, number.positive)
        for name in names
    ]
    found = estimate_all(part, choices, sampling, stream, draws=False)
    figures = {name: one.figure for name, one in zip(names, found, strict=True)}
    if not part.classes:
        unknown = Figure(None, None, part.rows, "undefined: only right and wrong are known")
        figures |= dict.fromkeys(("precision", "recall", "f1"), unknown)
        return SplitFigures(part.rows, part.errors, figures, 0, (), ())
    t = tally(replace(part, weight=part.n.astype(float)))
    ratios = {
        name: METRICS[name].compute(tally(part), 1.0)[0]  # type: ignore[misc]
        for name in ("precision", "recall", "f1")
    }
    per_class = tuple(
        ClassFigures(
            label,
            int(t.actual[0, i]),
            int(t.predicted[0, i]),
            *(_or_none(ratios[name][i]) for name in ("precision", "recall", "f1")),
        )
        for i, label in enumerate(part.labels)
    )
    return SplitFigures(
        part.rows,
        part.errors,
        figures,
        abstentions(part),
        per_class,
        _filled(part),
    )


def _filled(part: Cells) -> tuple[tuple[int, int, int], ...]:
    """Return the cells of the confusion that hold any rows, in the order of the labels."""
    called = part.predicted != ABSTAINED
    key = part.truth[called] * len(part.labels) + part.predicted[called]
    distinct, place = np.unique(key, return_inverse=True)
    n = np.bincount(place, part.n[called], len(distinct)).astype(np.int64)
    truth, predicted = np.divmod(distinct, len(part.labels))
    kept = n > 0
    filled = zip(truth[kept].tolist(), predicted[kept].tolist(), n[kept].tolist(), strict=True)
    return tuple(filled)


def _or_none(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
