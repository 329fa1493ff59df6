"""`study synthesis`: noise from few or many distinct sources, laid over clean examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlstrat.harness.studies.plan import (
    CUTS,
    PLANTED,
    Comparison,
    Condition,
    Place,
    Plan,
    Train,
    cut,
    digits,
    own_task,
    perceptron,
    train_into,
)
from mlstrat.harness.train.fitted import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KIND = "synthesis"
SOURCES = (5, 50, 5000)
LOUD = 0.5
"""Standard deviation of the noise; black to white is 1."""

COPIES, SMALL_COPIES = 6, 3
"""Noisy copies of each clean example of train, each with a source of its own choice."""

SIZES = {"train": 900, "train-dev": 300, "dev": 300, "test": 297}
SMALL_SIZES = {"train": 600, "train-dev": 300, "dev": 300, "test": 297}


def plan_synthesis(*, small: bool = False) -> Plan:
    """Return the plan: train and train-dev with noise of K sources, dev and test of new ones."""
    sizes, copies = (SMALL_SIZES, SMALL_COPIES) if small else (SIZES, COPIES)
    amounts = {"clean": sizes["train"], "copies": copies}
    conditions = tuple(
        Condition(f"sources-{many}", f"{many:,} sources of noise", _trained(many, small=small),
                  settings={"sources": many, **amounts})
        for many in SOURCES
    )  # fmt: skip
    most = conditions[-1].name
    return Plan(
        KIND,
        None,
        f"8×8 pictures of handwritten digits, {sizes['train']} clean ones for train, each "
        f"{copies} times with noise laid over it; dev and test have noise of sources that nobody "
        "has heard, train-dev that of the sources of train",
        conditions,
        tuple(Comparison(x.name, most, quantity) for x in conditions[:-1]
              for quantity in ("data_mismatch", "dev", "train-dev")),
        mismatched=True,
        facts={"amounts": [{"sources": many, **amounts} for many in SOURCES]},
        learnt="reuse",
    )  # fmt: skip


def _trained(many: int, *, small: bool) -> Train:
    def train_one(seed: int, place: Place, condition: str, progress: Progress) -> None:
        import numpy as np

        from mlstrat.harness.datasets import Examples

        sizes, copies = (SMALL_SIZES, SMALL_COPIES) if small else (SIZES, COPIES)
        features, labels = digits()
        random = np.random.default_rng([seed, CUTS])
        clean = cut(random.permutation(len(labels)), sizes)
        rows = {**clean, "train": np.repeat(clean["train"], copies)}
        noise = np.random.default_rng([seed, PLANTED])
        heard = noise.normal(0.0, LOUD, (max(SOURCES), features.shape[1]))[:many]
        parts, source = [], []
        for split, chosen in rows.items():
            fresh = split in ("dev", "test")
            whose = np.arange(len(chosen)) if fresh else noise.integers(many, size=len(chosen))
            laid = noise.normal(0.0, LOUD, (len(chosen), features.shape[1])) if fresh else (
                heard[whose])  # fmt: skip
            parts.append(features[chosen] + laid)
            source.append(np.full(len(chosen), "new" if fresh else f"{many} sources"))
        every = np.concatenate(list(rows.values()))
        examples = Examples(
            np.concatenate(parts), labels[every], sources=np.concatenate(source),
            ids=_ids(every), groups=np.array([f"digit-{row:04d}" for row in every]),
        )  # fmt: skip
        splits = cut(np.arange(len(every)), {split: len(x) for split, x in rows.items()})
        task = own_task(
            KIND, "digits with noise laid over them", f"train with noise of {many:,} sources",
            examples, splits, perceptron(small=small), mismatched=True,
            notes={"sources": many, "clean": sizes["train"], "copies": copies},
        )  # fmt: skip
        train_into(task, seed, place, condition, progress)

    return train_one


def _ids(rows: NDArray[np.intp]) -> NDArray[np.str_]:
    """Name each copy of an example: the digit, and which copy it is."""
    import numpy as np

    seen: dict[int, int] = {}
    names = []
    for row in rows.tolist():
        seen[row] = seen.get(row, -1) + 1
        names.append(f"digit-{row:04d}-{seen[row]}")
    return np.array(names)
