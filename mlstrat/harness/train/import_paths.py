"""A classifier by its import path: only of an installed package, and only a classifier.

Importing runs code. So a path comes from the command line or a call alone, never from a file, and
names a package that was installed, never a file that lies about.
"""

from __future__ import annotations

import difflib
from typing import Any

from mlstrat.errors import UsageError

ACCEPTED = "the path of a classifier, as sklearn.ensemble.ExtraTreesClassifier"


def import_classifier(path: str) -> type[Any]:
    """Return the class of this import path.

    Raises
    ------
    UsageError
        No such package, module or class, or it is no scikit-learn classifier.

    Examples
    --------
    >>> import_classifier("sklearn.naive_bayes.GaussianNB").__name__
    'GaussianNB'
    """
    import importlib
    from importlib.metadata import packages_distributions

    module, _, name = path.rpartition(".")
    package = module.partition(".")[0]
    if not all(part.isidentifier() for part in path.split(".")) or not module:
        raise UsageError(f"no import path: {path!r}", accepted=ACCEPTED)
    if package not in packages_distributions():
        raise UsageError(f"no installed package {package!r}", accepted=ACCEPTED)
    try:
        inside = importlib.import_module(module)
    except ImportError as error:
        raise UsageError(f"{module!r} cannot be imported: {error}", accepted=ACCEPTED) from None
    found = getattr(inside, name, None)
    if found is None:
        near = difflib.get_close_matches(name, dir(inside), 1, 0.6)
        raise UsageError(
            f"{module} has no {name!r}", accepted=ACCEPTED,
            hint=f"did you mean {module}.{near[0]}?" if near else None,
        )  # fmt: skip
    from sklearn.base import BaseEstimator, ClassifierMixin

    if not (isinstance(found, type) and issubclass(found, ClassifierMixin)
            and issubclass(found, BaseEstimator)):  # fmt: skip
        raise UsageError(f"{path} is no scikit-learn classifier", accepted=ACCEPTED)
    return found


def build_classifier(kind: type[Any], seed: int) -> Any:
    """Return a classifier with its defaults, and with the seed where it takes one.

    Raises
    ------
    UsageError
        Where it cannot be made without being told more.
    """
    try:
        made = kind()
    except TypeError as error:
        raise UsageError(f"{kind.__name__} cannot be made with its defaults: {error}") from None
    if "random_state" in made.get_params():
        made.set_params(random_state=seed)
    return made
