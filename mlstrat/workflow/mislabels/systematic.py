"""Are wrong labels random, or concentrated in a pair of labels, an annotator, a source?

Training labels with random errors can stay, since a learner averages over them; systematic ones
are learned. The null hypothesis: among the rows that were read, each of a kind (errors, correct
rows) is as likely to have a wrong label as any other, whatever its value in a column. Tested by
permutation, exact but for the resampling, and adjusted for the number of columns by Holm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mlstrat.core.counts import Floats, Ints
from mlstrat.core.intervals import holm
from mlstrat.core.resampling import generator
from mlstrat.workflow.mislabels.compute import LabelRow

LABEL, PAIR = "label", "label → prediction"
"""What every sheet can be tested by."""

PERMUTATIONS = 9999
"""Draws behind a p-value; the observed table counts as one more."""

STREAM = 21


@dataclass(frozen=True)
class Concentration:
    """Whether wrong labels are concentrated by one column.

    ``value`` is the one with the largest excess: ``mislabeled`` of its ``read`` rows have wrong
    labels where ``expected`` are if none is special.
    """

    column: str
    value: str
    read: int
    mislabeled: int
    expected: float
    p_value: float
    p_adjusted: float


def concentrations(
    rows: Sequence[LabelRow], columns: Sequence[str] = (), seed: int = 0
) -> tuple[Concentration, ...]:
    """Return the test of each column, the least likely to be chance first.

    Rows that nobody read are left out; `columns` are tested beside label and pair.

    References
    ----------
    Ng, C3W2 Cleaning up incorrectly labeled data; Good (2005), Permutation Tests; Holm (1979).
    """
    read = [row for row in rows if row.read]
    if not any(row.mislabeled for row in read):
        return ()
    tested = []
    for place, (name, chosen, values) in enumerate(_columns(read, columns)):
        if len(set(values)) > 1 and any(row.mislabeled for row in chosen):
            tested.append(_test(name, chosen, values, seed, place))
    adjusted = holm([one.p_value for one in tested])
    found = [
        Concentration(**{**vars(one), "p_adjusted": p})
        for one, p in zip(tested, adjusted, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (one.p_adjusted, one.p_value)))


def _columns(
    read: Sequence[LabelRow], columns: Sequence[str]
) -> list[tuple[str, Sequence[LabelRow], list[str]]]:
    errors = [row for row in read if row.wrong]
    out: list[tuple[str, Sequence[LabelRow], list[str]]] = [
        (PAIR, errors, [f"{row.label} → {row.prediction or ''}" for row in errors]),
        (LABEL, read, [row.label for row in read]),
    ]
    for name in columns:
        out.append((name, read, [row.attributes.get(name, "") for row in read]))
    return out


def _test(
    name: str, rows: Sequence[LabelRow], values: Sequence[str], seed: int, place: int
) -> Concentration:
    """Return the permutation test of Σ (observed − expected)² / expected over the values."""
    names = sorted(set(values))
    position: Mapping[str, int] = {value: i for i, value in enumerate(names)}
    code: Ints = np.array([position[value] for value in values], np.int64)
    hit = np.array([row.mislabeled for row in rows])
    wrong = np.array([row.wrong for row in rows])
    rng = generator(seed, STREAM, place)
    observed = np.zeros(len(names))
    expected = np.zeros(len(names))
    drawn = np.zeros((PERMUTATIONS, len(names)))
    for kind in (True, False):
        here = wrong == kind
        if not here.any():
            continue
        sizes = np.bincount(code[here], minlength=len(names))
        hits = int(hit[here].sum())
        observed += np.bincount(code[here & hit], minlength=len(names))
        expected += sizes * (hits / sizes.sum())
        drawn += rng.multivariate_hypergeometric(sizes, hits, PERMUTATIONS, method="marginals")
    reached = _distance(observed[None], expected)[0] * (1 - 1e-12)
    p = (1 + int((_distance(drawn, expected) >= reached).sum())) / (PERMUTATIONS + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.where(expected > 0, (observed - expected) / np.sqrt(expected), -np.inf)
    top = int(np.argmax(excess))
    return Concentration(
        name, names[top], int((code == top).sum()), int(observed[top]), float(expected[top]), p, p
    )


def _distance(counts: Floats, expected: Floats) -> Floats:
    """Return Σ (counts − expected)² / expected by row."""
    known = expected > 0
    away = counts[:, known] - expected[known]
    out: Floats = (away**2 / expected[known]).sum(axis=1)
    return out
