"""Slices between two models (`versus`) and between two splits (`mismatch`)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mlstrat as ms
from mlstrat.errors import InputError, UsageError
from tests.workflow.slices.test_slices import err, frame


def two(n: int = 4000) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two models alike but in the north, where a is wrong on a quarter of the rows."""
    a = frame(n)
    return err(a, a["site"] == "north", 0.25), frame(n, seed=9).assign(**{
        x: a[x] for x in ("label", "site", "device")}).pipe(_right, a)  # fmt: skip


def _right(b: pd.DataFrame, a: pd.DataFrame) -> pd.DataFrame:
    wrong = np.random.default_rng(5).random(len(b)) < 0.05
    other = np.where(a["label"] == "cat", "dog", "cat")
    return b.assign(prediction=np.where(wrong, other, a["label"]))


def test_the_slice_on_which_two_models_differ_most():
    a, b = two()
    found = ms.slices(a, versus=b)
    best = found.differences[0]
    assert dict(best.where) == {"site": "north"}
    assert best.confirmed
    north = a["site"] == "north"
    wrong_a = (a["label"] != a["prediction"])[north]
    wrong_b = (b["label"] != b["prediction"])[north]
    assert best.n == north.sum()
    assert best.quadrants == (
        (~wrong_a & ~wrong_b).sum(), (~wrong_a & wrong_b).sum(),
        (wrong_a & ~wrong_b).sum(), (wrong_a & wrong_b).sum(),
    )  # fmt: skip
    assert best.difference.value == pytest.approx(wrong_b.mean() - wrong_a.mean())
    assert best.difference.ci[1] < 0
    assert "compare differently on site = north" in found.to_text()
    assert dict(found.slices[0].where) == {"site": "north"}  # those of a stand there as well


def test_rows_are_paired_by_id_and_what_one_lacks_is_said():
    a, b = two()
    shuffled = b.sample(frac=1, random_state=1)
    assert (
        ms.slices(a, versus=b).to_dict()["versus"]
        == ms.slices(a, versus=shuffled).to_dict()["versus"]
    )
    found = ms.slices(a, versus=b.iloc[:3000]).to_dict()
    assert found["n"] == 3000
    (lost,) = [f for f in found["findings"] if f["code"] == "MLS322"]
    assert lost["evidence"]["missing"]["count"] == 1000
    with pytest.raises(InputError, match="no id column"):
        ms.slices(a.drop(columns="id"), versus=b)


def test_the_same_model_twice_differs_nowhere():
    a, _ = two()
    found = ms.slices(a, versus=a)
    assert found.differences == ()
    assert found.to_text().startswith("a and b are right and wrong on the same rows.")
    assert len(found.to_frame()) == 1


def test_two_columns_of_one_file_are_two_models():
    a, b = two(1000)
    one = a.rename(columns={"prediction": "pred_a"}).assign(pred_b=b["prediction"])
    found = ms.slices(one, versus=one, a="pred_a", b="pred_b")
    assert found.names == ("pred_a", "pred_b")
    assert found.to_dict()["versus"]["whole"] == ms.slices(a, versus=b).to_dict()["versus"]["whole"]


