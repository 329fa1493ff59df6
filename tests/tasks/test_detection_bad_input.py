"""Boxes that cannot be read: one message with file and place, and what is accepted."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import ConfigError, InputError, MlstratError
from mlstrat.tasks.detection.folders_read import names_of
from tests.boxes import scene, table, write_coco, write_voc, write_yolo

pytestmark = pytest.mark.usefixtures("typed")

TRUTH, RESULTS = scene(12, 3)


def refused(run: Any = "results.json", truth: Any = "gt.json", **asked: Any) -> InputError:
    """Return why a run is refused; by the command line with exit 2, one message, no traceback."""
    with pytest.raises(InputError) as caught:
        ms.score(run, truth=truth, task="detection", **asked)
    return caught.value


def changed(index: int = 2, **keys: Any) -> None:
    """Write both sides, one result of which has other keys."""
    results = copy.deepcopy(RESULTS)
    results[index] |= keys
    write_coco(TRUTH, results)


def test_category_ids_shifted_by_one_show_both_lists():
    write_coco(TRUTH, [{**x, "category_id": x["category_id"] - 1} for x in RESULTS])
    error = refused()
    assert error.file == "results.json"
    assert "are not in gt.json" in error.message
    assert "here 2, 6, 10, 17" in error.message
    assert "there 3 cat, 7 dog, 11 kite, 18 boat" in error.message
    assert error.hint == 'by name: add "categories" to the results'


def test_results_that_name_their_categories_are_joined_by_name():
    write_coco(TRUTH, RESULTS)
    shifted = {
        "categories": [{**x, "id": x["id"] - 1} for x in TRUTH["categories"]],
        "annotations": [{**x, "category_id": x["category_id"] - 1} for x in RESULTS],
    }
    wanted = ms.score("results.json", truth="gt.json", task="detection").value
    assert ms.score(shifted, truth="gt.json", task="detection").value == wanted


@pytest.mark.parametrize(("unknown", "said", "hint"), [
    (1, "1 of 12 images are not in gt.json: '999'", "an image without boxes"),
    (12, "12 of 12 images are not in gt.json: '1050', '1051', '1052'", "joined by file name"),
])  # fmt: skip
def test_results_for_images_that_truth_has_not(unknown: int, said: str, hint: str):
    rows = [{**RESULTS[0], "image_id": 50 + i} for i in range(12)]
    if unknown == 1:
        rows[-1]["image_id"] = 999
    else:
        rows = [{**x, "image_id": x["image_id"] + 1000} for x in rows]
    write_coco(TRUTH, rows)
    error = refused()
    assert said in error.message
    assert hint in (error.hint or "")


@pytest.mark.parametrize(("keys", "said"), [
    ({"bbox": [1, 2, 0, 4]}, "the bbox of [2] is 1, 2, 0, 4"),
    ({"bbox": [1, 2, 3, -4]}, "the bbox of [2] is 1, 2, 3, -4"),
    ({"bbox": [1, 2, 3, 1e308]}, "the bbox of [2] is 1, 2, 3, 1e+308"),
    ({"bbox": [1, 2, float("nan"), 4]}, "the bbox of [2] is 1, 2, nan, 4"),
    ({"bbox": [1, 2, 3]}, "[2] has bbox [1, 2, 3]"),
    ({"bbox": "all of it"}, "[2] has bbox all of it"),
    ({"bbox": [1, 2, 3, 10**400]}, "[2] has bbox [1, 2, 3, 1000"),
    ({"bbox": [1, 2, None, 4]}, "[2] has bbox [1, 2, None, 4]"),
    ({"score": "high"}, "[2] has score 'high'"),
    ({"score": None}, "[2] has score None"),
    ({"score": float("nan")}, "[2] has score nan"),
    ({"score": 10**400}, "[2] has score 1000"),
    ({"image_id": [1]}, "are not in gt.json: '[1]'"),
    ({"category_id": [1]}, "category ids [1] are not in gt.json"),
    ({"score": True}, "[2] has score True"),
])  # fmt: skip
def test_what_is_no_box_is_refused_with_its_place(keys: dict, said: str):
    changed(**keys)
    error = refused()
    assert said in error.message
    assert error.file == "results.json"


def test_fractions_in_the_place_of_pixels():
    write_coco(TRUTH, [{**x, "bbox": [0.1, 0.1, 0.2, 0.2]} for x in RESULTS])
    error = refused()
    assert "no bbox is above 1: 0.1, 0.1, 0.2, 0.2 is the first" in error.message
    assert "YOLO" in (error.hint or "")


@pytest.mark.parametrize(("line", "said", "hint"), [
    ("0 0.5 0.5 1.2 0.5 0.9", "0.5, 0.5, 1.2, 0.5 are not fractions", "not pixels"),
    ("0 120 80 40 30 0.9", "120, 80, 40, 30 are not fractions", "not pixels"),
    ("0 0.5 0.5 0 0.5 0.9", "the box is 0.5, 0.25, 0, 0.5", "fractions"),
    ("0 0.5 nan 0.2 0.5 0.9", "'nan' is not a number", ""),
    ("0 0.5 0.5 0.2", "4 columns", ""),
    ("0 .1 .1 .2 .1 .2 .2 .1 .2", "9 columns", "polygons are not boxes"),
    ("cat 0.5 0.5 0.2 0.2 0.9", "'cat' is not a number", ""),
    ("1.5 0.5 0.5 0.2 0.2 0.9", "'1.5' is not a class", ""),
    ("9 0.5 0.5 0.2 0.2 0.9", "class 9 has no name in", ""),
    ("0 0.5 0.5 0.2 0.2 high", "'high' is not a confidence", ""),
])  # fmt: skip
def test_lines_of_yolo_that_are_no_box(line: str, said: str, hint: str):
    gt, _ = write_coco(TRUTH, RESULTS)
    _, predictions = write_yolo(TRUTH, RESULTS)
    file = sorted(Path(predictions).iterdir())[1]
    kept = file.read_text()
    file.write_text(f"{kept}{line}\n")
    error = refused(predictions, gt)
    assert said in error.message
    assert hint in (error.hint or "")
    if "class 9" not in said:
        assert (error.file, error.row) == (str(file), kept.count("\n") + 1)


def test_yolo_without_confidence_wants_save_conf_or_no_threshold(
    capsys: pytest.CaptureFixture[str],
):
    gt, _ = write_coco(TRUTH, RESULTS)
    _, predictions = write_yolo(TRUTH, [{k: v for k, v in x.items() if k != "score"}
                                        for x in RESULTS])  # fmt: skip
    error = refused(predictions, gt)
    n = len(RESULTS)
    assert f"{n} of {n} detections have no confidence" in error.message
    assert "save_conf=True" in (error.hint or "")
    assert "--threshold none" in (error.hint or "")
    line = f"score {predictions} --truth {gt} --task detection --threshold none"
    assert command(line.split()) == 0
    found = ms.diagnose(predictions, truth=gt, task="detection", threshold="none", resamples=300)
    assert found.to_dict()["threshold"]["rule"] == "none"
    assert found.to_dict()["splits"]["dev"]["units"]["predicted"] == n


@pytest.mark.parametrize("line", ["score x.csv", "slices x.csv", "score x.csv --task ratio"])
def test_a_threshold_of_none_is_of_boxes_alone(line: str, capsys: pytest.CaptureFixture[str]):
    frame = pl.DataFrame({"label": [0, 1], "score": [0.1, 0.9], "num": [1, 0], "den": [1, 1]})
    frame.write_csv("x.csv")
    assert command([*line.split(), "--threshold", "none"]) == 2
    assert "--threshold" in capsys.readouterr().err


def test_a_file_that_is_cut_off_tells_the_byte():
    write_coco(TRUTH, RESULTS)
    whole = Path("results.json").read_text().replace("[{", '[{"what": "Ärmel", ', 1)
    cut = whole[:200].encode()
    Path("results.json").write_bytes(cut)
    error = refused()
    assert "truncated at byte" in error.message
    assert int(error.message.split("byte ")[1].replace(",", "")) == len(cut)


@pytest.mark.parametrize(("text", "said"), [
    ("3", "holds a number"), ('"x"', "holds a text"), ("{}", "holds an object"),
    ("[1, 2]", "[0] is not a box"), ("[" * 100_000, "nested too deeply"),
    ('[{"image_id": 1}]', "[0] is not a box"), ("[}", "at byte 1"),
])  # fmt: skip
def test_json_of_another_shape(text: str, said: str):
    write_coco(TRUTH, RESULTS)
    Path("results.json").write_text(text)
    assert said in refused().message


@pytest.mark.parametrize(("change", "said"), [
    (lambda x: x.pop("images"), "no list of images"),
    (lambda x: x["images"].append(x["images"][0]), "the id '50' of an image twice"),
    (lambda x: x["images"].append({**x["images"][0], "id": 9}), "of an image twice"),
    (lambda x: x["images"].append({"file_name": "x"}), "images[12] has no id"),
    (lambda x: x["categories"].append({"id": 5}), "categories[4] has no id and name"),
    (lambda x: x["annotations"][1].update(image_id=1), "annotations[1] has image_id 1"),
    (lambda x: x["annotations"][1].update(category_id=1), "annotations[1] has category_id 1"),
    (lambda x: x["annotations"][1].update(bbox=[0, 0, 5, 0]), "the bbox of annotations[1] is"),
])  # fmt: skip
def test_a_truth_that_contradicts_itself(change: Any, said: str):
    truth = copy.deepcopy(TRUTH)
    change(truth)
    write_coco(truth, RESULTS)
    error = refused()
    assert said in error.message
    assert error.file == "gt.json"


@pytest.mark.parametrize(("old", "new", "said"), [
    ("<annotation>", '<!DOCTYPE a [<!ENTITY b "c">]><annotation>', "holds <!DOCTYPE"),
    ("<annotation>", '<!doctype a SYSTEM "file:///etc/passwd"><annotation>', "holds <!DOCTYPE"),
    ("<annotation>", "<annotation>" + "<a>" * 120 + "</a>" * 120, "nested deeper than 100"),
    ("</annotation>", "", "is not XML"),
    ("annotation>", "other>", "is not an annotation of VOC"),
    ("<xmin>", "<xmin>left", "bndbox/xmin is 'left"),
    ("<xmax>", "<xmax>-", "the box of"),
    ("<name>", "<name> </name><x>", "is not XML"),
])  # fmt: skip
def test_voc_that_is_no_plain_annotation(old: str, new: str, said: str):
    write_coco(TRUTH, RESULTS)
    voc = write_voc(TRUTH)
    file = next(x for x in sorted(Path(voc).iterdir()) if "<object>" in x.read_text())
    file.write_text(file.read_text().replace(old, new))
    named = {**TRUTH, "annotations": RESULTS}
    error = refused(named, voc)
    assert said in error.message
    assert error.file == str(file)


def test_no_entity_is_expanded():
    """A billion laughs ends before anything is parsed."""
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    Path("voc").mkdir()
    Path("voc/a.xml").write_text(f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]><annotation>&l9;'
                                 "</annotation>")  # fmt: skip
    assert "holds <!DOCTYPE" in refused([], "voc").message


@pytest.mark.parametrize(("column", "value", "said"), [
    ("kind", "maybe", "'maybe' is not a kind of box"),
    ("w", "0", "the box is"),
    ("x", "left", "'left' is"),
    ("category", "", "a blank category"),
])  # fmt: skip
def test_rows_of_a_table_that_are_no_box(column: str, value: str, said: str):
    frame = table(TRUTH, RESULTS).cast(pl.String)
    frame = frame.with_row_index().with_columns(
        pl.when(pl.col("index") == 4).then(pl.lit(value)).otherwise(column).alias(column)
    )
    frame.drop("index").write_csv("x.csv")
    error = refused("x.csv", None)
    assert said in error.message
    assert (error.file, error.row) == ("x.csv", 6)


def test_one_side_alone_wants_the_other():
    gt, res = write_coco(TRUTH, RESULTS)
    assert "--truth TRUTH" in (refused(res, None).hint or "")
    table(TRUTH, RESULTS).drop("kind").write_csv("x.csv")
    assert "no column kind" in refused("x.csv", None).message
    Path("empty").mkdir()
    assert "no .txt of YOLO and no .xml of VOC" in refused("empty", gt).message


def test_numbers_on_one_side_and_names_on_the_other():
    gt, _ = write_coco(TRUTH, RESULTS)
    _, predictions = write_yolo(TRUTH, RESULTS)
    Path("data.yaml").unlink()
    error = refused(predictions, gt)
    assert "categories are numbers, and names in ./gt.json" in error.message
    assert "data.yaml" in (error.hint or "")
    voc = write_voc(TRUTH)
    error = refused([{**x, "image_id": f"p3_{x['image_id'] - 50:03}"} for x in RESULTS], voc)
    assert error.hint == 'by name: add "categories" to the results'


def test_yolo_beside_yolo_takes_the_names_that_are_there():
    """What a model writes stands elsewhere than data.yaml; its numbers are those of the labels."""
    labels, predictions = write_yolo(TRUTH, RESULTS, "data")
    wanted = ms.score(predictions, truth=labels, task="detection").value
    Path("runs").mkdir()
    Path(predictions).rename("runs/labels")
    assert ms.score("runs/labels", truth=labels, task="detection").value == wanted
    file = next(x for x in sorted(Path("runs/labels").iterdir()) if x.read_text())
    file.write_text("7 0.5 0.5 0.1 0.1 0.9\n")
    assert "class 7 has no name beside data/labels" in refused("runs/labels", labels).message


def test_an_image_of_two_splits_and_predictions_apart():
    both = table(TRUTH, RESULTS)
    truth = both.filter(pl.col("kind") != "det")
    twice = pl.concat([truth.with_columns(split=pl.lit(x)) for x in ("dev", "test")])
    error = refused(both.filter(pl.col("kind") == "det"), twice)
    assert "in two splits" in error.message


@pytest.mark.parametrize("name", ["../gt.json", "/etc/passwd", "a/../../gt.json"])
@pytest.mark.parametrize("key", ["truth", "predictions"])
def test_a_card_does_not_leave_its_folder(key: str, name: str):
    Path("in").mkdir()
    write_coco(TRUTH, RESULTS)
    write_coco(TRUTH, RESULTS, "in")
    paths = {"truth": "gt.json", "predictions": "results.json", key: name}
    lines = "".join(f'{k} = "{v}"\n' for k, v in paths.items())
    Path("in/card.toml").write_text(f'[task]\nname = "detection"\n[task.dev]\n{lines}')
    with pytest.raises(ConfigError, match="leaves the folder of the card"):
        ms.score("in/card.toml")


@pytest.mark.parametrize(("text", "wanted"), [
    ("names: [cat, dog]", {0: "cat", 1: "dog"}),
    ("names: ['a, b', \"c#d\"]  # two", {0: "a, b", 1: "c#d"}),
    ("names: {0: cat, 2: 'dog'}", {0: "cat", 2: "dog"}),
    ("nc: 2\nnames:\n- cat\n- dog\n", {0: "cat", 1: "dog"}),
    ("names:\n  - cat\n  - dog\nval: x", {0: "cat", 1: "dog"}),
    ("names: [cat,\n  dog]\n", {0: "cat", 1: "dog"}),
    ("path: ../../etc\nnames:\n  0: cat\n\n  1: traffic light # lamp\n",
     {0: "cat", 1: "traffic light"}),
])  # fmt: skip
def test_names_of_a_data_yaml(text: str, wanted: dict[int, str]):
    assert names_of(text, "data.yaml") == wanted


@pytest.mark.parametrize("text", [
    "nc: 2", "names: *all", "names: !!python/object:os.system [a]", "names: cat",
    "names:\n  0: &a cat\n", "names:\n  0: !!str cat\n", "names: [cat", "names:\n  zero: cat",
    "names: [a, [b]]", "names: {cat: 0}", "names:\n  0: |\n    cat\n",
    "names:\n  0: 'cat # small'\n",
])  # fmt: skip
def test_other_yaml_is_refused(text: str):
    with pytest.raises(InputError):
        names_of(text, "data.yaml")


@pytest.mark.parametrize("run", [
    None, 3, {}, [], [1], [[]], {"annotations": 3}, {"annotations": [None]}, "none.json", ".",
    {"images": [], "annotations": [], "categories": []}, [{"bbox": []}], {"x": [1]}, b"x",
])  # fmt: skip
def test_nothing_else_ends_in_a_traceback(run: Any):
    """Either side, from Python, may be anything: a message, or a figure."""
    for one, other in ((run, TRUTH), (RESULTS, run), (run, run)):
        try:
            ms.score(one, truth=other, task="detection")
        except MlstratError as error:
            assert str(error)


def test_no_command_writes_over_boxes(capsys: pytest.CaptureFixture[str]):
    gt, res = write_coco(TRUTH, RESULTS)
    before = Path(gt).read_bytes()
    assert command(["diagnose", res, "--truth", gt, "-f", "json", "-o", gt]) == 2
    assert Path(gt).read_bytes() == before
    assert json.loads(before)
