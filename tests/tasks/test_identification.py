"""Probes against a gallery: who is taken for whom, and people who are in no gallery."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError

FEW = {"resamples": 300, "task": "identification"}
SCORES = {  # probe: real, score against a, b, c
    "p1": ("a", (9.0, 1.0, 2.0)),
    "p2": ("b", (3.0, 2.0, 1.0)),  # taken for a
    "p3": ("c", (1.0, 2.0, 2.0)),  # a tie with b is not won
    "p4": ("d", (0.0, 5.0, 1.0)),  # in no gallery
    "p5": ("d", (0.5, 0.2, 0.1)),
}


def table() -> pl.DataFrame:
    rows = [(probe, gallery, real, score) for probe, (real, scores) in SCORES.items()
            for gallery, score in zip("abc", scores, strict=True)]  # fmt: skip
    return pl.DataFrame(rows, schema=["probe", "gallery", "real", "score"], orient="row")


def test_enrolled_probes_must_come_first():
    split = ms.diagnose(table(), **FEW).to_dict()["splits"]["dev"]
    assert (split["n"], split["errors"], split["error"]["value"]) == (5, 2, 2 / 3)
    assert {x["metric"]: x["value"] for x in split["beside"]} == {
        "rank_1": pytest.approx(1 / 3), "rank_5": 1.0, "rank_10": 1.0,
    }  # fmt: skip
    labels, counts = split["confusion"]["labels"], split["confusion"]["counts"]
    assert counts[labels.index("b")][labels.index("a")] == 1


def test_a_threshold_opens_the_set():
    split = ms.diagnose(table(), threshold=4.0, **FEW).to_dict()["splits"]["dev"]
    counts = {x["category"]: x["count"] for x in split["categories"]}
    assert counts == {"confused": 2, "missed": 0, "unenrolled accepted": 1}
    beside = {x["metric"]: x["value"] for x in split["beside"]}
    assert (beside["fpir"], beside["fnir"]) == (0.5, pytest.approx(2 / 3))
    missed = ms.diagnose(table(), threshold=10.0, **FEW).to_dict()["splits"]["dev"]
    assert missed["error"]["value"] == 1.0


def test_columns_without_a_header_and_several_models(empty_folder: Path):
    lines = [f"{g} m{i} {r} {p} {s}" for i in range(2) for p, g, r, s in table().iter_rows()]
    Path("x.txt").write_text("\n".join(lines))
    assert ms.score("x.txt", **FEW).value == 2 / 3


def test_a_probe_of_two_people_is_refused():
    frame = table().with_columns(
        real=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("z")).otherwise(pl.col("real"))
    )
    with pytest.raises(InputError, match="the probe 'p1' is of two people"):
        ms.score(frame, **FEW)


def test_the_command_line(empty_folder: Path, capsys: pytest.CaptureFixture[str]):
    table().write_csv("x.csv")
    for line in ("diagnose x.csv", "score x.csv", "error-table x.csv", "sample x.csv -o s.csv"):
        assert command(line.split()) == 0, capsys.readouterr().err
    assert set(pl.read_csv("s.csv")["category"]) == {"confused"}
