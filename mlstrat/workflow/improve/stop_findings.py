"""What a loop that has ended is told with: why it stopped, and what its figures are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlstrat.core.findings import Finding
from mlstrat.core.intervals import newcombe_interval, normal_quantile, wilson_interval
from mlstrat.workflow.improve.findings import DEV_CHOSEN_ON, NO_RESERVE, OVERFIT, REASONS
from mlstrat.workflow.improve.read import dev_errors

if TYPE_CHECKING:
    from mlstrat.workflow.improve.rounds import Loop
    from mlstrat.workflow.improve.workshop import Workshop

Levels = tuple[float, float] | None
"""The errors of the first and the last model."""


def stop_findings(
    shop: Workshop, loop: Loop, model: str, dev: tuple[float, float], levels: Levels
) -> tuple[Finding, ...]:
    """Return why a loop stopped, first, and what its figures are worth."""
    found = [Finding(REASONS[loop.stopped], _evidence(shop, loop, model, dev[1], levels))]
    looked = loop.stopped != "dev_overfit" and _chosen_on(shop, loop)
    if looked and levels is not None and _above(dev[1], levels[1], shop, loop):
        found.append(Finding(OVERFIT, {"dev": dev[1], "fresh": levels[1],
                                       "rows": len(shop.reserve) - loop.spent}))  # fmt: skip
    if loop.steps:
        found.append(Finding(DEV_CHOSEN_ON, {"first": dev[0], "last": dev[1],
                                             "comparisons": shop.compared}))  # fmt: skip
        if levels is None:
            found.append(Finding(NO_RESERVE, {}))
    return tuple(found)


def _chosen_on(shop: Workshop, loop: Loop) -> bool:
    """Whether anything was chosen on dev: else a lower error there is luck, not overfitting."""
    setting, run = loop.last
    by_dev = len(shop.reserve) > 0 and shop.models(run, setting)[0].task.model.candidates > 1
    return bool(loop.steps or shop.before[0] or by_dev)


def _above(dev: float, fresh: float, shop: Workshop, loop: Loop) -> bool:
    """Whether the error on fresh rows is surely above dev's: intervals of two proportions."""
    errors = dev_errors(shop.paths(loop.last[1]))
    if errors.units is not None or not shop.bounded:
        return False  # the diagnosis of the last run, with its groups, says it
    n, m, z = len(errors.ids), len(shop.reserve) - loop.spent, normal_quantile(0.95)
    gap = newcombe_interval(dev, wilson_interval(dev, n, z), fresh, wilson_interval(fresh, m, z))
    return gap[0] > 0


SETTLED = ("logistic_regression", "ridge", "nearest_neighbours", "hist_gradient_boosting")
"""Models that come out the same with every seed."""


def _luck(shop: Workshop) -> bool:
    """Whether one seed was trained, and another might have come out otherwise."""
    kinds = {x.task.model.architecture for runs in shop.held.values() for x in runs}
    return len(shop.seeds) == 1 and not kinds <= set(SETTLED)


def _evidence(shop: Workshop, loop: Loop, model: str, dev: float, levels: Any) -> dict[str, Any]:
    last = loop.rounds[-1]
    choice = last.choice
    kept = next((x for x in last.tried if choice is not None and x.run == choice.best), None)
    told: dict[str, dict[str, Any]] = {
        "no_gain": {"turns": len(last.tried), "focus": list(last.focus), "luck": _luck(shop),
                    "unseen": None if choice is None else choice.unseen},
        "not_confirmed": {"turn": "" if kept is None else kept.turn.title,
                          "fresh": None if last.fresh is None else last.fresh.gain,
                          "rows": None if last.fresh is None else last.fresh.rows,
                          "p": None if last.fresh is None else last.fresh.p_value},
        "mismatch": {"gap": last.gaps.get("data_mismatch")},
        "dev_overfit": {"dev": dev, "fresh": None if levels is None else levels[1],
                        "rows": len(shop.reserve) - loop.spent},
        "unsure": {"verdict": last.verdict, "train": last.levels.get("train")},
        "small": {"dev": dev},
        "labels": {"train": last.levels.get("train"), "dev": dev},
        "no_knob": {"model": model, "focus": list(last.focus)},
        "budget": {"left_out": list(last.left_out)},
    }  # fmt: skip
    return told[loop.stopped]
