"""What a command can be asked of a run of any task: each task declares its own options."""

from mlstrat.core.asked import OF_TASKS, Truth
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


OF_TASKS |= {name: None for name in OfTask.__annotations__ if name != "task"}
