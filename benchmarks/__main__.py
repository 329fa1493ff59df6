"""``python -m benchmarks``: each case and its reference in turns, the least seconds, a table.

This process imports the standard library alone: Linux counts the memory of whoever starts a
process into that process's peak.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import spark
from benchmarks.cases import CASES, NOT_SMALL, files_of
from benchmarks.growth import growth
from benchmarks.measuring import Result, make, measure, rows_of
from benchmarks.peers import import_times, slice_line
from benchmarks.results import keep, keep_case, row_of
from benchmarks.sizes import FORMATS, LARGEST, ROWS, size_table, sizes

SLACK = 1.5
"""How many times a limit --small allows: it looks for regressions, with few rows, on a machine that
may be busy."""
OTHERS = {"sizes": "cost against rows", "growth": "growth with rows, classes, groups and more",
          "spark": "Spark, and from which size it pays",
          "importtime": "the time of imports",
          "sliceline": "SliceLine, as far as it gets"}  # fmt: skip
"""Cases that are no row of the table."""


def main() -> int:
    """Measure, print, and write the results; 1 where a limit is missed."""
    names = [*(case.name for case in CASES), *OTHERS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="cases; all without any")
    parser.add_argument("--list", action="store_true", help="the names of the cases")
    parser.add_argument("--small", action="store_true", help="a regression check, in two minutes")
    parser.add_argument(
        "--processor", action="store_true",
        help="compare seconds of the processor: others work on this machine",
    )  # fmt: skip
    parser.add_argument(
        "--most", type=int, default=0, metavar="ROWS", help="rows of a case at most"
    )
    parser.add_argument("--data", type=Path, help="folder that keeps the data for the next time")
    parser.add_argument("--make", action="store_true", help="make the data, and measure nothing")
    parser.add_argument(
        "--peer", metavar="PYTHON",
        help="a Python that has sliceline, polars, torch, torchmetrics, moto[s3,server]",
    )  # fmt: skip
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(names):
        parser.error(f"no case is called {', '.join(sorted(unknown))}: see --list")
    if chosen.list:
        print(*(f"{c.name:15} {c.title}" for c in CASES), sep="\n")
        print(*(f"{name:15} {what}" for name, what in OTHERS.items()), sep="\n")
        return 0
    if chosen.make and not chosen.data:
        parser.error("--make needs --data FOLDER")
    wanted = set(chosen.names or names)
    if chosen.small and not chosen.names:
        wanted -= {*NOT_SMALL, *OTHERS}
    with tempfile.TemporaryDirectory() as temporary:
        data = (chosen.data or Path(temporary)).resolve()
        data.mkdir(parents=True, exist_ok=True)
        if chosen.make:
            make_all(wanted, data, small=chosen.small)
            return 0
        missed = measure_cases(wanted, data, chosen)
        measure_others(wanted, data, chosen)
    return int(missed)


def make_all(wanted: set[str], data: Path, *, small: bool) -> None:
    """Make the files of cases beforehand."""
    files = [(kind, rows_of(case, small=small)) for case in CASES if case.name in wanted
             for kind in files_of(case)]  # fmt: skip
    if "sizes" in wanted:
        files += [(kind, n) for x, kind in FORMATS.items() for n in ROWS if n <= LARGEST[x]]
    for kind, rows in dict.fromkeys(files):
        print(f"{kind}, {rows:,} rows", flush=True)
        make(kind, rows, data)


def measure_cases(wanted: set[str], data: Path, chosen: argparse.Namespace) -> bool:
    """Measure the rows of the table; whether one misses its limit."""
    missed = False
    for case in CASES:
        if case.name not in wanted:
            continue
        result = measure(
            case, data, small=chosen.small, peer=chosen.peer,
            processor=chosen.processor, most=chosen.most,
        )  # fmt: skip
        print(
            row_of(result) if isinstance(result, Result) else f"{case.title}: {result}", flush=True
        )
        if not chosen.small:
            keep_case(result, case.name)
        if isinstance(result, Result):
            missed |= result.over > (SLACK if chosen.small else 1.0)
    return missed


def measure_others(wanted: set[str], data: Path, chosen: argparse.Namespace) -> None:
    """Measure what is no row of the table."""
    if "sizes" in wanted:
        found = []
        for row in sizes(data, chosen.peer):
            found.append(row)
            print(*list(size_table(found))[-1:], flush=True)
        keep("sizes", found)
        from benchmarks.figures import draw

        draw(found)
    for name, ask in (
        ("growth", growth),
        ("spark", spark.text),
        ("importtime", import_times),
        ("sliceline", slice_line),
    ):
        if name in wanted:
            text = ask(data, chosen.peer)
            print(text, flush=True)
            keep(name, text if text.startswith("#") else f"## SliceLine\n\n{text}")


if __name__ == "__main__":
    sys.exit(main())
