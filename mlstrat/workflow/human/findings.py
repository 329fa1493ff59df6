# Over 300 lines: a code a rule, and the functions that raise them.
"""What is to be known about the levels that people reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.core.decisions import BEST_PERSON, DIFFERENCE
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.wording import Scale, clean, count, listed
from mlstrat.tasks.classification.findings import MISMATCHED_LECTURE
from mlstrat.workflow.human.crowd import ALIKE, FEWEST_ANSWERS, FEWEST_SHARED, Proxy

if TYPE_CHECKING:
    from mlstrat.workflow.human.levels import HumanLevels

TRUSTED_AGREEMENT = 0.667
"""Below it not even tentative conclusions are drawn from answers (Krippendorff, of alpha; kappa
is held to it too)."""

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


def who(e: Evidence) -> str:
    """Return who stands for Bayes error, in words: nobody is named who may not be the best."""
    if e["method"] == "level_and_advantage":
        best = f"the best of {count(e['of'])} people"
        return best if e["tied"] else f"{clean(e['name'])}, {best}"
    if e["method"] == "lowest_corrected":
        return f"{clean(e['name'])}, corrected for being the lowest of {count(e['of'])}"
    return clean(e["name"])


def facts(proxy: Proxy) -> dict[str, Any]:
    """Return what a finding tells of the proxy."""
    return {
        "name": proxy.name, "error": proxy.value, "method": proxy.method,
        "of": proxy.people, "tied": list(proxy.not_told_from),
    }  # fmt: skip


def _purpose(e: Evidence, s: Scale) -> str:
    text = f"The proxy for Bayes error is {s.value(e['error'])}: {who(e)}. "
    if e["bar"] is None:
        return text + "The bar for publishing or deploying is yours to name: --bar NAME."
    return text + (
        f"The bar for publishing or deploying is {clean(e['bar'])} at {s.value(e['bar_error'])}."
    )


def _few(e: Evidence, _s: Scale) -> str:
    names = [f"{clean(name)} ({count(n)} answers)" for name, n in e["answers"].items()]
    return f"Lower than {clean(e['proxy'])} and passed over: {listed(names[:MOST_NAMES])}."


def _model_text(e: Evidence, s: Scale) -> str:
    parts = [
        f"{words} {named(e[answer])}"
        for answer, words in (("yes", "beats"), ("no", "does not beat"),
                              ("undecided", "cannot be told from"))
        if e[answer]
    ]  # fmt: skip
    return f"At {s.value(e['model'])} the model {listed(parts)}."


def _agreement(e: Evidence, _s: Scale) -> str:
    ci = f" ({e['ci'][0]:z.2f} to {e['ci'][1]:z.2f})" if e["ci"] else ""
    return f"{AGREEMENTS[e['method']]} is {e['value']:z.2f}{ci}. {agreement_as_seen(e)}"


def agreement_as_seen(e: Evidence) -> str:
    """Return raw agreement, and that of the classes on which people agree least."""
    least = sorted(e["by_class"].items(), key=lambda item: item[1])[:MOST_NAMES]
    parts = [f"{100 * x:.1f}% for {clean(label) or 'other answers'}" for label, x in least]
    return (
        f"{100 * e['raw']:.1f}% of pairs of answers agree; a second person repeats the class that "
        f"the first one gave in {listed(parts)}."
    )


def _left(e: Evidence, _s: Scale) -> str:
    some = [f"{clean(name)} {count(n)}" for name, n in list(e["left"].items())[:MOST_NAMES]]
    if len(e["left"]) > MOST_NAMES:
        some.append(f"{len(e['left']) - MOST_NAMES} more people some")
    return f"Left unanswered, of {count(e['examples'])} examples: {listed(some)}."


def _alone(e: Evidence, s: Scale) -> str:
    level = s.value(e["error"])
    if not e["of"]:
        return f"Votes do not say who gave them: the human level is one voter's error, {level}."
    if e["p_alike"] is not None and e["p_alike"] >= ALIKE:
        text = f"Equally good people would differ as much by chance (p = {e['p_alike']:.2g})"
    elif e["shared"] is None:
        text = f"Nobody gave {FEWEST_ANSWERS} answers"
    else:
        text = f"Two people or more answered {count(e['shared'])} examples, too few to compare them"
    return f"{text}: the human level is the error of {clean(e['name'])} together, {level}."


USE_OF_LEVEL = Rule(
    "MLS330", "note", "What this level is for",
    "The lowest error that people reach bounds Bayes error from above, so it is the proxy to "
    "measure avoidable bias against: not the mean of people, and not 0. To publish or to "
    "deploy another level may be the bar, as that of a typical expert.",
    "The proxy is the best person, corrected for having been picked: the mean error of people, and "
    "how far below it the best one is on shared examples, chosen on two thirds of them and "
    "measured on the third, where people differ by more than chance. Of typed levels it is the "
    "lowest, corrected where all have counts. The bar is what --bar names.",
    _LEVEL + "; Stone (1974)",
    ("give the proxy to the diagnosis: mlstrat human … -f json -o levels.json, then mlstrat "
    "diagnose run.csv --human levels.json",),
    sentence=_purpose, decision=BEST_PERSON)  # fmt: skip

LOWER_RESTS_ON_FEW = Rule(
    "MLS331", "note", "A lower error rests on few answers",
    "The best of many small samples is the luckiest, so it does not stand for Bayes error.",
    f"A lower error with fewer than {FEWEST_ANSWERS} answers (a typed level) or fewer than "
    f"{FEWEST_SHARED} examples shared with others (mlstrat's thresholds).", _LEVEL,
    ("have these people answer more examples",),
    sentence=_few, decision=BEST_PERSON)  # fmt: skip

MODEL_BEATS_SOME = Rule(
    "MLS332", "tip", "The model beats some people and not others",
    "It is past a typical level and not past the best: what the better people see is what "
    "there is to learn.",
    "The interval of the difference excludes 0 on one side for some, and not for all.",
    _LEVEL,
    ("let the people it does not beat label, and read its errors with them",
    "measure avoidable bias against the proxy, not against those it beats"),
    sentence=_model_text, decision=DIFFERENCE)  # fmt: skip

MODEL_BEATS_ALL = Rule(
    "MLS333", "tip", "The model beats everyone measured",
    "Bayes error may lie anywhere below the model's error: people no longer tell how far it "
    "can go, nor whether bias or variance is the larger.",
    "The interval of every difference is below 0.", "C3W1 Surpassing human-level performance",
    ("look for a better team or expert, or for data that people do not see",),
    sentence=_model_text, decision=DIFFERENCE)  # fmt: skip

LOW_AGREEMENT = Rule(
    "MLS334", "issue", f"Agreement is below what Krippendorff asks for ({TRUSTED_AGREEMENT})",
    "Where people do not agree, the labels they made may be no truth to learn. A coefficient "
    "is low where one class is rare, too: agreement by class tells which it is.",
    f"Cohen's kappa or Krippendorff's alpha below {TRUSTED_AGREEMENT}, Krippendorff's lower bound "
    "for tentative conclusions from alpha. An issue where the whole interval is below it, else a "
    "note.",
    "Krippendorff (2004), Content Analysis, 11.4; Feinstein and Cicchetti (1990)",
    ("write down how to label the cases they differ on, and label these again",),
    sentence=_agreement)  # fmt: skip

LOWEST_TIED = Rule(
    "MLS335", "note", "The lowest cannot be told from others",
    "Who is named best may change with the next examples; the level changes little.",
    "The interval of the difference to the lowest includes 0: over shared examples, adjusted for "
    "how many people there are; of typed levels Newcombe's.", "Gupta (1965); Newcombe (1998b)",
    sentence=lambda e, _s: (
        f"{clean(e['proxy'])} may be no better than {named(e['tied'])}."),
    decision=BEST_PERSON)  # fmt: skip

ANSWERS_WITHOUT_LABEL = Rule(
    "MLS336", "note", "Some answered examples have no label",
    "Their ids are not in the run, so they are left out.", "An id that the run does not have.",
    "mlstrat: an answer is right or wrong only beside a label",
    ("check that both tables are of the same examples",),
    sentence=lambda e, _s: f"{count(e['ids'])} ids, as {named(e['first'])}.")  # fmt: skip

ALL_BEAT_MODEL = Rule(
    "MLS337", "tip", "Everyone measured is better than the model",
    "As long as people are better, they can label more, explain why they are right, and tell "
    "bias from variance.", "The interval of every difference is above 0.",
    "C3W1 Why human-level performance",
    ("get labels from people, and insight from reading errors with them",),
    sentence=_model_text, decision=DIFFERENCE)  # fmt: skip

NO_MAJORITY = Rule(
    "MLS338", "note", "The team has no majority on some examples",
    "A tie is not an answer and counts as wrong.", "The most frequent answer is not unique.",
    "mlstrat: no answer is guessed", ("use an odd number of people, or let one decide",),
    sentence=lambda e, _s: f"{count(e['ties'])} of {count(e['examples'])} examples are tied."
)  # fmt: skip

MAJORITY_BELOW = Rule(
    "MLS339", "tip", "The majority errs less than the best of its people",
    "A team can be better than each of its members, and Bayes error is not above what it reaches. "
    "mlstrat takes one person as the human level; where a team decides in practice, its error is "
    "the one to compare with.",
    "The interval of the majority's error minus the proxy, on the same examples, is below 0.",
    _LEVEL,
    sentence=lambda e, s: (
        f"The majority errs on {s.value(e['error'])}, {s.points(-e['difference'])} below the human "
        f"level of {s.value(e['proxy'])}. To measure against the team: --human-error "
        f"{e['errors']}/{e['examples']}."),
    decision=DIFFERENCE)  # fmt: skip

NOT_PEOPLE = Rule(
    "MLS327", "tip", "A column holds no person's answers",
    "Times, counts and comments are not answers, so the column is left out of the human level.",
    "More than half of the values of a human_<name> column are not labels of the run (mlstrat's "
    "threshold), or votes_<label> names no label.", "mlstrat: a person answers with labels",
    ("if it is a person, write the answers as the labels are written; else rename the column",),
    sentence=lambda e, _s: f"Left out: {named(e['columns'])}.")  # fmt: skip

UNANSWERED = Rule(
    "MLS328", "note", "Not everyone answered every example",
    "Whoever leaves out the hard examples looks better. A person's own error covers what that "
    "person answered; the proxy compares people on the examples that they share.",
    "A blank, skip or n/a where somebody else answered.", "mlstrat: an abstention is not an error",
    sentence=_left)  # fmt: skip

LEVEL_ALONE = Rule(
    "MLS329", "note", "Who of the people is best cannot be told",
    "As long as nothing shows that people differ, the lowest is the luckiest; and where each "
    "answered different examples, easy ones look like skill. So the human level is that of all "
    "together, and the lower end of its interval allows for a better one among them.",
    f"Fewer than {FEWEST_SHARED} examples that two or more answered, or errors that differ by no "
    f"more than chance (Cochran's Q, p of at least {ALIKE}; mlstrat's thresholds), or votes "
    "alone.", _LEVEL + "; Cochran (1950)",
    ("have at least two people answer the same 100 examples or more",),
    sentence=_alone, decision=BEST_PERSON)  # fmt: skip


def level_findings(proxy: Proxy | None, no_people: Sequence[str]) -> list[Finding]:
    """Return what limits the human level, for `human` and `diagnose` alike."""
    out = [Finding(NOT_PEOPLE, {"columns": list(no_people)})] if no_people else []
    if proxy is None:
        return out
    n = proxy.error.n
    if n is not None and n < FEWEST_ANSWERS:
        out.append(Finding(FEW_ANSWERS, {"name": proxy.name, "answers": n}))
    if proxy.method == "level":
        told = {"name": proxy.name, "of": proxy.people, "shared": proxy.shared,
                "p_alike": proxy.p_alike, "error": proxy.value}  # fmt: skip
        out.append(Finding(LEVEL_ALONE, told))
    below = proxy.majority_below
    if below is not None and below.value is not None and below.n is not None:
        error = proxy.value + below.value
        out.append(Finding(MAJORITY_BELOW, {
            "error": error, "proxy": proxy.value, "difference": below.value, "ci": below.ci,
            "errors": round(error * below.n), "examples": below.n,
        }))  # fmt: skip
    return out


def people_findings(levels: HumanLevels) -> list[Finding]:
    """Return the findings about people and the model beside them."""
    proxy, bar = levels.proxy, levels.bar
    out = level_findings(proxy, levels.no_people)
    if proxy is None:
        return out
    told = facts(proxy)
    told |= {"proxy": proxy.name, "bar": bar and bar.name, "bar_error": bar and bar.value}
    out.insert(0, Finding(USE_OF_LEVEL, told))
    lower = [s for s in levels.annotators if s.value < proxy.value]
    few = {s.name: s.error.n for s in lower if proxy.compared and s.name not in proxy.compared}
    if few:
        out.append(Finding(LOWER_RESTS_ON_FEW, {"answers": few, "proxy": proxy.name}))
    out += _model(levels)
    agreed = levels.agreement
    if agreed is not None and (value := agreed.figure.value) is not None:
        ci = agreed.figure.ci
        if value < TRUSTED_AGREEMENT:
            surely = ci is not None and ci[1] < TRUSTED_AGREEMENT
            by_class = {label: x for label, x, _ in agreed.by_class}
            out.append(Finding(
                LOW_AGREEMENT,
                {"method": agreed.method, "value": value, "ci": ci, "raw": agreed.raw,
                 "by_class": by_class},
                lowered_to=None if surely else "note",
            ))  # fmt: skip
    if proxy.not_told_from:
        tied = list(proxy.not_told_from)
        out.append(Finding(LOWEST_TIED, {"proxy": proxy.name, "tied": tied}))
    asked = proxy.error.n if levels.split else None
    left = {s.name: asked - n for s in levels.annotators
            if asked is not None and (n := s.error.n) is not None and n < asked}  # fmt: skip
    if left:
        out.append(Finding(UNANSWERED, {"examples": asked, "left": left}))
    if levels.team is not None and (ties := levels.ties.get(levels.team.name)):
        out.append(Finding(NO_MAJORITY, {"ties": ties, "examples": levels.team.error.n}))
    return out


def _model(levels: HumanLevels) -> list[Finding]:
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
    people = listed([f"{clean(k)} {s.value(v)}" for k, v in list(e["people"].items())[:MOST_NAMES]])
    more = len(e["people"]) - MOST_NAMES
    same = ", on the very same rows as the model" if e["paired"] else ""
    return (
        f"Human level is {s.value(e['error'])}: {who(e)}; {count(e['answers'])} examples of "
        f"{e['split']}{same}. Observed errors: {people}{f' and {more} more' if more > 0 else ''}."
    )


HUMAN_LEVEL_OF_PEOPLE = Rule(
    "MLS210", "note", "The human level comes from people's answers",
    "The best of the people, corrected for having been picked; see MLS330.",
    "Columns human, human_<name> or votes_<label> with answers on train, else train-dev, else "
    "dev.", _LEVEL,
    sentence=_human, decision=BEST_PERSON)  # fmt: skip


HUMAN_LEVEL_ELSEWHERE = Rule(
    "MLS211", "issue", "Human level was measured on another distribution",
    "Avoidable bias compares people and model within the training distribution.",
    "Distributions are declared different and the answers are on dev.", MISMATCHED_LECTURE,
    ("let people answer examples of the training distribution too",),
    sentence=lambda e, _s: f"People answered on {e['split']}, not on training data.")  # fmt: skip


FEW_ANSWERS = Rule(
    "MLS212", "note", "Few answers stand behind the human level",
    "At an error of 5%, 100 answers leave a standard error of 2 points.",
    f"Fewer than {FEWEST_ANSWERS} examples were answered (mlstrat's threshold).", _LEVEL,
    ("have people answer more examples",),
    sentence=lambda e, _s: f"{clean(e['name'])}: {count(e['answers'])} examples.")  # fmt: skip


NO_PROBABILITIES_OF_PEOPLE = Rule(
    "MLS213", "note", "People's answers give no level of this metric",
    "The metric is of probabilities or scores, which people did not give, or of classes, which "
    "votes do not tell of one person; so their answers make no human level of it.",
    "Columns of people, and a metric of scores or probabilities; of votes, any metric but the "
    "error.", "mlstrat: people answer with labels",
    ("type the human level in this metric's loss with --human-error",))  # fmt: skip
