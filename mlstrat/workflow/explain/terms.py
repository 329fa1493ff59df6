"""Every term of the workflow: rule, checklist, worked numbers, source."""

from __future__ import annotations

from mlstrat.workflow.explain import terms_data as data
from mlstrat.workflow.explain import terms_errors as errors
from mlstrat.workflow.explain import terms_ladder as ladder
from mlstrat.workflow.explain import terms_learning as learning
from mlstrat.workflow.explain import terms_people as people
from mlstrat.workflow.explain import terms_target as target
from mlstrat.workflow.explain import terms_words as words
from mlstrat.workflow.explain.term import Term

CHAPTERS: dict[str, tuple[str, tuple[Term, ...]]] = {
    part.__name__.rpartition("terms_")[2]: (part.TITLE, part.TERMS)
    for part in (target, people, ladder, errors, data, learning, words)
}
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
    ['orthogonalization', 'variance']
    """
    return tuple(term for term in TERMS.values() if term.covers(code))
