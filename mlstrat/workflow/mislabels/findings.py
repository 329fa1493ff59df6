# Over 300 lines: a question's codes stand together, each once, with its sentence and its rule.
"""Are wrong labels worth correcting, are they systematic, and what is to be told of them?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlstrat.core.counts import Bools
from mlstrat.core.decisions import WORTH
from mlstrat.core.figures import Estimate, jeffreys_variance
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.sample_size.to_settle import IntervalAt, Side, settle, to_settle_sentence
from mlstrat.core.wording import Scale, clean, count, listed
from mlstrat.tasks.findings import ONLY_SPLIT_USED, TEST_LOOKED_AT
from mlstrat.workflow.error_table.findings import ROWS_DO_NOT_ADD_UP, STRATA_UNREAD
from mlstrat.workflow.mislabels.compute import LARGE_PART, Concentration, LabelReview, Mislabels
from mlstrat.workflow.mislabels.versus import ALIKE, Versus

_CLEANING = "C3W2 Cleaning up incorrectly labeled data; MLY16"


Evidence = Mapping[str, Any]


MOST_SHOWN = 5


def _part(e: Evidence, s: Scale) -> str:
    if e.get("difference") is not None:
        return (
            f"The two models differ by {s.points(abs(e['difference']))}, and wrong labels make up "
            f"{s.points(e['error_from_labels'])} of the error."
        )
    return (
        f"They make up {s.value(e['label_share'])} of the errors; "
        f"{s.points(e['error_from_other'])} of error come from everything else."
    )


def _half_marked(e: Evidence, _s: Scale) -> str:
    names = (("errors", e["errors"]), ("correct rows", e["correct"]))
    kinds = [f"{count(n)} {name}" for name, n in names if n is not None]
    return f"Marked are {listed(kinds)}; the others are blank, which says not read."


def _bound(e: Evidence, _s: Scale) -> str:
    rows = "rows" if e["correct"] is None else f"{count(e['correct'])} rows"
    return f"No correct row was read: of the {rows} that count as correct nothing is known."


def _random(e: Evidence, _s: Scale) -> str:
    if not e["tested"]:
        return "Random errors average out. Whether these are random could not be tested."
    return (
        f"No sign of being systematic among {count(e['mislabeled'])} wrong labels (by "
        f"{listed([clean(x) for x in e['tested']])}; smallest adjusted p = {e['p_adjusted']:.2g})."
    )


def _systematic_text(e: Evidence, _s: Scale) -> str:
    parts = [
        f"{clean(x['column'])} {clean(x['value']) or '(blank)'}: {count(x['mislabeled'])} of "
        f"{count(x['read'])}, {x['expected']:.1f} expected (p = {x['p_adjusted']:.2g})"
        for x in e["concentrations"][:MOST_SHOWN]
    ]
    return f"{'; '.join(parts)}."


def _assumed(e: Evidence, _s: Scale) -> str:
    read = e["read"]
    if read is None:
        return "Typed numbers say nothing of single rows: wrong labels are taken to hit both alike."
    return (
        f"Read were {count(read['only_a_right'])} rows on which only the first is right, and "
        f"{count(read['only_b_right'])} on which only the second is."
    )


def _truths(e: Evidence, _s: Scale) -> str:
    parts = []
    if e["new_labels"]:
        parts.append(f"New: {_some(e['new_labels'])}.")
    if e["unresolved"]:
        parts.append(f"{count(e['unresolved'])} wrong labels have no right one yet.")
    if e["inferred"]:
        parts.append(f"For {count(e['inferred'])} rows the other of two labels was taken.")
    return " ".join(parts)


def _some(names: Sequence[str]) -> str:
    shown = [clean(x) for x in names[:MOST_SHOWN]]
    more = len(names) - len(shown)
    return listed([*shown, f"{count(more)} more"] if more else shown)


ONLY_WRONG_MARKED = Rule(
    "MLS420", "issue", "Only wrong labels are marked",
    "A blank row counts as not read: how many were found right is unknown, and so is the share "
    "that is wrong.",
    "Every row read of a kind (errors, correct rows) has a wrong label, and others of it are "
    "blank.",
    "mlstrat: who marks only what is wrong leaves no count of what was read",
    ("write 0 into mislabeled, or none into tags, wherever you looked and the label is "
    "right",),
    sentence=_half_marked)  # fmt: skip


def _labels_open(e: Evidence, s: Scale) -> str:
    if e["difference"] is not None:
        text = _part(e, s)
    else:
        text = (
            f"They make up {s.value(e['label_share'])} of the errors ({s.interval(e['ci'])}), and "
            f"mlstrat's threshold is {s.value(e['threshold'])}."
        )
    if not e["more"]:
        return text
    return f"{text} {to_settle_sentence({'dev': e['more']}, {'dev': e['more']}, of='errors')}"


LABELS_WORTH_CORRECTING = Rule(
    "MLS421", "tip", "Wrong labels are worth correcting",
    "They hide what the model does, or blur the choice between models.",
    f"Wrong labels surely make up at least {LARGE_PART:g} of the errors (mlstrat's threshold: the "
    "course calls 6% small and 30% worth it); with another model, at least the difference of the "
    "two, or they surely turn the choice. Surely: the whole interval.",
    _CLEANING,
    ("correct the labels of dev and test by the same process",
    "look at correct rows, too: a wrong label can hide an error"),
    sentence=_part, decision=WORTH)  # fmt: skip

LABELS_NOT_FIRST = Rule(
    "MLS422", "note", "Wrong labels are not what to work on",
    "Other errors are the larger part by far: correcting labels would gain little.",
    f"Wrong labels surely make up less than {LARGE_PART:g} of the errors; with another model, "
    "less than the difference of the two. Surely: the whole interval.", _CLEANING,
    ("read the other errors first: mlstrat error-table",),
    sentence=_part, decision=WORTH)  # fmt: skip

LABELS_OPEN = Rule(
    "MLS441", "note", "Whether wrong labels are worth correcting cannot be told",
    "They may be a large or a small part of the errors: too few were read.",
    f"The interval of their share holds {LARGE_PART:g}; with another model, that of their part of "
    "the error holds the difference of the two, or corrected labels turn the choice, not surely.",
    _CLEANING,
    ("read more errors, and look at correct rows, too",),
    sentence=_labels_open, decision=WORTH)  # fmt: skip

ONLY_MISTAKES_REVIEWED = Rule(
    "MLS423", "note", "Only mistakes were reviewed",
    "Some rows counted as correct have wrong labels; there the model agrees with a mistake. "
    "Without them the corrected error is a lower bound.",
    "No correct row of the sheet was read.", _CLEANING,
    ("draw correct rows, too, and read them: mlstrat sample --correct 100",),
    sentence=_bound)  # fmt: skip

CORRECT_DEV_AND_TEST = Rule(
    "MLS424", "tip", "Correct dev and test by the same process",
    "They must go on coming from the same distribution, or test no longer tells how good the "
    "choice on dev was.",
    "Labels of one of the two are corrected.", _CLEANING,
    ("apply the same rules, people and share of rows read to both",),
    sentence=lambda _e, _s: "What is corrected in dev is to be corrected in test.")  # fmt: skip

TRAINING_LABELS_CAN_STAY = Rule(
    "MLS425", "note", "Training labels can stay where errors are random",
    "A learner averages over random errors of labels. Train may differ slightly from dev and test.",
    "No sign that wrong labels are systematic: every adjusted p-value is above 1 − confidence. Few "
    "wrong labels show little.", _CLEANING,
    ("look again once more wrong labels are known",),
    sentence=_random)  # fmt: skip

LABELS_SYSTEMATIC = Rule(
    "MLS426", "issue", "Wrong labels are systematic",
    "They do not average out: a model learns them. Such training labels need correcting, too.",
    "A permutation test of wrong labels by label, by pair of label and prediction, by annotator "
    "or by source has an adjusted p-value (Holm) of at most 1 − confidence.",
    _CLEANING,
    ("write down how such cases are to be labelled",
    "label them again in train, dev and test"),
    sentence=_systematic_text)  # fmt: skip

OTHER_NOT_REVIEWED = Rule(
    "MLS427", "issue", "The other model's errors were not reviewed",
    "Rows sampled from one model's errors can only turn in its favour. Where few rows were read on "
    "which only one of the two is right, wrong labels are taken to hit the two alike.",
    f"Fewer than {ALIKE:g} rows were read on which only the first, or only the second, of the two "
    "models is right, or, with numbers alone, nothing is known of single rows. A tip where some "
    "were read of both.",
    "mlstrat: the rows on which only one model is right decide between the two",
    ("read the errors of the other model, too: add them to the sheet and read correct rows",),
    sentence=_assumed)  # fmt: skip

TRUE_LABELS_ODD = Rule(
    "MLS428", "note", "True labels that are new, missing or taken to be the other of two",
    "A true label that the run does not know is a new class. Without a right label an error stays "
    "one; of two labels the other is right.",
    "true_label holds a label that the run does not have, or is blank where mislabeled says x.",
    "mlstrat: a corrected label must be one that predictions can match",
    ("write the right label into true_label wherever it is known",),
    sentence=_truths)  # fmt: skip

TAKEN_AS_RANDOM = Rule(
    "MLS290", "note", "A sheet that says nothing of how it was drawn is taken as random",
    "The figures hold for a random sample of the errors, and of the correct rows where some are "
    "on the sheet; of the split where nothing tells its size. Rows that somebody chose make them "
    "wrong.",
    "The sheet has neither sampling_weight nor a stratum, and holds a part of the rows, or nothing "
    "tells how many there are.",
    "mlstrat: sample writes how each row was drawn",
    ("draw the sheet: mlstrat sample run.csv --correct 100 -o review.csv",
    "say how many rows and errors there are: --run run.csv, or --error 60/1000"),
    sentence=lambda e, _s: (
        f"Its {count(e['errors'])} errors and {count(e['correct'])} correct rows are taken as drawn"
        f" at random from {'the split' if e['of_split'] else 'those of the split'}."))  # fmt: skip

UNUSABLE = Rule(
    "MLS291", "tip", "Some examples have no right label",
    "No answer to them is right: the corrected error leaves them out, above and below the line.",
    "mislabeled says drop.", _CLEANING,
    ("take them out of dev and test alike, and say in the labelling guide what to do with them",),
    sentence=lambda e, _s: (
        f"{count(e['errors'])} errors and {count(e['correct'])} correct rows of those read are to "
        "be dropped."))  # fmt: skip

RANKING_ONLY = Rule(
    "MLS429", "note", "A ranking is not an estimate",
    "Rows that look most like wrong labels do not say how many there are: only a random sample "
    "does. Their probabilities must come from a model not trained on them.",
    "Rows were ranked, by confident learning or by the probability of the label.",
    "Northcutt, Jiang and Chuang (2021), JAIR 70",
    ("read a random sample for the figures: mlstrat sample run.csv --correct 100",),
    sentence=lambda e, _s: (
        f"{count(e['rows'])} rows were picked, not drawn at random."))  # fmt: skip


TOTALS_DIFFER = 0.005
"""Part by which the weights of a sheet may miss the errors: they add up with rounding."""


SLACK = 1e-9
"""Comparisons against a threshold allow this much rounding."""


def worth_fixing(result: Mislabels, versus: Versus | None, confidence: float) -> bool | None:
    """Return whether wrong labels are so large a part that they are worth correcting.

    Without another model: their share of the errors is at least `LARGE_PART`. With one: their part
    of the error is at least the difference of the two, so that they can turn the choice round, or
    they do. Both by the whole interval; None where that cannot be told.

    References
    ----------
    Ng, C3W2 Cleaning up incorrectly labeled data: 0.6 points of label errors against a difference
    of 2.1% and 1.9%.
    """
    figure = result.label_share if versus is None else result.error_from_labels
    bar = LARGE_PART if versus is None else abs(versus.observed_difference)
    if figure.value is None:
        return None
    low, high = figure.ci or (figure.value, figure.value)
    if low >= bar - SLACK and figure.value > 0:
        return True
    if result.picked:  # at least so many
        return None
    turned = None if versus is None else _turned(versus, confidence)
    return True if turned else False if high < bar - SLACK and turned is None else None


def _turned(versus: Versus, confidence: float) -> bool | None:
    """Return whether corrected labels surely turn the choice; None where they do not at all."""
    corrected, p = versus.corrected_difference, versus.p_better_corrected
    if corrected is None or p is None or corrected * versus.observed_difference >= 0:
        return None
    return max(p, 1 - p) >= (1 + confidence) / 2


def more_errors(result: Mislabels, confidence: float) -> int | None:
    """Return how many more errors to read, at most all, to tell whether labels are worth it.

    None where no number would do, or nobody knows how many errors there are.
    """
    share, read, errors = result.label_share, result.errors.read, result.size.errors
    if share.value is None or share.ci is None or not read or errors is None:
        return None
    side = Side("dev", 1.0, Estimate(
        share.value, share.ci, read, variance=jeffreys_variance(share.value, read), trials=read
    ))  # fmt: skip

    def decides(at: IntervalAt) -> Bools:
        low, high = at(confidence)
        return (low >= LARGE_PART) | (high < LARGE_PART)

    found = settle("are the labels worth correcting?", [side], decides, of_ci=confidence)
    if result.taken_as_random:
        return None if found is None else found.total
    left = errors - read
    return left if found is None else min(found.total, left)


def is_systematic(found: Sequence[Concentration], confidence: float) -> bool | None:
    """Return whether wrong labels are concentrated anywhere; None where nothing was tested."""
    if not found:
        return None
    return any(one.p_adjusted <= 1 - confidence + SLACK for one in found)


def mislabel_findings(
    result: Mislabels,
    versus: Versus | None,
    found: Sequence[Concentration],
    review: LabelReview | None,
    confidence: float,
) -> tuple[Finding, ...]:
    """Return the findings, the most urgent first."""
    out = [*_decision(result, versus, confidence), *_systematic(result, found, confidence)]
    if result.picked:
        read = result.errors.read + result.correct.read
        out.append(Finding(RANKING_ONLY, {"rows": read}))
    elif any(result.half_marked):
        kinds = (result.errors, result.correct)
        counts = [kind.mislabeled if half else None
                  for kind, half in zip(kinds, result.half_marked, strict=True)]  # fmt: skip
        out.append(Finding(ONLY_WRONG_MARKED, {"errors": counts[0], "correct": counts[1]}))
    elif result.bound is not None:
        rows, errors = result.size.rows, result.size.errors
        unknown = rows is None or errors is None
        correct = None if unknown else (rows or 0) - (errors or 0)
        out.append(Finding(ONLY_MISTAKES_REVIEWED, {"correct": correct}))
    if versus is not None and versus.assumed in ("mirrored", "independent"):
        read_rows = None if versus.read is None else dict(versus.read)
        evidence = {"assumed": versus.assumed, "read": read_rows}
        some = versus.read and versus.read["only_a_right"] and versus.read["only_b_right"]
        out.append(Finding(OTHER_NOT_REVIEWED, evidence, lowered_to="tip" if some else None))
    elif versus is not None and versus.p_better_corrected is None and versus.read is not None:
        out.append(Finding(OTHER_NOT_REVIEWED, {"assumed": None, "read": dict(versus.read)}))
    return (*out, *([] if review is None else _sheet(result, review)))


def _decision(result: Mislabels, versus: Versus | None, confidence: float) -> list[Finding]:
    worth, share = worth_fixing(result, versus, confidence), result.label_share
    figure = share if versus is None else result.error_from_labels
    if result.error_from_other.value is None or (worth is None and figure.ci is None):
        return []
    evidence: dict[str, Any] = {
        "label_share": share.value,
        "error_from_labels": result.error_from_labels.value,
        "error_from_other": result.error_from_other.value,
        "threshold": LARGE_PART,
        "difference": None if versus is None else versus.observed_difference,
    }
    if worth is None:
        evidence["ci"] = None if share.ci is None else list(share.ci)
        evidence["more"] = more_errors(result, confidence) if versus is None else None
        return [Finding(LABELS_OPEN, evidence), Finding(CORRECT_DEV_AND_TEST, {})]
    return [
        Finding(LABELS_WORTH_CORRECTING if worth else LABELS_NOT_FIRST, evidence),
        Finding(CORRECT_DEV_AND_TEST, {}),
    ]


def _systematic(
    result: Mislabels, found: Sequence[Concentration], confidence: float
) -> list[Finding]:
    if not found and any(result.half_marked):
        return []
    mislabeled = result.errors.mislabeled + result.correct.mislabeled
    if is_systematic(found, confidence):
        sure = [vars(one) for one in found if one.p_adjusted <= 1 - confidence + SLACK]
        return [Finding(LABELS_SYSTEMATIC, {"concentrations": sure})]
    if not mislabeled and not result.label_share.value:
        return []
    evidence = {
        "mislabeled": mislabeled,
        "tested": [one.column for one in found],
        "p_adjusted": min((one.p_adjusted for one in found), default=None),
    }
    return [Finding(TRAINING_LABELS_CAN_STAY, evidence)]


def _whole(result: Mislabels) -> bool:
    """Whether the sheet holds every row, errors and correct ones, of the kinds that it holds."""
    size = result.size
    if result.taken_as_random or size.errors is None or size.rows is None:
        return False
    right = size.rows - size.errors
    return result.errors.rows == size.errors and result.correct.rows in (0, right)


def _sheet(result: Mislabels, review: LabelReview) -> list[Finding]:
    out: list[Finding] = []
    if (unusable := result.errors.dropped + result.correct.dropped) > 0:
        dropped = {"errors": result.errors.dropped, "correct": result.correct.dropped}
        out.append(Finding(UNUSABLE, dropped | {"rows": unusable}))
    if not review.weighted and not _whole(result):
        there = {"errors": result.errors.rows, "correct": result.correct.rows}
        out.append(Finding(TAKEN_AS_RANDOM, there | {"of_split": result.taken_as_random}))
    unresolved = result.errors.unresolved + result.correct.unresolved
    if review.weighted and not result.picked:
        errors = result.size.errors
        covered = result.errors.covered
        off = errors is not None and abs(covered - errors) > max(1.0, TOTALS_DIFFER * errors)
        off = off and not review.eyeball  # whose errors are a part of them
        if off or review.by_hand:
            weighed = covered if off else None
            evidence = {"weighed": weighed, "errors": errors, "added": review.by_hand}
            out.append(Finding(ROWS_DO_NOT_ADD_UP, evidence))
        if result.unread >= 0.5:
            out.append(Finding(STRATA_UNREAD, {"unread": result.unread, "errors": errors}))
    if review.new_labels or review.inferred or (unresolved and result.size.labels):
        out.append(
            Finding(
                TRUE_LABELS_ODD,
                {"new_labels": list(review.new_labels), "unresolved": unresolved,
                 "inferred": review.inferred},
            )
        )  # fmt: skip
    if review.split == "test":
        out.append(Finding(TEST_LOOKED_AT, {"split": review.split}))
    elif review.split not in (None, "dev"):
        out.append(Finding(ONLY_SPLIT_USED, {"split": review.split}))
    return out
