"""What is to be known about the levels that people reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.core.findings import Finding, Rule
from mlstrat.core.wording import Scale, clean, count, listed
from mlstrat.tasks.classification.findings import MISMATCHED_LECTURE
from mlstrat.workflow.human.level import FEWEST_ANSWERS

if TYPE_CHECKING:
    from mlstrat.workflow.human.annotators import HumanLevels

TRUSTED_AGREEMENT = 0.667
"""Below it, conclusions from people's answers are not even tentative (Krippendorff)."""


_LEVEL = "C3W1 Understanding human-level performance"


Evidence = Mapping[str, Any]


AGREEMENTS = {"cohen_kappa": "Cohen's kappa", "krippendorff_alpha": "Krippendorff's alpha"}


MOST_NAMES = 8
"""Names that a reader is shown; the JSON has all."""


def named(names: Sequence[str]) -> str:
    """Return names in a sentence, the first of many."""
    some = [clean(name) for name in names[:MOST_NAMES]]
    if len(names) > MOST_NAMES:
        some.append(f"{len(names) - MOST_NAMES} more")
    return listed(some)


def _purpose(e: Evidence, s: Scale) -> str:
    text = f"{clean(e['proxy'])} at {s.value(e['error'])} is the proxy for Bayes error. "
    if e["bar"] is None:
        return text + "The bar for publishing or deploying is yours to name: --bar NAME."
    return text + (
        f"The bar for publishing or deploying is {clean(e['bar'])} at {s.value(e['bar_error'])}."
    )


def _few(e: Evidence, _s: Scale) -> str:
    who = [f"{clean(name)} ({count(n)} answers)" for name, n in e["answers"].items()]
    return f"Lower than {clean(e['proxy'])} and passed over: {listed(who[:MOST_NAMES])}."


def _model_text(e: Evidence, s: Scale) -> str:
    parts = [
        f"{words} {named(e[answer])}"
        for answer, words in (("yes", "beats"), ("no", "does not beat"),
                              ("undecided", "cannot be told from"))
        if e[answer]
    ]  # fmt: skip
    return f"At {s.value(e['model'])} the model {listed(parts)}."


USE_OF_LEVEL = Rule(
    "MLS330", "note", "What this level is for",
    "The lowest error that people reach bounds Bayes error from above, so it is the proxy to "
    "measure avoidable bias against: not the mean of people, and not 0. To publish or to "
    "deploy another level may be the bar, as that of a typical expert.",
    "The lowest with enough answers is the proxy; the bar is what --bar names.", _LEVEL,
    ("give the proxy to the diagnosis: mlstrat human … -f json -o levels.json, then mlstrat "
    "diagnose run.csv --human levels.json",),
    sentence=_purpose)  # fmt: skip

LOWER_RESTS_ON_FEW = Rule(
    "MLS331", "note", "A lower error rests on few answers",
    "The best of many small samples is the luckiest, so it does not stand for Bayes error.",
    f"A lower error with fewer than {FEWEST_ANSWERS} answers (ours).", _LEVEL,
    ("have these people answer more examples",),
    sentence=_few)  # fmt: skip

MODEL_BEATS_SOME = Rule(
    "MLS332", "tip", "The model beats some people and not others",
    "It is past a typical level and not past the best: what the better people see is what "
    "there is to learn.",
    "The interval of the difference excludes 0 on one side for some, and not for all.",
    _LEVEL,
    ("let the people it does not beat label, and read its errors with them",
    "measure avoidable bias against the proxy, not against those it beats"),
    sentence=_model_text)  # fmt: skip

MODEL_BEATS_ALL = Rule(
    "MLS333", "tip", "The model beats everyone measured",
    "Bayes error may lie anywhere below the model's error: people no longer tell how far it "
    "can go, nor whether bias or variance is the larger.",
    "The interval of every difference is below 0.", "C3W1 Surpassing human-level performance",
    ("look for a better team or expert, or for data that people do not see",),
    sentence=_model_text)  # fmt: skip

PEOPLE_DISAGREE = Rule(
    "MLS334", "issue", "People hardly agree",
    "Where people do not agree, the labels they made may be no truth to learn.",
    f"Cohen's kappa or Krippendorff's alpha below {TRUSTED_AGREEMENT}.",
    "Krippendorff (2004), Content Analysis, 11.4",
    ("write down how to label the cases they differ on, and label these again",),
    sentence=lambda e, _s: f"{AGREEMENTS[e['method']]} is {e['value']:.2f}.")  # fmt: skip

LOWEST_TIED = Rule(
    "MLS335", "note", "The lowest cannot be told from others",
    "The interval of the difference includes 0: who is named best may change with the next "
    "examples; the level changes little.",
    "Newcombe's interval of the difference to the proxy includes 0.", "Newcombe (1998)",
    sentence=lambda e, _s: (
        f"{clean(e['proxy'])} may be no better than {named(e['tied'])}."))  # fmt: skip

