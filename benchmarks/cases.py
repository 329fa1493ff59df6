"""What is measured: each case is two commands, its reference in turns with ours, and its limits."""

from __future__ import annotations

import functools
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """Two commands. ``{run}`` stands for a file of that many rows; other words: `KINDS`.

    Ours may take ``ratio`` × the reference + ``seconds``, and ``memory`` × its peak memory.
    Without a reference the seconds stand alone, and the GiB of ``most``; without any limit the
    case is for the picture.
    Where ``inside``, the command prints its seconds: start and preparation are not counted.
    ``needs`` are modules of the reference: without them it is left out.
    ``ours_needs`` is a module of ours: without it the case is not measured.
    ``scaled``: the reference does so many times less than ours; its seconds are multiplied.
    ``served`` names a file that stands in a local store of objects meanwhile, as ``{store}``.
    """

    name: str
    title: str
    ours: str
    against: str = "–"
    reference: str = ""
    ratio: float = 0.0
    seconds: float = 0.0
    memory: float = 0.0
    most: float = 0.0
    rows: int = 0
    repeats: int = 7
    inside: bool = False
    needs: str = ""
    ours_needs: str = ""
    scaled: int = 1
    served: str = ""


HUNDRED_MILLION, TEN_MILLION, MILLION, FEW = 100_000_000, 10_000_000, 1_000_000, 100_000
DIAGNOSE, COUNT = "mlstrat diagnose {run}", "work count {run}"
IMPORTS = "python -c import\tpandas,sklearn.metrics"
CASES = (
    Case(
        "help", "`mlstrat --help`", "mlstrat --help",
        "`import typer, rich.console`", "python -c import\ttyper,rich.console",
        ratio=1.5, repeats=15,
    ),
    Case(
        "start", "`diagnose`, 1,000 rows, 10,000 replicates", DIAGNOSE,
        "`import pandas, sklearn.metrics`", IMPORTS, ratio=0.4, rows=1_000, repeats=11,
    ),
    Case(
        "polars", "`diagnose`, 1,000 rows", DIAGNOSE,
        "`import polars, numpy`", "python -c import\tpolars,numpy",
        ratio=1.2, rows=1_000, repeats=15,
    ),
    Case(
        "imports", "`diagnose --resamples 100`, 1,000 rows", DIAGNOSE + " --resamples 100",
        "the modules that it imports, imported", "work imports {run}",
        ratio=1.0, seconds=0.05, rows=1_000, repeats=15,
    ),
    Case(
        "csv", "`diagnose`, 10 million rows", DIAGNOSE, "bare Polars streaming group-by", COUNT,
        ratio=1.2, seconds=0.15, memory=1.3, rows=TEN_MILLION,
    ),
    Case(
        "parquet", "`diagnose`, 10 million rows of Parquet", "mlstrat diagnose {parquet}",
        "bare Polars streaming group-by", "work count {parquet}",
        ratio=1.5, seconds=0.3, rows=TEN_MILLION,
    ),
    Case(
        "large", "`diagnose`, 100 million rows of Parquet", "mlstrat diagnose {parquet}",
        "bare Polars streaming group-by", "work count {parquet}",
        ratio=1.5, seconds=0.3, most=1.4, rows=HUNDRED_MILLION, repeats=3,
    ),
    Case(
        "groups", "`diagnose`, 100 million rows of 5 million groups", "mlstrat diagnose {grouped}",
        most=1.4, rows=HUNDRED_MILLION, repeats=1,
    ),
    Case(
        "compare", "`compare`, twice 10 million rows", "mlstrat compare {run} {twin}",
        "bare Polars streaming join by id", "work join {run} {twin}",
        ratio=2.0, rows=TEN_MILLION, repeats=3,
    ),
    Case(
        "large-compare", "`compare --split train`, twice 100 million rows, 70 million joined",
        "mlstrat compare {parquet} {parquet_twin} --split train",
        most=3.7, rows=HUNDRED_MILLION, repeats=1,
    ),
    Case(
        "report", "`report` with a baseline, twice 10 million rows",
        "mlstrat report {run} --baseline {twin}",
        "`compare --metric f1`, which it contains", "mlstrat compare {twin} {run} --metric f1",
        ratio=1.3, rows=TEN_MILLION, repeats=5,
    ),
    Case(
        "error-table", "`error-table`, a sheet of 1,000 rows", "mlstrat error-table {sheet}",
        "`import pandas, sklearn.metrics`", IMPORTS, ratio=0.4, rows=1_000, repeats=11,
    ),
    Case(
        "sample", "`sample`, 10 million rows", "mlstrat sample {run}",
        "bare Polars streaming filter", "work filter {run}", ratio=1.5, rows=TEN_MILLION,
    ),
    Case(
        "slices", "`slices`, 1 million rows, 20 columns and their pairs", "mlstrat slices {table}",
        "`numpy.bincount` over all pairs", "again pairs {table}",
        ratio=2.0, rows=MILLION, repeats=3,
    ),
    Case(
        "select", "`select`, 10,000 candidates",
        "mlstrat select {candidates} --optimize accuracy --where ms<=100",
        "`import pandas, sklearn.metrics`", IMPORTS, ratio=1.5, rows=10_000, repeats=5,
    ),
    Case(
        "replicates", "10,000 replicates of macro-F1, 10 classes, n = 10⁷",
        "work resample 10000000 10 10000",
        "the same at n = 10⁴", "work resample 10000 10 10000", ratio=1.2, inside=True,
    ),
    Case(
        "classes", "1,000 replicates of macro-F1, 1,000 classes, 50,000 rows",
        "work resample 50000 1000 1000", seconds=3.0, inside=True,
    ),
    Case(
        "bootstrap", "10,000 replicates of macro-F1, 10 classes, n = 10⁴",
        "work resample 10000 10 10000",
        "scikit-learn's `resample` and `f1_score`, 20 replicates, × 500",
        "work bootstrap 10000 10 20", ratio=0.01, repeats=3, inside=True, needs="sklearn",
        scaled=500,
    ),
    Case(
        "share", "replicates and metrics of `diagnose`, 10 million rows",
        "work metrics {run}", "the whole of it", DIAGNOSE,
        ratio=0.05, rows=TEN_MILLION, repeats=3, inside=True,
    ),
    Case(
        "pandas", "`diagnose`, 1 million rows", DIAGNOSE,
        "pandas and `classification_report`", "work report {run}",
        rows=MILLION, repeats=1, needs="sklearn",
    ),
    Case(
        "torchmetrics", "`diagnose`, 1 million rows, beside torchmetrics", DIAGNOSE,
        "torchmetrics: F1, precision, recall, confusion matrix", "work torchmetrics {run}",
        rows=MILLION, repeats=3, needs="torchmetrics",
    ),
    Case(
        "store", "`diagnose s3://…`, 10 million rows of Parquet", "mlstrat diagnose {store}",
        "the same file on disk", "mlstrat diagnose {parquet}",
        rows=TEN_MILLION, repeats=3, served="parquet",
    ),
    Case(
        "checks", "`gate`, 100 checks of slices by F1 against a baseline",
        "mlstrat gate {checks}/run.csv --baseline {checks}/baseline.csv --config {checks}/100.toml",
        "one such check",
        "mlstrat gate {checks}/run.csv --baseline {checks}/baseline.csv --config {checks}/1.toml",
        ratio=3.0, rows=FEW, repeats=3,
    ),
    Case(
        "runs", "`select`, 100 runs of 2,000 rows by F1", "again select {runs}",
        "Polars reads them", "again read {runs}", ratio=4.0, rows=2_000, repeats=3,
    ),
    Case(
        "history", "`report --history`, 200 runs of 5,000 rows, the second time",
        "again history {past}", "the first time", "again history {past} anew",
        ratio=0.2, rows=5_000, repeats=3,
    ),
    *(
        Case(
            f"thousand-{name}", f"`{name}`, 1,000 classes, 100,000 rows",
            f"mlstrat {name} {{thousand}}{more}".replace("TWIN", "{thousand_twin}"),
            "10 classes", f"mlstrat {name} {{ten}}{more}".replace("TWIN", "{ten_twin}"),
            ratio=3.0, rows=FEW, repeats=3,
        )
        for name, more in (
            ("diagnose", " -f json"), ("score", ""), ("compare", " TWIN --metric f1"),
            ("gate", " --baseline TWIN --margin 0.3"),
        )
    ),
    Case(
        "json", "`diagnose -f json`, 5,000 classes, 20,000 rows",
        "mlstrat diagnose {five_thousand} -f json",
        "as text", "mlstrat diagnose {five_thousand}",
        memory=1.3, rows=20_000, repeats=3,
    ),
    Case(
        "split", "`split`, 10 million rows", "again split {run}",
        "Polars writes them again", "again rewrite {run}",
        ratio=3.0, rows=TEN_MILLION, repeats=3,
    ),
    Case(
        "ranking", "ROC AUC of 10 classes, 1 million rows",
        "mlstrat score {scores} --metric roc_auc",
        "scikit-learn's, without an interval", "again rank {scores}",
        ratio=0.8, rows=MILLION, repeats=3, needs="sklearn",
    ),
    Case(
        "boxes", "`diagnose`, 71,000 detections in 2,000 images, 80 categories",
        "mlstrat diagnose {boxes}/results.json --truth {boxes}/gt.json --task detection",
        "pycocotools, AP alone", "again coco {boxes}",
        ratio=0.15, rows=71_000, repeats=3, needs="pycocotools",
    ),
    Case(
        "spans", "`diagnose --task tagging`, 200,000 tokens",
        "mlstrat diagnose {tags} --task tagging", "seqeval's report, without an interval",
        "texts spans {tags}", ratio=0.4, rows=200_000, repeats=5, needs="seqeval",
    ),
    *(
        Case(
            f"tokens-{form}", f"`diagnose --task {task}`, 10 million tokens, {form}",
            f"mlstrat diagnose {{tokens_{form}}} --task {task}", "Polars reads all columns",
            f"texts read {{tokens_{form}}}", ratio=1.5, rows=TEN_MILLION, repeats=5,
        )
        for form, task in (("csv", "tagging"), ("conll", "tagging"), ("ndjson", "tagging"),
                           ("costs", "language_model"))
    ),
    Case(
        "edits", "`diagnose --task speech`, 10,000 utterances, seconds of the processor",
        "texts diagnose {utterances}", "jiwer, without an interval",
        "texts edits {utterances}", ratio=2.0, rows=10_000, repeats=5, inside=True, needs="jiwer",
    ),
    Case(
        "training", "LeNet-5 trained by the harness, seconds of the processor", "training ours",
        "a bare loop of PyTorch", "training bare",
        ratio=1.1, repeats=5, inside=True, ours_needs="torch",
    ),
)  # fmt: skip
KINDS = {
    "run": ("make", "run_{}.csv"), "twin": ("twin", "twin_{}.csv"),
    "parquet": ("make", "run_{}.parquet"), "parquet_twin": ("twin", "twin_{}.parquet"),
    "grouped": ("grouped", "grouped_{}.parquet"), "sheet": ("review", "sheet_{}.csv"),
    "table": ("table", "table_{}.csv"), "candidates": ("candidates", "candidates_{}.csv"),
    "checks": ("again checks", "checks_{}"), "runs": ("again runs", "runs_{}"),
    "past": ("again past", "past_{}"),
    "ten": ("again classes", "classes_10_{}.csv"),
    "ten_twin": ("again classes", "classes_10_twin_{}.csv"),
    "thousand": ("again classes", "classes_1000_{}.csv"),
    "thousand_twin": ("again classes", "classes_1000_twin_{}.csv"),
    "five_thousand": ("again classes", "classes_5000_{}.csv"),
    "scores": ("again scores", "scores_{}.parquet"),
    "boxes": ("again boxes", "boxes_{}"),
    "tags": ("texts tags", "tags_{}.conll"),
    **{f"tokens_{x}": ("texts tokens", f"tokens_{{}}.{x}") for x in ("csv", "conll", "ndjson")},
    "tokens_costs": ("texts tokens", "costs_{}.ndjson"),
    "utterances": ("texts utterances", "utterances_{}.csv"),
}  # fmt: skip
"""Files that commands read: the task that makes each (of `work`), and its name by rows."""
SMALLER = {HUNDRED_MILLION: FEW, TEN_MILLION: FEW, MILLION: FEW}
"""Rows of `--small`."""
NOT_SMALL = (
    "large", "large-compare", "groups", "share", "torchmetrics", "store", "pandas", "slices",
    "runs", "history", "json", "thousand-diagnose", "thousand-score", "thousand-compare",
    "thousand-gate", "split", "ranking", "boxes", "polars",
)  # fmt: skip
"""Cases that `--small` leaves out: with few rows they are others, or only their start; of the start
itself ``imports`` tells what grows."""


