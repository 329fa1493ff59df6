"""The cases of the course about wrong labels, through the public interface."""

from __future__ import annotations

import pytest

import mlstrat as ms


def codes(result) -> set[str]:
    return {finding.code for finding in result.findings}


def test_e4a_six_in_a_hundred_errors_are_wrong_labels_so_look_at_the_others_first():
    found = ms.mislabels(error="10%", from_labels="0.6%")
    assert found.error_from_other.value == 0.094
    assert found.label_share.value == 0.06
    assert found.worth_fixing is False
    assert "MLS422" in codes(found)
    assert found.to_text().startswith("Leave the labels for now: 6.0% of the errors")


def test_e4a_wrong_labels_blur_the_choice_between_two_models():
    found = ms.mislabels(error="2.1%", versus_error="1.9%", from_labels="0.6%", n=10_000)
    assert found.worth_fixing is True
    assert found.to_dict()["versus"]["observed_difference"] == -0.002
    before, after = found.versus.p_better_observed, found.versus.p_better_corrected
    assert before < after < 0.5  # b is ahead, and less surely so
    assert found.to_text().startswith("Correct the labels before you choose")


def test_e4a_the_same_part_of_a_large_difference_blurs_nothing():
    found = ms.mislabels(error="10%", versus_error="8%", from_labels="0.6%", n=10_000)
    assert found.worth_fixing is False


def test_e4d_of_a_thousand_rows_at_98_percent_twenty_are_wrong_and_checking_them_alone_biases():
    found = ms.mislabels(error="2%", from_labels="0.2%", n=1000)
    assert (found.to_dict()["errors"], found.to_dict()["correct"]) == (20, 980)
    (note,) = [f for f in found.findings if f.code == "MLS423"]
    assert note.evidence == {"correct": 980}


@pytest.mark.parametrize(("kim", "lee", "train"), [(6, 6, False), (12, 0, True)])
def test_e7_dev_and_test_are_fixed_together_and_train_only_if_errors_are_systematic(
    kim, lee, train, review
):
    path = review(
        [("cat", "dog", "kim", i < kim) for i in range(24)]
        + [("cat", "dog", "lee", i < lee) for i in range(24)]
    )
    found = ms.mislabels(path, error="48/1000")
    assert found.to_dict()["fix_test_too"] is True
    assert found.to_dict()["fix_train_needed"] is train
    assert "MLS424" in codes(found)
    assert ("MLS426" if train else "MLS425") in codes(found)


@pytest.fixture
def review(tmp_path):
    """Write a sheet of (label, prediction, annotator, mislabeled): the prediction is right."""

    def write(rows) -> str:
        lines = ["id,split,label,prediction,mislabeled,true_label,run.annotator"]
        for i, (label, prediction, annotator, bad) in enumerate(rows):
            marks = f"x,{prediction}" if bad else "0,"
            lines.append(f"{i},dev,{label},{prediction},{marks},{annotator}")
        path = tmp_path / "review.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(path)

    return write
