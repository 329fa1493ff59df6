"""What every question asks of a measured run, and refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlstrat.core.findings import Finding
from mlstrat.data.settings import Settled
from mlstrat.errors import UsageError
from mlstrat.tasks import CLASSIFICATION, How, Measured, Task, find
from mlstrat.tasks.findings import FEW_GROUPS, FEW_GROUPS_FOUND, ONLY_SPLIT_USED, TEST_LOOKED_AT


def how_of(settled: Settled, by: Sequence[str] = (), *, checksum: bool) -> How:
    """Return how a task reads its files."""
    return How(settled.columns, settled.split, settled.split_as, by, checksum=checksum)


def other_task(asked: Mapping[str, Any], *labels: str) -> Task | None:
    """Return the task that is asked for; None for classification.

    Parameters
    ----------
    asked
        The options of the call.
    labels
        Those that speak of labels and predictions, which other tasks refuse.

    Raises
    ------
    UsageError
        For a task that there is not, and for the first such option.
    """
    name = asked["task"]
    if name is None or name.strip().lower() == CLASSIFICATION:
        return None
    task = find(name)
    for label in labels:
        given = asked[label]  # perhaps a frame, which has no truth
        if not (given is None or given is False or (isinstance(given, list | tuple) and not given)):
            option = f"--{label.replace('_', '-')}"
            raise UsageError(
                f"{option} belongs to classification, and this is --task {task.name}",
                hint=f"leave out {option}",
            )
    return task


def about_split(main: str, asked: str | None) -> list[Finding]:
    """Return the findings on the split of the single number."""
    out = [Finding(TEST_LOOKED_AT, {"split": main})] if main == "test" else []
    if asked is None and main != "dev":
        out.append(Finding(ONLY_SPLIT_USED, {"split": main}))
    return out


def about_groups(measured: Measured) -> list[Finding]:
    """Return the finding on splits with few groups, if there are any."""
    counts = {split: measured.groups(split) for split in measured.splits}
    few = {split: n for split, n in counts.items() if n is not None and n < FEW_GROUPS}
    return [Finding(FEW_GROUPS_FOUND, {"groups": few})] if few else []
