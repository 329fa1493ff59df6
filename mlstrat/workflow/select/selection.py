"""MLS31x: what a choice among candidates says."""

from __future__ import annotations

from mlstrat.core.findings import Rule

_SATISFICING = "C3W1 Satisficing and optimizing metric; Machine Learning Yearning 9"
_METRIC = "C3W1 When to change dev/test sets and metrics; Machine Learning Yearning 11"

RULES = (
    Rule("MLS310", "issue", "Candidates that cannot be told apart",
         "The highest of many figures is the highest partly by luck; the candidates named may be "
         "just as good.",
         "The interval of the difference to the best includes 0 at 1 - (1 - confidence)/(k - 1) "
         "for k candidates, so that the truly best one is left out in at most 2.5 % of trials at "
         "95 %.",
         "Gupta (1965), subset selection, by Bonferroni; Newcombe (1998)",
         ("break the tie by what else matters: --prefer latency_ms",
          "or measure on more examples, the same ones for all")),
    Rule("MLS311", "issue", "No candidate surely meets every constraint",
         "The interval of a constraint's figure straddles its bound, so that the candidate may "
         "meet it or not.",
         "No candidate has the whole interval of every constraint within its bound; those that "
         "pass by value are preferred.",
         _SATISFICING,
         ("measure the constraint on more examples, or for more hours, before relying on it",)),
    Rule("MLS312", "issue", "No candidate meets every constraint",
         "Every candidate surely misses a constraint.",
         "The nearest has the smallest largest miss, each relative to its bound (ours).",
         _SATISFICING,
         ("relax the bound that costs most, or improve the nearest candidate",)),
    Rule("MLS313", "note", "A better candidate is undecided",
         "It has a better figure than the choice, and may or may not meet the constraints.",
         "The interval of a constraint straddles its bound and the value is better than that of "
         "the choice.", _SATISFICING,
         ("measure its constraint on more examples, or for more hours",)),
    Rule("MLS314", "note", "Without counts nothing tells luck from merit",
         "The figures that are optimised have no number of rows, so that they are ranked by "
         "value alone.",
         "No column n, no --n, or a figure that is no proportion of rows.", "interface",
         ("give the number of examples with a column n or --n",)),
    Rule("MLS315", "note", "n is taken as the denominator of a share of some rows",
         "Precision is a share of the rows called positive, recall of the positive ones: fewer "
         "than all rows, so that its interval is too narrow if n counts all.",
         "A column of such a name has its interval from n.", "Wilson (1927)",
         ("give its own denominator in a column such as recall_n",)),
    Rule("MLS316", "issue", "The metric does not order candidates as people do",
         "Doing well on the metric and the dev set is not what is wanted, so the metric, the dev "
         "set or both must change.",
         "A pair of --preferences comes out equal or the other way round.", _METRIC,
         ("first define a metric that captures what you prefer (a weight on what hurts, or a "
          "dev set of what users send); then, as a separate step, aim at it",
          "do not tune a model to a metric that ranks candidates wrongly")),
    Rule("MLS317", "note", "Runs were taken as independent",
         "Runs on the same examples are compared example by example, which tells smaller "
         "differences apart.",
         "Ids are missing, no id is shared, or the difference has no paired interval.",
         "Newcombe (1998)",
         ("give every run an id column and the same examples",)),
    Rule("MLS318", "note", "Some figures are blank or undefined",
         "A candidate without the figure that is optimised cannot be chosen; one without a "
         "constraint's figure is undecided.", "A blank cell, or a figure that does not exist.",
         "interface", ("fill in the blanks",)),
)  # fmt: skip
