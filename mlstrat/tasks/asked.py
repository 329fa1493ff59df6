"""What a command can be asked of a run of any task: each task declares its own options."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from mlstrat.core.asked import FURTHER, OF_TASKS, Truth

if TYPE_CHECKING:
    from mlstrat.tasks import (
        detection,
        landmarks,
        language_model,
        localisation,
        multilabel,
        regression,
        seq2seq,
        speech,
        tagging,
        verification,
    )

    class OfTask(
        Truth,
        regression.Asked,
        multilabel.Asked,
        verification.Asked,
        language_model.Asked,
        speech.Asked,
        seq2seq.Asked,
        detection.Asked,
        tagging.Asked,
        localisation.Asked,
        landmarks.Asked,
        total=False,
    ):
        """What is predicted, and what belongs to one task alone."""

else:
    OfTask = Truth  # to which `declared` adds the others where they are asked for

WITH_OPTIONS = (
    "regression", "multilabel", "verification", "language_model", "speech", "seq2seq", "detection",
    "tagging", "localisation", "landmarks",
)  # fmt: skip
"""In the order of their options in a command's help."""


@cache
def load_options() -> None:
    """Load what each task declares in its package."""
    for name in WITH_OPTIONS:
        OF_TASKS.update(import_module(f"mlstrat.tasks.{name}").Asked.__annotations__)


FURTHER.append(load_options)
