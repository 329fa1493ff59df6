"""What is told of utterances: MLS808 and 809."""

from __future__ import annotations

from mlstrat.core.findings import Rule
from mlstrat.core.wording import count

MOST_FORM = 0.1
"""Share of the errors that case or punctuation may explain (the contract's threshold)."""

FORM_NOT_WORDS = Rule(
    "MLS808", "issue", "Case or punctuation alone explains many of the errors",
    "The model understood, and wrote it another way. Such errors hide how much is misheard, and "
    "two models that are normalised differently do not compare.",
    f"Without case and punctuation more than {100 * MOST_FORM:g}% of the errors are gone.",
    "Koenecke et al. (2020); Radford et al. (2022), appendix C, on normalisation",
    ("normalise both sides: --normalize basic",
    "if case and punctuation matter, measure them apart"),
    sentence=lambda e, _s: (
    f"{count(e['errors'])} errors are {count(e['left'])} without case and punctuation."
    ))  # fmt: skip


EMPTY_TEXTS = Rule(
    "MLS809", "note", "Some references or outputs are empty",
    "What is understood where nothing was said is an insertion, without a word in the denominator; "
    "an empty output loses every word.",
    "A reference or a prediction holds no word.", "mlstrat: counted as they stand",
    ("look at empty outputs first: silence, a wrong format, a crash",),
    sentence=lambda e, _s: (
    f"{count(e['references'])} references and {count(e['predictions'])} predictions are empty."
    ))  # fmt: skip
