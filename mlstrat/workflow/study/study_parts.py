"""Which part of a chain owns the errors, over several seeds.

Source: Machine Learning Yearning 53-57.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mlstrat.core.figures import Figure
from mlstrat.workflow.error_table.blame import PartShare, attribute_to_parts, chain_of
from mlstrat.workflow.study.intervals import SeedRun, ratio, too_few

Rows = Mapping[str, tuple[str, bool]]
"""Id of a row to its example, which is one over all seeds, and whether it is wrong."""


def part_shares(
    parts: Sequence[str], seeds: Sequence[Sequence[Rows]], confidence: float = 0.95
) -> tuple[PartShare, ...]:
    """Return the share of the errors that each part owns.

    Parameters
    ----------
    parts
        In the order of the chain.
    seeds
        For each seed the rows of the chain as it is, then with the first part perfect, then with
        the first two, and so on; a perfect last part makes everything right.
    confidence
        Of the intervals, over seeds and examples.

    Examples
    --------
    >>> chain = {"a": ("a", True), "b": ("b", True), "c": ("c", False)}
    >>> found = {"a": ("a", False), "b": ("b", True), "c": ("c", False)}
    >>> [(x.part, x.errors) for x in part_shares(["find", "read"], [[chain, found]])]
    [('find', 1), ('read', 1)]
    """
    codes: dict[str, int] = {}
    whole, owned = [], [[] for _ in parts]  # type: list[SeedRun], list[list[SeedRun]]
    counts = np.zeros(len(parts), dtype=np.int64)
    for chain, *replaced in seeds:
        ids = list(chain)
        wrong = np.array([chain[x][1] for x in ids])
        perfect = {
            part: [not rows[x][1] for x in ids] for part, rows in zip(parts, replaced, strict=False)
        }
        blamed = attribute_to_parts(~wrong, perfect, chain_of(parts)).blamed
        example = np.array([codes.setdefault(chain[x][0], len(codes)) for x in ids], np.int64)
        whole.append(_run(example, wrong))
        for place in range(len(parts)):
            owned[place].append(_run(example, blamed == place))
            counts[place] += int((blamed == place).sum())
    errors = int(sum(run.wrong.sum() for run in whole))
    return tuple(
        PartShare(part, int(counts[place]), _share(owned[place], whole, errors, confidence))
        for place, part in enumerate(parts)
    )


def _run(example: np.ndarray, wrong: np.ndarray) -> SeedRun:
    rows = np.ones(len(example))
    return SeedRun(("dev",), np.zeros(len(example), np.int64), example, rows,
                   wrong.astype(np.float64))  # fmt: skip


def _share(
    owned: Sequence[SeedRun], whole: Sequence[SeedRun], errors: int, confidence: float
) -> Figure:
    if not errors:
        return Figure(None, None, 0, "there is no error")
    found = ratio(owned, whole, "dev")
    reason = too_few(len(whole))
    if reason is not None:
        return Figure(found.value, None, errors, reason)
    ci = found.difference(confidence).ci or (0.0, 1.0)
    return Figure(found.value, (max(0.0, ci[0]), min(1.0, ci[1])), errors)
