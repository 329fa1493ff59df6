"""``python -m mlstrat`` and the command ``mlstrat``."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line; errors become one message and an exit code, never a traceback."""
    # Collecting garbage while thousands of lasting objects are imported costs 20 to 30 ms;
    # after that it does no harm.
    gc.disable()
    from mlstrat.cli import run

    gc.freeze()
    gc.enable()
    code = run()
    if "sklearn" in sys.modules:  # training may have workers and files that want an orderly end
        sys.exit(code)
    sys.stderr.flush()
    # Taking thousands of imported objects apart would take as long as reading the run did.
    os._exit(code)


if __name__ == "__main__":
    main()
