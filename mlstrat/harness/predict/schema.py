"""The document of predictions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from mlstrat.core.schema_parts import Base, Count


class Predict(Base):
    """Predictions of a trained model on the rows of a table."""

    schema: Literal["mlstrat.predict/1"]
    run: Annotated[str, "the folder of the run"]
    model: Annotated[str, "in words"]
    rows: Count
    classes: Annotated[dict[str, Count], "rows predicted as each class"]
    predictions: Annotated[
        list[dict[str, Any]], "a record a row: id, label where the table has it, prediction, prob_*"
    ]