ANSWERS_WITHOUT_LABEL = Rule(
    "MLS336", "note", "Some answered examples have no label",
    "Their ids are not in the run, so they are left out.", "An id that the run does not have.",
    "interface", ("check that both tables are of the same examples",),
    sentence=lambda e, _s: f"{count(e['ids'])} ids, as {named(e['first'])}.")  # fmt: skip

ALL_BEAT_MODEL = Rule(
    "MLS337", "tip", "Everyone measured is better than the model",
    "As long as people are better, they can label more, explain why they are right, and tell "
    "bias from variance.", "The interval of every difference is above 0.",
    "C3W1 Why human-level performance",
    ("get labels from people, and insight from reading errors with them",),
    sentence=_model_text)  # fmt: skip

NO_MAJORITY = Rule(
    "MLS338", "note", "The team has no majority on some examples",
    "A tie is no answer and counts as wrong.", "The most frequent answer is not unique.",
    "interface", ("use an odd number of people, or let one decide",),
    sentence=lambda e, _s: f"{count(e['ties'])} examples are tied.")  # fmt: skip


def people_findings(levels: HumanLevels) -> list[Finding]:
    """Return the findings about people and the model beside them."""
    proxy, bar = levels.proxy, levels.bar
    evidence = {
        "proxy": proxy.name,
        "error": proxy.value,
        "bar": None if bar is None else bar.name,
        "bar_error": None if bar is None else bar.value,
    }
    out = [Finding(USE_OF_LEVEL, evidence)]
    few = {
        s.name: s.error.n
        for s in levels.candidates
        if s.value < proxy.value and s.error.n is not None and s.error.n < FEWEST_ANSWERS
    }
    if few:
        out.append(Finding(LOWER_RESTS_ON_FEW, {"answers": few, "proxy": proxy.name}))
    if proxy.error.n is not None and proxy.error.n < FEWEST_ANSWERS:
        out.append(Finding(FEW_ANSWERS, {"name": proxy.name, "answers": proxy.error.n}))
    out += _model(levels)
    agreed = levels.agreement
    value = None if agreed is None else agreed.figure.value
    if agreed is not None and value is not None and value < TRUSTED_AGREEMENT:
        out.append(Finding(PEOPLE_DISAGREE, {"method": agreed.method, "value": value}))
    if levels.tied:
        out.append(Finding(LOWEST_TIED, {"proxy": proxy.name, "tied": list(levels.tied)}))
    if levels.ties:
        out.append(Finding(NO_MAJORITY, {"ties": levels.ties}))
    return out


def _model(levels: HumanLevels) -> list[Finding]:
    """Return where the model stands: the bar and teams count as levels, too."""
    if not levels.versus or levels.model is None:
        return []
    by_answer = {
        answer: [v.name for v in levels.versus if v.beats == answer]
        for answer in ("yes", "no", "undecided")
    }
    evidence = {"model": levels.model.value, **by_answer}
    if by_answer["yes"] and (by_answer["no"] or by_answer["undecided"]):
        return [Finding(MODEL_BEATS_SOME, evidence)]
    if by_answer["yes"]:
        return [Finding(MODEL_BEATS_ALL, evidence)]
    return [Finding(ALL_BEAT_MODEL, evidence)] if not by_answer["undecided"] else []


def _human(e: Evidence, s: Scale) -> str:
    people = listed([f"{clean(k)} {s.value(v)}" for k, v in e["people"].items()])
    same = "on the very same rows as the model" if e["complete"] else "on part of the rows"
    return (
        f"Human level is {s.value(e['error'])}: {clean(e['name'])}, {count(e['answers'])} answers "
        f"on {e['split']}, {same}. Errors: {people}."
    )


HUMAN_LEVEL_OF_PEOPLE = Rule(
    "MLS210", "note", "The human level comes from people's answers",
    "The lowest error of people who answered enough, or of their majority.",
    f"At least {FEWEST_ANSWERS} answers (ours), on train, else train-dev, else dev.",
    "C3W1 Understanding human-level performance",
    sentence=_human)  # fmt: skip


HUMAN_LEVEL_ELSEWHERE = Rule(
    "MLS211", "issue", "Human level was measured on another distribution",
    "Avoidable bias compares people and model within the training distribution.",
    "Distributions are declared different and the answers are on dev.", MISMATCHED_LECTURE,
    ("let people answer examples of the training distribution too",),
    sentence=lambda e, _s: f"People answered on {e['split']}, not on training data.")  # fmt: skip


FEW_ANSWERS = Rule(
    "MLS212", "note", "Few answers stand behind the human level",
    "Nobody gave enough answers; who answered most was taken.",
    f"Nobody gave {FEWEST_ANSWERS} answers.",
    "C3W1 Understanding human-level performance",
    ("have at least one person answer more examples",),
    sentence=lambda e, _s: f"{clean(e['name'])} gave {count(e['answers'])} answers.")  # fmt: skip


NO_PROBABILITIES_OF_PEOPLE = Rule(
    "MLS213", "note", "People's answers carry no probabilities",
    "This metric is of probabilities or scores, which people did not give, so their answers "
    "are no human level of it.", "Human columns, and a metric of scores or probabilities.",
    "interface", ("type the human level in this metric's loss with --human-error",))  # fmt: skip
