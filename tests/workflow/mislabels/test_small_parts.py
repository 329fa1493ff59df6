"""Small figures of wrong labels, each checked by hand."""

from __future__ import annotations

from mlstrat.core.figures import Sampling
from mlstrat.workflow.mislabels.answer import typed_mislabels
from mlstrat.workflow.mislabels.compute import LabelRow, SetSize, concentrations, estimate_mislabels
from mlstrat.workflow.mislabels.versus import typed_versus, versus


def test_six_wrong_labels_among_all_hundred_errors_of_a_thousand_rows():
    wrong = LabelRow("cat", "dog", True, True, "dog")
    fine = LabelRow("cat", "dog", True, False, "cat")
    found = estimate_mislabels([wrong] * 6 + [fine] * 94, SetSize(1000, 100))
    figures = (found.error_from_labels, found.error_from_other, found.label_share)
    assert [x.value for x in figures] == [0.006, 0.094, 0.06]


def test_the_same_typed():
    found = typed_mislabels(SetSize(rate=0.10), 0.006, None)
    assert round(found.error_from_other.value, 6) == 0.094
    assert round(found.label_share.value, 6) == 0.06


def test_wrong_labels_of_one_pair_are_concentrated():
    bad = [LabelRow("7", "1", True, True, "1")] * 8
    fine = [LabelRow(str(i % 5), "9", True, False, str(i % 5)) for i in range(40)]
    found = concentrations(bad + fine)[0]
    assert (found.value, found.mislabeled) == ("7 → 1", 8)
    assert found.p_adjusted < 0.01


def test_where_only_one_model_was_read_wrong_labels_hit_both_alike():
    fixed = [LabelRow("x", "y", True, i < 9, "y" if i < 9 else "x", id=str(i)) for i in range(30)]
    found = versus((900, 40, 30, 30), 0, fixed, {str(i): "x" for i in range(30)}, Sampling())
    assert (found.observed_difference, found.assumed) == (0.01, "mirrored")


def test_the_case_of_the_course_is_blurred_by_wrong_labels():
    """2.1% against 1.9%, 0.6% of the examples errors by their labels."""
    found = typed_versus(0.021, 0.019, 0.006, 10_000, Sampling())
    assert round(found.p_better_observed, 1) == 0.2
    assert found.p_better_corrected > found.p_better_observed
