"""Boxes against what others compute: pycocotools for AP, hotcoco for units and kinds of error."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.tasks.detection.compute import KINDS, Boxes, at_threshold, average_precision, match
from tests.boxes import by_loops, scene, write_coco

hotcoco = pytest.importorskip("hotcoco")
pycocotools = pytest.importorskip("pycocotools.coco")

FEW = {"resamples": 300, "task": "detection"}


def drawn(rng: np.random.Generator, images: int = 12) -> tuple[Boxes, Boxes]:
    """Return boxes on a coarse grid, so that ties, copies and exact halves are common."""

    def side(n: int, crowds: float) -> Boxes:
        xywh = np.hstack([rng.integers(0, 12, (n, 2)), rng.integers(1, 9, (n, 2))]).astype(float)
        return Boxes(rng.integers(0, images, n), rng.integers(1, 4, n), xywh * 10,
                     rng.permutation(n) / n, (rng.random(n) < crowds).astype(np.int64))  # fmt: skip

    truth = side(60, 0.0)
    near = truth.xywh[rng.integers(0, 60, 60)] + rng.integers(-1, 2, (60, 4)) * 10
    near[:, 2:] = np.maximum(near[:, 2:], 10)
    said = side(150, 0.0)
    said.xywh[:60], said.image[:60] = near, truth.image[rng.integers(0, 60, 60)]
    return truth, said


def dataset(truth: Boxes, said: Boxes, images: int = 12) -> tuple[dict[str, Any], list[Any]]:
    """Return both as COCO has them."""
    rows = [
        [{"id": i + 1, "image_id": int(x.image[i]), "category_id": int(x.category[i]),
          "bbox": x.xywh[i].tolist(), "area": float(x.xywh[i, 2] * x.xywh[i, 3]),
          "iscrowd": int(x.ignored[i] == 1), "score": float(x.score[i])} for i in range(len(x))]
        for x in (truth, said)
    ]  # fmt: skip
    named = [{"id": i, "name": f"c{i}"} for i in range(1, 4)]
    return {"images": [{"id": i} for i in range(images)], "annotations": rows[0],
            "categories": named}, rows[1]  # fmt: skip


def by_pycocotools(truth: dict[str, Any], said: list[Any]) -> list[float]:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        gt = COCO()
        gt.dataset = truth
        gt.createIndex()
        run = COCOeval(gt, gt.loadRes(said), "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    return [float(x) for x in run.stats[:3]]


@pytest.mark.parametrize("seed", range(8))
def test_average_precision_is_that_of_pycocotools(seed: int):
    truth, said = drawn(np.random.default_rng(seed))
    truth.ignored[:: 7 + seed] = 1
    found, how = average_precision(truth, said, 12)
    assert list(found.values()) == pytest.approx(by_pycocotools(*dataset(truth, said)), abs=1e-9)
    assert how.startswith("hotcoco")


@pytest.mark.parametrize("seed", range(4))
def test_crowds_absorb_what_they_do_in_pycocotools(seed: int):
    """At one threshold of overlap, true positives and what is ignored are counted in COCOeval."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth, said = drawn(np.random.default_rng(100 + seed))
    truth.ignored[::5] = 1
    gt_set, results = dataset(truth, said)
    with contextlib.redirect_stdout(io.StringIO()):
        gt = COCO()
        gt.dataset = gt_set
        gt.createIndex()
        run = COCOeval(gt, gt.loadRes(results), "bbox")
        run.params.iouThrs = np.array([0.5])
        run.params.areaRng, run.params.areaRngLbl = [[0, 1e10]], ["all"]
        run.evaluate()
    cells = [x for x in run.evalImgs if x is not None]
    left = sum(int(x["dtIgnore"].sum()) for x in cells)
    right = sum(int(((x["dtMatches"] > 0) & (x["dtIgnore"] == 0)).sum()) for x in cells)
    found = match(truth, said, 0.5)
    now = at_threshold(truth, said, found, np.full(12, -np.inf))
    assert (int(found.left_out.sum()), int(now.right.sum())) == (left, right)


