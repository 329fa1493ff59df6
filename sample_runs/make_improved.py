"""Make the sample of a loop again: a table of deliveries, and what `mlstrat improve` made of it.

``python sample_runs/make_improved.py`` takes half a minute. The table is drawn: a delivery is late
where a long way meets the rush of morning or evening, or snow; people at the desk, who know the
town, err on 2%.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import mlstrat as ms

HERE = Path(__file__).parent / "improved"

TABLE, ROWS = "deliveries.csv", 4000

ASKED: dict[str, Any] = {
    "target": "late", "model": "logistic_regression", "human_error": "2%", "budget": "40 runs",
}  # fmt: skip

KEPT = ("report.md", "improve.json")


def deliveries() -> pd.DataFrame:
    """Return the table."""
    rng = np.random.default_rng(20)
    hour = rng.integers(6, 22, ROWS)
    distance = rng.gamma(3.0, 4.0, ROWS).round(1)
    weather = rng.choice(["dry", "rain", "snow"], ROWS, p=[0.6, 0.3, 0.1])
    rush = np.exp(-((hour - 8) ** 2) / 4) + np.exp(-((hour - 17) ** 2) / 6)
    slow = 1 + 1.4 * rush + np.select([weather == "rain", weather == "snow"], [0.2, 0.8], 0.0)
    minutes = distance * slow * 2.2 + rng.normal(0, 3.0, ROWS)
    return pd.DataFrame({
        "order": [f"o{i:04d}" for i in range(ROWS)], "hour": hour, "distance_km": distance,
        "weather": weather, "items": rng.poisson(3, ROWS) + 1,
        "driver_years": rng.gamma(2.0, 2.0, ROWS).round(1),
        "late": np.where(minutes > 42, "yes", "no"),
    })  # fmt: skip


def main() -> None:
    """Draw the table, improve a model of it in a folder that goes away, and keep what it says."""
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        os.chdir(temporary)  # so that the report names no folder of this machine
        deliveries().to_csv(TABLE, index=False)
        ms.improve(TABLE, **ASKED, columns={"id": "order"}, out="improved",
                   progress=lambda line: sys.stderr.write(f"{line}\n"))  # fmt: skip
        for name in KEPT:
            shutil.copy(Path("improved") / name, HERE / name)
        shutil.copy(TABLE, HERE / TABLE)
        os.chdir(HERE)


if __name__ == "__main__":
    main()
