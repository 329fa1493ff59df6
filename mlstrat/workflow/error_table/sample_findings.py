"""MLS41x: what is to be known about a review sheet, and about the eyeball set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.decisions import MOVED
from mlstrat.core.findings import Rule
from mlstrat.core.sample_size.to_settle import to_settle_sentence
from mlstrat.core.wording import Scale, count

Evidence = Mapping[str, Any]


def _there(x: Evidence) -> str:
    if x["asked"] <= x["rows"]:
        return "the sheet has all"
    return "there is" if x["rows"] == 1 else "there are"


def _all_taken(e: Evidence, _s: Scale) -> str:
    return " ".join(
        f"{count(x['asked'])} {x['what']} were asked for, and {_there(x)} {count(x['rows'])}."
        for x in e["short"]
    )


def _parts(e: Evidence, s: Scale) -> str:
    return "; ".join(
        f"{name} {s.value(x['start'])} → {s.value(x['now'])} ({count(x['n'])} rows)"
        for name, x in (("eyeball", e["eyeball"]), ("blackbox", e["blackbox"]))
    )


def _wear(e: Evidence, s: Scale) -> str:
    found = e["difference"]
    if found["value"] is None:
        return f"Cannot tell: {found['reason']}."
    text = (
        f"Error since the set was fixed: {_parts(e, s)}. The eyeball error is now "
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
    ("take a new eyeball set from the blackbox set, or from new data: `mlstrat sample --eyeball` "
    "with another --seed", "until then judge progress by the blackbox error alone"),
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
