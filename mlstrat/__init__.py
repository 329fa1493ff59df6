"""What should a machine-learning project work on next, and how sure are we?

The workflow of Andrew Ng's course *Structuring Machine Learning Projects*, from counts, with an
interval on every figure:

1. **Set up**: a single number to rank by, dev and test sets that stand for what matters.
2. **Measure**: human → train → train-dev → dev → test, the gaps, the one to work on
   (`diagnose`, `gaps`), whether more data helps (`curve`); `count` keeps counts instead of rows.
3. **Read the errors**: tallies and ceilings (`error_table`).
4. **Decide**: satisficing and optimizing metrics, two runs on the same examples.
5. **Report**: documents for a pull request (`explain` says what a finding means).
6. **Harness**: small real models that produce runs (`train`), and what each knob moves (`study`).

Each command of the same name is a function here; the command line adds nothing to the numbers.

Examples
--------
>>> import mlstrat as ms
>>> result = ms.gaps(human="1%", train="8%", dev="10%")
>>> result.focus
('avoidable_bias',)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlstrat import public
from mlstrat.version import __version__

if TYPE_CHECKING:
    from mlstrat.errors import (
        ConfigError,
        InputError,
        MlstratError,
        UndefinedError,
        UsageError,
    )
    from mlstrat.public import *  # noqa: F403

__all__ = ["ConfigError", "InputError", "MlstratError", "UndefinedError", "UsageError",
           "__version__"]  # fmt: skip
__all__ += public.__all__


def __getattr__(name: str) -> Any:
    # Nothing heavy is imported until a function is used.
    if name in __all__:
        if name.endswith("Error"):
            from mlstrat import errors

            return getattr(errors, name)
        return public.for_python(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
