"""Free text on own tables: word by word for recurrent networks, words kept with the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlstrat as ms
from mlstrat.harness.train.prepared import PADDING, UNKNOWN, words_of

pytestmark = pytest.mark.usefixtures("typed")


def reviews(rows: int = 300, seed: int = 0) -> pd.DataFrame:
    """Return sentences of which one word says the label, among words that say nothing."""
    rng = np.random.default_rng(seed)
    filler = ["the", "film", "was", "we", "saw", "it", "on", "friday", "with", "friends"]
    texts, labels = [], []
    for i in range(rows):
        good = bool(rng.random() < 0.5)
        words = [*rng.choice(filler, rng.integers(4, 9)), str(i),
                 rng.choice(["great", "lovely"] if good else ["dull", "awful"])]  # fmt: skip
        texts.append(" ".join(rng.permutation(words)).capitalize() + ".")
        labels.append("good" if good else "bad")
    return pd.DataFrame({"text": texts, "shop": rng.choice(["a", "b"], rows), "verdict": labels})


def test_words_are_those_that_train_has_twice() -> None:
    frame = pd.DataFrame({"text": ["a b a", "b c"], "more": ["d", "d"]})
    words = words_of(frame, ("text", "more"))
    assert words.known == ("a", "b", "d")
    assert words.steps == 4
    new = pd.DataFrame({"text": ["C B", "a a a a a a"], "more": ["x", "d"]})
    assert words.transform(new).tolist() == [
        [UNKNOWN, 3, UNKNOWN, PADDING], [2, 2, 2, 2],
    ]  # fmt: skip


def test_a_recurrent_network_reads_free_text_and_keeps_its_words(empty_folder: Any) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    found = ms.train(reviews(), target="verdict", model="lstm", epochs=12, learning_rate=0.02,
                     out="run", with_test=True)  # fmt: skip
    assert found.errors["dev"] < 0.2
    assert any("'shop' (this model reads free text alone)" in x for x in found.remarks)
    assert found.notes["tokens_read"] >= 6
    run = pd.read_csv("run/run.csv", dtype=str).set_index("id")
    said = ms.predict("run", reviews()).table
    assert said["prediction"] == run.sort_index()["prediction"].tolist()
    new = reviews(80, 7)
    right = np.array(ms.predict("run", new).table["prediction"]) == new["verdict"]
    assert right.mean() > 0.8
    # A word of dev alone is not known: train holds no number twice.
    from mlstrat.harness.train.prepared import read_prepared

    words, _ = read_prepared(Path("run"))
    assert "great" in words.known
    assert not any(x.isdigit() for x in words.known)


def test_without_free_text_a_recurrent_network_is_refused() -> None:
    with pytest.raises(ms.InputError, match="no column is free text"):
        ms.train(reviews().assign(text=np.arange(300) % 7), target="verdict", model="gru")


def test_who_names_no_model_gets_one_that_reads_the_text() -> None:
    found = ms.train(reviews(), target="verdict")
    assert found.model.startswith("logistic regression")
    assert found.errors["dev"] < 0.1
    number = ms.train(reviews().assign(stars=np.linspace(1, 5, 300)), target="stars")
    assert number.model.startswith("ridge")


def test_free_text_is_improved_by_models_that_read_it() -> None:
    frame = reviews().drop(columns="shop")
    plan = ms.improve(frame, target="verdict", dry_run=True)
    turned = {name for name, _, _ in plan.turns}
    assert "word_pairs" in turned
    assert "products" not in turned
    assert not turned & {"as_random_forest", "as_hist_gradient_boosting", "as_mlp"}


def test_pairs_of_words_tell_what_words_alone_do_not() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.random((2, 400)) < 0.5
    texts = [f"{'not' if a else 'so'} {'good' if b else 'bad'} {i} it is"
             for i, (a, b) in enumerate(zip(first, second, strict=True))]  # fmt: skip
    frame = pd.DataFrame({"text": texts, "y": np.where(first ^ second, "yes", "no")})
    errors = [ms.train(frame, target="y", features=x).errors["dev"] for x in ((), ("word_pairs",))]
    assert errors[1] < 0.1 < errors[0]
