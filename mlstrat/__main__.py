"""``python -m mlstrat`` and the command ``mlstrat``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; errors become one message and an exit code, never a traceback."""
    from mlstrat.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
