"""`mislabels`: from a sheet to the decision, what is refused, and likely wrong labels."""

from __future__ import annotations

import csv
import json

import pytest

import mlstrat as ms
from mlstrat.cli import run

HEAD = "id,split,label,prediction,mislabeled,true_label"


@pytest.fixture
def checked(tmp_path, monkeypatch):
    """A run of 10,000 rows with 87 errors, as MNIST's test set: people read all of the errors.

    15 labels are wrong: 10 predictions were right, 5 right labels are not known.
    """
    monkeypatch.chdir(tmp_path)
    rows = [(i, str(i % 10), str((i + (i < 87)) % 10)) for i in range(10_000)]
    lines = [f"{i},dev,{label},{prediction}" for i, label, prediction in rows]
    (tmp_path / "run.csv").write_text(text(["id,split,label,prediction", *lines]))
    review = [HEAD]
    for i, label, prediction in rows[:87]:
        marks = f"x,{prediction}" if i < 10 else "x," if i < 15 else "0,"
        review.append(f"{i},dev,{label},{prediction},{marks}")
    (tmp_path / "review.csv").write_text(text(review))
    return tmp_path


def text(lines) -> str:
    return "\n".join(lines) + "\n"


def sheet(folder, *lines: str, head: str = HEAD, name: str = "sheet.csv") -> str:
    (folder / name).write_text(text([head, *lines]), encoding="utf-8")
    return name


