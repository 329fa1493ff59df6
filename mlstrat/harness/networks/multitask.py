"""Several answers from one network, and losses that leave out what nobody answered.

The outputs share every layer but the last. What nobody answered costs nothing, and teaches nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlstrat.errors import UsageError
from mlstrat.harness.networks.fit import Data, train_members
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


def fit_multitask(
    architecture: str,
    options: NetworkOptions,
    features: Any,
    answers: NDArray[np.float32],
    dev_features: Any,
    dev_answers: NDArray[np.float32],
    *,
    names: tuple[str, ...],
    seed: int = 0,
) -> FittedNetwork:
    """Train one network for several questions at once, as :func:`~.fit.fit_network`.

    Answers (N, K) are 1 or 0, NaN where nobody answered; so are the network's outputs, before the
    sigmoid.
    """
    import numpy as np

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
    data = Data(features, given, dev_features, np.asarray(dev_answers, dtype=np.float32))
    return train_members(
        architecture, options, data, names, lambda: masked_logistic,
        seed=seed, checkpoint=None, progress=None,
    )  # fmt: skip


def answered(network: FittedNetwork, features: Any) -> NDArray[np.float64]:
    """Return (N, K) probabilities of yes."""
    return network.mean_of(features, lambda outputs: outputs.sigmoid())
