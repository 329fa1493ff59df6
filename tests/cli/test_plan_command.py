"""`plan` as it is typed."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

from tests.conftest import names


def test_the_verdict_is_the_first_line_and_json_has_the_promised_keys(mlstrat):
    typed = ("plan", "--error", "10%", "--detect", "1%", "--mismatch", "2%", "--eyeball-errors",
             "100", "--examples", "1000000")  # fmt: skip
    ended = mlstrat(*typed)
    assert (ended.code, ended.err) == (0, "")
    first = (
        "Dev needs 4,120 examples to tell 1 point at an error of 10%, both models on the same "
        "examples (they disagree on 5%, assumed); test needs 3,461 to know the error to ± 1 point."
    )
    assert " ".join(ended.out.split()).startswith(first)
    found = json.loads(mlstrat(*typed, "-f", "json").out)
    assert found["schema"] == "mlstrat.plan/1"
    assert list(found["sizes"]) == ["train", "train-dev", "dev", "test", "eyeball", "blackbox"]
    assert {"detectable_difference", "reasons", "signature", "findings"} <= set(found)
    rows = list(csv.DictReader(StringIO(mlstrat(*typed, "-f", "csv").out)))
    assert {r["set"]: int(r["examples"]) for r in rows} == found["sizes"]
    assert mlstrat(*typed, "-f", "json").out == mlstrat(*typed, "-f", "json").out


def test_each_kind_of_plan_has_its_first_line(mlstrat):
    for typed, wanted in (
        (["--examples", "1000"], "Of 1,000 examples: train 600, dev 200 and test 200."),
        (["--examples", "50000"], "There is no rule of thumb for this size"),
        (["--error", "5%", "--eyeball-errors", "100"], "An eyeball set of 2,000 examples holds"),
        (["--error", "5%", "--mismatch", "1%"], "A train-dev set of 6,745 and a dev set of 6,745"),
        (["--error", "5%", "--dev", "20"], "A dev set of 20 examples tells no improvement at all"),
        (["--error", "5%", "--dev", "9000", "--detect", "1%"], "A dev set of 9,000 examples tells"),
        (["--error", "5%", "--detect", "1%", "--eyeball-errors", "500"],
         "Dev needs 10,000 examples, of which 4,120 would tell 1 point"),
    ):  # fmt: skip
        assert mlstrat("plan", *typed).out.startswith(wanted), typed


def test_a_plan_that_asks_for_too_much_is_exit_2_and_says_the_way_out(mlstrat):
    ended = mlstrat("plan", "--examples", "20000", "--error", "5%", "--detect", "0.1%", "-o", "x")
    assert (ended.code, ended.out) == (2, "")
    assert "asks for more examples than there are: dev 394,440" in ended.err
    assert "--discordance" in ended.err
    assert names() == []


def test_the_power_curve_is_an_svg_and_the_same_each_time(mlstrat):
    typed = ("plan", "--error", "10%", "--detect", "1%", "--discordance", "4%", "--figure")
    assert mlstrat(*typed, "one.svg").code == mlstrat(*typed, "two.svg").code == 0
    one = Path("one.svg").read_text(encoding="utf-8")
    assert one == Path("two.svg").read_text(encoding="utf-8")
    assert "two models on the same examples that differ on 4%: 3,335 for 80%" in one
    for wrong, wanted in (
        ((*typed, "one.pdf"), "is neither SVG"),
        (("plan", "--examples", "100", "--figure", "x.svg"), "needs a difference to tell"),
    ):
        ended = mlstrat(*wrong)
        assert (ended.code, ended.out) == (2, "")
        assert wanted in ended.err
    assert names() == ["one.svg", "two.svg"]