def test_87_errors_with_15_wrong_labels_are_77_once_corrected(checked, capsys):
    assert run(["mislabels", "review.csv", "--run", "run.csv", "-f", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "mlstrat.mislabels/1"
    assert (found["n"], found["errors"]) == (10_000, 87)
    assert found["reviewed"]["errors"] == {
        "rows": 87, "mislabeled": 15, "unresolved": 5, "turned": 10,
    }  # fmt: skip
    assert 1 - found["corrected_error"]["value"] == pytest.approx(0.9923)
    assert found["corrected_error"]["bound"] == "at_least"
    assert found["label_share"]["value"] == pytest.approx(15 / 87)
    assert found["worth_fixing"] is False
    assert "MLS423" in {f["code"] for f in found["findings"]}


def test_the_verdict_comes_first_and_fits_a_terminal(checked, capsys):
    assert run(["mislabels", "review.csv", "--run", "run.csv"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Leave the labels for now: 17.2% of the errors are wrong labels")
    assert "Only mistakes were reviewed" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_the_error_can_be_typed_where_the_run_is_not_there(checked):
    of_run = ms.mislabels("review.csv", run="run.csv")
    typed = ms.mislabels("review.csv", error="87/10000")
    assert typed.result.corrected_error == of_run.result.corrected_error
    rate = ms.mislabels("review.csv", error="0.87%")
    assert rate.error_from_labels.value == pytest.approx(0.0015)
    assert rate.error_from_labels.ci is None


def test_without_run_or_error_only_the_share_is_known(checked):
    found = ms.mislabels("review.csv")
    assert found.label_share.value == pytest.approx(15 / 87)
    assert found.overall_error.value is None
    assert found.worth_fixing is None  # 11 to 27% of more errors than were read
    assert found.to_text().startswith("Cannot tell whether to correct the labels: 17.2%")
    assert "null" in found.to_json()


def test_a_drawn_sheet_needs_no_other_file(checked):
    ms.sample("run.csv", n=40, correct=60, output="drawn.csv")
    with (checked / "drawn.csv").open() as file:
        rows = list(csv.DictReader(file))
    for one in rows:
        one["mislabeled"] = "x" if int(one["id"]) < 15 else "0"
    with (checked / "drawn.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    found = ms.mislabels("drawn.csv")
    assert found.overall_error.value == pytest.approx(0.0087)
    assert found.to_dict()["corrected_error"]["bound"] is None
    assert found.corrected_error.ci[0] <= 0.0087 <= found.corrected_error.ci[1]


def test_the_same_seed_gives_the_same_bytes(checked):
    first, second = (ms.mislabels("review.csv", run="run.csv").to_json() for _ in range(2))
    assert first == second


def test_another_model_is_compared_before_and_after(checked, capsys):
    lines = (checked / "run.csv").read_text().splitlines()
    other = [lines[0]]
    for line in lines[1:]:
        i, split, label, prediction = line.split(",")
        # Right by the label where the first model is wrong, 60 errors elsewhere.
        said = label if int(i) < 87 else str((int(label) + 1) % 10) if int(i) < 147 else prediction
        other.append(f"{i},{split},{label},{said}")
    (checked / "other.csv").write_text(text(other))
    argv = ["mislabels", "review.csv", "--run", "run.csv", "--versus", "other.csv", "-f", "json"]
    assert run(argv) == 0
    found = json.loads(capsys.readouterr().out)["versus"]
    assert found["observed_difference"] == pytest.approx(-0.0027)
    assert found["p_better_observed"] < 0.05
    assert found["assumed"] == "mirrored"
    assert found["read"] == {"only_a_right": 0, "only_b_right": 87, "both_wrong": 0}
    assert run(["mislabels", "review.csv", "--run", "run.csv", "--versus", "other.csv"]) == 0
    assert "The other model's errors were not reviewed" in capsys.readouterr().out


def test_a_true_label_that_the_run_does_not_know_is_a_new_class(checked):
    path = sheet(checked, "0,dev,0,1,x,letter")
    found = ms.mislabels(path, run="run.csv")
    (note,) = [f for f in found.findings if f.code == "MLS428"]
    assert note.evidence["new_labels"] == ["letter"]
    assert found.result.errors.turned == 0


def test_of_two_labels_the_other_one_is_the_right_one(checked):
    path = sheet(checked, "1,dev,yes,no,x,", "2,dev,no,yes,0,")
    found = ms.mislabels(path, error="2/10")
    assert found.corrected_error.value == pytest.approx(0.1)
    (note,) = [f for f in found.findings if f.code == "MLS428"]
    assert note.evidence["inferred"] == 1


def test_labels_of_other_people_are_harmless(checked):
    path = sheet(checked, '1,dev,"<script>|a",=1+1,x,=1+1', '2,dev,b,"<script>|a",0,')
    found = ms.mislabels(path, error="2/10", by=[])
    assert "<script>" not in found.to_markdown()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["0,dev,0,1,x,0"], "mislabeled, and the true label '0' is the label"),
        (["0,dev,0,1,0,1"], "not mislabeled, and the true label '1' is not the label '0'"),
        (["0,dev,0,1,,"], "nothing is filled in: 1 row waits"),
        (["unknown,dev,0,1,x,1"], "1 of 1 ids are not in run.csv"),
        (["0,dev,0,1,x,1", "0,dev,0,1,x,1"], "the id '0' is already in row 2"),
        (["0,dev,5,1,x,1"], "the label of '0' is '5' here and '0' in the run"),
        (["0,dev,0,1,maybe,1"], "'maybe' is not a mark"),
    ],
)
def test_a_sheet_that_contradicts_itself_or_its_run_is_refused(lines, message, checked, capsys):
    path = sheet(checked, *lines)
    assert run(["mislabels", path, "--run", "run.csv", "-o", "out.json"]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert not shown.out
    assert not (checked / "out.json").exists()


def test_tags_alone_say_nothing_about_labels(checked, capsys):
    path = sheet(
        checked, "0,dev,0,1,dog,,", head="id,split,label,prediction,tags,mislabeled,true_label"
    )
    assert run(["mislabels", path, "--run", "run.csv"]) == 2
    assert "nothing is said about the labels" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ("mislabels", "nothing to look at"),
        ("mislabels --error 10%", "nothing to look at"),
        ("mislabels --error 5% --from-labels 6%", "6% of error from labels, and 5% of error"),
        ("mislabels --error 80/1000 --from-labels 6/900", "the error is of 1000 rows"),
        ("mislabels --error 80/1000 --from-labels 6/1000 -n 5", "-n 5 and counts of 1000 rows"),
        ("mislabels --error 10% --from-labels 1% --run run.csv", "--run without a review sheet"),
        ("mislabels review.csv --error 5/10000", "87 errors on the sheet, and the split has 5"),
        ("mislabels review.csv --versus run.csv", "--run run.csv, too"),
        ("mislabels review.csv --run run.csv --by who", "--by names the column 'who'"),
        ("mislabels review.csv --suspects run.csv", "suspects are picked from a run alone"),
        ("mislabels --suspects run.csv -o s.csv", "no probabilities"),
        ("mislabels --suspects run.csv -n 0", "-n is 0"),
    ],
)
def test_wrong_usage_ends_in_one_message(argv, message, checked, capsys):
    assert run(argv.split()) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert "Traceback" not in shown.err
    assert not (checked / "s.csv").exists()


def test_counts_bring_intervals(checked):
    found = ms.mislabels(error="80/1000", from_labels="6/1000")
    assert found.error_from_labels.ci[0] < 0.006 < found.error_from_labels.ci[1]
    assert found.label_share.value == 0.075
    assert found.to_dict()["corrected_error"]["range"] == [0.074, 0.08]


@pytest.mark.parametrize("how", ["text", "markdown", "json", "csv"])
def test_every_format_comes_out(how, checked, capsys):
    assert run(["mislabels", "review.csv", "--run", "run.csv", "-f", how]) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "read", "worth"), [(1, 10, None), (3, 10, None), (1, 40, False), (20, 40, True)]
)
def test_few_rows_read_leave_it_open_and_it_is_said_what_would_settle_it(
    wrong, read, worth, checked
):
    lines = [f"{i},dev,0,1,{'x,1' if i < wrong else '0,'}" for i in range(read)]
    found = ms.mislabels(sheet(checked, *lines), error="80/1000")
    shown = " ".join(found.to_text().split())
    assert found.worth_fixing is worth
    start = {True: "Correct the labels:", False: "Leave the labels", None: "Cannot tell whether"}
    assert shown.startswith(start[worth])
    assert ("more dev errors would settle it" in shown) is (worth is None)
    (finding,) = [f for f in found.findings if f.code in ("MLS421", "MLS422", "MLS441")]
    assert finding.code == {True: "MLS421", False: "MLS422", None: "MLS441"}[worth]
    if worth is None:
        assert 0 < finding.evidence["more"] <= 80 - read


