"""`curve` on the command line, its figure, and the curve that a report draws."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

import mlstrat as ms
from mlstrat.show.picture import figure_svg

TABLE = "n,train,dev,dev_n\n" + "".join(
    f"{n},{0.02 + k / 1000:.3f},{0.045 + 1.2 * n**-0.55:.4f},20000\n"
    for k, n in enumerate((200, 400, 800, 1600, 3200, 6400, 12_800), 1)
)


@pytest.fixture
def curve_csv() -> str:
    Path("curve.csv").write_text(TABLE)
    return "curve.csv"


def test_the_verdict_comes_first_then_the_figures(mlstrat, curve_csv):
    ended = mlstrat("curve", curve_csv, "--target", "12%")
    assert ended.code == 0
    first, _, second, *_ = ended.out.splitlines()
    assert first.startswith("The target of 12.0% is reached: dev is at 5.2%")
    assert second == "Diagnosis: fine: dev has reached the target."
    assert max(map(len, ended.out.splitlines())) <= 80
    assert re.search(r"12,800 +2\.7% +2\.4 to 3\.0 +5\.2% +4\.9 to 5\.5$", ended.out, re.M)


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("1%", "More data will not reach the target of 1.0%: train is at 2.7%"),
        ("5%", "Whether more data will reach the target of 5.0% cannot be told"),
        (None, "Dev is at 5.2% (4.9 to 5.5) with 12,800 examples, and falls towards"),
    ],
)
def test_each_verdict_in_words(mlstrat, curve_csv, target, wanted):
    options = () if target is None else ("--target", target)
    assert wanted in " ".join(mlstrat("curve", curve_csv, *options).out.split())


def test_more_data_that_will_do_are_counted_to_two_digits(mlstrat):
    low = TABLE.replace("20000", "900000")
    Path("low.csv").write_text(low)
    ended = mlstrat("curve", "low.csv", "--target", "5%")
    assert re.match(r"More data will reach the target of 5.0%, at about 2\d,000 examples",
                    ended.out)  # fmt: skip
    assert "tip MLS605 More data will reach the target" in ended.out
    assert "1.7 times the 12,800 of the largest run" in " ".join(ended.out.split())


def test_every_format_says_the_same(mlstrat, curve_csv):
    as_json = json.loads(mlstrat("curve", curve_csv, "--target", "5%", "-f", "json").out)
    assert as_json == ms.curve("curve.csv", target="5%").to_dict()
    assert as_json["schema"] == "mlstrat.curve/1"
    assert as_json["signature"]["inputs"][0]["rows"] == 7
    assert "| 12,800 |" in mlstrat("curve", curve_csv, "-f", "markdown").out
    frame = ms.curve("curve.csv").to_frame()
    mlstrat("curve", curve_csv, "-f", "csv", "-o", "out.csv")
    pd.testing.assert_frame_equal(pd.read_csv("out.csv"), frame)
    assert list(frame["n"]) == sorted(frame["n"])
    mlstrat("curve", curve_csv, "-o", "curve.json")
    assert ms.load("curve.json")["points"][0]["n"] == 200


def test_bad_input_is_one_message_and_nothing_is_written(mlstrat):
    Path("two.csv").write_text("n,train,dev\n1,0,0.5\n2,0,0.4\n")
    ended = mlstrat("curve", "two.csv", "-o", "out.md")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("mlstrat: two.csv: 2 training sizes: 1, 2\n")
    assert not Path("out.md").exists()
    assert mlstrat("curve", "no.csv").code == 2
    assert mlstrat("curve").code == 2


def test_hostile_names_harm_nothing(mlstrat):
    name = "<script>\x1b[31m|`x.csv"
    Path(name).write_text(TABLE)
    shown = mlstrat("curve", name, "-f", "markdown").out
    assert "<script>" not in shown
    assert "\x1b" not in shown
    Path(name).write_text("n,train,dev\nx\x1b[31m,0,1\n")
    assert "\x1b" not in mlstrat("curve", name).err


@pytest.mark.parametrize("target", ["5%", "4.9%", "12%", None])
def test_the_figure_has_the_verdict_as_title_the_target_and_the_same_bytes(target, curve_csv):
    made = ms.plot("curve", curve_csv, target=target)
    assert made.title == ms.curve(curve_csv, target=target).verdict
    assert made.picture.to_bytes("svg") == made.picture.to_bytes("svg")
    shown = " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", figure_svg(made.picture)))
    for word in ("training examples", "error, %", "dev, fitted", "train, with its interval"):
        assert word in shown
    assert ("target" in shown.replace(made.title, "")) == (target is not None)
    assert "12,800: train 2.7%, dev 5.2% (4.9 to 5.5)" in made.alt_text
    assert made.to_dict()["data"][0]["n"] == 200


def test_a_figure_without_counts_has_no_band(mlstrat):
    Path("bare.csv").write_text("n,train,dev\n1,0,0.5\n2,0,0.4\n4,0,0.35\n")
    ended = mlstrat("plot", "curve", "bare.csv", "--target", "5%", "-o", "bare.svg")
    assert ended.code == 0
    assert "its 95% interval" not in Path("bare.svg").read_text()
    assert "--target does not belong" in mlstrat("plot", "ladder", "x.csv", "--target", "5%").err


def run(folder: str, size: int, wrong: int, more: str = "") -> None:
    rows = ["id,split,label,prediction"]
    for split, k in (("train", 1), ("dev", wrong)):
        rows += [f"{split}{i},{split},{'ab'[i % 2]},{'ba'[i % 2] if i < k else 'ab'[i % 2]}"
                 for i in range(200)]  # fmt: skip
    Path(folder).mkdir(parents=True)
    Path(folder, "run.csv").write_text("\n".join(rows) + "\n")
    Path(folder, "run.toml").write_text(
        f"[run]\nrows = {{train = {size}}}\n{more}\n[human]\nerror = 0.01\n"
    )


def test_a_report_draws_the_curve_that_its_history_holds(mlstrat):
    for size, wrong in ((100, 80), (200, 60), (400, 45), (800, 38)):
        run(f"runs/n{size}", size, wrong, f"seed = {size}")
    run("runs/other", 1600, 20, "dropout = 0.5")
    report = ("report", "runs/n800/run.csv", "--history", "runs", "--figures", "figures")
    assert mlstrat(*report, "-o", "report.md").code == 0
    assert Path("figures/curve.png").is_file()
    text = Path("report.md").read_text()
    assert "800: train 0.50%" in text
    assert "1,600: train" not in text  # of another model
    assert "The target is 1.0%" in text
    Path("runs/n100/run.toml").write_text("[run]\nrows = {train = 100}\ndropout = 0.1\n")
    Path("runs/n200/run.toml").write_text("[run]\nrows = {train = 200}\ndropout = 0.2\n")
    assert mlstrat(*report[:-1], "again", "-o", "report.md").code == 0
    assert Path("again/history.png").is_file()
    assert not Path("again/curve.png").exists()


def test_a_report_of_another_metric_draws_no_curve(mlstrat):
    for size, wrong in ((100, 80), (200, 60), (400, 45)):
        run(f"runs/n{size}", size, wrong)
    report = ("report", "runs/n400/run.csv", "--history", "runs", "--figures", "figures")
    assert mlstrat(*report, "--metric", "f1", "-o", "report.md").code == 0
    assert not Path("figures/curve.png").exists()
