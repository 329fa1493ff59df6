"""The document of a loop."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from mlstrat.core.schema_parts import Base, Count, Interval

Reason = Literal[
    "small", "labels", "unsure", "mismatch", "dev_overfit", "no_knob", "no_gain",
    "not_confirmed", "budget",
]  # fmt: skip


class Paired(TypedDict):
    """One model against another on the same rows."""

    gain: Annotated[float, "error before minus error after"]
    ci: Interval | None
    p_value: float
    rows: Count


class ImproveTurn(TypedDict):
    """One knob that was turned, against the model that the round began with, on dev."""

    name: str
    title: str
    setting: dict[str, Any]
    gain: float
    ci: Interval | None
    p_value: float
    adjusted: Annotated[float, "by Holm over the turns of the round"]
    kept: bool


class ImproveRound(TypedDict):
    """One round: what was diagnosed, what was turned, and what came of it."""

    run: Annotated[str, "the folder of the run that was diagnosed"]
    verdict: str
    focus: list[str]
    levels: Annotated[dict[str, float], "error by split"]
    gaps: Annotated[dict[str, float | None], "by gap, in the unit of errors"]
    turns: list[ImproveTurn]
    left_out: Annotated[list[str], "turns that the budget did not reach"]
    kept: str | None
    unseen: Annotated[float | None, "the smallest gain found in four of five cases"]
    fresh: Annotated[Paired | None, "the step on fresh rows, where it was confirmed"]


class Uses(TypedDict):
    """How often dev was used."""

    comparisons: Annotated[Count, "on this dev set, in this loop and before it"]
    before: Annotated[Count, "of these, before this loop"]
    other_loops: Annotated[bool, "whether another improve chose on the same dev"]


class Improve(Base):
    """A model that was improved step by step, and why it was stopped."""

    schema: Literal["mlstrat.improve/1"]
    task: Annotated[str, "classification: errors are fractions; regression: distances"]
    what: str
    begun: Annotated[dict[str, Any], "the model that was begun with"]
    ended: Annotated[dict[str, Any], "the model that was ended with, as its settings"]
    steps: Annotated[list[str], "the turns that were kept"]
    stopped: Reason
    rounds: list[ImproveRound]
    dev: Annotated[list[float], "error on dev of the first and the last model: chosen on"]
    confirmed: Annotated[Paired | None, "first against last on rows that nobody chose on"]
    confirm_levels: Annotated[list[float] | None, "error on these rows of first and last"]
    uses: Uses | None
    seeds: Count
    files: list[str]


class PlannedTurn(TypedDict):
    """What may be turned, and the gaps that it is for."""

    name: str
    title: str
    aims_at: list[str]


class ImprovePlan(Base):
    """What a loop would do; nothing was trained."""

    schema: Literal["mlstrat.improve-plan/1"]
    what: str
    model: str
    rows: dict[str, Count]
    reserved: Count
    turns: list[PlannedTurn]
    budget: str
