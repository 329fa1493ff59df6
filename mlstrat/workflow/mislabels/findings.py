"""What wrong labels are to be told with: the decision, and findings MLS42x."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mlstrat.core.findings import Finding
from mlstrat.workflow.mislabels.compute import LARGE_PART, Mislabels
from mlstrat.workflow.mislabels.systematic import Concentration
from mlstrat.workflow.mislabels.versus import Versus

SLACK = 1e-9
"""Comparisons against a threshold allow this much rounding."""

TOTALS_DIFFER = 0.005
"""Part by which the weights of a sheet may miss the errors: they add up with rounding."""


@dataclass(frozen=True)
class SheetFacts:
    """What the sheet says beside the figures."""

    new_labels: tuple[str, ...] = ()
    inferred: int = 0
    by_hand: int = 0
    unread: float = 0.0
    weighted: bool = False
    split: str | None = None
    eyeball: bool = False


def worth_fixing(result: Mislabels, versus: Versus | None) -> bool | None:
    """Return whether wrong labels are so large a part that they are worth correcting.

    Without another model: they make up at least `LARGE_PART` of the errors. With one: at least
    the difference of the two, so that they can turn the choice round, or they do. None where that
    cannot be told.

    References
    ----------
    Ng, C3W2 Cleaning up incorrectly labeled data: 0.6 points of label errors against a difference
    of 2.1 % and 1.9 %.
    """
    if versus is None:
        share = result.label_share.value
        if share is None or share >= LARGE_PART - SLACK:
            return None if share is None else True
        return None if result.picked else False  # of picked rows: at least so many
    part = result.error_from_labels.value
    if part is None:
        return None
    if part > 0 and part >= abs(versus.observed_difference) - SLACK:
        return True
    corrected = versus.corrected_difference
    if corrected is not None and corrected * versus.observed_difference < 0:
        return True
    return None if result.picked else False


def is_systematic(found: Sequence[Concentration], confidence: float) -> bool | None:
    """Return whether wrong labels are concentrated anywhere; None where nothing was tested."""
    if not found:
        return None
    return any(one.p_adjusted <= 1 - confidence + SLACK for one in found)


def mislabel_findings(
    result: Mislabels,
    versus: Versus | None,
    found: Sequence[Concentration],
    facts: SheetFacts,
    confidence: float,
) -> tuple[Finding, ...]:
    """Return the findings, the most urgent first."""
    out = [*_decision(result, versus), *_systematic(result, found, confidence)]
    if result.picked:
        read = result.errors.read + result.correct.read
        out.append(Finding("MLS429", {"rows": read}))
    elif any(result.half_marked):
        kinds = (result.errors, result.correct)
        counts = [kind.mislabeled if half else None
                  for kind, half in zip(kinds, result.half_marked, strict=True)]  # fmt: skip
        out.append(Finding("MLS420", {"errors": counts[0], "correct": counts[1]}))
    elif result.bound is not None:
        rows, errors = result.size.rows, result.size.errors
        unknown = rows is None or errors is None
        correct = None if unknown else (rows or 0) - (errors or 0)
        out.append(Finding("MLS423", {"correct": correct}))
    if versus is not None and versus.assumed in ("mirrored", "independent"):
        read_rows = None if versus.read is None else dict(versus.read)
        out.append(Finding("MLS427", {"assumed": versus.assumed, "read": read_rows}))
    elif versus is not None and versus.p_better_corrected is None and versus.read is not None:
        out.append(Finding("MLS427", {"assumed": None, "read": dict(versus.read)}))
    return (*out, *_sheet(result, facts))


def _decision(result: Mislabels, versus: Versus | None) -> list[Finding]:
    worth = worth_fixing(result, versus)
    if worth is None:
        return []
    evidence: dict[str, Any] = {
        "label_share": result.label_share.value,
        "error_from_labels": result.error_from_labels.value,
        "error_from_other": result.error_from_other.value,
        "threshold": LARGE_PART,
        "difference": None if versus is None else versus.observed_difference,
    }
    if versus is None and result.error_from_other.value is None:
        return []
    return [Finding("MLS421" if worth else "MLS422", evidence), Finding("MLS424", {})]


def _systematic(
    result: Mislabels, found: Sequence[Concentration], confidence: float
) -> list[Finding]:
    """Return what the concentration of wrong labels says about the training labels."""
    if not found and any(result.half_marked):
        return []
    mislabeled = result.errors.mislabeled + result.correct.mislabeled
    if is_systematic(found, confidence):
        sure = [vars(one) for one in found if one.p_adjusted <= 1 - confidence + SLACK]
        return [Finding("MLS426", {"concentrations": sure})]
    if not mislabeled and not result.label_share.value:
        return []
    evidence = {
        "mislabeled": mislabeled,
        "tested": [one.column for one in found],
        "p_adjusted": min((one.p_adjusted for one in found), default=None),
    }
    return [Finding("MLS425", evidence)]


def _sheet(result: Mislabels, facts: SheetFacts) -> list[Finding]:
    """Return what is to be said of the sheet."""
    out = []
    unresolved = result.errors.unresolved + result.correct.unresolved
    if facts.weighted and not result.picked:
        errors = result.size.errors
        covered = result.errors.covered
        off = errors is not None and abs(covered - errors) > max(1.0, TOTALS_DIFFER * errors)
        off = off and not facts.eyeball  # whose errors are a part of them
        if off or facts.by_hand:
            weighed = covered if off else None
            evidence = {"weighed": weighed, "errors": errors, "added": facts.by_hand}
            out.append(Finding("MLS407", evidence))
        if facts.unread >= 0.5:
            out.append(Finding("MLS408", {"unread": facts.unread, "errors": errors}))
    if facts.new_labels or facts.inferred or (unresolved and result.size.labels):
        out.append(
            Finding(
                "MLS428",
                {"new_labels": list(facts.new_labels), "unresolved": unresolved,
                 "inferred": facts.inferred},
            )
        )  # fmt: skip
    if facts.split == "test":
        out.append(Finding("MLS206", {"split": facts.split}))
    elif facts.split not in (None, "dev"):
        out.append(Finding("MLS207", {"split": facts.split}))
    return out
