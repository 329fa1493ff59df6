"""The task `regression`: numbers against numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlstrat.core.counts import Floats
from mlstrat.tasks.contract import Given, How, Role
from mlstrat.tasks.table.examples import Examples, Raw
from mlstrat.tasks.table.figures import by_split, kept, plain, splits_of
from mlstrat.tasks.table.ids import about_ids
from mlstrat.tasks.table.rows import SHARED, open_rows
from mlstrat.tasks.table.task import TableTask, check_number, error, kinds_of

ROLES = (
    Role("id", "names an example; needed to pair two runs"),
    Role("target", "the number that is right", needed=True),
    Role("prediction", "the number that was predicted", needed=True),
    Role("split", "train, train-dev, dev or test"),
    Role("group", "examples of one group are not independent"),
)
ALIASES = {
    "target": ("target", "label", "y_true", "actual", "truth", "gold", "y_test", "y"),
    "prediction": ("prediction", "pred", "y_pred", "predicted", "output", "y_hat", "yhat"),
}
LARGEST = 1e100
WORST = 0.01
"""Share of the examples whose errors are the largest."""
OVER, UNDER, WORST_KIND = "overshoot", "undershoot", "largest 1%"


def _read(given: Given, how: How) -> Raw:
    """Read one part of a run: a table with both columns, or predictions and their targets."""
    import polars as pl

    rows = open_rows(given, ROLES, how, ALIASES)
    target, prediction = (
        rows.numbers(rows.roles[x], low=-LARGEST, high=LARGEST, hint="without a number the "
                     "example cannot be measured: leave the row out")
        for x in ("target", "prediction")
    )  # fmt: skip
    frame = pl.DataFrame({
        **rows.shared(), "target": target, "prediction": prediction,
        **{x: s for x, s in rows.free(()).items() if x not in ("target", "prediction")},
    })  # fmt: skip
    return Raw(frame, rows.name, rows.inputs, rows.roles)


class RegressionTask(TableTask):
    """Reads `target, prediction`."""

    def suspects(
        self,
        units: Sequence[Mapping[str, Any]],
        how: How,  # noqa: ARG002
    ) -> list[Mapping[str, Any]]:
        """Return the predictions that are farthest from their targets first."""
        return sorted(units, key=lambda x: -x["score"])

    def examples(self, raw: Raw, how: How) -> Examples:
        """Return the distance of each prediction, and on which side of the target it is."""
        import polars as pl

        target, prediction = (raw.frame[x].to_numpy() for x in ("target", "prediction"))
        within, metric = check_number(how, "within", None, 0.0), self.metric_of(how)
        over = prediction - target
        num = np.abs(over)
        if within is not None:
            num = (num > within).astype(float)
        elif metric == "mse":
            num = num**2
        worst = _worst(np.abs(over), raw.frame)
        wrong = num > 0
        kinds = {OVER: wrong & (over > 0), UNDER: wrong & (over < 0), WORST_KIND: wrong & worst}
        table = {
            **kept(raw.frame, SHARED),
            "num": num, "den": np.ones(len(num)),
            **kinds_of({k: x.astype(int) for k, x in kinds.items()},
                       {k: np.where(x, -num, 0.0) for k, x in kinds.items()}, {}),
            **{x: raw.frame[x] for x in raw.frame.columns
               if x not in (*SHARED, "target", "prediction")},
        }  # fmt: skip
        units = pl.DataFrame({
            **kept(raw.frame, ("id", "split")), "unit": "number",
            "category": np.where(over > 0, OVER, UNDER), "where": "",
            "truth": pl.Series(target).cast(pl.String),
            "prediction": pl.Series(prediction).cast(pl.String), "score": np.abs(over),
        }).filter(wrong)  # fmt: skip
        return Examples(
            pl.DataFrame(table), raw.name, raw.inputs, raw.columns,
            tuple(about_ids(raw, "target")),
            extras=lambda name, _: _beside(raw.frame, name), units=lambda: units,
            unbounded=within is None,
        )  # fmt: skip


def _worst(distance: Floats, frame: Any) -> Any:
    """Return which examples are among the worst 1% of their split."""
    found = np.zeros(len(distance), bool)
    for _, here in by_split(frame):
        places = np.flatnonzero(here)
        most = max(1, math.floor(WORST * len(places)))
        found[places[np.argsort(-distance[places], kind="stable")[:most]]] = True
    return found


def _beside(frame: Any, split: str) -> Mapping[str, Any]:
    """Return MAE, RMSE and 1 − R² of a split: the last two are no sums over examples."""
    here = splits_of(frame) == split
    y, p = (frame[x].to_numpy()[here] for x in ("target", "prediction"))
    squares, spread = float(((p - y) ** 2).sum()), float(((y - y.mean()) ** 2).sum())
    same = None if spread else "the targets of this split are all the same"
    return {"beside": [
        plain("mae", float(np.abs(p - y).mean()), len(y)),
        plain("rmse", math.sqrt(squares / len(y)), len(y)),
        plain("one_minus_r2", squares / spread if spread else None, len(y), same),
    ]}  # fmt: skip


TASK = RegressionTask(
    "regression", "example", ROLES,
    {
        "error": error("mean |p - y|; with --within the share of |p - y| > X", high=math.inf),
        "mae": error("mean |p - y|", high=math.inf, name="mae"),
        "mse": error("mean (p - y)^2", high=math.inf, name="mse"),
    },
    options=("truth", "within"), read_part=_read,
)  # fmt: skip
