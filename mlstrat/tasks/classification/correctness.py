"""Rows of which only is known whether they are right: ``acc``, ``exact_match``, ``correct``."""

from __future__ import annotations

import numpy as np

from mlstrat.core.counts import ABSTAINED, OTHER
from mlstrat.data.grouping import Counted
from mlstrat.data.values import label_texts
from mlstrat.errors import InputError
from mlstrat.tasks.keys import Ints, RowKeys, locate

NO_ANSWER = ("skip", "n/a")
"""What a person writes, in any case, instead of an answer, unless it is a label of the run."""

CODES = {"1": 0, "true": 0, "0": 1, "false": 1}
"""What stands in such a column, as codes of `mlstrat.core.counts.RIGHT_OR_WRONG`."""


def correctness_codes(keys: RowKeys, found: Counted, column: str) -> dict[str, Ints]:
    """Return the codes of label, prediction and each person, who is right or wrong likewise.

    Parameters
    ----------
    keys, found
        What was counted, the column as the prediction.
    column
        The column that says which rows are right.

    Raises
    ------
    InputError
        For a value that is neither.
    """
    codes = {"label": np.zeros(len(found), np.int64)}
    for role in ("prediction", *keys.columns.people):
        raw, rows = found.codes(role)
        texts = [text.lower() for text in label_texts(raw)]
        bad = [raw[i] for i, text in enumerate(texts) if text not in CODES]
        if role == "prediction" and bad:
            file, row, value = locate(keys.table, column, bad)
            blank = value is None or not str(value).strip()
            raise InputError(
                "a row that is neither right nor wrong: it is blank" if blank
                else f"{str(value)[:60]!r} is neither right nor wrong",
                file=file, row=row, column=column, accepted="0 or 1, true or false",
                hint="shares of right answers are a ratio: --task ratio with columns num and den",
            )  # fmt: skip
        none = ("", *NO_ANSWER)
        values = [CODES.get(x, ABSTAINED if x in none else OTHER) for x in texts]
        codes[role] = np.array(values, np.int64)[rows]
    return codes
