"""Figures of tasks: each point is what the other commands say, and each picture what is wrong."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

import mlstrat as ms
from mlstrat.errors import InputError, UndefinedError, UsageError
from mlstrat.workflow.plot import pictures_read
from tests.boxes import scene, table
from tests.tasks.landmark_sets import faces

pytestmark = pytest.mark.usefixtures("typed")

BOXES = {"task": "detection", "threshold": 0.5}
ROOT = Path(__file__).parent.parent.parent.parent
HOSTILE = "<script>$x^2$\u202e" + "y" * 200


def words(found: object) -> str:
    """Return what is written into a figure."""
    root = ET.fromstring(found.picture.to_bytes("svg"))  # type: ignore[attr-defined]
    return " ".join("".join(e.itertext()) for e in root.iter() if e.tag.endswith("}text"))


def at(found: object, threshold: float) -> dict[str, tuple[float, ...]]:
    """Return value and interval of each figure at a threshold."""
    return {
        x["metric"]: (x["value"], x["ci_low"], x["ci_high"])
        for x in found.records()
        if x["threshold"] == threshold
    }  # type: ignore[attr-defined]


def beside(run: object, split: str = "dev", **asked: object) -> dict[str, tuple[float, ...]]:
    out = ms.diagnose(run, resamples=200, **asked).to_dict()["splits"][split]["beside"]
    return {x["metric"]: (x["value"], *(x["ci"] or (None, None))) for x in out}


@pytest.mark.parametrize("kind", ["threshold", "precision-recall"])
def test_boxes_at_the_threshold_of_the_run_are_what_diagnose_says(kind: str) -> None:
    truth, results = scene(60, 1)
    found = ms.plot(kind, results, truth=truth, **BOXES)
    told = beside(results, truth=truth, **BOXES)
    for name in ("precision", "recall", "f1"):
        assert at(found, 0.5)[name] == pytest.approx(told[name])
    assert "read at 0.5" in found.alt_text
    assert "60 images" in found.alt_text
    assert len({x["threshold"] for x in found.records()}) <= 61
    assert "boxes on dev" in found.title.lower()
    assert ("the run is read at 0.5" if kind == "precision-recall" else "as the run is read") in (
        words(found))  # fmt: skip


def test_a_threshold_that_dev_chose_is_marked_on_test_too(tmp_path: Path) -> None:
    parts = {"dev": table(*scene(60, 1)), "test": table(*scene(60, 2, "test"))}
    run = tmp_path / "run.csv"
    pl.concat([x.with_columns(split=pl.lit(k)) for k, x in parts.items()],
              how="vertical_relaxed").write_csv(run)  # fmt: skip
    chosen = ms.diagnose(run, task="detection", resamples=200).to_dict()["threshold"]["value"]
    found = ms.plot("precision-recall", run, task="detection", split="test")
    assert f"read at {chosen:.3g}" in found.title
    told = beside(run, "test", task="detection")
    assert at(found, chosen)["recall"] == pytest.approx(told["recall"])


def test_one_category_of_boxes_alone() -> None:
    truth, results = scene(60, 1)
    alone = {**truth, "annotations": [x for x in truth["annotations"] if x["category_id"] == 7]}
    only = [x for x in results if x["category_id"] == 7]
    found = ms.plot("threshold", results, truth=truth, of="dog", **BOXES)
    told = beside(only, truth=alone, **BOXES)
    assert at(found, 0.5)["f1"][0] == pytest.approx(told["f1"][0])
    with pytest.raises(UsageError, match="no such category"):
        ms.plot("threshold", results, truth=truth, of="horse", **BOXES)


def test_rates_of_trials_are_those_of_diagnose() -> None:
    run = ROOT / "sample_runs" / "tasks" / "verification" / "run.csv"
    found = ms.plot("threshold", run, task="verification")
    told = ms.diagnose(run, task="verification", resamples=200).to_dict()
    read = told["threshold"]["value"]
    fixed = beside(run, task="verification", threshold=read)
    assert at(found, read)["false accepts"] == pytest.approx(fixed["far"])
    assert at(found, read)["false rejects"][0] == pytest.approx(told["threshold"]["dev_apparent"])
    assert "closest" in found.title
    with pytest.raises(UsageError, match="no precision and recall"):
        ms.plot("precision-recall", run, task="verification")


def test_distances_are_thresholds_from_the_other_side() -> None:
    run = pl.read_csv(ROOT / "sample_runs" / "tasks" / "verification" / "run.csv")
    turned = run.with_columns(score=-pl.col("score"))
    plain, other = (
        {x["threshold"]: x for x in ms.plot("threshold", frame, task="verification",
                                            **more).records() if x["metric"] == "false accepts"}
        for frame, more in ((run, {}), (turned, {"distance": True}))
    )  # fmt: skip
    assert {-t: x["value"] for t, x in other.items()} == pytest.approx(
        {t: x["value"] for t, x in plain.items()}
    )


def test_many_labels_with_scores() -> None:
    rng = np.random.default_rng(0)
    truth = (rng.random((200, 2)) < 0.4).astype(int)
    score = np.round(0.4 * truth + 0.6 * rng.random((200, 2)), 2)
    run = pl.DataFrame({"id": [str(i) for i in range(200)], "split": "dev",
                        "label_a": truth[:, 0], "label_b": truth[:, 1],
                        "score_a": score[:, 0], "score_b": score[:, 1]})  # fmt: skip
    asked = {"task": "multilabel", "threshold": 0.5}
    found = ms.plot("threshold", run, **asked)
    assert at(found, 0.5)["f1"] == pytest.approx(beside(run, **asked)["micro_f1"])
    one = ms.plot("precision-recall", run, of="a", **asked)
    called = score[:, 0] >= 0.5
    assert at(one, 0.5)["recall"][0] == pytest.approx(called[truth[:, 0] == 1].mean())
    with pytest.raises(UndefinedError, match="no scores of units"):
        ms.plot("threshold", run.with_columns(prediction_a=1, prediction_b=0)
                .drop("score_a", "score_b"), task="multilabel")  # fmt: skip


def test_kinds_of_error_with_what_fixing_each_would_leave() -> None:
    truth, results = scene(60, 1)
    found = ms.plot("categories", results, truth=truth, **BOXES)
    told = ms.error_table(results, truth=truth, **BOXES)
    assert [x["tag"] for x in found.records()] == [x["tag"] for x in told.records()]
    for one in told.categories:
        assert one.tag in words(found)
        assert f"{one.tag} {one.count}" in found.alt_text
    with pytest.raises(UsageError, match="other tasks than classification"):
        ms.plot("categories", pl.DataFrame({"label": ["a"], "prediction": ["b"]}))


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """Pictures of a scene, in a folder of its split."""
    (tmp_path / "dev").mkdir()
    for i in range(60):
        Image.new("RGB", (640, 480), (i, 90, 90)).save(tmp_path / "dev" / f"p1_{i:03}.jpg")
    return tmp_path


def sheet(media: Path | None = None, **asked: object) -> object:
    truth, results = scene(60, 1)
    return ms.plot("pictures", results, truth=truth, media=media, **BOXES, **asked)


def test_the_worst_pictures_show_each_error_in_words(media: Path) -> None:
    found = sheet(media, worst=4)
    records = found.records()
    ids = list(dict.fromkeys(x["id"] for x in records))
    truth, results = scene(60, 1)
    rows = ms.examples(results, truth=truth, **BOXES)
    worst = rows.sort_values(["num", "den"], ascending=[False, True], kind="stable")
    assert ids == worst["id"].head(4).tolist()
    assert {x["file"] for x in records} == {f"{x}.jpg" for x in ids}
    told = words(found)
    for error in {x["error"] for x in records} - {""}:
        assert error in told
    units = [x for x in records if x["error"]]
    of_kinds = sum(rows.set_index("id").loc[ids].filter(like="count.").sum())
    assert len(units) == of_kinds  # each error is drawn once
    assert sum(rows["num"]) == pytest.approx(float(found.title.split(" of ")[2].split(".")[0]))
    assert b"image/png" in found.picture.to_bytes("svg")
    assert found.picture.to_bytes("png") == found.picture.to_bytes("png")


def test_files_are_found_as_the_truth_names_them_and_beside_it(media: Path) -> None:
    truth, results = scene(60, 1)
    (media / "gt.json").write_text(json.dumps(truth))
    found = ms.plot("pictures", results, truth=media / "gt.json", **BOXES)
    assert all(x["file"] for x in found.records())
    Path(media / "dev").rename(media / "other")
    gone = ms.plot("pictures", results, truth=media / "gt.json", **BOXES)
    assert not any(x["file"] for x in gone.records())
    assert "no picture was found" in words(gone)


def test_what_cannot_be_shown_is_said_and_the_boxes_are_drawn(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sheet(media).records()[0]["id"]
    (media / "dev" / f"{first}.jpg").write_bytes(b"\xff\xd8\xff no picture")
    assert "not decoded" in words(sheet(media))
    monkeypatch.setattr(pictures_read, "MOST_PIXELS", 100)
    assert "640×480 pixels are too many" in words(sheet(media))


def test_no_file_outside_the_folder_is_opened(tmp_path: Path) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "secret.png")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").symlink_to(tmp_path / "secret.png")
    truth = {"images": [{"id": 1, "file_name": "../secret.png", "width": 9, "height": 9}],
             "annotations": [], "categories": [{"id": 1, "name": "x"}]}  # fmt: skip
    results = [{"image_id": 1, "category_id": 1, "bbox": [0, 0, 5, 5], "score": 0.9}]
    with pytest.raises(InputError, match="none of the 1 worst pictures"):
        ms.plot("pictures", results, truth=truth, media=tmp_path / "in", **BOXES)
    truth["images"][0]["file_name"] = "a.png"  # type: ignore[index]
    with pytest.raises(InputError, match="none of the 1 worst pictures"):
        ms.plot("pictures", results, truth=truth, media=tmp_path / "in", **BOXES)


@pytest.mark.parametrize("categories", [1, 40])
def test_hostile_names_and_many_categories_stay_text(categories: int) -> None:
    names = [f"{HOSTILE}{i}" for i in range(categories)]
    truth = {"images": [{"id": HOSTILE, "file_name": HOSTILE, "width": 90, "height": 90}],
             "annotations": [{"id": i, "image_id": HOSTILE, "category_id": i,
                              "bbox": [i, i, 20, 30]} for i in range(categories)],
             "categories": [{"id": i, "name": x} for i, x in enumerate(names)]}  # fmt: skip
    said = [{"image_id": HOSTILE, "category_id": i, "bbox": [i + 40, i, 20, 30], "score": 0.9}
            for i in range(categories)]  # fmt: skip
    found = ms.plot("pictures", said, truth=truth, **BOXES)
    told = words(found)
    assert "<script>" in told
    assert "\u202e" not in told
    assert "y" * 40 not in told
    assert f"{categories} missed" in told
    ms.plot("precision-recall", said, truth=truth, **BOXES).picture.to_bytes("png")


def test_points_and_single_objects_have_pictures_too() -> None:
    truth, said = faces(60)
    found = ms.plot("pictures", said, truth=truth, task="landmarks")
    assert {"sides swapped", "all shifted"} & {x["error"] for x in found.records()}
    assert all(x["w"] == x["h"] == 0 for x in found.records())
    truth = pl.DataFrame({"id": ["a", "b"], "pc": [1, 0], "bx": [0.5, None], "by": [0.5, None],
                          "bw": [0.2, None], "bh": [0.2, None]})  # fmt: skip
    said = truth.with_columns(pc=pl.Series([0.1, 0.9]), bx=0.4, by=0.4, bw=0.1, bh=0.1)
    found = ms.plot("pictures", said, truth=truth, task="localisation")
    assert [(x["id"], x["side"], x["error"]) for x in found.records()] == [
        ("a", "truth", "missed"), ("b", "prediction", "phantom"),
    ]  # fmt: skip
    assert found.records()[0]["x"] == pytest.approx(0.4)


def test_tasks_without_pictures_and_wrong_options_are_refused(media: Path) -> None:
    run = ROOT / "sample_runs" / "tasks" / "verification" / "run.csv"
    with pytest.raises(UsageError, match="are not pictures"):
        ms.plot("pictures", run, task="verification")
    with pytest.raises(UsageError, match="other tasks than classification"):
        ms.plot("pictures", pl.DataFrame({"label": ["a"], "prediction": ["b"]}))
    with pytest.raises(UsageError, match="worst is 0"):
        sheet(media, worst=0)
    with pytest.raises(InputError, match="no such folder"):
        sheet(media / "none")
    with pytest.raises(UsageError, match="media does not belong to the figure 'ladder'"):
        ms.plot("ladder", run, media=media)
    with pytest.raises(UsageError, match="iou"):
        ms.plot("ladder", pl.DataFrame({"label": ["a"], "prediction": ["b"]}), iou=0.5)
    truth, _ = scene(4, 1)
    right = [{"image_id": x["image_id"], "category_id": x["category_id"], "bbox": x["bbox"],
              "score": 0.9} for x in truth["annotations"]]  # fmt: skip
    with pytest.raises(UndefinedError, match="nothing is wrong on dev"):
        ms.plot("pictures", right, truth=truth, **BOXES)


def test_a_report_of_a_task_draws_what_it_has(tmp_path: Path) -> None:
    truth, results = scene(40, 1)
    for name, content in (("gt.json", truth), ("results.json", results)):
        (tmp_path / name).write_text(json.dumps(content))
    asked = {**BOXES, "truth": tmp_path / "gt.json", "resamples": 200}
    made = ms.report(tmp_path / "results.json", figures=tmp_path / "figures", **asked)
    files = {x.name for x in (tmp_path / "figures").glob("*.svg")}
    wanted = {"ladder", "confusion", "precision-recall", "threshold", "categories", "pictures"}
    assert files == {f"{x}.svg" for x in wanted}
    for name in wanted:
        assert f"{name}.png" in made.to_markdown()
    run = ROOT / "sample_runs" / "tasks" / "verification" / "run.csv"
    ms.report(run, figures=tmp_path / "trials", task="verification", resamples=200)
    assert {x.stem for x in (tmp_path / "trials").glob("*.svg")} == {
        "ladder", "threshold", "categories",
    }  # fmt: skip


def test_what_a_language_model_wrote_and_how_much_of_it_is_new(tmp_path: Path) -> None:
    wrote = "the cat sat on a mat"
    (tmp_path / "run.toml").write_text(f'[run]\nrecipe = "char_lm_gru"\nsampled = "{wrote}"\n')
    rows = [{"doc": "a", "tokens": list("the cat sat on it"), "logprobs": [-0.5] * 17},
            {"doc": "b", "tokens": list("$<&" * 60), "logprobs": [-2.0] * 180}]  # fmt: skip
    for split in ("train", "dev"):
        (tmp_path / f"{split}.ndjson").write_text("\n".join(map(json.dumps, rows)))
    found = ms.plot("samples", tmp_path)
    runs = [wrote[i : i + 10] for i in range(len(wrote) - 9)]
    new = sum(x not in "the cat sat on it" for x in runs)
    assert found.title == (
        f"The network wrote {len(runs)} runs of 10 letters; {new} are in no document of train."
    )
    assert found.records()[1]["nats"] == [0.5] * 17
    assert "sampled" in words(found)
    (tmp_path / "dev.ndjson").write_text('{"tokens": 3}')
    with pytest.raises(InputError, match="no documents of a language model"):
        ms.plot("samples", tmp_path)
    (tmp_path / "run.toml").write_text("[run]\nseed = 0\n")
    with pytest.raises(InputError, match="no letters that a language model drew"):
        ms.plot("samples", tmp_path)
