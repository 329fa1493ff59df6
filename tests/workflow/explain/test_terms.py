"""The text of `explain`: whole, linked, and its numbers are what the library computes."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import polars as pl
import pytest

import mlstrat as ms
from docs.examples import BY_HAND
from docs.pages import pages
from docs.your_data import your_data
from mlstrat.cli import run as cli
from mlstrat.cli.app import COMMANDS
from mlstrat.core.decisions import FOCUS
from mlstrat.core.metrics import METRICS
from mlstrat.workflow.explain.document import OTHER_WORDS, WORKED
from mlstrat.workflow.explain.registry import RULES
from mlstrat.workflow.explain.terms import (
    CHAPTERS,
    LECTURES,
    NAMES,
    NO_COMMAND,
    TERMS,
    spelt,
    terms_of,
)
from tests.course_cases import CASES

HEADINGS = [
    "Why strategy", "Orthogonalization", "Single number evaluation metric",
    "Satisficing and optimizing metric", "Train Dev Test Distributions",
    "Size of the dev and test sets", "When to change dev/test sets and metrics",
    "Why human-level performance", "Avoidable bias", "Understanding human-level performance",
    "Surpassing human-level performance", "Improving your model performance",
    "Andrej Karpathy interview", "Carrying out error analysis",
    "Cleaning up incorrectly labeled data", "Build your first system quickly, then iterate",
    "Training and testing on different distributions",
    "Bias and Variance with mismatched data distributions", "Addressing data mismatch",
    "transfer Learning", "Multi-task learning", "What is end-to-end deep learning",
    "Whether to use end-to-end deep learning",
]  # fmt: skip


@pytest.mark.parametrize("heading", HEADINGS)
def test_every_heading_of_the_course_is_explained(heading):
    (term,) = ms.explain(heading).terms
    assert term.rule
    assert any(term.name in case.terms for case in CASES)


@pytest.mark.parametrize("term", TERMS.values(), ids=lambda term: term.name)
def test_a_term_has_rule_checklist_numbers_and_source(term):
    assert term.rule.endswith(".")
    assert term.conditions
    assert re.search(r"\d", " ".join(term.numbers))
    assert term.source
    text = ms.explain(term.name).to_text()
    assert text.startswith(f"{term.title}\n")
    assert "[ ] " in text
    assert f"Source: {term.source}" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80
    for other in term.also:
        assert other in TERMS or other in METRICS


def test_words_for_a_term_are_its_own():
    for term in TERMS.values():
        own = {term.name, spelt(term.title), *term.aliases}
        assert {NAMES[word] for word in own} == {term.name}
    assert not set(NAMES) & {name.replace("_", "-") for name in METRICS}
    assert sum(len(terms) for _, terms in CHAPTERS.values()) == len(TERMS)


@pytest.mark.parametrize("code", RULES)
def test_a_finding_points_to_its_terms(code):
    terms = terms_of(code)
    assert terms
    assert f"mlstrat explain {terms[0].name}" in " ".join(ms.explain(code).to_text().split())


def test_a_term_names_no_finding_that_there_is_not():
    for term in TERMS.values():
        for start in term.codes:
            assert any(code.startswith(start) for code in RULES), (term.name, start)


@pytest.mark.parametrize("name", METRICS)
def test_the_worked_number_of_a_metric_is_what_score_computes(name):
    labels = ["yes"] * 5 + ["no"] * 5
    said = ["yes"] * 3 + ["no"] * 2 + ["yes"] + ["no"] * 4
    run = pl.DataFrame({"label": labels, "prediction": said})
    if METRICS[name].needs:
        run = pl.DataFrame({"label": ["yes", "yes", "no", "no"], "score": [0.9, 0.4, 0.6, 0.1]})
    value = ms.score(run, metric=name, **({"beta": 2} if name == "f_beta" else {})).value
    assert f"{value:.3f}" in WORKED[name]
    assert WORKED[name] in " ".join(ms.explain(name).to_dict()["metrics"][0]["worked"].split())


def options_of(command: str, capsys: pytest.CaptureFixture[str]) -> set[str]:
    """Return the options that the help of a command lists."""
    cli([command, "--help"])
    return set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out))


def test_every_command_and_option_that_is_named_is_there(capsys):
    options = {name: options_of(name, capsys) for name in COMMANDS}
    known = set().union(*options.values())
    for term in TERMS.values():
        for command in term.commands:
            name, *words = command.split()
            assert {x for x in words if x.startswith("--")} <= options[name], command
        text = " ".join((term.rule, *term.conditions, *term.numbers))
        assert set(re.findall(r"--[a-z][a-z-]*", text)) <= known, term.name
    for rule in RULES.values():
        text = " ".join((rule.meaning, rule.rule, *rule.next_steps))
        assert set(re.findall(r"--[a-z][a-z-]*", text)) <= known, rule.code
        for name, more in re.findall(r"`mlstrat ([a-z-]+)((?: --?[a-zA-Z-]+)*)", text):
            assert set(more.split()) <= options[name] | {"-n", "-o", "-f"}, rule.code


def test_a_reader_has_every_source():
    for x in (*TERMS.values(), *RULES.values()):
        assert not re.search(r"\b(interface|blueprint|ours)\b", x.source), x


def test_how_it_is_decided_is_shown_with_the_term():
    text = " ".join(ms.explain("focus").to_text().split())
    assert f"Promise: {FOCUS.promise}" in text
    assert ms.explain("focus").to_dict()["terms"][0]["decision"]["method"] == FOCUS.method
    assert ms.explain("gap").to_dict()["terms"][0]["decision"] is None


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("AVOIDABLE_BIAS", "avoidable-bias"),
        ("  Data  Mismatch ", "data-mismatch"),
        ("overfitting", "variance"),
        ("Satisficing and optimizing metrics", "satisficing"),
        ("dev set", "dev-set"),
        ("test set", "test-set"),
        ("optimizing metric", "satisficing"),
        ("WER", "word-error-rate"),
        ("mAP", "mean-average-precision"),
    ],
)
def test_a_term_is_found_however_it_is_spelt(typed, found):
    assert ms.explain(typed).terms[0].name == found


@pytest.mark.parametrize(
    ("typed", "name"), [("F1 score", "f1"), ("Brier score", "brier"), ("ROC-AUC", "roc_auc")]
)
def test_a_metric_is_found_by_its_title_and_other_words(typed, name):
    assert ms.explain(typed).metrics[0].name == name


def test_other_words_for_a_metric_are_no_term():
    assert not OTHER_WORDS.keys() & (NAMES.keys() | {spelt(m.title) for m in METRICS.values()})
    assert set(OTHER_WORDS.values()) <= METRICS.keys()


@pytest.mark.parametrize("verdict", ["focus", "contested", "small", "undetermined", "insufficient"])
def test_every_verdict_is_a_term(verdict):
    assert TERMS[verdict].numbers


@pytest.mark.parametrize(
    ("typed", "near"),
    [("avoidbale bias", "avoidable-bias"), ("MLS1O1", "MLS1"), ("presision", "precision")],
)
def test_what_is_unknown_names_the_nearest(typed, near):
    with pytest.raises(ms.UsageError, match="nothing to explain") as error:
        ms.explain(typed)
    assert near in str(error.value)


def test_the_list_has_every_term_metric_and_code():
    text = ms.explain().to_text()
    for name in (*TERMS, *METRICS, *RULES):
        assert re.search(rf"^{name}\b", text, re.MULTILINE), name
    frame = ms.explain().to_frame()
    assert list(frame["kind"].unique()) == ["term", "metric", "finding"]
    assert len(frame) == len(TERMS) + len(METRICS) + len(RULES)


def test_the_pages_are_what_explain_says(root: Path):
    made = pages(ms.list_recipes(), your_data())
    there = {path.name for path in (root / "docs").glob("*.md")}
    assert there == {*made, *BY_HAND}
    for name, text in made.items():
        found = (root / "docs" / name).read_text("utf-8")
        change = list(difflib.unified_diff(found.splitlines(), text.splitlines(), n=0))[:6]
        assert found == text, f"docs/{name}: run python docs/make.py: {change}"


def test_every_link_of_the_pages_leads_somewhere():
    made = pages(ms.list_recipes(), your_data())
    for text in made.values():
        for page, anchor in re.findall(r"\]\(([\w.-]+)(?:#([\w-]+))?\)", text):
            assert page in made
            assert not anchor or f'<a id="{anchor}"></a>' in made[page], (page, anchor)


TYPED = """padding|stride|cross-correlation|convolution|pooling|1x1|1×1|skip connection|residual|
receptive field|augmentation|ensembles|crops|hand engineering|GRU|LSTM|gates|vanishing gradients|
bidirectional|IoU|non-max suppression|anchors|bounding box|landmarks|triplet|one-shot|siamese|
liveness|style cost|style transfer|beam search|length normalization|perplexity|language model|WER|
BLEU|attention|word embeddings|threshold|calibration|confusion matrix|baseline|floor|leakage|
regression|regularization|L2|dropout|softmax|early stopping|transfer learning|fine-tuning|
weighting|workflow|inception"""


@pytest.mark.parametrize("word", [x.strip() for x in TYPED.split("|")])
def test_the_words_that_people_type_are_known(word):
    found = ms.explain(word)
    assert len(found.terms) + len(found.metrics) == 1


def test_the_workflow_walks_the_course_in_its_order():
    text = " ".join(ms.explain("workflow").to_text().split())
    places = [text.index(f"[ ] {week} ") for week in ("C3W1", "C3W2", "C4W1", "C5W1")]
    assert places == sorted(places)
    walked = [lecture.partition(" ")[2].lower() for lecture, _ in LECTURES]
    interview = "andrej karpathy interview"
    told = {ms.explain(x).terms[0].name for x in HEADINGS if x.lower() != interview}
    assert told == {name for lecture, name in LECTURES if lecture.startswith("C3")}
    assert len(walked) == len(set(walked))


@pytest.mark.parametrize(("lecture", "name"), LECTURES, ids=lambda x: x)
def test_each_lecture_has_a_command_or_says_why_not(lecture, name):
    said = next(x for x in ms.explain("workflow").terms[0].conditions if x.startswith(lecture))
    assert ("mlstrat " in said) or ("no command" in said)
    assert bool(TERMS[name].commands) == (name not in NO_COMMAND)
    assert TERMS[name].numbers[0] in said


def test_a_weight_is_computed_from_two_sizes():
    (said,) = ms.explain("weighting 200000 5000").terms[0].numbers
    assert "β = 1/40 = 0.025" in said
    assert "1/3" in ms.explain("weighting-data 30,000 10,000").terms[0].numbers[0]
    with pytest.raises(ms.UsageError, match="no weight from 5 and 50"):
        ms.explain("weighting 5 50")
    with pytest.raises(ms.UsageError, match="nothing to explain"):
        ms.explain("variance 5 50")
