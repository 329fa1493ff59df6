"""MLS41x: what is to be known about a review sheet, and about the eyeball set."""

from __future__ import annotations

from mlstrat.core.findings import Rule

_ANALYSIS = "C3W2 Carrying out error analysis"

RULES = (
    Rule("MLS411", "note", "There are fewer rows than were asked for: all are in the sheet",
         "A sheet with all errors of a kind leaves nothing to chance on this set.",
         "Fewer errors, or correct rows, than -n or --correct.", "interface"),
    Rule("MLS412", "note", "The most confident errors are no random sample",
         "They show wrong labels and blind spots soonest, and no share among all errors follows "
         "from them; so sampling_weight is blank.", "--by confidence.", "blueprint",
         ("for shares and ceilings draw at random, into another sheet: leave --by out",)),
    Rule("MLS413", "note", "The rarest strata were drawn as one",
         "From a stratum with one row nobody can tell how much it varies, so each has at least "
         "two (ours), and what is too rare for that is drawn together.",
         "More strata than half of -n.", "Cochran (1977), chapter 5",
         ("ask for more rows with -n to have each stratum by itself",)),
    Rule("MLS414", "issue", "The eyeball set is worn out: new examples are due",
         "Its errors were read, and what was done about them helped it more than the rows that "
         "nobody read.",
         "The eyeball error is surely below the blackbox error, by more than when the set was "
         "fixed: the whole interval of the difference is above max(0, difference then). The "
         "course names no threshold; the interval is ours.", "Machine Learning Yearning 17",
         ("discard the eyeball set and take a new one from the blackbox set, or from new data: "
          "`mlstrat sample --eyeball` with another --seed",
          "until then judge progress by the blackbox error alone")),
    Rule("MLS415", "note", "The eyeball set is not shown to be worn out",
         "Its error has not surely fallen faster than that of the rows that nobody read.",
         "The interval of the difference reaches down to what it was when the set was fixed.",
         "Machine Learning Yearning 17"),
    Rule("MLS416", "note", "Errors of the test set are read",
         "Who reads test errors works on them, and the test set no longer says how the model does "
         "on data that nobody has seen.", "--split test.", f"{_ANALYSIS}; Machine Learning "
         "Yearning 17", ("read dev errors, and keep test for the last word",)),
    Rule("MLS417", "note", "There are no ids: rows are known by their number",
         "A sheet of such rows fits this very file, in this order of rows.",
         "No column has the role id.", "interface",
         ("add an id column, so that a sheet fits the next run too",)),
)  # fmt: skip
