"""The loop that is kept: a table of deliveries, improved from end to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import mlstrat as ms
from tests.schema_hook import check
from tests.test_sample_runs import load_script

make_improved = load_script(Path(__file__).parent.parent / "sample_runs" / "make_improved.py")
FOLDER = make_improved.HERE


def kept() -> dict[str, Any]:
    return json.loads((FOLDER / "improve.json").read_text("utf-8"))


def test_the_story_is_whole_and_its_report_tells_it() -> None:
    told = kept()
    check(told)
    report = (FOLDER / "report.md").read_text("utf-8")
    for number, one in enumerate(told["rounds"], start=1):
        assert f"#### Round {number}" in report
        for turn in one["turns"]:
            assert turn["title"] in report
    for finding in told["findings"]:
        assert f"**{finding['code']} {finding['title']}.**" in report
    assert "Quote this gain." in report


def test_it_ends_better_on_rows_that_nobody_chose_on() -> None:
    told = kept()
    assert told["rounds"][0]["focus"] == ["avoidable_bias"]
    assert told["steps"]
    assert told["stopped"] == "no_gain"
    assert told["confirmed"]["ci"][0] > 0.05
    assert told["confirmed"]["rows"] == 800


def test_the_table_is_drawn_again_as_it_is() -> None:
    pd.testing.assert_frame_equal(
        pd.read_csv(FOLDER / make_improved.TABLE), make_improved.deliveries()
    )


@pytest.mark.slow
def test_the_same_command_tells_the_same_story(tmp_path: Path) -> None:
    found = ms.improve(str(FOLDER / make_improved.TABLE), **make_improved.ASKED,
                       columns={"id": "order"}, out=tmp_path / "improved")  # fmt: skip
    told = kept()
    assert list(found.steps) == told["steps"]
    assert found.loop.stopped == told["stopped"]
    assert found.dev == pytest.approx(told["dev"], abs=0.005)
