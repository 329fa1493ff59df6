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


# CPython keeps the frames of calls in pieces of 16 KiB, and maps and unmaps one each time that
# calls cross its end: a thousand times in a small diagnosis, 10 ms. A frame that asks for more gets
# a piece that has room for all that it calls.
_work.__code__ = _work.__code__.replace(co_stacksize=2**14)

if __name__ == "__main__":
    main()
