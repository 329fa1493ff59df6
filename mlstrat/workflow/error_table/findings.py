# Over 300 lines: a question's codes stand together, each once, with its sentence and its rule.
"""What a table of errors concludes, and what is to be known of a review sheet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mlstrat.core.decisions import DETECTABLE, LARGEST, MOVED
from mlstrat.core.findings import Finding, Rule
from mlstrat.core.intervals import Interval
from mlstrat.core.sample_size.planned import DISAGREEMENT
from mlstrat.core.sample_size.to_settle import to_settle_sentence
from mlstrat.core.wording import Scale, clean, count, listed
from mlstrat.workflow.error_table.table import (
    Category,
    DrawnError,
    ErrorTable,
    LeadingPair,
    TwoReadings,
)

_TABLE = "C3W2 Carrying out error analysis; MLY14"


_SIZE = "MLY17-19: 10 errors very rough, 20 rough, 50 good, 100 very good"


Evidence = Mapping[str, Any]


MOST_SHOWN = 5


READINGS = {"very_rough": "very rough", "rough": "rough"}


def some(words: Sequence[str], most: int = MOST_SHOWN) -> str:
    """Return the first of some words, and how many more there are."""
    shown = [*words[:most], f"{count(len(words) - most)} more"] if len(words) > most else words
    return listed(list(shown))


def named(tag: str) -> str:
    """Return a tag in quotes, as it may read like a word of the sentence."""
    return f'"{clean(tag)}"'


def _shown_text(e: Evidence, _s: Scale) -> str:
    tags = [f"{named(x['tag'])} ({_of_fix(x)})" for x in e["tags"]]
    text = f"{some(tags)}: a full fix of each, with none broken, would be seen"
    if e["fewest_fixed"] is not None:
        text += f"; one of fewer than {count(e['fewest_fixed'])} errors would not"
    if e["difference"] is None:
        return f"{text}."
    return (
        f"{text}. A change that breaks others, too, has to gain {Scale().points(e['difference'])} "
        f"(where the two models disagree on {Scale().value(e['disagreement'])} of the examples)."
    )


def _not_shown_text(e: Evidence, _s: Scale) -> str:
    tags = [f"{named(x['tag'])} ({_of_fix(x)})" for x in e["tags"]]
    text = f"{some(tags)}: not even a full fix would be seen"
    if e["fewest_fixed"] is None:
        return f"{text}."
    return f"{text}, as that takes {count(e['fewest_fixed'])} errors fixed and none broken."


def _of_fix(x: Evidence) -> str:
    p = f"p = {x['p_value']:.2g}"
    if x["fixed"] is None:
        return p
    fixed = round(x["fixed"])
    return f"{count(fixed)} error{'' if fixed == 1 else 's'}, {p}"


def _first_text(e: Evidence, s: Scale) -> str:
    largest = f"{named(e['largest'])} is the largest"
    if not e["decided"]:
        largest = f"{named(e['largest'])} has the most of the errors that were read"
    if e["most_per_day"] is None:
        other = "1 other tag" if e["others"] == 1 else f"{count(e['others'])} other tags"
        return f"{largest}; {other} may pay back the work sooner."
    rate = ""
    if e["gain_per_day"] is not None:
        rate = f", at most {s.points(e['gain_per_day'])} a day"
    gives = "gives" if e["surely"] else "seems to give"
    if e["most_per_day"] == e["largest"]:
        return f"{largest}, and {gives} most for each day of work{rate}."
    return f"{largest}, but {named(e['most_per_day'])} {gives} most for each day of work{rate}."


def _pair(e: Evidence, s: Scale) -> str:
    first, second = (named(tag) for tag in e["tags"])
    lead, ci = s.points(e["difference"]), s.interval(e["ci"])
    text = f"{first} leads {second} by {lead} of the errors ({ci})."
    if e["more"] is None:
        if e["overlap"] is None:
            return f"{text} A sheet, with the tags of each error, tells more than counts by tag."
        return f"{first} and {second} are as large as each other so far; no number would tell."
    if e["rows"] is None:
        return f"{text} {_settles(e['more'], 'errors')}"
    every = f"All {count(e['errors'])} errors of this set were read"
    if e["reviewed"] < e["errors"]:
        every = f"The {count(e['errors'])} errors of this set are not enough"
    return f"{text} {every}. {_settles(e['rows'], 'examples')}"


def _settles(n: int, of: str) -> str:
    return to_settle_sentence({"dev": n}, {"dev": n}, of=of)


def _picked(e: Evidence, s: Scale) -> str:
    return (
        f"{named(e['tag'])} is the largest of {count(e['family'])} tags as they were read, so that "
        f"its ceiling of {s.points(e['gain'])} is likely to be too high; its interval "
        f"({s.interval(e['ci'])}) reaches lower for that."
    )


def _few(e: Evidence, _s: Scale) -> str:
    text = f"{count(e['reviewed'])} errors were read: {READINGS[e['reading']]}"
    if e["errors"] is not None and e["reviewed"] >= e["errors"]:
        return f"{text}, though these are all there are."
    return f"{text}; 50 give a good sense and 100 a very good one."


def _variants(e: Evidence, _s: Scale) -> str:
    groups = [" / ".join(named(tag) for tag in group) for group in e["variants"]]
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
    return f"{clean(e['sheet'])}: " if "sheet" in e else ""


def _unread(e: Evidence, _s: Scale) -> str:
    unread = f"{e['unread']:.0f}"
    return f"They hold {unread} of the {count(e['errors'])} errors."


FIX_SHOWN = Rule(
    "MLS401", "tip", "Tags whose full fix this dev set would show",
    "On the same rows, errors fixed with none broken show soon. Whether that is worth the days of "
    "work is another question.",
    "Exact McNemar of the errors with the tag against none broken has a p-value of at most 1 − "
    "confidence: from 6 errors on at 95%, whatever the size of the set. Where a part of the "
    "errors was read, at the lower end of the interval for all tags together. With errors broken, "
    f"too, at power 0.8; a disagreement of {100 * DISAGREEMENT:g}% is assumed.",
    f"{_TABLE}; McNemar (1947); Connor (1987)",
    ("ask of each what it would take, and what share of it could be fixed",
    "work on several at once, where people can be shared"),
    sentence=_shown_text, decision=DETECTABLE)  # fmt: skip

FIX_NOT_SHOWN = Rule(
    "MLS402", "note", "Tags whose full fix this dev set would not show",
    "Even with all of these errors right, and none broken, this dev set could not tell the two "
    "models apart.",
    "Exact McNemar of the errors with the tag against none broken has a p-value above 1 − "
    "confidence: up to 5 errors at 95%.", f"{_TABLE}; McNemar (1947)",
    ("leave them, unless the work is very little or they matter for another reason",
    "work on several at once: what they fix adds up"),
    sentence=_not_shown_text, decision=DETECTABLE)  # fmt: skip

LARGEST_NOT_FIRST = Rule(
    "MLS403", "note", "The largest tag is not automatically first",
    "The ceiling is what could be gained, not what will be: how hard the work is counts as much.",
    "More than one tag. Most for a day: the interval of its share by day is above all others.",
    _TABLE,
    ("write the days of work by tag into a file: --effort costs.toml",),
    sentence=_first_text, decision=LARGEST)  # fmt: skip

LARGEST_OPEN = Rule(
    "MLS404", "note", "Which tag is the largest cannot be told",
    "Which of them is the larger may be chance: too few errors were read.",
    "The interval of the difference of the two shares, in the population, includes 0; of counts "
    "by tag alone, the two intervals overlap.",
    "Hsu (1984), comparison with the best",
    ("until more errors are read, of this dev set or a larger one, choose by the work that each "
    "takes",),
    sentence=_pair, decision=LARGEST)  # fmt: skip

LARGEST_PICKED = Rule(
    "MLS440", "note", "The largest tag looks larger than it is",
    "Of several tags of one size the one read most often was lucky. The value stays as read; its "
    "interval reaches as low as all tags together need.",
    "More than one tag: the lower end is at 1 − (1 − confidence) / tags, the upper one as of one.",
    "Bonferroni's inequality; Hsu (1984)",
    ("count on less than the ceiling",),
    sentence=_picked, decision=LARGEST)  # fmt: skip

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
    "Rows were deleted, or added by hand: weights are scaled to the number of errors, rows "
    "without a weight left out.",
    "The weights do not add up to the errors, or a row of a sheet with weights has none.",
    "mlstrat: a ceiling is a share of all errors, so they must add up",
    ("draw the missing rows again with the same seed, or add rows with sample --append",),
    sentence=_sum)  # fmt: skip


def _skipped(e: Evidence, _s: Scale) -> str:
    n, x = e["skipped"], e["tags"][0] if e["tags"] else None
    text = f"{count(n)} error{' was' if n == 1 else 's were'} skipped, with read ones after"
    if x is None:
        return f"{text}."
    low, high = Scale().value(x["none"]), Scale().value(x["all"])
    which = "it" if n == 1 else "these"
    return (
        f"{text}: {named(x['tag'])} is in {low} of the errors if none of {which} has it, and in "
        f"{high} if all do."
    )


ROWS_SKIPPED = Rule(
    "MLS851", "note", "Rows were skipped while reading",
    "Who skips what is hard to tell reads no random part: skipped errors may have a tag more "
    "often, or never.",
    "An error of the sheet is not filled in, and one further down is.",
    "mlstrat: what was left out for a reason is not missing at random",
    ("read the rows that were skipped: mlstrat review goes to the next unread one",),
    sentence=_skipped)  # fmt: skip


def _disputed(e: Evidence, _s: Scale) -> str:
    tags = [f"{named(x['tag'])} ({count(x['disputed'])} of {count(e['read'])})" for x in e["tags"]]
    text = f"The readers differ on {some(tags)}."
    if e["open"]:
        text += f" Whether {some([named(x) for x in e['open']])} is worth work depends on it."
    return text


READERS_DIFFER = Rule(
    "MLS852", "note", "Two readers give tags differently",
    "The tag means something else to each; its share depends on who reads.",
    "A tag was given by one of two readers alone, to an error that both read.",
    "Cohen (1960), Educational and Psychological Measurement 20",
    ("read the disputed rows together: mlstrat review A.csv --against B.csv",
     "say in a sentence what each tag means, and read again"),
    sentence=_disputed)  # fmt: skip

STAYS_WRONG = Rule(
    "MLS418", "note", "Some errors stay with every part perfect",
    "The last part owns them because nobody else does. If it ends the chain, no part can repair "
    "them: the chain lacks something, or labels are wrong.",
    "No column of --parts says yes for an error.",
    "Machine Learning Yearning 57",
    ("read these errors: what would the whole need that no part has?",
     "a last part that --parts does not name has no column: name it there, or read its errors as "
     "those of the last one"),
    sentence=lambda e, _s: (
        f"{count(e['stays'])} of {count(e['errors'])} errors, which {named(e['part'])} owns as the "
        "last part; its ceiling is at most so good."
    ))  # fmt: skip

STRATA_UNREAD = Rule(
    "MLS408", "note", "Nobody read a row of some strata",
    "Their errors are taken to be like the others.",
    "A stratum of the sheet has no row with a review cell filled.",
    "Cochran (1977): a stratum without a row read has no estimate",
    ("read some rows of each stratum; the rows are in random order",),
    sentence=_unread)  # fmt: skip


NOT_DRAWN_AT_RANDOM = Rule(
    "MLS410", "issue", "The errors were not drawn at random",
    "Errors that were picked, as the most confident, are not like the rest: their shares estimate "
    "nothing, so there are no intervals and no ceilings.",
    "The stratum of the errors says so, or no error of a sheet with sampling weights has one.",
    "mlstrat: only a random sample speaks for all errors",
    ("draw the errors at random: sample without --by confidence",),
    sentence=lambda e, _s: (
    f"{_of_sheet(e)}A ranking picked the {count(e['reviewed'])} errors that were read."
    ))  # fmt: skip


def _there(x: Evidence) -> str:
    if x["asked"] <= x["rows"]:
        return "the sheet has all"
    return "there is" if x["rows"] == 1 else "there are"


def _all_taken(e: Evidence, _s: Scale) -> str:
    return " ".join(
        f"{count(x['asked'])} {x['what']} were asked for, and {_there(x)} {count(x['rows'])}."
        for x in e["short"]
    )


def _sides(e: Evidence, s: Scale) -> str:
    return "; ".join(
        f"{name} {s.value(x['start'])} → {s.value(x['now'])} ({count(x['n'])} rows)"
        for name, x in (("eyeball", e["eyeball"]), ("blackbox", e["blackbox"]))
    )


def _wear(e: Evidence, s: Scale) -> str:
    found = e["difference"]
    if found["value"] is None:
        return f"Cannot tell: {found['reason']}."
    text = (
        f"Error since the set was fixed: {_sides(e, s)}. The eyeball error is now "
        f"{s.points(abs(found['value']))} {'below' if found['value'] >= 0 else 'above'} the "
        f"blackbox error (blackbox minus eyeball {s.interval(found['ci'])})"
    )
    text += f", {s.points(e['bar'])} of it from the start." if e["bar"] > 0 else "."
    if e["to_settle"] is not None:
        found = e["to_settle"]
        text += f" Cannot tell yet. {to_settle_sentence(found['rows'], found['or_more'])}"
    return text


FEWER_ROWS = Rule(
    "MLS411", "note", "There are fewer rows than were asked for: all are in the sheet",
    "A sheet with all errors of a kind leaves nothing to chance on this set.",
    "Fewer errors, or correct rows, than -n or --correct.",
    "mlstrat: a smaller sheet is better than none",
    sentence=_all_taken)  # fmt: skip

CONFIDENT_NOT_RANDOM = Rule(
    "MLS412", "note", "The most confident errors are not a random sample",
    "They show wrong labels and blind spots soonest, but no share among all errors: "
    "sampling_weight is blank.", "--by confidence.",
    "mlstrat: rows picked by confidence have no known chance of being picked",
    ("for shares and ceilings draw at random, into another sheet: leave --by out",),
    sentence=lambda e, _s: (
    f"The sheet holds the {count(e['drawn'])} most confident of {count(e['errors'])} errors."
    ))  # fmt: skip

RARE_STRATA_JOINED = Rule(
    "MLS413", "note", "The rarest strata were sampled as one",
    "Each stratum needs two rows to estimate its variance; rarer ones are merged (mlstrat's "
    "threshold).",
    "More strata than half of -n.", "Cochran (1977), chapter 5",
    ("ask for more rows with -n to have each stratum by itself",),
    sentence=lambda e, _s: (
    f"{count(e['strata'])} strata with {count(e['rows'])} errors together were sampled as one."
    ))  # fmt: skip

EYEBALL_WORN_OUT = Rule(
    "MLS414", "issue", "The eyeball set is worn out: new examples are due",
    "Its errors were read, and what was done about them helped it more than the rows nobody read.",
    "The eyeball error is surely below the blackbox error, by more than when the set was fixed: "
    "the whole interval of the difference is above max(0, difference then). The course names no "
    "threshold; the interval is mlstrat's.", "Machine Learning Yearning 17",
    ("discard the eyeball set and take a new one from the blackbox set, or from new data: "
    "`mlstrat sample --eyeball` with another --seed",
    "until then judge progress by the blackbox error alone"),
    sentence=_wear, decision=MOVED)  # fmt: skip

EYEBALL_NOT_WORN = Rule(
    "MLS415", "note", "The eyeball set is not shown to be worn out",
    "Its error has not surely fallen faster than that of the rows nobody read.",
    "The interval of the difference reaches down to what it was when the set was fixed.",
    "Machine Learning Yearning 17",
    sentence=_wear, decision=MOVED)  # fmt: skip

TEST_ERRORS_READ = Rule(
    "MLS416", "note", "Errors of the test set are read",
    "Who reads test errors works on them, and test no longer says how the model does on unseen "
    "data.",
    "--split test.", "C3W2 Carrying out error analysis; Machine Learning Yearning 17",
    ("read dev errors, and keep test for the last word",),
    sentence=lambda e, _s: f"{count(e['drawn'])} rows of test are in the sheet.")  # fmt: skip

SAMPLE_WITHOUT_IDS = Rule(
    "MLS417", "note", "There are no ids: rows are known by their number",
    "A sheet of such rows fits this very file, in this order of rows.",
    "No column has the role id.", "mlstrat: a row number holds as long as the file stays as it is",
    ("add an id column, so that a sheet fits the next run too",),
    sentence=lambda e, _s: (
        f"Ids are the numbers of rows, from row 1 to row {count(e['rows'])}."))  # fmt: skip


ROUGH, GOOD, VERY_GOOD = 20, 50, 100
"""Errors read from which a table is rough, good, very good (MLY17-19); fewer are very rough."""


def reading_level(reviewed: int) -> str:
    """Return how good a sense this many errors give."""
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
    """Return the findings of a table; `added` rows of a sheet with weights have none."""
    out = [*sheet_findings(table, added), *_shown(table)]
    seen = [c for c in table.categories if c.count]
    pair = table.leading
    if len(seen) > 1 and table.random:
        costed = all(c.days is not None for c in seen)
        decided = pair is not None and pair.resolved
        out.append(Finding(LARGEST_NOT_FIRST, _first(seen, decided=decided), done=costed))
    if pair is not None and pair.tied:
        out.append(Finding(LARGEST_OPEN, _open(table, pair)))
    if seen and seen[0].picked is not None and seen[0].picked.ci is not None:
        evidence = {"tag": seen[0].tag, "family": len(table.categories),
                    "gain": seen[0].gain.value, "ci": list(seen[0].picked.ci)}  # fmt: skip
        out.append(Finding(LARGEST_PICKED, evidence))
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


def skipped_findings(drawn: Sequence[DrawnError], tags: Sequence[str]) -> list[Finding]:
    """Return whether errors were skipped, and how much each tag may hang on them."""
    last = max((i for i, row in enumerate(drawn) if row.reviewed), default=0)
    read = [row for row in drawn if row.reviewed]
    skipped = sum(not row.reviewed for row in drawn[:last])
    if not skipped:
        return []
    counts = {tag: sum(tag in row.tags for row in read) for tag in tags}
    total = len(read) + skipped
    shares = [
        {"tag": tag, "none": n / total, "all": (n + skipped) / total}
        for tag, n in sorted(counts.items(), key=lambda x: (-x[1], x[0])) if n
    ]  # fmt: skip
    return [Finding(ROWS_SKIPPED, {"skipped": skipped, "read": len(read), "tags": shares})]


def second_findings(read: int, tags: Sequence[TwoReadings]) -> list[Finding]:
    """Return on which tags two readers differ."""
    found = sorted((x for x in tags if x.first + x.second), key=lambda x: -(x.first + x.second))
    if not found:
        return []
    disputed = [{"tag": x.tag, "disputed": x.first + x.second} for x in found]
    hanging = [x.tag for x in found if x.worth == "undecided"]
    return [Finding(READERS_DIFFER, {"read": read, "tags": disputed, "open": hanging})]


def _shown(table: ErrorTable) -> list[Finding]:
    out = []
    can = table.detectable
    for code, answer in ((FIX_SHOWN, "yes"), (FIX_NOT_SHOWN, "no")):
        found = [c for c in table.categories if c.worth == answer and c.count]
        if found:
            tags = [
                {"tag": c.tag, "gain": c.gain.value, "error": c.error, "fixed": c.fixed.value,
                 "p_value": c.p_value}
                for c in found
            ]  # fmt: skip
            known: dict[str, object] = dict.fromkeys(("fewest_fixed", "disagreement", "difference"))
            out.append(Finding(code, {"tags": tags, **(known if can is None else vars(can))}))
    return out


def _open(table: ErrorTable, pair: LeadingPair) -> dict[str, object]:
    """Return what is known of a pair that cannot be told apart, and what would settle it."""
    errors, error, rows = table.split.drawn_from, table.split.error.value, None
    left = math.inf if errors is None else errors - table.reviewed
    if pair.more is not None and pair.more > left and error:
        rows = math.ceil((pair.more - left) / error)
    return {
        "tags": list(pair.tags),
        "difference": pair.difference.value,
        "ci": None if pair.difference.ci is None else list(pair.difference.ci),
        "tied": list(pair.tied),
        "reviewed": table.reviewed,
        "errors": errors,
        "overlap": table.untagged,
        "more": pair.more,
        "rows": rows,
    }


def _by_day(c: Category) -> Interval:
    """Return the interval of the share by day; endless where there is none."""
    low, high = c.share_in_population.ci or (-math.inf, math.inf)
    return low / (c.days or 1.0), high / (c.days or 1.0)


def _first(seen: Sequence[Category], *, decided: bool) -> dict[str, object]:
    """Return the largest tag, and the one with most gain for each day where days are known."""
    costed = [c for c in seen if c.share_per_day is not None]
    best, surely = None, False
    if len(costed) > 1:
        best = max(costed, key=lambda c: c.share_per_day or 0.0)
        low = _by_day(best)[0]
        surely = all(_by_day(c)[1] < low for c in costed if c is not best)
    return {
        "largest": seen[0].tag,
        "decided": decided,
        "others": len(seen) - 1,
        "most_per_day": None if best is None else best.tag,
        "surely": surely,
        "days": None if best is None else best.days,
        "gain_per_day": None if best is None else best.gain_per_day,
    }
