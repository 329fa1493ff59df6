"""What every question asks of a measured run, and refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.findings import Finding
from mlstrat.errors import UsageError
from mlstrat.tasks import CLASSIFICATION, Measured, Task, find
from mlstrat.tasks.findings import FEW_GROUPS, FEW_GROUPS_FOUND, ONLY_SPLIT_USED, TEST_LOOKED_AT


def refuse_other_options(task: str, given: Mapping[str, Any]) -> None:
    """Refuse what speaks of labels and predictions alone.

    Raises
    ------
    UsageError
        For the first option that is given.
    """
    for name, value in given.items():
        if value is not None:
            raise UsageError(
                f"--{name} belongs to classification, and this is --task {task}",
                hint=f"leave out --{name}",
            )


def other_task(name: str | None, labels: Mapping[str, Any]) -> Task | None:
    """Return the task that is asked for; None for classification.

    Parameters
    ----------
    name
        As ``--task`` says it.
    labels
        What is given of the options that speak of labels and predictions, which others refuse.

    Raises
    ------
    UsageError
        For a task that there is not, and for the first such option.
    """
    if name is None or name.strip().lower() == CLASSIFICATION:
        return None
    task = find(name)
    refuse_other_options(task.name, labels)
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
