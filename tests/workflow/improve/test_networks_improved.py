"""Networks through the whole loop: a folder of pictures, and a table of paths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import mlstrat as ms

pytestmark = pytest.mark.usefixtures("typed")

pytest.importorskip("torch")
pytest.importorskip("safetensors")


@pytest.fixture
def pictures(empty_folder: Any) -> Path:
    """Write 120 of scikit-learn's digits as pictures of 8×8, a folder a class, and their table."""
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits

    digits, rows = load_digits(), []
    for i in np.flatnonzero(digits.target < 4)[:120]:
        label = ["zero", "one", "two", "three"][digits.target[i]]
        path = Path("digits", label, f"{i:04d}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((digits.images[i] * 15.9).astype(np.uint8)).save(path)
        rows.append((path.as_posix(), label))
    pd.DataFrame(rows, columns=["path", "label"]).to_csv("paths.csv", index=False)
    return Path("digits")


@pytest.mark.parametrize("what", ["digits", "paths.csv"])
def test_a_network_on_pictures_is_turned_and_the_last_one_kept(pictures: Path, what: str) -> None:
    verdict = {"verdict": "focus", "focus": ["variance"], "levels": [], "gaps": [], "findings": [],
               "to_settle": None}  # fmt: skip
    from mlstrat.workflow.improve import answer

    with pytest.MonkeyPatch.context() as patched:  # so few rows settle no verdict
        patched.setattr(answer, "_diagnosed", lambda *_: verdict)
        found = ms.improve(what, model="lenet5", budget="3 runs", out="loop")
    assert [x.turn.name for x in found.loop.rounds[0].tried] == ["l2", "dropout"]
    assert found.loop.rounds[0].left_out
    assert len(found.to_text().splitlines()) <= 24
    assert {x.name for x in Path("loop").iterdir()} == {
        "0-first", "1-l2", "1-dropout", "last", "report.md", "improve.json",
    }  # fmt: skip
    assert Path("loop/last/model.safetensors").is_file()
    last = pd.read_csv("loop/last/run.csv")
    assert set(last["split"]) == {"train", "dev", "test"}
    assert found.levels is not None
    test = last[last["split"] == "test"]
    assert found.levels[1] == pytest.approx((test.label != test.prediction).mean())
