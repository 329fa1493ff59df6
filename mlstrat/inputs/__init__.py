"""The door: files and frames in, one validated table of counts out.

The only home of Polars and narwhals; neither is imported before a run is read.
"""

from __future__ import annotations

from mlstrat.inputs.input_file import InputFile
from mlstrat.inputs.runs import Run, read_run

__all__ = ["InputFile", "Run", "read_run"]
