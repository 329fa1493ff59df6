"""MLS40x: what a table of errors says, and how far it can be trusted."""

from __future__ import annotations

from mlstrat.core.findings import Rule

_TABLE = "C3W2 Carrying out error analysis; MLY14"
_SIZE = "MLY17-19: 10 errors very rough, 20 rough, 50 good, 100 very good"

RULES = (
    Rule("MLS401", "tip", "Tags that are worth work",
         "If all errors with the tag were right, the error would fall by more than the dev set's "
         "noise. That is a ceiling: work seldom fixes all of them.",
         "The whole interval of the gain is above half the width of the interval of the error. "
         "The comparison with the noise is ours.", _TABLE,
         ("ask of each what it would take, and what share of it could be fixed",
          "work on several at once, where people can be shared")),
    Rule("MLS402", "note", "Tags that cannot be worth much work on their own",
         "Even with all of these errors right, this dev set could not tell the new error from the "
         "old one.",
         "The whole interval of the gain is below half the width of the interval of the error. "
         "The comparison with the noise is ours.", _TABLE,
         ("leave them, unless the work is very little or they matter for another reason",)),
    Rule("MLS403", "note", "The largest tag is not automatically first",
         "The ceiling is what could be gained, not what will be: how hard the work is, and what "
         "you know how to do, count as much.",
         "More than one tag, none known to be too small.", _TABLE,
         ("write the days of work by tag into a file: --effort costs.toml",)),
    Rule("MLS404", "note", "The two largest tags cannot be told apart",
         "Which of them is the larger may be chance: too few of the errors were read.",
         "The interval of the difference of their shares, on the same errors, includes 0. The "
         "number to read is for a chance of 80 % (Connor 1987).", "ours",
         ("read more errors before the order of the two decides anything",)),
    Rule("MLS405", "note", "So few errors were read that the table is only a hint",
         "Shares of a few errors are rough: a tag that was not seen may still be common.",
         "Fewer than 20 errors read: very rough; fewer than 50: rough.", _SIZE,
         ("read on where there are more: about 100 errors give a very good sense of what goes "
          "wrong",)),
    Rule("MLS406", "note", "Tags that may be one, spelled in several ways",
         "They are counted apart, and each share is too small if they are one.",
         "Equal but for case, blanks and hyphens, a plural, or one letter of a longer word.",
         "ours", ("where they are one, make them alike in the sheet, or count them so with "
                  "--merge",)),
    Rule("MLS407", "issue", "The rows of the sheet do not add up to the errors of the split",
         "Rows were deleted, or added by hand: what the weights of the rest say is scaled to the "
         "number of errors, rows without a weight are left out.",
         "The weights do not add up to the errors, or a row of a sheet with weights has none.",
         "ours",
         ("draw the missing rows again with the same seed, or add rows with sample --append",)),
    Rule("MLS408", "note", "Nobody read a row of some strata",
         "Their errors are taken to be like the others.",
         "A stratum of the sheet has no row with a review cell filled.", "ours",
         ("read some rows of each stratum; the rows stand in random order",)),
    Rule("MLS409", "note", "The sheet is not UTF-8",
         "It was read as Windows-1252, what spreadsheets in western Europe write; other letters "
         "may have become wrong ones.", "The bytes are no UTF-8.", "ours",
         ("save the sheet as CSV UTF-8",)),
    Rule("MLS410", "issue", "The errors were not drawn at random",
         "The most confident errors, or any others that were picked, are not like the rest: their "
         "shares estimate nothing, so there are no intervals and no ceilings.",
         "The stratum of the errors says so, or no error of a sheet with sampling weights has one.",
         "ours",
         ("draw the errors at random: sample without --by confidence",)),
)  # fmt: skip
