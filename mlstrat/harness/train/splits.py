"""Which rows go into which split, and which of them train."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlstrat.errors import UsageError
from mlstrat.harness.recipes.recipe import SPLITS, SplitDesign

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = dict[str, NDArray[np.intp]]


def make_splits(
    design: SplitDesign,
    seed: int,
    sources: NDArray[np.str_] | None = None,
    *,
    growing: bool = False,
) -> Rows:
    """Draw disjoint splits: split to row numbers, ascending; a split of size 0 is left out.

    Train and train-dev are drawn from one distribution, dev and test from one: the same for all
    four, or the sources. Where rows are independent draws and more may come (``growing``), what
    is held out comes first, so that it stays when train grows.

    Source: the course on bias and variance with mismatched data distributions.
    """
    import numpy as np

    random = np.random.default_rng([seed, 0])
    total = sum(design.sizes)
    if design.target is not None:
        return _by_source(design, random, sources, growing=growing)
    if growing:
        return _cut(np.arange(total), design.sizes)
    parts = np.split(random.permutation(total), np.cumsum(design.sizes)[:-1])
    return {split: np.sort(rows) for split, rows in zip(SPLITS, parts, strict=True) if len(rows)}


def _cut(order: NDArray[np.intp], sizes: tuple[int, ...]) -> Rows:
    train, train_dev, dev, test = sizes
    dev_rows, test_rows = order[:dev], order[dev : dev + test]
    rest = order[dev + test :]
    rows = (rest[train_dev : train_dev + train], rest[:train_dev], dev_rows, test_rows)
    return dict(zip(SPLITS, rows, strict=True))


def _by_source(
    design: SplitDesign,
    random: np.random.Generator,
    sources: NDArray[np.str_] | None,
    *,
    growing: bool,
) -> Rows:
    import numpy as np

    train, train_dev, dev, test = design.sizes
    if sources is None:
        raise ValueError(f"no sources, and the target is {design.target!r}")
    ours, others = (
        np.flatnonzero(sources == design.target),
        np.flatnonzero(sources != design.target),
    )
    added, taken = design.target_in_train, train + train_dev - design.target_in_train
    spare = len(ours) - dev - test
    if added > spare >= 0:
        raise UsageError(f"--target-in-train is {added}", accepted=f"a whole number, 0 to {spare}")
    if spare < 0 or len(others) < taken:
        raise ValueError(
            f"{len(ours)} rows of {design.target!r} and {len(others)} others do not fill {design}"
        )
    if not growing:
        ours, others = random.permutation(ours), random.permutation(others)
    held = {"dev": ours[:dev], "test": ours[dev : dev + test]}
    mine = ours[dev + test : dev + test + added]
    # Train-dev is of the mixture of train.
    mine_held = round(added * train_dev / (train + train_dev))
    other_held = train_dev - mine_held
    rows = {
        "train": np.concatenate([others[other_held:taken], mine[mine_held:]]),
        "train-dev": np.concatenate([others[:other_held], mine[:mine_held]]),
        **held,
    }
    return {split: np.sort(rows[split]) for split in SPLITS}
