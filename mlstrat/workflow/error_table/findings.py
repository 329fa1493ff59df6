"""What a table of errors concludes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlstrat.core.findings import Finding, Rule
from mlstrat.core.wording import Scale, clean, count, listed, rounded_up
from mlstrat.workflow.error_table.table import Category, ErrorTable

_TABLE = "C3W2 Carrying out error analysis; MLY14"


_SIZE = "MLY17-19: 10 errors very rough, 20 rough, 50 good, 100 very good"


Evidence = Mapping[str, Any]


MOST_SHOWN = 5


READINGS = {"very_rough": "very rough", "rough": "rough"}


def some(words: Sequence[str], most: int = MOST_SHOWN) -> str:
    """Return the first of some words, and how many more there are."""
    shown = [*words[:most], f"{count(len(words) - most)} more"] if len(words) > most else words
    return listed(list(shown))


def _worth_text(e: Evidence, _s: Scale) -> str:
    scale = Scale()
    tags = [f"{clean(x['tag'])} (at most {scale.points(x['gain'])})" for x in e["tags"]]
    return f"{some(tags)}; the noise of the dev set is ±{scale.points(e['noise'])}."


def _first_text(e: Evidence, _s: Scale) -> str:
    if e["most_per_day"] is None:
        other = "1 other tag" if e["others"] == 1 else f"{count(e['others'])} other tags"
        return f"{clean(e['largest'])} is the largest; {other} may pay back the work sooner."
    rate = ""
    if e["gain_per_day"] is not None:
        rate = f", at most {Scale().points(e['gain_per_day'])} a day"
    if e["most_per_day"] == e["largest"]:
        return f"{clean(e['largest'])} is the largest, and gives most for each day of work{rate}."
    return (
        f"{clean(e['largest'])} is the largest, but {clean(e['most_per_day'])} gives most for "
        f"each day of work{rate}."
    )


def _pair(e: Evidence, _s: Scale) -> str:
    first, second = (clean(tag) for tag in e["tags"])
    text = f"{first} leads {second} by {Scale().points(e['difference'])} ({_ci(e)}). "
    if e["more"] is not None:
        more = rounded_up(e["more"])
        if e["errors"] is not None and e["reviewed"] + more >= e["errors"]:
            return text + f"Reading all {count(e['errors'])} errors would tell, for this set."
        return text + f"Reading about {count(more)} more errors would tell."
    if e["difference"] <= 0:
        return f"{first} and {second} are as large as each other so far; no number would tell."
    return text + "A few more errors would tell."


def _ci(e: Evidence) -> str:
    return f"{Scale().interval(e['ci'])}"


def _few(e: Evidence, _s: Scale) -> str:
    text = f"{count(e['reviewed'])} errors were read: {READINGS[e['reading']]}"
    if e["errors"] is not None and e["reviewed"] >= e["errors"]:
        return f"{text}, though these are all there are."
    return f"{text}; 50 give a good sense and 100 a very good one."


def _variants(e: Evidence, _s: Scale) -> str:
    groups = [" / ".join(clean(tag) for tag in group) for group in e["variants"]]
    return f"{some(groups)}{': counted as one' if e['merged'] else ''}."


def _sum(e: Evidence, _s: Scale) -> str:
    parts = []
    if e["weighed"] is not None:
        parts.append(
            f"The weights add up to {e['weighed']:.6g} errors, and there are {count(e['errors'])}"
        )
    if e["added"]:
        rows = "1 row has" if e["added"] == 1 else f"{count(e['added'])} rows have"
        parts.append(f"{rows} no weight and {'is' if e['added'] == 1 else 'are'} left out")
    return _of_sheet(e) + ". ".join(parts) + "."


def _of_sheet(e: Evidence) -> str:
    """Return which of two sheets it is, where that is not the later one."""
    return f"{clean(e['sheet'])}: " if "sheet" in e else ""


def _unread(e: Evidence, _s: Scale) -> str:
    unread = f"{e['unread']:.0f}"
    return f"They hold {unread} of the {count(e['errors'])} errors."


WORTH_WORK = Rule(
    "MLS401", "tip", "Tags that are worth work",
    "If all errors with the tag were right, the error would fall by more than the dev set's "
    "noise. That is a ceiling: work seldom fixes all of them.",
    "The whole interval of the gain is above half the width of the interval of the error. "
    "The comparison with the noise is ours.", _TABLE,
    ("ask of each what it would take, and what share of it could be fixed",
    "work on several at once, where people can be shared"),
    sentence=_worth_text)  # fmt: skip

NOT_WORTH_WORK = Rule(
    "MLS402", "note", "Tags that cannot be worth much work on their own",
    "Even with all of these errors right, this dev set could not tell the new error from the "
    "old one.",
    "The whole interval of the gain is below half the width of the interval of the error. "
    "The comparison with the noise is ours.", _TABLE,
    ("leave them, unless the work is very little or they matter for another reason",),
    sentence=_worth_text)  # fmt: skip

LARGEST_NOT_FIRST = Rule(
    "MLS403", "note", "The largest tag is not automatically first",
    "The ceiling is what could be gained, not what will be: how hard the work is, and what "
    "you know how to do, count as much.",
    "More than one tag, none known to be too small.", _TABLE,
    ("write the days of work by tag into a file: --effort costs.toml",),
    sentence=_first_text)  # fmt: skip

TWO_LARGEST_TIED = Rule(
    "MLS404", "note", "The two largest tags cannot be told apart",
    "Which of them is the larger may be chance: too few of the errors were read.",
    "The interval of the difference of their shares, on the same errors, includes 0. The "
    "number to read is for a chance of 80% (Connor 1987).",
    "Connor (1987); mlstrat: an order that chance may turn round is none",
    ("read more errors before the order of the two decides anything",),
    sentence=_pair)  # fmt: skip

FEW_ERRORS_READ = Rule(
    "MLS405", "note", "So few errors were read that the table is only a hint",
    "Shares of a few errors are rough: a tag that was not seen may still be common.",
    "Fewer than 20 errors read: very rough; fewer than 50: rough.", _SIZE,
    ("read on where there are more: about 100 errors give a very good sense of what goes "
    "wrong",),
    sentence=_few)  # fmt: skip

SPELLINGS = Rule(
    "MLS406", "note", "Tags that may be one, spelled in several ways",
    "They are counted apart, and each share is too small if they are one.",
    "Equal but for case, blanks and hyphens, a plural, or one letter of a longer word.",
    "mlstrat: one tag under two names is counted as two",
    ("where they are one, make them alike in the sheet, or count them so with "
    "--merge",),
    sentence=_variants)  # fmt: skip

ROWS_DO_NOT_ADD_UP = Rule(
    "MLS407", "issue", "The rows of the sheet do not add up to the errors of the split",
    "Rows were deleted, or added by hand: what the weights of the rest say is scaled to the "
    "number of errors, rows without a weight are left out.",
    "The weights do not add up to the errors, or a row of a sheet with weights has none.",
    "mlstrat: a ceiling is a share of all errors, so they must add up",
    ("draw the missing rows again with the same seed, or add rows with sample --append",),
    sentence=_sum)  # fmt: skip

STRATA_UNREAD = Rule(
    "MLS408", "note", "Nobody read a row of some strata",
    "Their errors are taken to be like the others.",
    "A stratum of the sheet has no row with a review cell filled.",
    "Cochran (1977): a stratum without a row read has no estimate",
    ("read some rows of each stratum; the rows stand in random order",),
    sentence=_unread)  # fmt: skip


NOT_DRAWN_AT_RANDOM = Rule(
    "MLS410", "issue", "The errors were not drawn at random",
    "The most confident errors, or any others that were picked, are not like the rest: their "
    "shares estimate nothing, so there are no intervals and no ceilings.",
    "The stratum of the errors says so, or no error of a sheet with sampling weights has one.",
    "mlstrat: only a random sample speaks for all errors",
    ("draw the errors at random: sample without --by confidence",),
    sentence=lambda e, _s: (
    f"{_of_sheet(e)}A ranking picked the {count(e['reviewed'])} errors that were read."
    ))  # fmt: skip


ROUGH, GOOD, VERY_GOOD = 20, 50, 100
"""Errors read from which a table is rough, good, very good (MLY17-19); fewer are very rough."""


def reading_level(reviewed: int) -> str:
    """Return how good a sense this many errors give.

    Examples
    --------
    >>> [reading_level(n) for n in (10, 20, 50, 100)]
    ['very_rough', 'rough', 'good', 'very_good']
    """
    if reviewed >= VERY_GOOD:
        return "very_good"
    if reviewed >= GOOD:
        return "good"
    return "rough" if reviewed >= ROUGH else "very_rough"


def table_findings(
    table: ErrorTable,
    *,
    variants: Sequence[Sequence[str]] = (),
    merged: bool = False,
    added: int = 0,
) -> list[Finding]:
    """Return the findings of a table.

    Parameters
    ----------
    table
        As it was counted.
    variants, merged
        Groups of tags that may be one, and whether they were joined.
    added
        Rows of a sheet with weights that have none.
    """
    out = [*sheet_findings(table, added), *_worth(table)]
    seen = [c for c in table.categories if c.count]
    # A tag that is known to be too small does not compete with the first.
    rivals = [c for c in seen if c.worth != "no"]
    if len(rivals) > 1 and table.random:
        costed = all(c.days is not None for c in rivals)
        out.append(Finding(LARGEST_NOT_FIRST, _first(rivals), done=costed))
    pair = table.leading
    known = table.split.drawn_from
    every = known is not None and table.reviewed >= known  # then nothing is left to chance
    if pair is not None and not pair.resolved and not every:
        out.append(
            Finding(
                TWO_LARGEST_TIED,
                {"tags": list(pair.tags), "difference": pair.difference.value,
                 "ci": None if pair.difference.ci is None else list(pair.difference.ci),
                 "reviewed": table.reviewed, "errors": table.split.drawn_from, "more": pair.more},
            )
        )  # fmt: skip
    if table.reviewed < GOOD and table.random:
        evidence = {"reviewed": table.reviewed, "reading": reading_level(table.reviewed),
                    "errors": table.split.drawn_from}  # fmt: skip
        out.append(Finding(FEW_ERRORS_READ, evidence))
    if variants:
        groups = [list(group) for group in variants]
        out.append(Finding(SPELLINGS, {"variants": groups, "merged": merged}))
    if table.unread >= 0.5:
        out.append(
            Finding(STRATA_UNREAD, {"unread": table.unread, "errors": table.split.drawn_from})
        )
    return out


def sheet_findings(table: ErrorTable, added: int, sheet: str | None = None) -> list[Finding]:
    """Return what is wrong with how the errors of a sheet were drawn; `sheet` names one of two."""
    which = {} if sheet is None else {"sheet": sheet}
    out = []
    if not table.random:
        out.append(Finding(NOT_DRAWN_AT_RANDOM, {"reviewed": table.reviewed, **which}))
    if table.weighed is not None or added:
        errors = table.split.drawn_from
        evidence = {"weighed": table.weighed, "errors": errors, "added": added, **which}
        out.append(Finding(ROWS_DO_NOT_ADD_UP, evidence))
    return out


def _worth(table: ErrorTable) -> list[Finding]:
    out = []
    for code, answer in ((WORTH_WORK, "yes"), (NOT_WORTH_WORK, "no")):
        found = [c for c in table.categories if c.worth == answer]
        if found:
            tags = [
                {"tag": c.tag, "gain": c.gain.value, "error": c.error, "ci": list(c.gain.ci or ())}
                for c in found
            ]
            out.append(Finding(code, {"tags": tags, "noise": table.split.noise}))
    return out


def _first(rivals: Sequence[Category]) -> dict[str, object]:
    """Return the largest tag, and the one with most gain for each day where days are known."""
    costed = [c for c in rivals if c.share_per_day is not None]
    best = max(costed, key=lambda c: c.share_per_day or 0.0) if len(costed) > 1 else None
    return {
        "largest": rivals[0].tag,
        "others": len(rivals) - 1,
        "most_per_day": None if best is None else best.tag,
        "days": None if best is None else best.days,
        "gain_per_day": None if best is None else best.gain_per_day,
    }
