"""What `score` can be asked."""

from collections.abc import Sequence
from typing import Annotated, TypedDict

from mlstrat.core.asked import (
    Argument,
    Arrays,
    By,
    Choosing,
    Cluster,
    Command,
    Log,
    Metric,
    Option,
    Output,
    Reading,
    Sampling,
)
from mlstrat.tasks.asked import OfTask


class Asked(By, OfTask, Metric, Choosing, Reading, Sampling, Arrays, total=False):
    """The keywords of `score`."""

    weight_when: Annotated[Sequence[str], Option(
        "Cost of an error: label=porn:10, or label=cat,prediction=dog:5; several multiply; "
        "repeatable.", "COLUMN=VALUE:WEIGHT",
        doc='What an error costs: ``["label=porn:10"]``, ``["label=cat,prediction=dog:5"]``, or a '
        "condition on any column. Weights that meet in a row are multiplied, with its own too; the "
        "figure is Σ weight · error / Σ weight.")]  # fmt: skip


class Listing(TypedDict, total=False):
    """What is shown instead."""

    list_metrics: Annotated[bool, Option("Show all metrics and exit.")]


SCORE = Command(
    "The single number with its interval, by split and column.",
    (
        "score variance/run.csv --by light",
        "score variance/run.csv --weight-when label=cat:10",
    ),
    (
        Argument("run", help="CSV, TSV, Parquet, JSON, Arrow, .xlsx, a glob, a partitioned folder, "
                 "or -; a file a split: train=a.csv dev=b.csv; or with --by seed a file a run of "
                 "one model: s1.csv s2.csv.", required=False, by_split=True, by_seed=True),
    ),
    Asked,
    (Listing, Cluster, Log, Output),
    {"metric": "Metric to report; without it F1 of the positive class, or macro-F1; with "
               "weight-when, error."},
    first=("by", "metric", "split", "columns", "positive"),
)  # fmt: skip
