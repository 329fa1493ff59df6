"""MLS51x and MLS52x: what a gate says."""

from __future__ import annotations

from mlstrat.core.findings import Rule
from mlstrat.workflow.gate.judge import DEFAULT_MARGIN

_SINGLE = "C3W1 Single number evaluation metric"
_WEAR = "C3W1 Train/dev/test distributions; Machine Learning Yearning 11"

RULES = (
    Rule("MLS511", "issue", "A check failed",
         "The figure is surely beyond its bound, at the confidence asked for.",
         "The whole interval, adjusted by Holm's method for the number of checks, is beyond the "
         "bound.", f"Holm (1979); {_SINGLE}",
         ("read the examples on which only the baseline is right",
          "or change the bound, in a commit that says why")),
    Rule("MLS512", "note", "A check is inconclusive",
         "The bound lies within the interval: these examples do not tell on which side the figure "
         "is.", "The adjusted interval holds the bound, or there is no interval.",
         "C3W1 Size of the dev and test sets; Machine Learning Yearning 7",
         ("predict more examples (mlstrat plan says how many), or allow a wider margin",
          'on_inconclusive = "fail" makes this exit 3')),
    Rule("MLS513", "issue", "A figure that a check needs is missing",
         "What cannot be measured is not passed: the check fails.",
         "The metric, its split, or a number of the run's config is not there, or undefined.",
         "interface", ("write what is missing into the run, or take the check out of the config",)),
    Rule("MLS515", "note", "A slice is below its minimum size",
         "It decides nothing: the check is inconclusive whatever its figure.",
         "The slice has fewer rows than the gate's min_n.", "interface",
         ("collect more of this slice, or lower min_n",)),
    Rule("MLS516", "note", "The config has no gate, so the default one was taken",
         "The single number must not be worse than the baseline's by the margin or more.",
         f"No [[gate]] in the config; the margin is {DEFAULT_MARGIN:g} unless --margin says "
         "another (ours: the course names none; one point is also the default tolerance of gaps).",
         f"{_SINGLE}; ICH E9 (1998), non-inferiority",
         ("write the gates that you mean into mlstrat.toml",)),
    Rule("MLS517", "tip", "A check was decided on its value alone",
         "Chance decides such a check where the value is near the bound: \"not worse by 0.01\" "
         "fails some four in ten unchanged models at n = 2,000.",
         'decide_on = "point".', "Machine Learning Yearning 7",
         ("leave decide_on out, so that the interval decides",)),
    Rule("MLS518", "tip", "The baseline is not paired with the run",
         "Rows are taken as different ones, so the interval of the difference is wider than it "
         "would be if they were paired by id.",
         "One of the two has no id column, or the metric ranks the rows of a slice.",
         "Newcombe (1998)",
         ("write an id column into both runs, or gate on a metric of predictions",)),
    Rule("MLS519", "note", "No gate compares with the baseline that was given",
         "It was not read.", "A baseline is given, and no gate of the config has a margin for it.",
         "interface", ("add a margin to a gate: margin = 0.01",)),
    Rule("MLS520", "note", "The intervals are adjusted for the number of checks",
         "So that many checks together raise a false alarm no more often than one.",
         "More than one check is decided on its interval: the step-down of Holm, intervals at "
         "1 − α / (checks not yet decided).", "Holm (1979); Shaffer (1980)"),
    Rule("MLS521", "note", "How often the sets were used",
         "A set that models are chosen on, again and again, ends by flattering the chosen one.",
         "A ledger is kept (--ledger).", _WEAR),
    Rule("MLS522", "issue", "The dev set is worn out",
         "Models that were accepted on dev are worse on test: dev was looked at too often.",
         "A ledger is kept, dev was used by more than one run, and the interval of the gap "
         "dev → test is above 0.", _WEAR,
         ("collect a new dev set, or enlarge it",
          "mend it before the next choice: what is chosen now is chosen on noise")),
    Rule("MLS523", "tip", "Only the last run is the baseline",
         "A loss smaller than the margin passes each time, and so do ten of them in a row.",
         "A margin is checked against --baseline and no --pinned baseline is given.",
         "ours: non-inferiority to the last run does not add up",
         ("pin a run that was accepted, and give it too: --pinned FILE",)),
)  # fmt: skip
