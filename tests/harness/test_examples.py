"""Small figures of the harness, of studies and of the loop, each checked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlstrat.core.wording import Scale as Wording
from mlstrat.harness.datasets import source_of
from mlstrat.harness.datasets.digit_pictures import enlarged
from mlstrat.harness.datasets.glyphs import posterior_error
from mlstrat.harness.datasets.reading import (
    ReadColumn,
    TableReading,
    days_of,
    numbers_of,
    parsed_numbers,
    reading_of,
)
from mlstrat.harness.datasets.sequences import copies as copy_task
from mlstrat.harness.networks.architectures import describe_network, find_network, scaled
from mlstrat.harness.networks.convolutional import Scale
from mlstrat.harness.networks.fit import network_options
from mlstrat.harness.networks.layers import Conv, Dense, Field, Flatten, Pool, after, output_side
from mlstrat.harness.networks.loop import Epoch
from mlstrat.harness.networks.options import NetworkOptions, rate_at
from mlstrat.harness.predict.inside import edge_filters
from mlstrat.harness.recipes.models import describe_model, set_knob
from mlstrat.harness.recipes.recipe import Dataset, Model, find_recipe, list_recipes
from mlstrat.harness.studies import find_kind
from mlstrat.harness.studies.end_to_end import halved
from mlstrat.harness.studies.gradients import gradient_norms
from mlstrat.harness.studies.plan import Comparison
from mlstrat.harness.studies.turning import parse_value
from mlstrat.harness.tasks.answers import Drawn, csv_of, ndjson, settings_of
from mlstrat.harness.tasks.detectors import anchor_boxes, shape_iou
from mlstrat.harness.tasks.proposals import proposed
from mlstrat.harness.tasks.taggers import words_of as tagged_words
from mlstrat.harness.tasks.verifiers import distances, pairs_of, places_of
from mlstrat.harness.train.findings import copies, drifts, leaks, untaught
from mlstrat.harness.train.own_models import import_classifier
from mlstrat.harness.train.prepared import tokens_of, words_of
from mlstrat.harness.train.task import command_of
from mlstrat.workflow.improve.compute import Paired, choose, paired, typed_budget
from mlstrat.workflow.improve.document import _gain
from mlstrat.workflow.improve.findings import gap_title, unseen_text
from mlstrat.workflow.improve.rounds import pace
from mlstrat.workflow.study.compute import Condition, SeedRun, measure, study_runs, too_few
from mlstrat.workflow.study.gradient_document import shown_lags
from mlstrat.workflow.study.gradients import cell_findings, geometric
from mlstrat.workflow.study.read import balancing_weight, part_shares


def test_source_of():
    options = {"letters": 3, "contrast": 1.0, "length": 5, "source": 0}
    assert source_of(Dataset("markov_letters", "", 1, options=options)).length == 5


def test_enlarged():
    assert enlarged(np.zeros((3, 64)), 32).shape == (3, 1, 32, 32)


def test_posterior_error():
    pair = np.array([[0.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    assert round(posterior_error(pair, noise=1.0, draws=100_000), 2) == 0.16


def test_numbers_of():
    assert (
        repr(numbers_of("x", np.array(["1,234.56", "12", "NA"])).values["x"].tolist())
        == "[1234.56, 12.0, nan]"
    )
    assert numbers_of("x", np.array(["45%", "7%"])).values["x"].tolist() == [0.45, 0.07]


def test_parsed_numbers():
    assert (
        repr(parsed_numbers(np.array(["1,234.56", "n/a", "tall"])).tolist())
        == "[1234.56, nan, nan]"
    )


def test_days_of():
    found = days_of("seen", np.array(["2024-02-29", "2024-03-01"]))
    assert {part: values.tolist() for part, values in found.values.items() if "month" in part} == {
        "seen (month)": [2.0, 3.0],
        "seen (day of the month)": [29.0, 1.0],
    }


def test_reading_of():
    told = TableReading((ReadColumn("age", "number", ("age",)),), ("age",))
    assert reading_of(told.to_dict()) == told


def test_the_copy_task():
    assert copy_task(2, 4, 3, seed=0)[1][:, 1:].tolist() == [[1, 1, 1], [1, 1, 1]]


def test_find_network():
    assert find_network("lenet5").title == "LeNet-5"


def test_units_of_a_scale():
    assert Scale((1, 32, 32), 10, width=1 / 8).units(64) == 8


def test_describe_network():
    assert describe_network("lenet5").parameters == 61706
    assert describe_network("vgg16", full_size=True).parameters == 138357544


def test_scaled():
    assert scaled(Scale((1, 32, 32), 10), width=0.5, depth=None).width == 0.5


def test_network_options():
    assert network_options("lenet5", {"l2": 0.01}).epochs == 15


def test_output_side():
    assert output_side(227, 11, stride=4) == 55


def test_after():
    assert after((Conv(6, 5), Pool(2), Flatten(), Dense(10)), (1, 32, 32)) == (10,)


def test_a_field_through_windows():
    assert Field().through(3, 1).through(3, 2) == Field(size=5, jump=2)


def test_an_epoch_in_one_line():
    assert (
        str(Epoch(3, 10, 0.25, 0.3125, seconds=2.0))
        == "epoch 3 of 10: train loss 0.250, dev loss 0.312, 14 s left"
    )


def test_rate_at():
    options = NetworkOptions(optimizer="sgd", learning_rate=0.2, decay="inverse")
    assert [round(rate_at(options, epoch), 3) for epoch in range(4)] == [0.2, 0.1, 0.067, 0.05]


def test_edge_filters():
    assert edge_filters(3, 3)[0].tolist() == [[1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 0.0, -1.0]]


def test_set_knob():
    assert dict(set_knob(Model("mlp", {"hidden_layer_sizes": (64,)}), "depth", 2)) == {
        "hidden_layer_sizes": (64, 64)
    }


def test_describe_model():
    assert describe_model(Model("decision_tree", {"max_depth": 3})) == "decision tree (max_depth=3)"


def test_list_recipes():
    assert [recipe.name for recipe in list_recipes()][:3] == [
        "avoidable_bias",
        "variance",
        "data_mismatch",
    ]


def test_find_recipe():
    assert find_recipe("wine").model.architecture == "nearest_neighbours"


def test_find_kind():
    assert find_kind("label_noise")[0] == "label-noise"


def test_halved():
    assert halved(np.ones((1, 1, 40, 40), dtype=np.float32)).shape == (1, 1, 20, 20)


def test_gradient_norms():
    pytest.importorskip("torch")
    found = gradient_norms(["rnn", "gru"], (0, 5), steps=1)
    assert [one.after[1] < one.after[0] for one in found] == [True, True]


def test_parse_value():
    assert (
        parse_value("l2", "0.1"),
        parse_value("augment", "crop,rotate"),
        parse_value("n", "300"),
    ) == (0.1, ("crop", "rotate"), 300)


def test_ndjson():
    assert ndjson([{"doc": "a"}]) == '{"doc": "a"}\n'


def test_csv_of():
    assert csv_of(["id", "score"], [["a", 0.5]]) == "id,score\na,0.5\n"


def test_ids_of_what_was_drawn():
    assert Drawn({"dev": ["a", "b"]}, []).ids("words") == {
        "dev": ["words-dev-0000", "words-dev-0001"]
    }


def test_anchor_boxes():
    assert anchor_boxes(np.array([[4.0, 10], [4, 10], [10, 4], [10, 4]]), 2).tolist() == [
        [4.0, 10.0],
        [10.0, 4.0],
    ]


def test_shape_iou():
    assert shape_iou(np.array([[2.0, 2.0]]), np.array([[2.0, 1.0], [2.0, 4.0]])).tolist() == [
        [0.5, 0.5]
    ]


def test_settings_of():
    assert settings_of("next_token", {"cell": "lstm", "epochs": 3})[1]["cell"] == "lstm"


def test_proposed():
    picture = np.zeros((20, 20), dtype=np.float32)
    picture[2:8, 3:10] = picture[8:15, 10:16] = 1  # they touch at a corner
    assert proposed(picture).tolist() == [[3.0, 2.0, 13.0, 13.0]]


def test_words_of_a_tagger():
    from mlstrat.harness.datasets.texts import Sentence

    assert tagged_words(
        [Sentence(("the", "Alel", "said"), ()), Sentence(("the", "Danis", "said"), ())]
    ) == {"said": 2, "the": 3}


def test_places_of():
    assert places_of(np.array([4, 4, 4, 7, 7])).tolist() == [0, 1, 2, 0, 1]


def test_distances():
    a, b = np.array([[0.6, 0.8]]), np.array([[0.8, 0.6]])
    assert [distances(a, b, kind).round(4).tolist() for kind in ("squared", "chi_square")] == [
        [0.08],
        [0.0571],
    ]


def test_pairs_of():
    left, right = pairs_of(np.array([0, 0, 1, 1]), np.random.default_rng(0))
    assert (left[:2].tolist(), right[:2].tolist(), len(left)) == ([0, 2], [1, 3], 6)


def test_untaught():
    found = untaught(np.array(["a", "b", "c"]), {"train": np.array([0, 1]), "dev": np.array([2])})
    assert found[0].evidence == {"splits": {"dev": {"c": 1}}}


def test_copies_of_findings():
    frame = pd.DataFrame({"x": [0.5, 1.5, 2.5, 0.5]})
    rows = {"train": np.arange(3), "dev": np.array([3])}
    assert copies(frame, np.array(["a", "b", "a", "a"]), rows)[0].evidence == {
        "copies": {"dev": 1},
        "rows": {"dev": 1},
    }


def test_drifts():
    days, label = np.arange(500.0), np.repeat(["no", "yes"], 250)
    found = drifts({"seen": days}, label)[0]
    assert (found.evidence["column"], found.evidence["class"], found.flags) == (
        "seen",
        "no",
        "--split-by-time seen",
    )


def test_leaks():
    label = np.array(["no", "yes"] * 20)
    found = leaks({"closed": label == "yes", "age": np.arange(40) % 7}, label)
    assert [x["column"] for x in found[0].evidence["columns"]] == ["closed"]


def test_import_classifier():
    assert import_classifier("sklearn.naive_bayes.GaussianNB").__name__ == "GaussianNB"


def test_tokens_of():
    assert tokens_of("It isn't GOOD, it's great!") == [
        "it",
        "isn't",
        "good",
        ",",
        "it's",
        "great",
        "!",
    ]


def test_words_of_free_text():
    assert words_of(pd.DataFrame({"text": ["good, good film", "bad film"]}), ("text",)).known == (
        "film",
        "good",
    )


def test_command_of():
    assert (
        command_of("wine", {"n": 30, "class_weights": True}, 1)
        == "mlstrat train wine --n 30 --class-weights --seed 1"
    )


def test_paired():
    before, after = np.repeat([1.0, 0.0], [20, 80]), np.repeat([1.0, 0.0], [8, 92])
    found = paired(before, after, None)
    assert round(found.gain, 2), round(found.p_value, 5) == (0.12, 0.00049)


def test_choose():
    small, large = Paired(0.01, None, 0.3, 1000, 0.05), Paired(0.03, None, 0.001, 1000, 0.05)
    assert choose({"a": small, "b": large}, 0.1).best == "b"


def test_typed_budget():
    assert (typed_budget("10m"), typed_budget("20 runs"), typed_budget("90s")) == (
        (600.0, None),
        (None, 20),
        (90.0, None),
    )


def test_gain():
    assert (
        _gain(Paired(0.034, (0.012, 0.056), 0.002, 500, 0.1), Wording())
        == "a gain of 3.4 points (1.2 to 5.6)"
    )


def test_gap_title():
    assert gap_title("dev_overfit") == "overfitting to dev"


def test_unseen_text():
    said = unseen_text(0.052, Wording(), luck=True)
    assert said.startswith("A gain under 5.2 points would not have been found; ")
    assert said.endswith("with --seeds 3, one under 3.0 at best.")


def test_pace():
    assert (pace([]), pace([0.2, 0.3]), pace([2.0, 0.5, 0.2, 0.3, 0.4])) == (1.0, 1.0, 0.4)


def test_study_runs():
    def run(wrong):
        rows = np.arange(400)
        return SeedRun(("dev",), 0 * rows, rows, np.ones(400), (rows < wrong).astype(float))

    base = Condition("base", "as it is", (run(80), run(84), run(88)))
    more = Condition("more", "more data", (run(40), run(44), run(42)))
    assert (
        study_runs([base, more], [Comparison("more", "base", "dev")], [0, 1, 2]).changes[0].outcome
        == "fell"
    )


def test_part_shares():
    chain = {"a": ("a", True), "b": ("b", True), "c": ("c", False)}
    found = {"a": ("a", False), "b": ("b", True), "c": ("c", False)}
    assert [(x.part, x.errors) for x in part_shares(["find", "read"], [[chain, found]])] == [
        ("find", 1),
        ("read", 1),
    ]


def test_balancing_weight():
    assert balancing_weight(5_000, 200_000) == 0.025


def test_shown_lags():
    assert shown_lags((0, 1, 2, 5, 10, 20)) == (1, 3, 5)


def test_cell_findings():
    from mlstrat.harness.studies.gradients import CellGradients

    one = [CellGradients((1.0, 0.5, 0.25 * k), (1.0, 1.0, 1.0), (3.0,), 0.0) for k in (1, 2, 1)]
    found = cell_findings("gru", (0, 1, 2), one, one, clip=1.0)
    assert (found.trained.fate, found.moved.value, found.held.handed_on) == ("arrives", 1.0, 1.0)


def test_geometric():
    assert round(geometric([0.01, 1.0, 100.0]).value, 6) == 1.0


def test_measure():
    def run(wrong):
        rows = np.arange(100)
        return SeedRun(("dev",), 0 * rows, rows, np.ones(100), (rows < wrong).astype(float))

    runs = {"base": [run(20), run(22)], "big": [run(10), run(11)]}
    assert round(measure(runs, {("base", "dev"): -1, ("big", "dev"): 1}).value, 3) == -0.105


def test_too_few():
    assert too_few(2) == "no interval: 2 seeds, and fewer than 3 do not tell how seeds differ"
