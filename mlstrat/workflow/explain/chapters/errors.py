"""Reading the errors: what they are like, and which are worth work."""

from mlstrat.core.decisions import DETECTABLE, LARGEST, SLICES, WORTH
from mlstrat.workflow.explain.term import Term

_CARRYING_OUT = "C3W2 Carrying out error analysis"
_CLEANING = "C3W2 Cleaning up incorrectly labeled data"

ERRORS = (
    Term(
        "first-system",
        "Build your first system quickly, then iterate",
        "Set up dev, test and a metric, build something simple within days, and let its bias, "
        "variance and errors say what comes next. A first system is not for keeping; it is for "
        "learning where the trouble is.",
        (
            "1. a dev and a test set, and a metric",
            "2. a quick first system",
            "3. bias and variance, and error analysis, to order what to do next",
            "less so where you have done much in this very area",
            "less so where much is published on almost this problem, as on faces",
        ),
        (
            "For almost any application some 50 directions come to mind, each of them sensible. "
            "For speech: noise, accents, distance from the microphone, children's speech, "
            "stutter. One look at 100 errors orders them.",
            "First dev set and metric in less than a week, first system in a few days.",
        ),
        "C3W2 Build your first system quickly, then iterate; MLY 13",
        ("Q5", "W4"),
        commands=("init", "diagnose", "sample"),
        also=("error-analysis", "why-strategy", "iteration-speed"),
        aliases=("build-your-first-system-quickly-then-iterate", "first-system-quickly"),
    ),
    Term(
        "error-analysis",
        "Carrying out error analysis",
        "Take about a hundred examples of dev that the model gets wrong, look at each, and tally "
        "the reasons in a table; make up tags as you go, and give an example as many as fit. The "
        "counts say what is worth work, for the price of an hour or two.",
        (
            "errors, not random examples",
            "of dev, never of test; of train where bias is the problem",
            "sampled at random, so that the shares hold for all errors",
            "false positives and false negatives are looked at separately",
            "shares overlap and need not add up to 100%",
        ),
        (
            "Four pictures: the first a dog, the second blurry, the third a great cat and blurry, "
            "the fourth a great cat. Dog 25%, great cat 50%, blurry 50%.",
            "Four clips tagged loud noise; loud noise and far; fast and far; loud noise: 75% "
            "loud noise, 25% fast, 50% far.",
            "Asked which to read, 500 errors beat 500 or 10,000 random examples and 10,000 errors.",
            "100 examples take 5 to 10 minutes (lecture) or up to two hours (book).",
        ),
        f"{_CARRYING_OUT}; MLY 14-15, 26",
        ("E3", "E6", "E13"),
        codes=("MLS40", "MLS41", "MLS440", "MLS85"),
        commands=("sample", "review", "error-table"),
        also=("ceiling", "eyeball", "tag", "review-sheet", "wrong-labels"),
        aliases=("carrying-out-error-analysis", "tally", "sampling"),
        decision=LARGEST,
    ),
    Term(
        "ceiling",
        "Ceiling of an idea",
        "The dev error that would be left if every error of a kind were fixed. It is the most "
        "that work on that kind can win, and it is known before the work starts.",
        (
            "the share comes from errors sampled at random",
            "the gain is set against the effort: the largest share is not always first",
            "errors with several tags are counted once",
            "whether dev would show the gain is another question: 6 errors fixed and none broken "
            "always show, since the new model predicts the same rows",
        ),
        (
            "5 of 100 errors are dogs and the dev error is 10%: at best it falls by 0.5 points "
            "to 9.5%, probably not worth months. Were it 50 of 100: to 5%.",
            "8 errors fixed and none broken: p = 0.008, on a dev set of any size (McNemar; "
            "mlstrat's figures).",
        ),
        f"{_CARRYING_OUT}; MLY 14; McNemar (1947)",
        ("E1a",),
        codes=("MLS40", "MLS440"),
        commands=("error-table",),
        also=("error-analysis", "paired-comparison", "wrong-labels"),
        decision=DETECTABLE,
    ),
    Term(
        "eyeball",
        "Eyeball set",
        "The part of dev whose errors are read by people. It wears out: whoever has read it tunes "
        "to it, and its error falls faster than that of the part nobody has read.",
        (
            "people can do the task; where they cannot there is nothing to read",
            "it holds about 100 errors",
            "when its error has fallen much faster than that of the blackbox set, it is worn "
            "out: take new examples, from the blackbox set or fresh",
        ),
        (
            "10 errors give a very rough picture, 20 a rough one, 50 a good one, 100 a very good "
            "one; up to 500 are read at times, seldom more than 1,000.",
            "At a dev error of 5%, 100 errors take 2,000 examples: 0.05 × 2,000 = 100.",
        ),
        "MLY 17-18",
        ("E9", "E12"),
        codes=("MLS343", "MLS41"),
        commands=("plan", "sample"),
        also=("blackbox", "error-analysis"),
        aliases=("eyeball-set",),
    ),
    Term(
        "blackbox",
        "Blackbox set",
        "The part of dev that is only measured on and never read. It keeps figures honest and is "
        "what hyperparameters are tuned on.",
        (
            "nobody reads its examples",
            "where dev is too small for both, all of it is the eyeball set, which matters more; "
            "the price is more overfitting to it",
        ),
        ("100 examples are few but of use; 1,000 to 10,000 are mostly enough.",),
        "MLY 18-19",
        ("E11",),
        codes=("MLS344",),
        commands=("plan", "sample"),
        also=("eyeball",),
        aliases=("blackbox-set",),
    ),
    Term(
        "wrong-labels",
        "Cleaning up incorrectly labeled data",
        "Count three figures: the dev error, the part of it that wrong labels make, and the rest. "
        "Clean the labels when that part is large enough to blur the choice between models; "
        "otherwise the rest comes first.",
        (
            "dev and test go through the same process, so that they stay of one distribution",
            "examples that the model gets right are looked at too: where their labels are wrong, "
            "the model agrees with a mistake",
            "train can stay as it is when its wrong labels are random; systematic ones are learnt",
            "the difference between models is set against the part that labels make",
        ),
        (
            "A dev error of 10% of which 0.6 points are wrong labels: 6% of the errors, 9.4 "
            "points for other reasons; look there first.",
            "At 2.1 against 1.9% the same 0.6 points are three times the difference that is to be "
            "judged: now clean up.",
            "Accuracy 98% on 1,000 examples: 20 errors to look at and 980 right ones, so checking "
            "only errors is cheap and biased.",
        ),
        f"{_CLEANING}; MLY 16",
        ("E4a", "E4d", "E7"),
        codes=("MLS42", "MLS441", "MLS76", "MLS290", "MLS291"),
        commands=("mislabels", "sample --correct", "study label-noise"),
        also=("error-analysis", "ceiling"),
        aliases=(
            "mislabels",
            "mislabeled",
            "label-errors",
            "cleaning-up-incorrectly-labeled-data",
            "label-noise",
            "noisy-labels",
        ),
        decision=WORTH,
    ),
    Term(
        "slices",
        "Slices",
        "Rows that share a value: a source, a device, a class. Errors that gather in a slice point "
        "at a cause; rank slices by the errors they hold above the rest, since a small slice with "
        "a high rate wins little.",
        (
            "the slice is large enough to judge",
            "a slice found by searching is tested on rows that were not searched",
            "p-values are adjusted for how many were tried",
        ),
        (
            "A system at 8% beside people at 10% may be worse than people on fast speech: there "
            "people can still teach it.",
        ),
        "MLY 35; Holm (1979)",
        ("H17",),
        codes=("MLS326", "MLS43", "MLS442"),
        commands=("slices", "score --by"),
        also=("surpassing", "error-analysis"),
        aliases=("slice",),
        decision=SLICES,
    ),
)
