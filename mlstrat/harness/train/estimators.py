"""Training a scikit-learn model, and what it can do once trained."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlstrat.core.record import Record
from mlstrat.errors import UsageError
from mlstrat.harness.recipes.models import ARCHITECTURES, ENSEMBLE, SCALER_PARAMETERS, build_model
from mlstrat.harness.recipes.recipe import Model, Note

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlstrat.harness.datasets.reading import TableReading

LARGEST_SEED = 2**32 - 1  # of scikit-learn's random_state
WEIGHTS = "model.skops"
SKOPS_LINE = "pip install 'mlstrat[skops]'"
MANY_NUMBERS = 5_000_000
"""Numbers in train up to which one thread is used: more would wait for each other."""


class FittedEstimator(Record, eq=False):
    """One scikit-learn model, or several whose probabilities are averaged."""

    members: tuple[Any, ...]
    """They know the classes by their numbers, since some classifiers take no others."""
    classes: tuple[str, ...]
    """None where a number is predicted."""
    parameters: tuple[str, ...] | None
    """The fitted attributes that prediction needs; None: all arrays that can be reached."""
    notes: Mapping[str, Note] = field(default_factory=dict)
    reading: TableReading | None = None

    @cached_property
    def size_bytes(self) -> int:
        """Bytes of the arrays that prediction needs, without the names of classes."""
        return sum(_model_bytes(member, self.parameters) for member in self.members)

    def predict_proba(self, features: Any) -> NDArray[np.float64]:
        """Return (N, K) probabilities; 0 and 1 where the model gives none. Of numbers (N, 1)."""
        import numpy as np

        shares = [self._shares(member, features) for member in self.members]
        return np.asarray(shares[0] if len(shares) == 1 else np.mean(shares, axis=0))

    def _shares(self, member: Any, features: Any) -> Any:
        with _refusals():
            if not self.classes:
                return member.predict(features)[:, None]
            if hasattr(member, "predict_proba"):
                return member.predict_proba(features)
            same = member.predict(features)[:, None] == member.classes_[None, :]
        return same.astype(float)

    def save(self, folder: Path) -> None:
        """Write the model for skops, which loads no code that it does not know."""
        require_skops()
        from skops import io

        try:
            held: dict[str, Any] = {"classes": self.classes, "models": self.members}
            if self.reading is not None:
                held["reading"] = self.reading.to_dict()
            io.dump(held, folder / WEIGHTS)
        except OSError:
            raise
        except Exception as error:
            raise UsageError(f"skops cannot store this model: {error}") from None


def require_skops() -> None:
    """Refuse to store a scikit-learn model without skops."""
    import importlib.util

    if importlib.util.find_spec("skops") is None:
        raise UsageError(
            "storing a scikit-learn model needs skops, which is not installed", hint=SKOPS_LINE
        )


def fit_estimator(
    model: Model,
    features: Any,
    labels: Any,
    seed: int,
    progress: Callable[[str], None],
    build: Callable[[int], Any] | None = None,
) -> FittedEstimator:
    """Train a model, or an ensemble of other seeds; ``build`` makes that of own data."""
    import numpy as np

    row = ARCHITECTURES.get(model.architecture)
    many = model.options.get(ENSEMBLE, 1)
    made = build or (lambda one: build_model(model, one))
    if row is not None and "neighbours" in row.knobs:
        _check_neighbours(getattr(_last(made(seed)), row.knobs["neighbours"]), len(labels))
    names, numbers = np.zeros(0, str), labels
    if labels.dtype.kind != "f":
        names, numbers = np.unique(labels, return_inverse=True)
    fitted = _fit_members(made, features, numbers, _seeds(seed, many), progress)
    notes: dict[str, Note] = {}
    if row is not None and row.rounds is not None:
        notes["epochs"] = max(int(getattr(_last(member), row.rounds)) for member in fitted)
        loss = getattr(_last(fitted[0]), "loss_", None)
        told = "" if loss is None else f", loss {loss:.4f}"
        progress(f"trained {notes['epochs']} epochs{told}")
    if len(fitted) > 1:
        notes["ensemble"] = len(fitted)
    parameters = row.parameters if row is not None and build is None else None
    return FittedEstimator(fitted, tuple(names.tolist()), parameters, notes)


def _fit_members(
    build: Callable[[int], Any],
    features: Any,
    labels: Any,
    seeds: list[int],
    progress: Callable[[str], None],
) -> tuple[Any, ...]:
    members = []
    with _quietly():
        for number, seed in enumerate(seeds, start=1):
            with _refusals():
                members.append(build(seed).fit(features, labels))
            if len(seeds) > 1:
                progress(f"model {number} of {len(seeds)}")
    return tuple(members)


def _check_neighbours(neighbours: int, examples: int) -> None:
    if neighbours > examples:
        raise UsageError(
            f"--neighbours is {neighbours:,}, and train has {examples:,} examples",
            accepted=f"1 to {examples:,}",
        )


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """Say what scikit-learn refuses as a mistake of the user: some only shows in prediction."""
    try:
        yield
    except (ValueError, TypeError) as error:
        first = (str(error) or type(error).__name__).splitlines()[0]
        raise UsageError(f"scikit-learn refuses: {first[:200]}") from None


def _seeds(seed: int, many: Any) -> list[int]:
    import numpy as np

    more = np.random.default_rng([seed, 3]).integers(LARGEST_SEED, size=int(many) - 1)
    return [seed, *more.tolist()]


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Let a model stop at its last epoch without a warning.

    Nor is it for the user that scikit-learn calls SciPy in a way that will change.
    """
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        for kind in (ConvergenceWarning, DeprecationWarning):
            warnings.simplefilter("ignore", kind)
        warnings.filterwarnings("ignore", message="n_quantiles")  # more than train has rows
        yield


