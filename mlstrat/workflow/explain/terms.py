"""Every term of the workflow, by chapter and by name: the text behind `explain` and the docs."""

from __future__ import annotations

from mlstrat.workflow.explain.chapters.data import DATA
from mlstrat.workflow.explain.chapters.errors import ERRORS
from mlstrat.workflow.explain.chapters.figures import FIGURES
from mlstrat.workflow.explain.chapters.ladder import LADDER
from mlstrat.workflow.explain.chapters.learning import LEARNING
from mlstrat.workflow.explain.chapters.lectures import workflow
from mlstrat.workflow.explain.chapters.networks import NETWORKS
from mlstrat.workflow.explain.chapters.people import PEOPLE
from mlstrat.workflow.explain.chapters.target import TARGET
from mlstrat.workflow.explain.chapters.verdict import VERDICT
from mlstrat.workflow.explain.chapters.words import WORDS
from mlstrat.workflow.explain.term import Term

_CHAPTERS: dict[str, tuple[str, tuple[Term, ...]]] = {
    "target": ("Setting the target", TARGET),
    "people": ("People as the yardstick", PEOPLE),
    "ladder": ("The ladder and its gaps", LADDER),
    "verdict": ("The verdict", VERDICT),
    "errors": ("Reading the errors", ERRORS),
    "data": ("Data from elsewhere", DATA),
    "learning": ("Ways to learn", LEARNING),
    "networks": ("Networks for pictures and sequences", NETWORKS),
    "figures": ("Figures beside the metrics", FIGURES),
    "words": ("Words of the commands", WORDS),
}

_WALK = workflow({t.name: t for _, terms in _CHAPTERS.values() for t in terms})

CHAPTERS = {"lectures": ("The course in its order", (_WALK,)), **_CHAPTERS}
"""Title and terms of each chapter, in the order of the course."""

TERMS: dict[str, Term] = {t.name: t for _, terms in CHAPTERS.values() for t in terms}
"""By name."""

NAMES: dict[str, str] = {a: t.name for t in TERMS.values() for a in (*t.aliases, t.name)}
"""Names and other words for a term, each with the term's name."""


def terms_of(code: str) -> tuple[Term, ...]:
    """Return the terms that a finding rests on.

    Examples
    --------
    >>> [term.name for term in terms_of("MLS102")]
    ['orthogonalization', 'variance', 'focus']
    """
    return tuple(term for term in TERMS.values() if term.covers(code))
