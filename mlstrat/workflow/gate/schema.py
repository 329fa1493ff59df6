"""The document of `gate`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from mlstrat.core.schema_parts import Base, Count, Fraction, Interval, Threshold, ToSettle

Verdict = Literal["pass", "fail", "inconclusive"]
DecideOn = Literal["ci", "point"]
OnInconclusive = Literal["pass", "warn", "fail"]


class Check(TypedDict):
    """One check, decided."""

    metric: str
    split: str | None
    where: dict[str, Any] | None
    observed: Annotated[float | None, "null where the figure is missing or undefined"]
    ci: Interval | None
    n: Count | None
    bound: float | None
    kind: str
    against: str | None
    verdict: Verdict
    confidence: Annotated[Fraction | None, "of the interval, after Holm's adjustment"]
    needed: Annotated[Count | None, "new rows in all that would settle it"]
    to_settle: NotRequired[ToSettle | None]
    reason: str | None
    decide_on: DecideOn
    on_inconclusive: OnInconclusive
    gate: str | None


class UsedSet(TypedDict):
    """How often a dev or test set was looked at."""

    set: str
    split: str
    rows: Count
    uses: Count
    runs: Count


class Ledger(TypedDict):
    """The uses that are on record."""

    path: str
    sets: list[UsedSet]


class BesideRun(TypedDict):
    """What holds of the config beside the run, since the project's says nothing of it."""

    path: str
    gates: Annotated[bool, "whether the gates are its own"]
    settings: list[str]


class Gate(Base):
    """Pass, fail or inconclusive against bounds and baselines."""

    schema: Literal["mlstrat.gate/1"]
    verdict: Verdict
    run: str
    baselines: dict[str, str]
    default: Annotated[bool, "whether no gate was configured, so that the default one held"]
    beside_run: NotRequired[BesideRun | None]
    checks: list[Check]
    ledger: Ledger | None
    threshold: NotRequired[Annotated[Threshold, "where dev of the run chose it"]]
