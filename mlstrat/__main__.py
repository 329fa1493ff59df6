"""``python -m mlstrat`` and the command ``mlstrat``."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line; errors become one message and an exit code, never a traceback."""
    # Collecting garbage while thousands of lasting objects are imported costs 20 to 30 ms;
    # after that it does no harm.
    gc.disable()
    from mlstrat.cli import run

    gc.freeze()
    gc.enable()
    sys.exit(run())


if __name__ == "__main__":
    main()
