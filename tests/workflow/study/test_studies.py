"""A study: which knob moved which gap, and when no difference was seen."""

from __future__ import annotations

import pytest

from mlstrat.harness.studies.plan import Comparison
from mlstrat.workflow.study.compute import Condition, study_runs
from mlstrat.workflow.study.findings import study_findings
from mlstrat.workflow.study.tables import verdict_of
from tests.study_simulation import run_of

SEEDS = range(5)
WOBBLE = (-3, -1, 0, 1, 3)
QUANTITIES = ("avoidable_bias", "variance", "dev")


def condition(name: str, train: int, train_dev: int, dev: int | None = None) -> Condition:
    """Return a condition with so many errors in 1,000, give or take a few by seed."""
    dev = train_dev if dev is None else dev
    runs = tuple(
        run_of(train=max(train + k, 0), train_dev=train_dev - k, dev=dev + 2 * k) for k in WOBBLE
    )
    return Condition(name, f"turned {name}", runs)


BASE = condition("base", 20, 220)


def knobs(*others: Condition, **options):
    asked = [Comparison(x.name, "base", quantity) for x in others for quantity in QUANTITIES]
    return study_runs([BASE, *others], asked, SEEDS, human=0.01, **options)


def codes(study, kind="knobs"):
    return [f.code for f in study_findings(kind, study, {})]


def test_a_knob_that_lowers_variance_alone():
    study = knobs(condition("more", 20, 120))
    assert study.change("more", "base", "variance").outcome == "fell"
    assert study.change("more", "base", "avoidable_bias").outcome == "none_seen"
    assert study.change("more", "base", "variance").figure.value == pytest.approx(-0.1)
    assert codes(study) == ["MLS701"]


def test_early_stopping_moves_two_gaps_and_is_named():
    study = knobs(condition("stopped", 90, 200))
    moved = {x.asked.quantity: x.outcome for x in study.changes if x.moved}
    assert moved == {"avoidable_bias": "rose", "variance": "fell", "dev": "fell"}
    found = {f.code: f.evidence for f in study_findings("knobs", study, {})}
    assert list(found) == ["MLS701", "MLS702", "MLS704"]
    assert [x["quantity"] for x in found["MLS702"]["knobs"][0]["gaps"]] == [
        "avoidable_bias", "variance",
    ]  # fmt: skip


def test_no_difference_seen_says_how_large_one_may_be():
    study = knobs(condition("nothing", 20, 221))
    assert {x.outcome for x in study.changes} == {"none_seen"}
    (finding,) = study_findings("knobs", study, {})
    assert finding.code == "MLS703"
    assert 0 < finding.evidence["widest"] < 0.05


def test_a_sure_change_below_the_tolerance_is_small():
    study = knobs(condition("little", 20, 212), tolerance=0.02)
    assert study.change("little", "base", "dev").outcome == "small"
    assert not any(x.moved for x in study.changes)


def test_among_many_comparisons_a_change_must_be_surer():
    shaky = Condition(
        "shaky", "shaky",
        tuple(run_of(train=20, train_dev=220, dev=190 + k) for k in (-24, 16, -16, 24, 0)),
    )  # fmt: skip
    alone = study_runs([BASE, shaky], [Comparison("shaky", "base", "dev")], SEEDS).changes[0]
    many = [condition(f"nothing-{k}", 20, 220) for k in range(12)]
    among = knobs(shaky, *many).change("shaky", "base", "dev")
    assert alone.outcome == "fell"
    assert among.outcome == "unsure"
    assert among.p_value == alone.p_value < 0.05 < among.p_adjusted


@pytest.mark.parametrize("seeds", [1, 2])
def test_too_few_seeds_are_not_told(seeds):
    some = [Condition(x.name, x.title, x.runs[:seeds]) for x in (BASE, condition("more", 20, 90))]
    study = study_runs(some, [Comparison("more", "base", "dev")], range(seeds))
    assert study.changes[0].outcome == "not_told"
    assert study.changes[0].figure.ci is None
    assert "MLS705" in codes(study)


def test_levels_and_gaps_of_a_condition():
    base = knobs(condition("more", 20, 120)).condition("base")
    assert base.levels["dev"].value == pytest.approx(0.22)
    assert base.gaps["avoidable_bias"].value == pytest.approx(0.01)
    assert base.gaps["variance"].value == pytest.approx(0.2)
    assert base.gaps["data_mismatch"].ci[0] < 0 < base.gaps["data_mismatch"].ci[1]


def test_without_a_human_level_a_change_of_bias_is_one_of_train():
    more = condition("more", 120, 220)
    study = study_runs([BASE, more], [Comparison("more", "base", "avoidable_bias")], SEEDS)
    assert study.changes[0].figure.value == pytest.approx(0.1)
    assert "avoidable_bias" not in study.condition("base").gaps


def test_a_gap_that_a_condition_does_not_have_is_not_compared():
    plain = Condition("plain", "plain", tuple(run_of(train=20, dev=220) for _ in SEEDS))
    study = study_runs([BASE, plain], [Comparison("plain", "base", "data_mismatch")], SEEDS)
    assert study.changes == ()


def against(of: Condition, base: Condition, kind: str):
    """Return the codes and the verdict of a study of one comparison of dev."""
    study = study_runs([base, of], [Comparison(of.name, base.name, "dev")], SEEDS)
    return codes(study, kind), verdict_of(kind, study, {})


@pytest.mark.parametrize(("errors", "code"), [(370, "MLS762"), (70, "MLS763"), (221, "MLS703")])
def test_systematic_labels_are_called_worse_only_where_they_are(errors, code):
    random = condition("random-20", 20, 220)
    assert against(condition("systematic-20", 20, errors), random, "label-noise")[0] == [code]


@pytest.mark.parametrize(
    ("errors", "says"),
    [
        (120, "fell most with turned added: -10.0 points"),
        (221, "No difference seen: nothing that was tried lowered the error on the target."),
        (212, "No sure difference of 1.0 points or more was seen. The largest change: "
              "turned added against turned other, error on dev -0.80 points"),
        (370, "Nothing that was tried lowered the error on the target, surely and by 1.0 points "
              "or more. The largest change: turned added against turned other, error on dev +15.0"),
    ],
)  # fmt: skip
def test_no_difference_is_said_only_where_none_is_seen(errors, says):
    _, verdict = against(condition("added", 20, errors), condition("other", 20, 220), "mismatch")
    assert says in verdict


@pytest.mark.parametrize("kind", ["knobs", "transfer", "multitask", "synthesis", "label-noise"])
def test_a_small_change_is_not_called_no_difference(kind):
    base, little = (
        Condition(x.name, x.title, x.runs, "fine-tuned", 100)
        for x in (condition("base", 20, 220), condition("little", 20, 212))
    )
    quantity = "variance" if kind == "knobs" else "dev"
    study = study_runs([base, little], [Comparison("little", "base", quantity)], SEEDS)
    assert study.changes[0].outcome == "small"
    assert "no sure difference of 1.0 points or more" in verdict_of(kind, study, {}).lower()
