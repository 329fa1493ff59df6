"""The verdict: what the first line says, and how sure it is."""

from mlstrat.core.decisions import CONTESTED, FOCUS, SETTLE, SMALL, UNDETERMINED
from mlstrat.workflow.explain.term import Term

_LADDER = "C3W1 Avoidable bias; C3W2 Bias and variance with mismatched data distributions"

VERDICT = (
    Term(
        "verdict",
        "The verdict",
        "The first line of `diagnose` and `gaps`, as one word in the JSON: focus, contested, "
        "small, undetermined or insufficient. It is decided so that what the line says is true, "
        "at the rates of the page “How mlstrat decides”.",
        (
            "levels with rows behind them (80/1000, or a run) are decided by intervals",
            "levels that are typed as plain figures are taken as exact, and read as the course "
            "reads them",
            "a gap that cannot be known is bounded, not guessed",
        ),
        (
            "5 words: work on this (focus); on one of these (contested); on nothing (small); the "
            "data do not say (undetermined); a level is missing (insufficient).",
        ),
        f"{_LADDER}; mlstrat: the course reads figures without asking how sure they are",
        commands=("diagnose", "gaps"),
        also=("focus", "contested", "small", "undetermined", "insufficient", "tolerance"),
        aliases=("verdicts", "first-line"),
    ),
    Term(
        "focus",
        "Focus: what to work on",
        "The verdict that names the largest gap, and a second one that is more than 0.6 of it "
        "(mlstrat's threshold; the quiz works on 8.3 and 5.2 points). With rows behind the "
        "levels, it is given only where no other gap may be larger.",
        (
            "every gap that is named is above 0, surely",
            "no gap that is not named may exceed the largest by more than the tolerance",
            "at most two gaps are named",
            "typed levels: the course's rule on values",
        ),
        (
            "0.5, 8.8, 9.1, 14.3 and 14.8%, typed: 8.3, 0.3, 5.2 and 0.5 points. Avoidable bias "
            "and data mismatch, as 5.2 / 8.3 = 0.63.",
            "4, 7, 10 and 12%, typed: 3, 3 and 2 points. Avoidable bias and variance; mismatch is "
            "0.67 of the largest, and two are named already.",
            "People 1%, train 400/10000, dev 180/2000: variance 5.0 points, bias 3.0, and bias "
            "cannot be the larger by 1 point: variance (mlstrat's example).",
        ),
        f"{_LADDER}; Quiz W2 Q6",
        ("X5", "X10"),
        codes=("MLS101", "MLS102", "MLS103", "MLS104"),
        commands=("diagnose", "gaps"),
        also=("contested", "gap", "tolerance"),
        decision=FOCUS,
    ),
    Term(
        "contested",
        "Contested: one of a few gaps",
        "The verdict where two or three gaps may be the largest and the rows do not say which. "
        "The line names those that are above 0, the largest first, and says which other may be "
        "larger.",
        (
            "at least one of them is above 0, surely",
            "there are at most three, else the verdict is undetermined",
            "work on what serves several of them, or collect the examples that are named",
        ),
        (
            "People 1%, train 40/1000, dev 18/200: variance 5.0 points, bias 3.0, and bias may be "
            "larger. Ten times the rows make it a focus (mlstrat's example).",
        ),
        "mlstrat: a first line that hides a rival would be wrong too often; Gupta (1965)",
        codes=("MLS115",),
        commands=("diagnose", "gaps"),
        also=("focus", "to-settle"),
        aliases=("first-place",),
        decision=CONTESTED,
    ),
    Term(
        "small",
        "Small: no gap is worth work",
        "The verdict where every gap is at most the tolerance: stop here, or move the target.",
        (
            "there are rows that the model was not trained on",
            "with rows behind the levels: even the upper bound of each gap is at most the "
            "tolerance",
            "users are content; if they are not, the dev set or the metric is wrong",
        ),
        (
            "0, 0.5 and 1%, typed: two gaps of 0.5 points, doing well.",
            "People 1%, train 100/10000, dev 105/10000: small. Train 3/300 and dev 3/300 are the "
            "same error, and too few rows to say so (mlstrat's example).",
        ),
        "C3W1 Orthogonalization; Schuirmann (1987)",
        ("H12d",),
        codes=("MLS112",),
        commands=("diagnose", "gaps"),
        also=("tolerance", "changing-metrics"),
        decision=SMALL,
    ),
    Term(
        "undetermined",
        "Undetermined: the data do not say",
        "The verdict where no gap is surely above 0, where the largest may be a merged one, or "
        "where the model is better than people. The line says how large any gap may be at most.",
        (
            "no gap stands clear of the noise: more rows, as named",
            "a merged gap leads: set aside the rows that split it",
            "people are surpassed: avoidable bias is only bounded",
            "dev is easier than train-dev by as much as the largest gap: fill the two-way table",
        ),
        (
            "People 4%, train 12/300, dev 14/300: +0.7 points of variance, which may be noise "
            "(mlstrat's example).",
            "People 0%, train 1%, dev 10% of another distribution: 9 points that are variance or "
            "mismatch.",
            "People 0.5%, train 0.3%, dev 0.4%: surpassed.",
        ),
        "C3W1 Surpassing human-level performance; C3W2 Bias and variance with mismatched data "
        "distributions",
        ("X0",),
        codes=("MLS111", "MLS113", "MLS114"),
        commands=("diagnose", "gaps"),
        also=("to-settle", "variance-or-mismatch", "surpassing"),
        aliases=("cannot-tell",),
        decision=UNDETERMINED,
    ),
    Term(
        "insufficient",
        "Insufficient: a level is missing",
        "The verdict where the human level is unknown and no other gap is larger than all that "
        "avoidable bias could be.",
        (
            "measure people, or give the best error that is known: --human-error",
            "without a human level avoidable bias lies between 0 and the training error",
            "a gap above all of that is still named",
        ),
        (
            "Train 4.0%, dev 4.5%: variance 0.5 points, avoidable bias 0 to 4.",
            "Train 1%, dev 9%: 8 points of variance, more than avoidable bias can be: a focus "
            "(mlstrat's example).",
        ),
        "C3W1 Avoidable bias; Quiz W1 Q7",
        ("H7",),
        codes=("MLS110",),
        commands=("diagnose", "gaps", "human"),
        also=("avoidable-bias", "human-level"),
    ),
    Term(
        "tolerance",
        "Tolerance",
        "The size of a gap that is not worth work: 1 point unless --tolerance says another "
        "(mlstrat's threshold; the course names none).",
        (
            "a gap of at most the tolerance asks for no attention",
            "two gaps that differ by less are as good as equal",
            "an open question may be settled by ruling out the tolerance, so it always ends",
            "set it below the smallest change that your product would notice",
        ),
        (
            "People 0.5%, train 0.6%, dev 0.8%: small at the tolerance of 1 point; --tolerance "
            "0.1% names variance, 0.2 points.",
        ),
        "mlstrat: without one, gaps of nothing would be named; Schuirmann (1987), equivalence",
        codes=("MLS112",),
        commands=("diagnose", "gaps"),
        also=("small", "focus", "to-settle"),
        aliases=("attention", "equivalence"),
    ),
    Term(
        "to-settle",
        "What would settle it",
        "How many more examples an open question takes: the fewest with which the same decision, "
        "on old and new rows together, says that the difference is there or that it is within "
        "the tolerance. Two numbers: if the figures stay as they are, and whatever they are.",
        (
            "new rows are like the old ones: same distribution, no row twice",
            "rows that both models predict, where two models are compared",
            "ask again once they are there; do not peek on the way",
        ),
        (
            "New rows may be unlucky, and a fifth of bad luck is allowed for: the number settles "
            "it in about 4 of 5 cases.",
            "People 1%, train 40/1000, dev 18/200: which gap is the larger takes about 1,600 more "
            "train and 1,200 more dev examples if the figures stay as they are, and 14,000 "
            "whatever they are (mlstrat's example).",
        ),
        "Schuirmann (1987); Hoenig and Heisey (2001); Cohen (1988), power 0.8",
        codes=("MLS114", "MLS115", "MLS323", "MLS512"),
        commands=("diagnose", "compare", "select", "gate"),
        also=("undetermined", "contested", "sizes"),
        aliases=("settle", "more-examples"),
        decision=SETTLE,
    ),
    Term(
        "resample",
        "Resample",
        "A data set that could have been: as many rows as there are, taken from them with "
        "replacement, or whole groups where rows come in groups. How a figure varies over many "
        "of them is its interval, where no formula is better.",
        (
            "groups (patients, users) are resampled whole",
            "--seed makes them the same again, --resamples sets how many",
            "proportions and their differences have formulas, and need none",
        ),
        (
            "10,000 resamples unless --resamples says another; they are made from counts, so ten "
            "million rows cost no more than a thousand (mlstrat's default).",
        ),
        "Efron (1979); Rubin (1981)",
        codes=("MLS208", "MLS215"),
        commands=("score", "diagnose", "compare"),
        also=("interval", "counts"),
        aliases=("resamples", "bootstrap"),
    ),
)
