"""Figures: what they say, that they are the same each time, and how they are refused."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest

import mlstrat as ms
from mlstrat.errors import InputError, UsageError
from mlstrat.show.writing import write_whole_bytes

MODELS = pd.DataFrame(
    {
        "name": ["small", "medium", "large $x$", "<odd> & old"],
        "accuracy": [90.0, 92.0, 95.0, 80.0],
        "ms": [40.0, 95.0, 1500.0, 300.0],
        "recall": [0.7, 0.9, 0.95, 0.89],
        "n": [1000, 1000, 1000, 1000],
    }
)


def drawn(path: Path) -> str:
    """Return the words of an SVG; it must be well-formed."""
    return " | ".join("".join(e.itertext()).strip() for e in ET.parse(path).iter()
                      if e.tag.endswith("}text"))  # fmt: skip


@pytest.fixture
def select():
    return lambda *where: ms.select(MODELS, optimize="accuracy", where=where)


def test_the_front_says_the_conclusion_and_names_the_candidates(select, tmp_path: Path):
    select("ms <= 100").save_figure(tmp_path / "front.svg")
    words = drawn(tmp_path / "front.svg")
    for wanted in ("Cannot tell the best", "medium", "large $x$", "<odd> & old", "Pareto front",
                   "infeasible", "undecided", "bound of the constraint", "choice",
                   "ms (less is better)", "accuracy, % (more is better)"):  # fmt: skip
        assert wanted in words
    assert "of these two" not in words


def test_a_name_stands_beside_the_line_of_the_front_where_a_corner_is_free():
    from matplotlib.figure import Figure

    from mlstrat.show.canvas import Labels

    figure = Figure(figsize=(3.5, 3.0))
    axes = figure.subplots()
    axes.set(xlim=(0, 10), ylim=(0, 10))
    up = [(3, 3, 3.5, 3), (3.5, 3, 3.5, 9)]  # through the corner on the right
    figure.draw_without_rendering()
    for lines, corner in ((up, (8, -4)), ([(3.5, 0, 3.5, 9)], (-8, 4)), ((), (8, 4))):
        labels = Labels(axes, [(3, 3, False)], lines)
        assert labels.place(3, 3, "A")
        assert axes.texts[-1].xyann == corner
        assert axes.texts[-1].get_bbox_patch().get_alpha() == 0.8
    # On the line rather than nowhere.
    walls = [(0, 3.4, 10, 3.4), (0, 2.6, 10, 2.6)]
    assert Labels(axes, [(3, 3, False)], walls).place(3, 3, "A")


def test_each_constraint_has_a_panel_whichever_side_it_is_written_on(select, tmp_path: Path):
    select("100 >= ms", "recall >= 88%", "ms <= 2000 * recall").save_figure(tmp_path / "front.svg")
    words = drawn(tmp_path / "front.svg")
    for wanted in ("ms (less is better)", "recall (more is better)", "margin of ms <= 2000",
                   "front of these two alone", "on the Pareto front"):  # fmt: skip
        assert wanted in words


def test_axes_hold_the_bound_and_the_intervals(select):
    turned, share, both, equal = select(
        "100 >= ms", "recall >= 88%", "ms <= 2000 * recall", "ms == 40"
    ).axes
    assert (turned.label, turned.operator, turned.bound) == ("ms", "<=", 100)
    assert turned.low == turned.high == turned.values == (40, 95, 1500, 300)
    assert (share.label, share.bound, share.lower_is_better) == ("recall", 0.88, False)
    assert all(a < b < c for a, b, c in zip(share.low, share.values, share.high, strict=True))
    assert both.bound == 0
    assert both.values == pytest.approx((40 - 1400, 95 - 1800, 1500 - 1900, 300 - 1780))
    assert equal.lower_is_better is None


@pytest.mark.parametrize("ending", ["svg", "PNG"])
def test_the_same_figure_has_the_same_bytes(select, tmp_path: Path, ending: str):
    made = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.{ending}"
        select("ms <= 100", "recall >= 88%").save_figure(path)
        made.append(path.read_bytes())
        ms.plan(error="10%", detect="1%", discordance="4%").save_figure(path)
        made.append(path.read_bytes())
    assert made[:2] == made[2:]
    start = b"\x89PNG" if ending == "PNG" else b"<?xml"
    assert all(x.startswith(start) for x in made)
    assert not re.search(rb"<dc:date>|Software", b"".join(made))


def test_no_choice_blank_figures_and_many_candidates_are_drawn(tmp_path: Path):
    table = pd.DataFrame({"name": [f"模型{i}" for i in range(200)],
                          "accuracy": [None] + [50 + i / 10 for i in range(199)],
                          "ms": [1.0, None] + [float(i) for i in range(198)]})  # fmt: skip
    for where in ("ms <= 50", "ms <= -1", "ms == 7"):
        ms.select(table, optimize="accuracy", where=where).save_figure(tmp_path / "f.png")
    one = ms.select(MODELS[:1], optimize="accuracy", where="ms <= 40")
    one.save_figure(tmp_path / "one.svg")
    assert "Choose small" in drawn(tmp_path / "one.svg")
    nothing = ms.select(table[:2], optimize="accuracy", where="ms <= 50")
    with pytest.raises(UsageError, match="no candidate has both accuracy and ms"):
        nothing.save_figure(tmp_path / "none.svg")


def test_power_has_a_curve_a_design_and_the_planned_size(tmp_path: Path):
    path = tmp_path / "power.svg"
    ms.plan(error="10%", detect="1%").save_figure(path)
    words = drawn(path)
    assert "planned: 4,120" in words
    assert "chance to tell 1 point, %" in words
    assert "two models on the same examples that differ on 5%: 4,120 for 80%" in words
    ms.plan(error="10%", detect="1%", discordance="4%").save_figure(path)
    words = drawn(path)
    assert "two models on the same examples that differ on 4%: 3,335 for 80%" in words
    assert "planned: 3,335" in words


def test_without_a_difference_the_detectable_one_is_drawn(tmp_path: Path):
    path = tmp_path / "power.svg"
    ms.plan(error="5%", dev=9000, discordance="3%").save_figure(path)
    words = drawn(path)
    assert "improvement told with power 80%, points" in words
    assert "A dev set of 9,000 examples tells 0.52 points" in words
    for known in ({"dev": 20}, {"eyeball_errors": 100}, {"dev": 1}):
        ms.plan(error="5%", **known).save_figure(path)
    with pytest.raises(UsageError, match="needs a difference to tell"):
        ms.plan(examples=1000).save_figure(path)


def test_what_cannot_be_drawn_is_said_and_nothing_is_written(select, tmp_path: Path):
    chosen = select("ms <= 100")
    for name in ("f.pdf", "f", "svg"):
        with pytest.raises(UsageError, match="neither SVG nor PNG"):
            chosen.save_figure(tmp_path / name)
    with pytest.raises(UsageError, match="a Pareto front needs a second figure"):
        select().save_figure(tmp_path / "f.svg")
    with pytest.raises(InputError, match="cannot be written"):
        chosen.save_figure(tmp_path / "missing" / "f.svg")
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_draws_and_reports(tmp_path: Path, monkeypatch, capsys):
    from mlstrat.cli import run

    monkeypatch.chdir(tmp_path)
    MODELS.to_csv("models.csv", index=False)
    typed = ["select", "models.csv", "--optimize", "accuracy", "--where", "ms <= 100"]
    assert run([*typed, "--figure", "front.svg"]) == 0
    assert capsys.readouterr().out.startswith("Cannot tell the best")
    assert "medium" in drawn(Path("front.svg"))
    # A wrong ending is refused before anything is read.
    assert run(["select", "nowhere.csv", "--optimize", "accuracy", "--figure", "f.gif"]) == 2
    assert "neither SVG nor PNG" in capsys.readouterr().err


def test_the_users_settings_of_matplotlib_stay_and_do_not_matter(select, tmp_path: Path):
    import matplotlib as mpl

    select("ms <= 100").save_figure(tmp_path / "one.svg")
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path"}):
        before = dict(mpl.rcParams)
        select("ms <= 100").save_figure(tmp_path / "two.svg")
        assert dict(mpl.rcParams) == before
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_pyplot_is_not_loaded(tmp_path: Path):
    code = ("import sys, mlstrat as ms; assert 'matplotlib' not in sys.modules; "
            "ms.plan(error='10%', detect='1%').save_figure('f.png'); "
            "assert 'matplotlib.pyplot' not in sys.modules")  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


def test_bytes_are_written_whole(tmp_path: Path):
    path = tmp_path / "f.png"
    write_whole_bytes(path, b"\r\n\x00\xff")
    assert path.read_bytes() == b"\r\n\x00\xff"
    assert path.stat().st_mode & 0o444 == 0o444
    assert list(tmp_path.iterdir()) == [path]
