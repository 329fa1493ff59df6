"""What is told of search and model: MLS810 and 811."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.findings import Rule
from mlstrat.core.wording import Scale, count

Evidence = Mapping[str, Any]


def _shares(e: Evidence, s: Scale) -> str:
    return (
        f"Of {count(e['errors'])} errors {count(e['search'])} are surely the search's and "
        f"{count(e['model'])} the model's or not known to be the search's; the shares differ by "
        f"{s.points(e['difference'])} ({s.interval(e['ci'])})."
    )


SEARCH_ERRS = Rule(
    "MLS810", "issue", "The search is at fault more often than the model",
    "The model prefers the reference to what the search found. Better search finds what the model "
    "likes best, which may be wrong too: the gain is at most these errors.",
    "Of the errors with both log-probabilities, the reference is surely more often the likelier "
    "one.",
    "C5W3 Error analysis in beam search; Machine Learning Yearning 44",
    ("increase the beam width, or change the search",
    "look at what a wider beam brings before you touch the model"),
    sentence=_shares)  # fmt: skip


MODEL_ERRS = Rule(
    "MLS811", "issue", "The model is at fault more often than the search",
    "The model prefers its wrong output to the reference. An error of the search may hide behind "
    "one of the model, so the share of the search is a lower bound.",
    "Of the errors with both log-probabilities, the output is surely more often the likelier one.",
    "C5W3 Error analysis in beam search; Machine Learning Yearning 44",
    ("work on the model: more data, another architecture, regularisation",
    "a wider beam would not repair these"),
    sentence=_shares)  # fmt: skip


def _ranks(e: Evidence, _s: Scale) -> str:
    told = [f"{name} {a:.4g} and {b:.4g}" for name, (a, b) in e["figures"].items()]
    return f"{'; '.join(told)}: by {' and '.join(e['for_b'])} b is the better one, by " + (
        f"{' and '.join(e['for_a'])} a.")  # fmt: skip


RANKED_DIFFERENTLY = Rule(
    "MLS812", "issue", "Two metrics rank these systems differently",
    "Which of the two is better depends on the figure: one has more outputs wholly right, the "
    "other is nearer on the whole. One number must decide, chosen before the comparison.",
    "Of exact outputs, word errors, BLEU and chrF at least two disagree on which system is better.",
    "C3W1 Single number evaluation metric",
    ("choose the figure that stands for what users want, then keep it",
    "read a few outputs on which the two differ"),
    sentence=_ranks)  # fmt: skip
