"""What is to be known about the data behind any figure, whatever the task: MLS20x and 32x.

What is odd about the runs that a call reads is kept until its document is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from mlstrat.core.estimates import FEWEST_GROUPS
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.wording import Scale, clean, count, listed

Evidence = Mapping[str, Any]

CATEGORY = "category"
"""Stands for a column where a run has none of that name: its values are the kinds of error."""

FEW_GROUPS = 20
"""Below this many groups an interval rests on a t distribution of few degrees of freedom."""


def by_split(counts: Mapping[str, int]) -> str:
    """Return a number for each split, in words."""
    return listed([f"{count(n)} in {split}" for split, n in counts.items()])


NO_SPLIT_COLUMN = Rule(
    "MLS203", "note", "No split column: every row counts as dev",
    "Only one level of the ladder can be measured.", "No column has the role split.",
    "mlstrat: a table without splits is mostly the set that was held out",
    ("add a column split with train, train-dev, dev and test",),
    sentence=lambda e, _s: f"All {count(e['rows'])} rows count as dev.")  # fmt: skip


TEST_LOOKED_AT = Rule(
    "MLS206", "note", "The test set was looked at",
    "A test set that is looked at again and again wears out.",
    "The single number is of test.", "C3W1 Train/dev/test distributions",
    ("choose on dev; keep test for the last word",),
    sentence=lambda e, _s: f"The single number is of {e['split']}.")  # fmt: skip


ONLY_SPLIT_USED = Rule(
    "MLS207", "note", "There is no dev split: another stands in for it",
    "The single number is of that split.", "No dev split, one other; or train and test alone.",
    "mlstrat: with one split of unseen rows there is no choice",
    sentence=lambda e, _s: f"The single number is of {e['split']}, which stands in for dev."
    )  # fmt: skip


UNLABELLED_LEFT_OUT = Rule(
    "MLS216", "note", "A split without labels was left out",
    "A split that no figure is computed on needs no labels.",
    "A label, or a score that predicts, is blank in a split other than the one looked at.",
    "mlstrat: what is asked of one split is answered from that split",
    sentence=lambda e, _s: f"Left out, as values there are blank: {by_split(e['rows'])}."
    )  # fmt: skip


FEW_GROUPS_FOUND = Rule(
    "MLS208", "note", "Few groups: intervals are wide and rest on few numbers",
    "Rows of one group are not independent, so the number of groups is what counts.",
    f"Fewer than {FEW_GROUPS} groups in a split; below {FEWEST_GROUPS} no interval.",
    "Cameron, Gelbach and Miller (2008)",
    ("collect more groups (patients, users), not more rows of these",),
    sentence=lambda e, _s: f"Groups: {by_split(e['groups'])}.")  # fmt: skip


GROUPS_BUCKETED = Rule(
    "MLS215", "note", "Groups were put together in buckets",
    "There are more groups than are counted apart. A bucket holds whole groups, so buckets "
    "are as independent, and the intervals are those of so many larger groups.",
    "More groups than are counted apart (mlstrat's threshold).",
    "mlstrat: some hundred thousand groups do not fit in memory",
    sentence=lambda e, _s: (
    f"More groups than are counted apart were counted in {count(e['buckets'])} buckets."
    ))  # fmt: skip


INDEXES_DIFFER = Rule(
    "MLS236", "tip", "Labels and predictions have different indexes",
    "Rows were put together by position; if the index says which row is which, every figure is of "
    "other pairs.",
    "Labels and predictions are Series of pandas whose indexes are not equal.",
    "mlstrat: an array has no index, so positions are what all libraries share",
    ("check that both are in the same order; if not: y_pred.loc[y_true.index]",),
    sentence=lambda e, _s: "Rows were matched by position: the two indexes hold " + (
    "the same values in another order." if e["same_values"] else "different values.")
    )  # fmt: skip


SOURCES_UNCOUNTED = Rule(
    "MLS449", "note", "Too many sources to compare",
    "Whether the splits come from the same sources is not looked at: a column with so many values "
    "names single rows, not the distributions that they come from.",
    "The column with the role source has more values than are counted (mlstrat's threshold).",
    "mlstrat: what train, dev and test are drawn from is a handful of distributions",
    ("name the column that says which distribution a row comes from: --map source=COLUMN",),
    sentence=lambda e, _s: (
    f"Column {clean(e['column'])} has more than {count(e['most'])} values, so the sources of the "
    "splits are not compared."
    ))  # fmt: skip


SNIFFED = Rule(
    "MLS217", "note", "The columns are not separated as the name of the file says",
    "The separator is told by the header; where it is not a comma, decimal commas are numbers.",
    "The header names more columns, or has more, with another separator.",
    "mlstrat: spreadsheets write CSV as the country does",
    sentence=lambda e, _s: f"Read with columns separated by {e['separator']}.")  # fmt: skip


def shared(e: Evidence, _s: Scale) -> str:
    """Return what two splits share, in words."""
    return " ".join(_overlap(x) for x in e["overlaps"])


def _overlap(x: Mapping[str, Any]) -> str:
    one, two = x["splits"]
    kind = {"id": "ids", "group": "groups", "row": "identical rows", "near": "near-identical rows"}
    text = f"{count(x['shared'])} {kind[x['kind']]} in both {one} and {two}"
    text += f" ({count(x['rows'][1])} rows of {two})" if x["kind"] != "id" else ""
    if x["examples"]:
        what = listed([clean(str(v), 40) for v in x["examples"]])
        text += f", such as {'row ' if x['kind'] in ('row', 'near') else ''}{what}"
    return text + "."


OVERLAP = Rule(
    "MLS351", "issue", "Examples or groups occur in two splits",
    "Examples seen in training cannot measure generalisation.",
    "An id, a group, or a row identical in every column that tells examples apart lies in "
    "two splits.", "C3W1 Train/dev/test distributions; Kaufman et al. (2012), leakage",
    ("split again with --group, or by id: `mlstrat split` keeps whole groups together",),
    sentence=shared, doubts=True)  # fmt: skip


def _twice(e: Evidence, _s: Scale) -> str:
    parts = []
    for split, x in e["splits"].items():
        if x["times"] is not None:
            often = "twice" if x["times"] == 2 else f"{x['times']} times"
            parts.append(f"every id stands {often} in {split}: intervals as of {count(x['ids'])} "
                         f"rows, not {count(x['rows'])}")  # fmt: skip
        else:
            parts.append(f"{count(x['repeated'])} of {count(x['ids'])} ids stand more than once "
                         f"in {split}")  # fmt: skip
    text = "; ".join(parts)
    about = f" (of a sample of one id in {count(e['one_in'])})" if e["one_in"] > 1 else ""
    file = f"{clean(e['file'])}: " if "file" in e else ""
    return f"{file}{text[0].upper()}{text[1:]}{about}."


IDS_TWICE = Rule(
    "MLS253", "issue", "An id stands more than once in a split",
    "Rows of one example are not independent: intervals are too narrow.",
    "An id occurs twice in a split, and no group holds its rows together. A tip where fewer than "
    "5% of its rows are repeated (mlstrat's threshold).",
    "mlstrat: an example counts once",
    ("keep one row an example (--filter), or let each id be a group: --map group=COLUMN",),
    sentence=_twice, doubts=True)  # fmt: skip


def _unpaired(e: Evidence, _s: Scale) -> str:
    parts = []
    for side in ("missing", "extra"):
        found = e[side]
        if found["count"]:
            ids = [clean(x) for x in found["ids"]]
            more = found["count"] - len(ids)
            shown = listed([*ids, f"{count(more)} more"] if more > 0 else ids)
            parts.append(f"{count(found['count'])} only in {clean(found['file'])}: {shown}")
    return f"{'; '.join(parts)}. {count(e['paired'])} are compared."


UNPAIRED_EXAMPLES = Rule(
    "MLS322", "issue", "Some examples are in only one of the runs",
    "They are left out: two models are compared on the examples that both predict.",
    "An id of one run does not occur in the other.",
    "mlstrat: only the same examples make a fair comparison",
    ("predict the same examples with both models; what is missing may be what is hard",),
    sentence=_unpaired)  # fmt: skip


def about_split(main: str, asked: str | None) -> list[Finding]:
    """Return the findings on the split of the single number."""
    out = [Finding(TEST_LOOKED_AT, {"split": main})] if main == "test" else []
    if asked is None and main != "dev":
        out.append(Finding(ONLY_SPLIT_USED, {"split": main}))
    return out


TAGS_AS_CLASSES = Rule(
    "MLS804", "issue", "These labels are tags of spans, read as classes",
    "A label B-X or I-X is a part of a span. Rows are not independent within a sentence, most are "
    "O, and a span of which one tag is wrong is wrong: the error of rows is far below that of "
    "spans, and its interval too narrow.",
    "Labels are B-… and I-… of the same names, and the run is read as classification.",
    "Tjong Kim Sang and Buchholz (2000): a span is right if its type and both its ends are",
    ("name the task, with a column sentence_id: --task tagging",),
    sentence=lambda e, _s: (
    f"{count(e['labels'])} of the labels begin with B- or I-, as "
    f"{listed([clean(x) for x in e['first']])}."
    ))  # fmt: skip


def tags_as_classes(labels: Sequence[str]) -> list[Finding]:
    """Return the finding on labels that are parts of spans."""
    starts = {x[2:] for x in labels if x.startswith("B-") and x[2:]}
    goes_on = {x[2:] for x in labels if x.startswith("I-") and x[2:]}
    if not starts & goes_on:
        return []
    found = [x for x in labels if x[:2] in ("B-", "I-")]
    return [Finding(TAGS_AS_CLASSES, {"labels": len(found), "first": found[:3]})]


_SAID: ContextVar[list[tuple[str, Finding]] | None] = ContextVar("said", default=None)


@contextmanager
def listening() -> Iterator[list[tuple[str, Finding]]]:
    """Keep what is said of each file within."""
    outer, own = _SAID.get(), list[tuple[str, Finding]]()
    token = _SAID.set(own)
    try:
        yield own
    finally:
        _SAID.reset(token)
        if outer is not None:
            outer += own


def say(file: str, findings: Iterable[Finding]) -> None:
    """Say what is odd about a file: no command that reads it forgets it."""
    said = _SAID.get()
    if said is not None:
        said += [(file, x) for x in findings]


def not_told(
    said: Iterable[tuple[str, Finding]], told: Iterable[Finding], *, several: bool
) -> list[Finding]:
    """Return what is said and not yet told, each once; of several files, with their names."""
    known = {(x.code, str(x.evidence)) for x in told}
    found: dict[tuple[str, str, str], Finding] = {}
    for file, x in said:
        if (x.code, str(x.evidence)) in known:
            continue
        named = replace(x, evidence={"file": file, **x.evidence}) if several else x
        found.setdefault((x.code, str(x.evidence), file if several else ""), named)
    return list(found.values())
