"""`mislabels --suspects`: likely wrong labels in a review sheet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlstrat.core.findings import Finding
from mlstrat.data.config import find_config
from mlstrat.data.guard import guard
from mlstrat.data.settings import asked_split, first, sampling_of
from mlstrat.errors import UsageError
from mlstrat.show.document import Signature
from mlstrat.tasks.findings import TEST_LOOKED_AT
from mlstrat.workflow.mislabels.findings import RANKING_ONLY
from mlstrat.workflow.mislabels.suspects_document import SuspectsDocument

METHOD = "confident learning (Northcutt, Jiang and Chuang 2021), by rising probability of the label"
MOST_PICKED = 1_000_000


def find_suspects(
    run: Any,
    *,
    n: int = 100,
    output: str | Path | None = None,
    columns: Mapping[str, str] | None = None,
    split: str | None = None,
    split_as: Mapping[str, str] | None = None,
    positive: str | None = None,
    threshold: float | None = None,
    seed: int | None = None,
    config: str | Path | None = None,
    checksum: bool = False,
) -> SuspectsDocument:
    """Return the rows whose labels are most likely wrong, and write them into a review sheet.

    Parameters
    ----------
    run
        With a probability of every label, from a model that was not trained on these rows.
    n
        Rows of the sheet.
    output
        The sheet (.csv or .tsv); None writes none: ``to_frame()`` has the rows.
    columns, split, split_as, positive, threshold, config, checksum
        As for `diagnose`.
    seed
        Written into the sheet.

    Raises
    ------
    InputError, UsageError, ConfigError
        Also for a sheet whose filled cells would be lost.

    References
    ----------
    Northcutt, Jiang and Chuang (2021), JAIR 70.
    """
    from mlstrat.data.input_file import describe_input
    from mlstrat.show.writing import write_whole_bytes
    from mlstrat.tasks.classification.spark_row_source import open_drawable
    from mlstrat.workflow.error_table.write import check_output, separator_of, sheet_bytes
    from mlstrat.workflow.mislabels import confident_learning as suspects

    if not 1 <= n <= MOST_PICKED:
        raise UsageError(f"-n is {n}", accepted=f"1 to {MOST_PICKED:,} rows")
    guard([output], [run], config=config)
    if output is not None:
        check_output(output)
    settings = find_config(run, config)
    options = settings.diagnose
    sampling = sampling_of(None, None, seed, settings)
    drawable = open_drawable(
        run,
        columns={**settings.columns, **(columns or {})},
        split=asked_split(first(split, options.get("split"))),
        split_as={**settings.splits, **(split_as or {})},
        positive=first(positive, options.get("positive")),
        threshold=first(threshold, options.get("threshold")),
    )
    found = suspects.find_suspects(drawable, n, sampling.seed)
    written = None
    if output is not None and found.sheet:
        write_whole_bytes(output, sheet_bytes(found.sheet, separator_of(output)))
        written = str(output)
    source = describe_input(
        drawable.table.name, drawable.table.files, drawable.counted.cells.rows, checksum
    )
    findings = [Finding(RANKING_ONLY, {"rows": len(found.sheet)})]
    if found.split == "test":
        findings.append(Finding(TEST_LOOKED_AT, {"split": found.split}))
    return SuspectsDocument(
        found.split, found.rows, found.found, found.pairs, found.thresholds, found.sheet, written,
        tuple(findings),
        Signature(
            (source.facts(),),
            seed=sampling.seed, method=METHOD,
        ),
    )  # fmt: skip
