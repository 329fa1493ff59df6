"""Two readers of one sheet: what they agree on, and what hangs on who is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.core.figures import Sampling
from mlstrat.workflow.error_table.review.compute import kappa
from tests.workflow.error_table.review.served import HEAD


def sheet(path: str, tags: list[str]) -> str:
    lines = [f"r{i},dev,cat,dog,error,1,0,{tag},,,"
             for i, tag in enumerate(tags)]  # fmt: skip
    Path(path).write_text("\n".join([HEAD, *lines]) + "\n")
    return path


FIRST = ["fog"] * 20 + ["night"] * 10 + ["none"] * 10
SECOND = ["fog"] * 14 + ["none"] * 6 + ["night"] * 10 + ["none"] * 8 + ["fog"] * 2


def two(**options: object):
    return ms.error_table(sheet("a.csv", FIRST), second=sheet("b.csv", SECOND), **options)


def test_each_tag_is_counted_by_who_gave_it():
    found = {x["tag"]: x for x in two().to_dict()["second"]["tags"]}
    fog = found["fog"]
    counts = (fog["both"], fog["first_only"], fog["second_only"], fog["neither"])
    assert counts == (14, 6, 2, 18)
    assert found["night"]["cohen_kappa"]["value"] == 1


def test_kappa_is_the_one_of_the_textbook():
    counts = np.array([[45, 15], [25, 15]])
    seen, chance = 0.6, 0.6 * 0.7 + 0.4 * 0.3
    found = kappa(counts, Sampling())
    assert found.value == pytest.approx((seen - chance) / (1 - chance))
    assert found.ci is not None
    assert found.ci[0] < found.value < found.ci[1]


def test_the_ceiling_is_told_with_and_without_what_is_disputed():
    fog = two(error="40/200").to_dict()["second"]["tags"][0]
    assert fog["gain_if_agreed"]["value"] == pytest.approx(14 / 200)
    assert fog["gain_if_either"]["value"] == pytest.approx(22 / 200)
    assert fog["worth"] == "yes"


def test_a_kappa_just_below_nought_is_not_minus_nought():
    first = sheet("a.csv", ["none"] * 74)
    found = ms.error_table(first, second=sheet("b.csv", ["fog"] * 3 + ["none"] * 71))
    assert "0.00 to " in found.to_text() and "-0.00" not in found.to_text()


def test_a_verdict_that_hangs_on_the_readers_cannot_be_told():
    first = sheet("a.csv", ["fog"] * 8 + ["none"] * 32)
    second = sheet("b.csv", ["fog"] * 3 + ["none"] * 37)
    found = ms.error_table(first, second=second, error="40/200")
    assert found.to_dict()["second"]["tags"][0]["worth"] == "undecided"
    assert "cannot tell" in found.to_text()
    (differ,) = [x for x in found.findings if x.code == "MLS852"]
    assert differ.evidence["open"] == ["fog"]


def test_only_errors_that_both_read_are_compared():
    second = sheet("b.csv", [*SECOND[:10], *[""] * 30])
    found = ms.error_table(sheet("a.csv", FIRST), second=second).to_dict()["second"]
    assert found["read_by_both"] == 10


def test_units_of_one_example_are_compared_one_by_one():
    head = "id,unit,where,stratum,sampling_weight,tags\n"
    rows = ["1,Paris,3,error,1,", "1,Paris,9,error,1,", "1,Rome,12,error,1,"]
    for path, said in (("a.csv", "fog none fog"), ("b.csv", "none none fog")):
        text = "\n".join(map("".join, zip(rows, said.split(), strict=True)))
        Path(path).write_text(head + text + "\n")
    (fog,) = ms.error_table("a.csv", second="b.csv").to_dict()["second"]["tags"]
    assert (fog["both"], fog["first_only"], fog["second_only"], fog["neither"]) == (1, 1, 0, 1)


def test_readers_who_agree_raise_nothing():
    found = ms.error_table(sheet("a.csv", FIRST), second=sheet("b.csv", FIRST))
    assert "MLS852" not in [x.code for x in found.findings]


def test_a_later_sheet_is_no_second_reader():
    with pytest.raises(ms.UsageError, match="same errors"):
        ms.error_table(sheet("a.csv", FIRST), sheet("c.csv", FIRST), second=sheet("b.csv", SECOND))


def test_skipped_errors_are_said_with_what_hangs_on_them():
    found = ms.error_table(sheet("a.csv", ["fog", "", "fog", "none", "", "none", "", ""]))
    (skipped,) = [x for x in found.findings if x.code == "MLS851"]
    assert skipped.evidence["skipped"] == 2  # those at the end only wait
    assert skipped.evidence["tags"] == [{"tag": "fog", "none": 2 / 6, "all": 4 / 6}]
    assert "33.3% of the errors if none of these has it, and in 66.7% if all do" in " ".join(
        found.to_text().split()
    )


def test_a_sheet_that_is_read_from_the_top_has_no_holes():
    found = ms.error_table(sheet("a.csv", ["fog", "none", "", ""]))
    assert "MLS851" not in [x.code for x in found.findings]
