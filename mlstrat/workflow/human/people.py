"""MLS33x: what people reach, what that level is for, and where the model stands."""

from __future__ import annotations

from mlstrat.core.findings import Rule
from mlstrat.workflow.human.level import FEWEST_ANSWERS

TRUSTED_AGREEMENT = 0.667
"""Below it, conclusions from people's answers are not even tentative (Krippendorff)."""

_LEVEL = "C3W1 Understanding human-level performance"

RULES = (
    Rule("MLS330", "note", "What this level is for",
         "The lowest error that people reach bounds Bayes error from above, so it is the proxy to "
         "measure avoidable bias against: not the mean of people, and not 0. To publish or to "
         "deploy another level may be the bar, as that of a typical expert.",
         "The lowest with enough answers is the proxy; the bar is what --bar names.", _LEVEL,
         ("give the proxy to the diagnosis: mlstrat human … -f json -o levels.json, then mlstrat "
          "diagnose run.csv --human levels.json",)),
    Rule("MLS331", "note", "A lower error rests on few answers",
         "The best of many small samples is the luckiest, so it does not stand for Bayes error.",
         f"A lower error with fewer than {FEWEST_ANSWERS} answers (ours).", _LEVEL,
         ("have these people answer more examples",)),
    Rule("MLS332", "tip", "The model beats some people and not others",
         "It is past a typical level and not past the best: what the better people see is what "
         "there is to learn.",
         "The interval of the difference excludes 0 on one side for some, and not for all.",
         _LEVEL,
         ("let the people it does not beat label, and read its errors with them",
          "measure avoidable bias against the proxy, not against those it beats")),
    Rule("MLS333", "tip", "The model beats everyone measured",
         "Bayes error may lie anywhere below the model's error: people no longer tell how far it "
         "can go, nor whether bias or variance is the larger.",
         "The interval of every difference is below 0.", "C3W1 Surpassing human-level performance",
         ("look for a better team or expert, or for data that people do not see",)),
    Rule("MLS334", "issue", "People hardly agree",
         "Where people do not agree, the labels they made may be no truth to learn.",
         f"Cohen's kappa or Krippendorff's alpha below {TRUSTED_AGREEMENT}.",
         "Krippendorff (2004), Content Analysis, 11.4",
         ("write down how to label the cases they differ on, and label these again",)),
    Rule("MLS335", "note", "The lowest cannot be told from others",
         "The interval of the difference includes 0: who is named best may change with the next "
         "examples; the level changes little.",
         "Newcombe's interval of the difference to the proxy includes 0.", "Newcombe (1998)"),
    Rule("MLS336", "note", "Some answered examples have no label",
         "Their ids are not in the run, so they are left out.", "An id that the run does not have.",
         "interface", ("check that both tables are of the same examples",)),
    Rule("MLS337", "tip", "Everyone measured is better than the model",
         "As long as people are better, they can label more, explain why they are right, and tell "
         "bias from variance.", "The interval of every difference is above 0.",
         "C3W1 Why human-level performance",
         ("get labels from people, and insight from reading errors with them",)),
    Rule("MLS338", "note", "The team has no majority on some examples",
         "A tie is no answer and counts as wrong.", "The most frequent answer is not unique.",
         "interface", ("use an odd number of people, or let one decide",)),
)  # fmt: skip
