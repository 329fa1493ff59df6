"""What `gate` can be asked."""

from typing import Annotated, Any

from mlstrat.core.asked import (
    Argument,
    Arrays,
    Choosing,
    Cluster,
    Command,
    File,
    Gaps,
    Log,
    Metric,
    Option,
    Output,
    Rate,
    Reading,
    Sampling,
)
from mlstrat.tasks.asked import OfTask


class Asked(Gaps, OfTask, Metric, Choosing, Reading, Sampling, Arrays, total=False):
    """The keywords of `gate`."""

    baseline: Annotated[Any | None, Option(
        "Last run, on the same examples.", "FILE", run=True)]  # fmt: skip
    pinned: Annotated[Any | None, Option(
        "Run that stays the baseline, so that no slow slide passes.", "FILE", run=True,
        )]  # fmt: skip
    margin: Annotated[Rate, Option(
        "Margin of the default gate: 1% or 0.01 (0.01).", "RATE")]  # fmt: skip
    ledger: Annotated[Any | None, Option(
        "File that counts how often dev and test were used.", "FILE",
        doc="A JSON file in which uses of dev and test are counted; it is written. A `LedgerUse` "
        "counts where its block ends, once what was found is delivered.")]  # fmt: skip
    human_error: Annotated[Rate, Option(
        "Human error, for gates on gaps: 1%, 0.01 or 5/500.", "RATE")]  # fmt: skip


class Typed(Cluster, Log, Output, total=False):
    """What the command line alone takes."""

    junit: Annotated[File, Option("JUnit XML to write too: a test case a check.", "FILE")]


GATE = Command(
    """Pass, fail or inconclusive against thresholds and a baseline.

    Exit 0 passed, 1 failed, 2 bad input, 3 inconclusive where the config
    says that this matters.
    """,
    (
        "gate variance/second.csv --baseline variance/run.csv",
        "gate variance/run.csv --baseline variance/second.csv --junit g.xml",
    ),
    (Argument("run", by_split=True),),
    Asked,
    (Typed,),
    {"split": "Split where a gate names none (dev).",
     "metric": "Metric where a gate names none; with it, gaps are of its loss."},
    first=("baseline", "config", "margin", "metric", "junit"),
)  # fmt: skip
