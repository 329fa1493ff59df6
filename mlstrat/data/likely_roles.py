"""Which columns are likely to have a role that no name gives: for hints, never for the role.

But for columns of seeds, whose names say that their values are runs of one model.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

from mlstrat.data.formats.first_lines import header_hint
from mlstrat.errors import InputError

LIKELY = {
    "label": ("label", "true", "truth", "actual", "target", "class", "gold", "outcome", "answer"),
    "prediction": ("pred", "hat", "guess", "output", "said", "model"),
}
"""Parts of names that speak for a role."""

MODEL = "pred_"
"""What the column of the predictions of one of several models starts with."""


def likely_flag(free: Sequence[str], role: str) -> str:
    """Return the flag that gives a role its likeliest column, quoted for a shell where need be.

    Examples
    --------
    >>> likely_flag(["site", "my guess"], "prediction"), likely_flag(["site"], "label")
    ("--map 'prediction=my guess'", '--map label=COLUMN')
    """
    others = {part for name, parts in LIKELY.items() if name != role for part in parts}
    like = [
        (sum(x in column.lower() for x in LIKELY[role]), column)
        for column in free
        if role == "prediction" or not any(x in column.lower() for x in others)
    ]
    best = max(like, default=(0, ""), key=lambda found: found[0])
    return "--map " + shlex.quote(f"{role}={best[1] if best[0] else 'COLUMN'}")


def likely_id(header: Iterable[str]) -> str:
    """Return the flag that names the likeliest column of ids.

    Examples
    --------
    >>> likely_id(["doc_id", "acc"]), likely_id(["acc"])
    ('--map id=doc_id', '--map id=COLUMN')
    """
    found = next((x for x in header if x.lower().endswith(("id", "idx"))), "COLUMN")
    return "--map " + shlex.quote(f"id={found}")


def other_models(free: Iterable[str]) -> list[str]:
    """Return the columns of several models' predictions; none where there is but one.

    Examples
    --------
    >>> other_models(["pred_cnn", "pred_rf", "site"]), other_models(["pred_cnn"])
    (['pred_cnn', 'pred_rf'], [])
    """
    found = [x for x in free if x.lower().startswith(MODEL)]
    return found if len(found) > 1 else []


def untaken(header: Sequence[str], taken: Iterable[str]) -> list[str]:
    """Return the columns that may have a role: not the probabilities of several models.

    Examples
    --------
    >>> untaken(["label", "pred_cnn", "prob_cnn", "pred_rf", "prob_rf", "prob_cat"], ["label"])
    ['pred_cnn', 'pred_rf', 'prob_cat']
    """
    models = {"prob_" + x.lower().removeprefix(MODEL) for x in other_models(header)}
    taken = set(taken)
    return [x for x in header if x not in taken and x.lower() not in models]


def lacking(
    missing: Sequence[str],
    header: Sequence[str],
    roles: Mapping[str, str],
    accepted: Sequence[str],
    correct: Sequence[str],
    file: str,
) -> InputError:
    """Return the error for roles that no column has, with the likeliest whole command.

    `correct` are columns that may tell right from wrong instead.
    """
    what = "no label column"
    if missing[0] == "prediction":
        what = "neither a prediction nor a score nor probabilities"
    free = [x for x in header if x not in roles.values()]
    flags = " ".join(likely_flag(free, role) for role in missing)
    hint = f"name {'both' if missing[1:] else 'it'}: {flags}"
    if correct:
        alone = shlex.quote(f"correct={correct[0]}")
        hint += f"; or go by right and wrong rows alone: --map {alone}"
    models = other_models(free) if "prediction" in missing else []
    if models:
        what = f"no prediction column but those of {len(models)} models"
        if missing[1:]:
            what = f"no label column, and predictions of {len(models)} models"
        label = f"{likely_flag(free, 'label')} " if missing[1:] else ""
        run = "RUN" if file.startswith("<") else shlex.quote(file)  # a frame has no path
        hint = (
            f"choose among them: mlstrat select {run} {label}--models 'pred_*' "
            f"--optimize accuracy; or look at one: {label}"
            f"--map {shlex.quote(f'prediction={models[0]}')}"
        )
    return InputError(
        f"{what}; the columns found are {quoted(header)}",
        file=file,
        accepted=", ".join(accepted),
        hint=header_hint(header, hint),
    )


def quoted(names: Iterable[str], most: int = 12) -> str:
    """Return names in quotes, the first dozen of many."""
    names = list(names)
    shown = ", ".join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


SEED_COLUMNS = frozenset(
    {"seed", "random_seed", "run_seed", "seeds", "repeat", "repetition", "replicate", "restart"}
)
"""Columns, in lower case, whose values are runs of one model on the same examples."""


def seed_column(names: Iterable[str]) -> str | None:
    """Return the first name that is one of `SEED_COLUMNS`, in any case; None where none is."""
    return next((x for x in names if x.strip().lower() in SEED_COLUMNS), None)
