"""`study gradients`: what reaches back through the steps of each cell, clipped and not."""

from __future__ import annotations

from mlstrat.harness.gradients import BATCH, CELLS, LAGS, LARGE, SYMBOLS, UNITS
from mlstrat.harness.studies.plan import Plan

STEPS, SMALL_STEPS, SMALL_LAGS = 400, 100, (0, 1, 2, 5, 10)

CLIP = 1.0
"""Longest gradient with clipping: one that is usual, and below the jumps that these cells make."""


def plan_gradients(*, small: bool = False) -> Plan:
    """Return the plan: it trains no runs, but networks whose gradients are measured."""
    lags, steps = (SMALL_LAGS, SMALL_STEPS) if small else (LAGS, STEPS)
    about = (
        f"Copy task: one of {SYMBOLS} tokens is shown, and asked for {lags[-1]} blanks later. "
        f"{len(CELLS)} networks of {UNITS} units a seed; the large RNN starts with {LARGE:g} times "
        "the usual recurrent weights, the LSTM with its forget gate open. Gradient: the norm of "
        "the derivative of the loss by the state so many steps earlier, as a share of that by the "
        f"last state. Trained on {steps} batches of {BATCH} by Adam, without clipping and with the "
        f"parameters' gradient clipped at {CLIP:g}."
    )
    facts = {"lags": lags, "steps": steps, "clip": CLIP}
    return Plan("gradients", None, about, (), (), facts=facts)
