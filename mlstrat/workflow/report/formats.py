"""What a report can be and where it can go; apart, so that a slip is told before any work."""

from __future__ import annotations

import os

from mlstrat.errors import UsageError
from mlstrat.show.document import FORMATS

REPORT_FORMATS = (*FORMATS, "html")

SUMMARY = "GITHUB_STEP_SUMMARY"
"""Names the file to which a job of GitHub Actions appends what its summary shows."""


def summary_file() -> str:
    """Return the file of the job summary.

    Raises
    ------
    UsageError
        Where the environment names none.
    """
    path = os.environ.get(SUMMARY)
    if not path:
        raise UsageError(
            f"--summary, and no {SUMMARY} in the environment",
            accepted="a job of GitHub Actions, or another that sets it",
        )
    return path