@pytest.mark.slow
def test_kinds_of_error_are_those_of_hotcoco_on_200_sets():
    for seed in range(200):
        truth, said = drawn(np.random.default_rng(1_000 + seed))
        gt_set, results = dataset(truth, said)
        gt = hotcoco.COCO(gt_set)
        run = hotcoco.COCOeval(gt, gt.load_res(results), "bbox")
        run.evaluate()
        found = match(truth, said, 0.5)
        now = at_threshold(truth, said, found, np.full(12, -np.inf))
        counts = {kind: int((now.wrong & (found.kind == i)).sum()) for i, kind in enumerate(KINDS)}
        counts["Miss"] = int(now.unexplained.sum())
        assert counts == run.tide_errors()["counts"], seed


def test_a_card_of_two_splits_says_what_others_compute_on_the_command_line(
    empty_folder: Path, capsys: pytest.CaptureFixture[str]
):
    """Dev's threshold by trying every score; of test at it AP of pycocotools, kinds of hotcoco."""
    drawn = {split: scene(50, seed, split) for seed, split in enumerate(("dev", "test"))}
    lines = ["[task]", 'name = "detection"']
    for split, (truth, said) in drawn.items():
        write_coco(truth, said, split)
        lines += [f"[task.{split}]", f'truth = "{split}/gt.json"',
                  f'predictions = "{split}/results.json"']  # fmt: skip
    Path("card.toml").write_text("\n".join(lines))

    def error(split: str, cut: float) -> float:
        units = by_loops(*drawn[split], cut)
        wrong = units["fp"] + units["fn"]
        return wrong / (2 * units["tp"] + wrong)

    assert command(["diagnose", "card.toml", "-f", "json", "--resamples", "100"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads(json.dumps(ms.diagnose("card.toml", resamples=100).to_dict()))
    scores = sorted({x["score"] for x in drawn["dev"][1]})
    best = min(scores, key=lambda x: (round(error("dev", x), 12), -x))
    assert told["threshold"]["value"] == best
    assert told["threshold"]["dev_apparent"] == pytest.approx(error("dev", best))
    truth, said = drawn["test"]
    split = told["splits"]["test"]
    assert split["error"]["value"] == pytest.approx(error("test", best))
    found = {x["metric"]: x["value"] for x in split["beside"]}
    assert [found[x] for x in ("ap", "ap50", "ap75")] == pytest.approx(
        by_pycocotools(copy.deepcopy(truth), copy.deepcopy(said)), abs=1e-9)  # fmt: skip
    gt = hotcoco.COCO(truth)
    run = hotcoco.COCOeval(gt, gt.load_res([x for x in said if x["score"] >= best]), "bbox")
    run.evaluate()
    kinds = {x["category"]: x for x in split["categories"]}
    counts = {x: kinds[x]["count"] for x in kinds}
    assert counts == run.tide_errors()["counts"]
    units = split["units"]
    for kind in ("Both", "Dupe", "Bkg", "Miss"):  # a false box goes; a missed one is found
        wrong = units["fp"] + units["fn"] - counts[kind]
        more = counts[kind] if kind == "Miss" else 0
        left = wrong / (2 * (units["tp"] + more) + wrong)
        assert kinds[kind]["ceiling"]["error"] == pytest.approx(left)


def test_without_hotcoco_the_figure_is_null_with_the_reason(monkeypatch: pytest.MonkeyPatch):
    truth, results = scene(20)
    found = ms.diagnose(results, truth=truth, **FEW).to_dict()
    told = {x["metric"]: x for x in found["splits"]["dev"]["beside"]}
    assert told["ap50"]["value"] == pytest.approx(
        by_pycocotools(
            {**truth, "annotations": truth["annotations"]}, [dict(x) for x in results]
        )[1], abs=1e-9)  # fmt: skip
    monkeypatch.setitem(sys.modules, "hotcoco", None)
    again = ms.diagnose(results, truth=truth, **FEW).to_dict()
    without = {x["metric"]: x for x in again["splits"]["dev"]["beside"]}
    assert without["ap50"]["value"] is None
    assert without["ap50"]["reason"] == "needs hotcoco: pip install 'mlstrat[boxes]'"
    assert again["levels"] == found["levels"]


def test_weak_detections_raise_ap_and_not_the_error():
    """b finds half of what a misses, with scores below the threshold, and has one more mistake."""
    truth, results = scene(40)
    found = [x for x in results if x["score"] >= 0.4]
    weak = [{**{k: v for k, v in x.items() if k != "iscrowd"}, "score": 0.05}
            for x in truth["annotations"]]  # fmt: skip
    noise = {**found[0], "bbox": [300, 200, 15, 15], "score": 0.9}
    asked = {"truth": truth, "task": "detection", "threshold": 0.4}
    told = ms.compare(found, [*found, *weak, noise], **asked).to_dict()
    (evidence,) = [x["evidence"] for x in told["findings"] if x["code"] == "MLS834"]
    assert evidence["error"][1] > evidence["error"][0]
    assert evidence["ap"][1] > evidence["ap"][0]
    same = ms.compare(found, [*found, noise], **asked).to_dict()
    assert "MLS834" not in [x["code"] for x in same["findings"]]


@pytest.mark.slow
@pytest.mark.parametrize("n", [50, 200])
@pytest.mark.parametrize("clumped", [False, True])
def test_cross_fitting_leaves_little_optimism_in_the_threshold(clumped: bool, n: int):
    """The truth is each threshold's error on 20,000 detections of the same kind.

    The apparent error flatters; cross-fitted, what is left is within 0.2 points and its own noise,
    and the interval of 95% covers as often. Clumped are false boxes in few images, and missed ones
    in others.
    """
    rng = np.random.default_rng(n)
    found = np.array([_optimism(rng, n, clumped) for _ in range(400)])
    mean, se = found.mean(axis=0), found.std(axis=0) / np.sqrt(len(found))
    assert mean[0] < -0.003  # apparent
    assert abs(mean[1]) <= 0.002 + 2 * se[1]
    assert 0.93 <= mean[2] <= 0.98


def _optimism(rng: np.random.Generator, size: int, clumped: bool) -> tuple[float, float, bool]:
    """Return the apparent and the cross-fitted error of dev less that of new images; and cover."""
    from mlstrat.core.figures import Sampling, jackknife, widened
    from mlstrat.core.operating.choose import FOLDS, Scored, Wanted, choose, parts_of
    from mlstrat.tasks.table.figures import ratio

    def images(n: int) -> tuple[Any, ...]:
        if clumped:
            true, found = rng.negative_binomial(1.2, 0.3, n), rng.beta(4, 1, n)
            hits = rng.binomial(true, found)
            image = np.repeat(np.arange(n), hits + rng.poisson(2 * rng.gamma(0.4, 2.5, n)))
            first = np.searchsorted(image, image)
            right = np.arange(len(image)) - first < hits[image]
            place = np.where(right, 0.6, 0.35) + rng.normal(0, 0.08, n)[image]
            return image, right, rng.normal(place, 0.19), true
        hard = rng.normal(0, 0.6, n)
        true, said = rng.poisson(3, n), rng.poisson(5, n)
        image = np.repeat(np.arange(n), said)
        right = rng.random(len(image)) < 1 / (1 + np.exp(hard[image] - 0.2))
        score = 1 / (1 + np.exp(-rng.normal(1.2 * right - 0.6 - 0.3 * hard[image], 1)))
        return image, right, score, np.maximum(true, np.bincount(image[right], minlength=n))

    def units(cut: Any, set_: tuple[Any, ...]) -> tuple[Any, Any]:
        image, right, score, true = set_
        passed = score >= cut
        every = np.bincount(image[passed], minlength=len(true)) + true
        return every - 2 * np.bincount(image[passed & right], minlength=len(true)), every

    def error(found: tuple[Any, Any]) -> float:
        return float(found[0].sum() / found[1].sum())

    def best(set_: tuple[Any, ...], keep: Any) -> float:
        image, right, score, true = set_
        own = right[keep[image]].astype(float)
        scored = Scored(score[keep[image]], own, 1 - own, np.zeros(len(own), np.int64))
        cut = choose(scored, Wanted("f1"), lost=float(true[keep].sum() - own.sum()))
        assert cut is not None
        return cut

    dev, fresh = images(size), images(4_000)
    everywhere = np.ones(size, bool)
    cut = best(dev, everywhere)
    folds = parts_of([str(i) for i in range(size)]) % FOLDS
    num, den = np.zeros(size), np.zeros(size)
    without = []
    for f in range(5):
        own = folds == f
        wrong, every = units(best(dev, ~own), dev)
        without.append(error((wrong, every)))
        num[own], den[own] = wrong[own], every[own]
    honest, apparent = error(units(cut, fresh)), error(units(cut, dev))
    figure = widened(ratio(num, den, None, Sampling()), jackknife(without), 0.95, 0.0, 1.0)
    assert figure.ci is not None
    covered = figure.ci[0] <= honest <= figure.ci[1]
    return apparent - honest, error((num, den)) - honest, covered