def splits(mix: bool, n: int = 6000) -> pd.DataFrame:
    """Blurred pictures are wrong more often; dev has more of them, or errs more on them."""
    rng = np.random.default_rng(2)
    parts = []
    for split, share, error in (
        ("train-dev", 0.1, 0.3), ("dev", 0.5 if mix else 0.1, 0.3 if mix else 0.9),
    ):  # fmt: skip
        blur = rng.random(n) < share
        wrong = rng.random(n) < np.where(blur, error, 0.05)
        parts.append(pd.DataFrame({
            "split": split, "label": "cat", "prediction": np.where(wrong, "dog", "cat"),
            "blur": np.where(blur, "blurred", "sharp"), "half": rng.choice(["l", "r"], n),
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("mix", [True, False], ids=["mix", "within"])
def test_the_gap_is_another_mix_or_more_error_within(mix):
    run = splits(mix)
    found = ms.slices(run, mismatch=True)
    gap = found.to_dict()["mismatch"]
    wrong = run["label"] != run["prediction"]
    errors = [wrong[run["split"] == s].mean() for s in ("train-dev", "dev")]
    assert gap["gap"]["value"] == pytest.approx(errors[1] - errors[0])
    for column in gap["columns"]:
        total = column["mix"]["value"] + column["within"]["value"]
        assert total == pytest.approx(gap["gap"]["value"])
    (blur,) = [x for x in gap["columns"] if x["column"] == "blur"]
    large, small = ("mix", "within") if mix else ("within", "mix")
    assert blur[large]["ci"][0] > 0.04
    assert blur[small]["ci"][0] < 0 < blur[small]["ci"][1]
    (finding,) = [f for f in found.to_dict()["findings"] if f["code"] == "MLS439"]
    assert (finding["evidence"]["mostly"], finding["evidence"]["column"]) == (
        ("mix", "blur") if mix else ("within", finding["evidence"]["column"])
    )
    first = gap["slices"][0]
    assert first["where"] in ({"blur": "blurred"}, {"label": "cat"}, {"half": "l"}, {"half": "r"})
    parts = [x for x in gap["slices"] if "blur" in x["where"]]
    assert sum(x["mix"]["value"] for x in parts) == pytest.approx(blur["mix"]["value"])
    assert sum(x["within"]["value"] for x in parts) == pytest.approx(blur["within"]["value"])


def test_what_a_gap_is_mostly_made_of_is_said_by_its_interval():
    rng = np.random.default_rng(2)
    dev = np.arange(600) < 300
    blurred = rng.random(600) < np.where(dev, 0.3, 0.1)
    wrong = rng.random(600) < np.where(blurred, np.where(dev, 0.6, 0.3), 0.05)
    run = pd.DataFrame({
        "split": np.where(dev, "dev", "train-dev"), "label": "cat",
        "prediction": np.where(wrong, "dog", "cat"), "blur": np.where(blurred, "yes", "no"),
        "half": rng.choice(["l", "r"], 600),
    })  # fmt: skip
    found = ms.slices(run, mismatch=True, by=["blur"])
    (finding,) = [f for f in found.to_dict()["findings"] if f["code"] == "MLS439"]
    evidence = finding["evidence"]
    assert evidence["mix"]["value"] > 0.03
    assert evidence["within"]["value"] > 0.03
    assert evidence["mostly"] is None
    text = " ".join(found.to_text().split())
    assert "whether most is the mix or error within slices, cannot be told." in text
    # Of two columns the one with the larger mix was picked: its interval allows for that.
    more = ms.slices(run, mismatch=True, by=["blur", "half"]).to_dict()
    (wider,) = [f["evidence"] for f in more["findings"] if f["code"] == "MLS439"]
    assert wider["column"] == "blur"
    assert wider["mix"]["ci"][0] < evidence["mix"]["ci"][0]
    assert wider["mix"]["ci"][1] == evidence["mix"]["ci"][1]


def test_kitagawa_by_hand():
    """Shares ½ and ¼ of b, errors 0.1 → 0.2 in a and 0.3 → 0.4 in b."""
    run = pd.DataFrame({
        "split": ["train-dev"] * 40 + ["dev"] * 80,
        "label": "x",
        "site": ["a"] * 20 + ["b"] * 20 + ["a"] * 60 + ["b"] * 20,
        "prediction": ["y"] * 2 + ["x"] * 18 + ["y"] * 6 + ["x"] * 14
        + ["y"] * 12 + ["x"] * 48 + ["y"] * 8 + ["x"] * 12,
    })  # fmt: skip
    gap = ms.slices(run, mismatch=True, by=["site"], min_size=1).to_dict()["mismatch"]
    (site,) = gap["columns"]
    # ¼ · 0.15 − ¼ · 0.35 = −0.05;  ⅝ · 0.1 + ⅜ · 0.1 = 0.1
    assert site["mix"]["value"] == pytest.approx(-0.05)
    assert site["within"]["value"] == pytest.approx(0.1)
    assert gap["gap"]["value"] == pytest.approx(0.05)


def test_a_value_that_one_split_lacks_is_all_mix():
    run = splits(True, 500)
    run["phone"] = np.where(run["split"] == "dev", "new", "old")
    gap = ms.slices(run, mismatch=True, by=["phone"]).to_dict()["mismatch"]
    (phone,) = gap["columns"]
    assert phone["within"]["value"] == pytest.approx(0.0)
    assert phone["mix"]["value"] == pytest.approx(gap["gap"]["value"])
    errors = {x["where"]["phone"]: x["error"] for x in gap["slices"]}
    assert errors["new"]["train-dev"] is None


def test_groups_widen_the_parts_and_few_have_none():
    run = splits(True, 2000)
    plain = ms.slices(run, mismatch=True, by=["blur"]).to_dict()["mismatch"]["columns"][0]
    group = run["blur"] + (np.arange(len(run)) % 40).astype(str) + run["split"]
    wide = ms.slices(run.assign(group=group), mismatch=True, by=["blur"]).to_dict()
    part = wide["mismatch"]["columns"][0]
    width = [x["mix"]["ci"][1] - x["mix"]["ci"][0] for x in (plain, part)]
    assert width[1] > 1.5 * width[0]
    few = run.assign(group=run["split"] + (np.arange(len(run)) % 3).astype(str))
    part = ms.slices(few, mismatch=True, by=["blur"]).to_dict()["mismatch"]["columns"][0]
    assert part["mix"]["ci"] is None


def test_the_words_of_a_gap():
    text = ms.slices(splits(True), mismatch=True, by=["blur"]).to_text()
    assert text.startswith("train-dev → dev: +")
    assert "Another mix of blur makes up" in text.replace("\n", " ")
    assert max(map(len, text.splitlines())) <= 80
    with pytest.raises(UsageError, match="one of them is not there"):
        ms.slices(splits(True).query("split == 'dev'"), mismatch=True)
