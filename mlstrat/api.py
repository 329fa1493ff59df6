"""The old name of the public functions, which `import mlstrat` has; gone with the next release."""

from __future__ import annotations

import warnings
from typing import Any

from mlstrat import public


def __getattr__(name: str) -> Any:
    if name not in public.HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn("mlstrat.api is now mlstrat itself", DeprecationWarning, stacklevel=2)
    return getattr(public, name)