def one_thread(numbers: int) -> contextlib.AbstractContextManager[Any]:
    """Let scikit-learn use one thread, unless so many numbers are worth more.

    Threads that wait by spinning cost a shared machine more than small models gain: boosted trees
    that took a second to train and time took a minute on two busy cores.
    """
    from threadpoolctl import threadpool_limits  # what scikit-learn itself depends on

    limits: contextlib.AbstractContextManager[Any] = threadpool_limits(
        1 if numbers <= MANY_NUMBERS else None
    )
    return limits


def _last(member: Any) -> Any:
    if hasattr(member, "regressor"):  # and the scaling of its target
        return _last(getattr(member, "regressor_", member.regressor))
    return _last(member[-1]) if hasattr(member, "steps") else member


def _model_bytes(member: Any, parameters: tuple[str, ...] | None) -> int:
    if parameters is None:
        return array_bytes(member)
    held = [getattr(_last(member), name) for name in parameters]
    if hasattr(member, "steps"):
        steps = [step for _, step in member.steps[:-1]]
        scalers = [s for s in steps if all(hasattr(s, name) for name in SCALER_PARAMETERS)]
        held += [getattr(s, name) for s in scalers for name in SCALER_PARAMETERS]
    return sum(map(array_bytes, held))


def array_bytes(value: Any, seen: dict[int, Any] | None = None) -> int:
    """Return the bytes of all arrays that can be reached from a value, each counted once."""
    import numpy as np

    seen = {} if seen is None else seen
    if id(value) in seen or isinstance(value, str | bytes | int | float | type | None):
        return 0
    seen[id(value)] = value  # held, so that nothing else gets its number
    if isinstance(value, np.ndarray):
        inside = sum(array_bytes(x, seen) for x in value) if value.dtype == object else 0
        return int(value.nbytes) + inside
    if isinstance(value, Mapping):
        return sum(array_bytes(x, seen) for x in value.values())
    if isinstance(value, list | tuple):
        return sum(array_bytes(x, seen) for x in value)
    if callable(value) and not hasattr(value, "fit"):
        return 0
    # A scikit-learn tree is compiled and shows its arrays in its state only.
    state = vars(value) if hasattr(value, "__dict__") else _state(value)
    return array_bytes(state, seen) if isinstance(state, Mapping) else 0


def _state(value: Any) -> Any:
    try:
        return value.__getstate__()
    except TypeError:
        return None
