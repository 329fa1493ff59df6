"""Verifiers: trials of writers never seen, the choice of triplets, and encodings that are kept."""

import csv

import numpy as np
import pytest

import mlstrat as ms
from mlstrat.harness import train
from mlstrat.harness.tasks.verifiers import LOSSES, MARGIN, pairs_of, probes_of

torch = pytest.importorskip("torch")


def unit(*degrees):
    angles = torch.tensor(degrees).deg2rad()
    return torch.stack([angles.cos(), angles.sin()], dim=1)


def squared(degrees):
    return 2 - 2 * np.cos(np.deg2rad(degrees))


def test_trials_are_pairs_of_one_writer_and_three_times_as_many_of_two():
    who = np.repeat(np.arange(20), 8)
    left, right = pairs_of(who, np.random.default_rng(0))
    same = who[left] == who[right]

    assert same.sum() == 20 * 7
    assert 2.7 * same.sum() < (~same).sum() <= 3 * same.sum()
    assert len({*zip(left.tolist(), right.tolist(), strict=True)}) == len(left)


def test_a_semi_hard_negative_is_the_nearest_that_is_farther_than_the_positive():
    codes, who = unit(0, 20, 10, 25, 170), torch.tensor([0, 0, 1, 1, 2])
    found = float(LOSSES["semihard"](codes, who))

    # From 0: 20 is as its own, 10 nearer than that, 25 the nearest that is farther. And so on.
    terms = [
        squared(20) - squared(25),  # 0 → 20
        squared(20) - squared(150),  # 20 → 0: 10 and 25 are nearer than its own
        squared(15) - squared(160),  # 10 → 25: 0 and 20 are nearer
        squared(15) - squared(25),  # 25 → 10: 20 is nearer, 0 is farther
    ]
    assert found == pytest.approx(np.mean([max(x + MARGIN, 0) for x in terms]), abs=1e-6)


def test_a_triplet_that_is_far_enough_costs_nothing_and_pairs_go_on():
    codes, who = unit(0, 1, 180, 181), torch.tensor([0, 0, 1, 1])

    assert float(LOSSES["random"](codes, who)) == 0
    assert float(LOSSES["semihard"](codes, who)) == 0
    assert float(LOSSES["pairs"](codes, who)) > 0


def test_a_batch_of_one_writer_teaches_nothing_and_breaks_nothing():
    codes = unit(0, 10, 20).requires_grad_()
    loss = LOSSES["semihard"](codes, torch.tensor([0, 0, 0]))
    loss.backward()

    assert float(loss.detach()) == 0


def test_writers_of_one_split_are_in_no_other_and_pictures_are_encoded_once(folder_of):
    folder = folder_of("triplet_semihard")
    who = {}
    for split in ("train", "dev", "test"):
        with (folder / f"{split}.csv").open() as file:
            rows = list(csv.DictReader(file))
        who[split] = {x[side] for x in rows for side in ("left_identity", "right_identity")}
        pictures = {x[side] for x in rows for side in ("left", "right")}
        assert len(pictures) <= 8 * len(who[split]) < len(rows)
    assert not who["train"] & who["dev"]
    assert not who["dev"] & who["test"]


def test_the_threshold_is_of_dev_and_kept_for_test(folder_of):
    found = ms.diagnose(folder_of("siamese_scribbles")).to_dict()

    assert found["threshold"]["chosen"] == "dev"
    far = {x["metric"]: x["value"] for x in found["splits"]["dev"]["beside"]}
    assert 0 < far["eer"] < 0.2


def test_the_same_encodings_are_compared_by_another_distance():
    knobs = {"n": 6, "epochs": 1}
    squares, chi = (
        train("triplet_semihard", knobs={**knobs, "distance": kind})
        for kind in ("squared", "chi_square")
    )
    assert squares.notes["train_loss"] == chi.notes["train_loss"]
    assert squares.errors != chi.errors


def test_one_shot_compares_every_further_picture_with_the_first_of_each_writer():
    who, stored = np.array([0, 0, 0, 1, 1]), unit(0, 30, 80, 90, 60).numpy()
    header, rows = probes_of(stored, who, ["ann", "bob"], "squared", np.random.default_rng(0))

    assert header == ("probe", "gallery", "real", "score")
    assert [x[:3] for x in rows] == [
        (f"{real}/{place}", gallery, real)
        for real, place in (("ann", 1), ("ann", 2), ("bob", 1))
        for gallery in ("ann", "bob")
    ]
    assert [x[3] for x in rows] == pytest.approx(
        [-squared(x) for x in (30, 60, 80, 10, 60, 30)], abs=1e-6
    )


def test_one_shot_identification_is_of_the_same_training(folder_of):
    of_pairs, one_shot = (folder_of(x) for x in ("siamese_scribbles", "one_shot_scribbles"))
    loss = [next(x for x in (folder / "run.toml").read_text().splitlines() if "train_loss" in x)
            for folder in (of_pairs, one_shot)]  # fmt: skip
    assert loss[0] == loss[1]

    found = ms.diagnose(one_shot).to_dict()
    assert found["splits"]["dev"]["n"] == 50 * 7
    rank = {x["metric"]: x["value"] for x in found["splits"]["dev"]["beside"]}
    assert rank["rank_1"] < rank["rank_5"] < 1
