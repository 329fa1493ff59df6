"""Several answers from one network: questions with yes or no, or numbers such as a box.

The outputs share every layer but the last. What nobody answered costs nothing, and teaches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.errors import UsageError
from mlstrat.harness.networks.fit import Data, Progress, train_members
from mlstrat.harness.networks.fitted import FittedNetwork
from mlstrat.harness.networks.options import NetworkOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Tensor = Any


def masked_logistic(outputs: Tensor, answers: Tensor) -> Tensor:
    """Return 1/m Σᵢ Σⱼ L(ŷᵢⱼ, yᵢⱼ) over the answers that are there: 1, 0, or NaN for none.

    L is the logistic loss of a sigmoid of each output, not a softmax over them: several answers
    may be yes at once. Source: the course on multi-task learning.
    """
    import torch

    known = ~answers.isnan()
    # The sum is of what is known only: a NaN times 0 would still be NaN.
    each = torch.nn.functional.binary_cross_entropy_with_logits(
        outputs[known], answers[known], reduction="sum"
    )
    return each / len(answers)


def masked_squares(outputs: Tensor, values: Tensor) -> Tensor:
    """Return 1/m Σᵢ Σⱼ (ŷᵢⱼ − yᵢⱼ)² over the values that are there."""
    known = ~values.isnan()
    return ((outputs[known] - values[known]) ** 2).sum() / len(values)


LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "logistic": masked_logistic,
    "squares": masked_squares,
}


@dataclass(frozen=True, eq=False)
class FittedOutputs:
    """A network with several outputs that are no classes of one question."""

    network: FittedNetwork
    loss: str

    @property
    def names(self) -> tuple[str, ...]:
        """What each output answers."""
        return self.network.classes

    def predict(self, features: Any) -> NDArray[np.float64]:
        """Return (N, outputs): the probability of yes, or the number."""
        if self.loss == "logistic":
            return self.network.mean_of(features, lambda outputs: outputs.sigmoid())
        return self.network.mean_of(features, lambda outputs: outputs)


def fit_multitask(
    architecture: str,
    options: NetworkOptions,
    features: Any,
    answers: NDArray[np.float32],
    dev_features: Any,
    dev_answers: NDArray[np.float32],
    *,
    names: tuple[str, ...],
    loss: str = "logistic",
    seed: int = 0,
    checkpoint: Path | None = None,
    progress: Progress | None = None,
) -> FittedOutputs:
    """Train one network for several questions at once, as :func:`~.fit.fit_network`.

    Answers (N, K) are 1 or 0, or numbers for ``squares``; NaN where nobody answered.
    """
    import numpy as np

    if loss not in LOSSES:
        raise UsageError(f"the loss is {loss!r}", accepted=", ".join(LOSSES))
    if options.class_weights:
        raise UsageError("class_weights weighs classes, and these outputs are not classes")
    given = np.asarray(answers, dtype=np.float32)
    if given.shape != (len(features), len(names)):
        raise UsageError(
            f"answers of shape {given.shape}", accepted=f"({len(features)}, {len(names)})"
        )
    silent = [name for name, column in zip(names, given.T, strict=True) if np.isnan(column).all()]
    if silent:
        raise UsageError(f"nobody answered {silent[0]!r}", hint="leave the question out")
    held = np.asarray(dev_answers, dtype=np.float32)
    network = train_members(
        architecture,
        options,
        Data(features, given, dev_features, held),
        names,
        lambda: LOSSES[loss],
        seed=seed,
        checkpoint=checkpoint,
        progress=progress,
    )
    return FittedOutputs(network, loss)
