"""Weights, thresholds, losses and scores: what is read as numbers."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from mlstrat.data.counting import scaled
from mlstrat.data.opening import open_frame
from mlstrat.tasks.classification.run import Run, read_run
from mlstrat.tasks.classification.scores import auc_bound
from tests.written_runs import WriteRun


def predictions(run: Run) -> list[tuple[str, str, int]]:
    """Return (label, prediction, rows) of each cell."""
    cells = run.cells
    names = (*cells.labels, "")
    return [
        (names[t], names[p], int(n))
        for t, p, n in zip(cells.truth, cells.predicted, cells.n, strict=True)
    ]


def random_run(rows: int = 400, classes: int = 2) -> pl.DataFrame:
    """Return a run with weights, groups and probabilities of each class."""
    draw = np.random.default_rng(7)
    chances = draw.dirichlet(np.ones(classes), rows)
    chances[0] = np.eye(classes)[0]
    truth = draw.integers(0, classes, rows)
    truth[0] = 1  # p = 0 of the true label
    columns = {f"prob_{c}": chances[:, c] for c in range(classes)}
    return pl.DataFrame(
        {
            "split": draw.choice(["train", "dev"], rows),
            "label": truth,
            "sample_weight": draw.exponential(1.0, rows),
            "group": draw.integers(0, 30, rows),
            **columns,
        }
    )


def test_weights_are_summed_and_squared(write: WriteRun) -> None:
    text = "label,pred,sample_weight\na,a,0.5\na,a,2\nb,a,0\nb,a,3e-3\n"
    cells = read_run(write(text)).cells
    assert cells.weighted
    assert cells.n.tolist() == [2, 2]
    assert cells.weight.tolist() == pytest.approx([2.5, 0.003], rel=1e-12)
    assert cells.weight_squared.tolist() == pytest.approx([4.25, 9e-6], rel=1e-12)


def test_whole_weights_are_summed_exactly(write: WriteRun) -> None:
    cells = read_run(write("label,pred,sample_weight\n" + "a,a,3\nb,b,1\n" * 1000)).cells
    assert cells.weight.tolist() == [3000.0, 1000.0]
    assert cells.weight_squared.tolist() == [9000.0, 1000.0]


@pytest.mark.parametrize("size", [1e-12, 1.0, 1e12])
def test_sums_do_not_depend_on_the_order_of_rows(size: float) -> None:
    frame = random_run(5000).with_columns(pl.col("sample_weight") * size)
    runs = [
        read_run(f, needs="log_loss").cells
        for f in (frame, frame.reverse(), frame.sample(fraction=1.0, shuffle=True, seed=1))
    ]
    for name in ("weight", "weight_squared", "loss", "loss_weight_squared", "loss_squared"):
        first, *others = (getattr(run, name) for run in runs)
        assert all(np.array_equal(first, other) for other in others)
    expected = frame.group_by("split").agg(pl.col("sample_weight").sum()).sort("split")
    total = np.bincount(runs[0].split, runs[0].weight)
    assert total[::-1].tolist() == pytest.approx(expected["sample_weight"].to_list(), rel=1e-11)


THRESHOLDS: dict[str, tuple[str, dict[str, Any], list[tuple[str, str, int]]]] = {
    "a score predicts from one half on": (
        "label,score\n1,0.5\n1,0.49\n0,0.1\n",
        {},
        [("0", "0", 1), ("1", "0", 1), ("1", "1", 1)],
    ),
    "the positive class may be named": (
        "label,score\ncat,0.9\ndog,0.1\n",
        {"positive": "cat"},
        [("cat", "cat", 1), ("dog", "dog", 1)],
    ),
    "a prediction wins over a score": (
        "label,pred,score\n1,0,0.9\n0,0,oops\n",
        {},
        [("0", "0", 1), ("1", "0", 1)],
    ),
    "a threshold wins over a prediction": (
        "label,pred,score\n1,0,0.9\n0,1,-7\n",
        {"threshold": 0.5},
        [("0", "0", 1), ("1", "1", 1)],
    ),
    "a threshold may lie anywhere": (
        "label,score\n1,-2\n0,-3.5\n",
        {"threshold": -2},
        [("0", "0", 1), ("1", "1", 1)],
    ),
    "a threshold on one of two probabilities": (
        "label,prob_0,prob_1\n1,0.6,0.4\n0,0.8,0.2\n",
        {"threshold": 0.3},
        [("0", "0", 1), ("1", "1", 1)],
    ),
    "a threshold on the class that is named": (
        "label,prob_0,prob_1\n1,0.6,0.4\n0,0.8,0.2\n",
        {"threshold": 0.7, "positive": "0"},
        [("0", "0", 1), ("1", "1", 1)],
    ),
    "a threshold on the complement": (
        "label,prob_no\nyes,0.6\nno,0.8\n",
        {"threshold": 0.4, "positive": "yes"},
        [("no", "no", 1), ("yes", "yes", 1)],
    ),
    "one probability predicts its class from one half on": (
        "label,prob_cat\ncat,0.5\ndog,0.4\n",
        {},
        [("cat", "cat", 1), ("dog", "dog", 1)],
    ),
    "the largest probability predicts, of equals the first class": (
        "label,prob_10,prob_9,prob_8\n9,0.4,0.4,0.2\n10,.5,.3,.2\n8,0,0,1\n",
        {},
        [("8", "8", 1), ("9", "9", 1), ("10", "10", 1)],
    ),
    "classes are found in another case": (
        "label,prob_cat,prob_dog\nCat,0.9,0.1\nDOG,0.1,0.9\n",
        {},
        [("Cat", "Cat", 1), ("DOG", "DOG", 1)],
    ),
    "but not where two labels could be meant": (
        "label,prob_cat,prob_dog\nCat,0.9,0.1\nCAT,0.2,0.8\ndog,0.1,0.9\n",
        {},
        [("CAT", "dog", 1), ("Cat", "cat", 1), ("dog", "dog", 1)],
    ),
    "with one label the other class is its opposite": (
        "label,score\n1,0.9\n1,0.1\n",
        {},
        [("1", "0", 1), ("1", "1", 1)],
    ),
    "with negatives only the positive class is their opposite": (
        "label,score\nno,0.9\nno,0.1\n",
        {},
        [("no", "no", 1), ("no", "yes", 1)],
    ),
}


@pytest.mark.parametrize(("text", "options", "expected"), THRESHOLDS.values(), ids=THRESHOLDS)
def test_predictions_from_numbers(
    text: str, options: dict[str, Any], expected: list[tuple[str, str, int]], write: WriteRun
) -> None:
    assert predictions(read_run(write(text), **options)) == expected


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("metric", ["log_loss", "brier"])
@pytest.mark.parametrize("weighted", [False, True])
def test_losses_are_those_of_scikit_learn(classes: int, metric: str, weighted: bool) -> None:
    frame = random_run(classes=classes)
    if not weighted:
        frame = frame.drop("sample_weight")
    chances = frame.select(pl.col("^prob_.*$")).to_numpy()
    truth = frame["label"].to_numpy()
    weight = frame["sample_weight"].to_numpy() if weighted else np.ones(len(frame))
    cells = read_run(frame, needs=metric).cells  # type: ignore[arg-type]
    assert cells.loss is not None
    assert cells.loss_squared is not None
    assert cells.loss_weight_squared is not None
    if metric == "log_loss":
        expected = log_loss(truth, chances, sample_weight=weight)
    elif classes == 2:
        expected = brier_score_loss(truth, chances[:, 1], sample_weight=weight)
    else:  # scikit-learn's own for several classes came after the oldest version that is accepted
        squares = ((chances - np.eye(classes)[truth]) ** 2).sum(axis=1)
        expected = np.average(squares, weights=weight)
    assert cells.loss.sum() / cells.weight.sum() == pytest.approx(expected, rel=1e-9)
    true_p = chances[np.arange(len(truth)), truth]
    losses = (
        -np.log(np.clip(true_p, np.finfo(float).eps, 1 - np.finfo(float).eps))
        if metric == "log_loss"
        else (1 - true_p) ** 2
        if classes == 2
        else (chances**2).sum(axis=1) - 2 * true_p + 1
    )
    assert cells.loss_squared.sum() == pytest.approx((weight**2 * losses**2).sum(), rel=1e-9)
    assert cells.loss_weight_squared.sum() == pytest.approx((weight**2 * losses).sum(), rel=1e-9)


def test_halves_are_rounded_up_by_every_engine() -> None:
    frame = pl.DataFrame({"x": [0.5, 1.5, 2.5, -0.0, 3.0, 2.0**60]})
    for one in (open_frame(frame), open_frame(frame.to_arrow())):
        x = scaled(one, one.number("x"), 1.0).alias("x")
        found = one.collect(lambda frame, x=x: frame.select(x))
        assert found.frame["x"].to_list() == [1, 2, 3, 0, 3, 2**60]


@pytest.mark.parametrize("metric", ["log_loss", "brier"])
def test_losses_of_a_score_are_those_of_two_probabilities(metric: Any) -> None:
    frame = random_run().drop("prob_0")
    score = frame.rename({"prob_1": "score"})
    both = read_run(frame, needs=metric, positive="1").cells
    assert both.loss is not None
    found = read_run(score, needs=metric, positive="1").cells
    assert found.loss is not None
    assert found.loss.tolist() == pytest.approx(both.loss.tolist(), rel=1e-12)


@pytest.mark.parametrize("flipped", [False, True])
def test_scores_hold_the_ranking(flipped: bool) -> None:
    frame = random_run().with_columns(pl.col("prob_1").round(2))
    scores = frame.rename({"prob_1": "score"}).drop("prob_0")
    if flipped:
        scores = frame.with_columns(prob_0=1.0 - pl.col("prob_1")).drop("prob_1")
    run = read_run(scores, needs="score", positive="1")
    assert run.cells.scores is not None
    found = run.cells.scores["1"]
    assert found.group is not None
    assert run.cells.group is not None
    assert found.bin_width == 0
    assert int(found.n.sum()) == 400
    for code, split in enumerate(run.cells.splits):
        part, here = frame.filter(pl.col("split") == split), found.split == code
        expected = roc_auc_score(
            part["label"].to_numpy(),
            part["prob_1"].to_numpy(),
            sample_weight=part["sample_weight"].to_numpy(),
        )
        auc = roc_auc_score(
            found.positive[here], found.score[here].round(9), sample_weight=found.weight[here]
        )
        assert auc == pytest.approx(expected, abs=1e-9)
    by_group = np.bincount(run.cells.group, run.cells.n)
    assert np.array_equal(np.bincount(found.group, found.n), by_group)


def test_very_many_scores_are_binned_and_the_bound_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = random_run(2000).drop("sample_weight", "group", "split")
    exact = read_run(frame, needs="score")
    monkeypatch.setattr("mlstrat.tasks.classification.scores.EXACT_UP_TO", 100)
    monkeypatch.setattr("mlstrat.tasks.classification.scores.BINS", 64)
    binned = read_run(frame, needs="score")
    assert binned.cells.scores is not None
    (found,) = binned.cells.scores.values()
    assert found.bin_width == pytest.approx(1 / 64, rel=0.01)
    assert len(found.n) <= 128
    assert binned.notes[-1].code == "MLS205"
    evidence = binned.notes[-1].evidence
    assert evidence["bins"] == 64
    bound = evidence["auc_bound"]
    assert isinstance(bound, float)

    def auc(run: Run) -> float:
        assert run.cells.scores is not None
        (s,) = run.cells.scores.values()
        return float(roc_auc_score(s.positive, s.score, sample_weight=s.weight))

    assert 0 < abs(auc(binned) - auc(exact)) <= bound < 0.05
    assert exact.notes[-1].code != "MLS205"


def test_the_bound_of_one_bin_is_one_half() -> None:
    run = read_run(pl.DataFrame({"label": [0, 1, 1], "score": [0.5, 0.5, 0.5]}), needs="score")
    assert run.cells.scores is not None
    assert auc_bound(run.cells.scores["1"], 1) == 0.5


def test_numbers_are_read_only_when_they_are_needed(write: WriteRun) -> None:
    text = "label,pred,score,prob_a,prob_b\na,a,x,,y\nb,b,,nan,-1\n"
    assert read_run(write(text)).cells.errors == 0


def test_numbers_may_have_blanks_around(write: WriteRun) -> None:
    text = 'label,score,sample_weight\n1, 0.75 ,"2 "\n0,1e-3, +1\n'
    cells = read_run(write(text)).cells
    assert cells.weight.tolist() == [1.0, 2.0]


def test_a_run_is_the_same_table_every_time() -> None:
    text = random_run(3000).write_csv()
    runs = [read_run(pl.read_csv(io.StringIO(text)), needs="brier", by=["group"]) for _ in "abc"]
    for run in runs[1:]:
        for name in ("split", "truth", "predicted", "n", "weight", "loss", "group"):
            assert np.array_equal(getattr(run.cells, name), getattr(runs[0].cells, name))


def test_of_three_labels_each_is_ranked_against_the_rest() -> None:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, 300)
    chances = rng.dirichlet(np.ones(3), 300).round(3)
    columns = {f"prob_{k}": chances[:, k] for k in range(3)}
    run = read_run(pl.DataFrame({"label": label, **columns}), needs="score")
    assert run.cells.scores is not None
    for k, (name, found) in enumerate(run.cells.scores.items()):
        assert name == str(k)
        expected = roc_auc_score(label == k, chances[:, k])
        got = roc_auc_score(found.positive, found.score, sample_weight=found.n)
        assert got == pytest.approx(expected)