def test_correct_rows_alone_say_nothing_of_errors(checked):
    found = ms.mislabels(sheet(checked, "0,dev,0,0,x,1", "1,dev,0,0,0,"), error="5/100")
    assert found.worth_fixing is None
    assert found.to_text().startswith("Cannot tell whether to correct labels: nobody read an error")


def test_wrong_labels_alone_are_no_share(checked, capsys):
    """Whoever marks the wrong labels only, has not said which other rows were looked at."""
    lines = [f"{i},dev,{i % 10},{(i + 1) % 10},{'x' if i < 15 else ''}," for i in range(87)]
    assert run(["mislabels", sheet(checked, *lines), "--run", "run.csv", "-f", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["label_share"]["value"] is None
    assert "only wrong labels are marked" in found["label_share"]["reason"]
    assert found["corrected_error"]["value"] is None
    assert found["worth_fixing"] is None
    (finding,) = [f for f in found["findings"] if f["code"] == "MLS420"]
    assert finding["evidence"] == {"errors": 15, "correct": None}
    assert not {"MLS408", "MLS425"} & {f["code"] for f in found["findings"]}


def test_wrong_labels_alone_among_correct_rows_leave_a_bound(checked):
    errors = [f"{i},dev,{i % 10},{(i + 1) % 10},{'x' if i < 15 else '0'}," for i in range(87)]
    right = [f"{i},dev,{i % 10},{i % 10},{'x' if i < 92 else ''}," for i in range(90, 190)]
    found = ms.mislabels(sheet(checked, *errors, *right), run="run.csv")
    assert found.corrected_error.value == pytest.approx(0.0087)
    assert found.result.bound == "at_least"
    assert found.label_share.value == pytest.approx(15 / 87)
    assert "MLS420" in {f.code for f in found.findings}


def test_drawn_correct_rows_alone_are_no_ranking(checked):
    head = f"{HEAD},stratum,sampling_weight"
    lines = [
        f"{i},dev,{i % 10},{i % 10},{'x' if i < 92 else '0'},,correct,99" for i in range(90, 190)
    ]
    found = ms.mislabels(sheet(checked, *lines, head=head), run="run.csv")
    assert not found.result.picked
    assert found.to_text().startswith("Cannot tell whether to correct labels: nobody read an error")


def test_a_drawn_sheet_tells_how_many_errors_there_are(checked):
    """Without the run, too: who read 80 of 87 errors knows the share better than of endless."""
    head = f"{HEAD},stratum,sampling_weight"
    lines = [f"{i},dev,0,1,{'x' if i < 15 else '0'},,error,{87 / 80}" for i in range(80)]
    low, high = ms.mislabels(sheet(checked, *lines, head=head)).label_share.ci
    assert high - low < 0.06


def test_unknown_true_labels_widen_the_bound(checked):
    shown = ms.mislabels("review.csv", run="run.csv").to_text()
    assert "error with corrected labels, at least" not in shown
    assert "at least, by unknown labels   0.72 to 0.77%" in shown
