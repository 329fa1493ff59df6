"""Small functions of the tasks, each on an example that is checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mlstrat.core.counts import Cells
from mlstrat.core.figures import Sampling
from mlstrat.tasks.classification.floor import floor_of
from mlstrat.tasks.classification.predictions import opposite
from mlstrat.tasks.classification.seen import (
    Seen,
    alike,
    flags_of,
    hint_to_join,
    key_of,
    numbers_of,
)
from mlstrat.tasks.ids import same_examples
from mlstrat.tasks.seq2seq.task import repeats
from mlstrat.tasks.speech.task import _place, is_bare, parts_of, speaker_of, tokens
from mlstrat.tasks.table.alignment import Edit
from mlstrat.tasks.tagging.spans import Tags, fitting, spans_of, split_tag
from mlstrat.tasks.verification.compute import Trials, auc, threshold_at


@pytest.mark.parametrize(
    ("tag", "parts"),
    [("B-PER", ("B", "PER")), ("O", ("O", "")), ("PER", ("", "PER")), ("I-a-b", ("I", "a-b"))],
)
def test_a_tag_is_a_prefix_and_a_type(tag: str, parts: tuple[str, str]):
    assert split_tag(tag) == parts


def test_a_scheme_fits_that_has_all_prefixes():
    assert fitting(["B", "I", "O"]) == ["conlleval", "iob2", "iobes", "bilou"]
    assert fitting(["B", "L"]) == ["bilou"]


def test_a_stray_tag_begins_a_span_for_conlleval_alone():
    begins = np.array([True, False, False, False])
    side = Tags(np.frombuffer(b"OIIB", np.uint8), np.array([-1, 0, 0, 0]), begins)
    assert spans_of(side, "conlleval").start.tolist() == [1, 3]
    assert spans_of(side, "iob2").start.tolist() == [3]


def test_a_threshold_lets_a_share_of_impostors_in():
    zero = np.zeros(5, int)
    trials = Trials(np.array([1.0, 2, 3, 4, 5]), np.array([0, 0, 0, 1, 1], bool), zero, zero)
    assert (threshold_at(trials, 0.0), threshold_at(trials, 0.34)) == (4.0, 3.0)


def test_ties_are_halves_of_an_area():
    zero = np.zeros(4, int)
    trials = Trials(np.array([1.0, 2, 2, 3]), np.array([0, 0, 1, 1], bool), zero, zero)
    assert auc(trials) == 0.875


def test_words_and_pairs_of_words_repeat():
    assert repeats("no no no")
    assert repeats("of the of the of the")
    assert not repeats("two four two")


@pytest.mark.parametrize(
    ("utterance", "speaker"),
    [("4t0c0201", "4t0"), ("sw4390-A_001", "sw4390"), ("spk7_12", "spk7")],
)
def test_an_id_of_nist_says_who_speaks(utterance: str, speaker: str):
    assert speaker_of(utterance) == speaker


def test_texts_are_compared_as_words_or_letters():
    assert tokens("It's, well ...", "word", False, "basic") == ["it's", "well"]
    assert tokens("A b", "char", True, "none") == "Ab"


@pytest.mark.parametrize(("text", "bare"), [("it's so", True), ("it's so.", False), ("So", False)])
def test_a_bare_text_has_neither_punctuation_nor_capitals(text: str, bare: bool):
    assert is_bare([text]) is bare


def test_alternatives_of_a_reference_stand_in_one_place():
    found = parts_of("we { saw / have seen / @ } it", "word", False, "none")
    assert found == ["we", (("saw",), ("have", "seen"), ()), "it"]


def test_an_edit_is_shown_among_its_words():
    edit = Edit("saw", 1, "sew", 1)
    assert _place(edit, ["we", "saw", "it"], ["we", "sew", "it"], "word") == "word 2: we [sew] it"


def test_an_id_is_one_example_where_its_labels_agree_beyond_chance():
    labels = ["a", "b"] * 9
    assert same_examples(labels, labels)
    assert not same_examples(labels, ["a"] * 9 + ["b"] * 9)


@pytest.mark.parametrize(
    ("label", "key"),
    [("Négative.", "negative"), ("New_York", "new york"), ("LABEL_1", "1"), ("007", "7"),
     ("-1", "-1"), ("A-", "a-"), ("?", "?")],
)  # fmt: skip
def test_labels_that_are_written_alike_have_one_key(label: str, key: str):
    assert key_of(label) == key


def test_the_spelling_with_most_rows_is_the_label():
    assert alike({"cat": 9, "Cat": 0, "cat.": 1, "dog": 5}) == {"Cat": "cat", "cat.": "cat"}


def test_letter_case_is_one_flag_and_any_other_value_its_own():
    assert flags_of({"Cat": "cat"}) == "--ignore-case"
    assert flags_of({"0": "cat", "dog.": "dog"}) == "--label-as 0=cat --label-as dog.=dog"


def test_a_blank_prediction_is_an_abstention():
    seen = Seen.of(["a", "b"], ["b", ""], np.array([3, 1]))
    assert (seen.labels, seen.predicted.tolist(), seen.own) == (("a", "b"), [1, -1], {"a", "b"})


def test_labels_are_numbers_percent_too():
    found = numbers_of(["7", "0.5", "97%", "cat", "nan"])
    assert found[:3].tolist() == [7.0, 0.5, 0.97]
    assert np.isnan(found[3:]).all()


def test_numbers_of_classes_are_joined_to_names():
    seen = Seen.of(["cat", "dog", "cat"], ["0", "1", "0"], np.array([5, 5, 1]))
    assert hint_to_join(seen) == "--classes cat,dog, or --label-as 0=cat --label-as 1=dog"


@pytest.mark.parametrize(
    ("label", "other"), [("1", "0"), ("Yes", "No"), ("spam", "not spam")]
)  # fmt: skip
def test_the_opposite_of_a_label(label: str, other: str):
    assert opposite(label) == other


def test_the_floor_is_the_answer_that_is_right_most_often():
    two, rows = np.zeros(2, np.int64), np.array([90, 10])
    run = Cells(("no", "yes"), ("dev",), two, np.array([0, 1]), two, rows, rows * 1.0, rows * 1.0)
    floor = floor_of(run, "dev", Sampling())
    assert floor is not None
    assert (floor.label, floor.constant.value, floor.above) == ("no", 0.1, False)
    assert floor.chance == pytest.approx(0.18)