def file_of(kind: str, rows: int, data: Path) -> Path:
    """Return where a file of a kind lies."""
    return data / KINDS[kind][1].format(rows)


def files_of(case: Case) -> list[str]:
    """Return the kinds of files that a case reads."""
    texts = (case.ours, case.reference, f"{{{case.served}}}")
    return [kind for kind in KINDS if any(f"{{{kind}}}" in text for text in texts)]


def command(text: str, rows: int, data: Path, python: str = sys.executable) -> list[str]:
    """Return the words of a command; a tab stands for a blank inside a word."""
    programs = {
        "mlstrat": [str(Path(sys.executable).parent / "mlstrat")],
        "python": [python],
        "work": [python, str(HERE / "work.py")],
        "training": [python, str(HERE / "training.py")],
        "again": [python, str(HERE / "again.py")],
        "texts": [python, str(HERE / "texts.py")],
    }
    program, *words = text.split(" ")
    words = [word.replace("\t", " ") for word in words]
    for kind in KINDS:
        words = [word.replace(f"{{{kind}}}", str(file_of(kind, rows, data))) for word in words]
    return programs[program] + words


@functools.cache
def python_with(module: str, peer: str | None) -> str | None:
    """Return a Python that has a module: this one, or the peer; None where neither has."""
    for python in (sys.executable, peer):
        found = f"import importlib.util, sys; sys.exit(not importlib.util.find_spec({module!r}))"
        if python and not subprocess.run([python, "-c", found], check=False).returncode:
            return python
    return None
