"""``python -m mlstrat`` and the command ``mlstrat``."""

from __future__ import annotations

import gc

from mlstrat.process import end, memory_limit, occupy_streams, say_fault, watched


def main() -> None:
    """Run the command line; errors become one message and an exit code, never a traceback."""
    occupy_streams()
    end(_work() if memory_limit() is None else watched(_work))


def _work() -> int:
    # Collecting garbage while thousands of lasting objects are imported costs 20 to 30 ms;
    # after that it does no harm.
    gc.disable()
    try:
        from mlstrat.cli import run

        gc.freeze()
        gc.set_threshold(500_000)
        gc.enable()
        return run()
    except KeyboardInterrupt:
        return 130
    except BaseException as error:
        return say_fault(error)


if __name__ == "__main__":
    main()
