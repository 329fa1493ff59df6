"""What a history is to be told with: findings MLS50x."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlstrat.core.decisions import MOVED
from mlstrat.core.findings import Rule
from mlstrat.core.wording import Scale, clean, count, some_of

Evidence = Mapping[str, Any]


LONGEST_REASON = 300


def _broken(e: Evidence, _s: Scale) -> str:
    parts = [f"{clean(x['path'])} ({clean(x['reason'], LONGEST_REASON)})" for x in e["runs"]]
    return f"{some_of(parts)}."


def _several(e: Evidence, _s: Scale) -> str:
    parts = [f"{clean(x['run'])} ({count(x['knobs'])} beside {clean(x['beside'])})"
             for x in e["runs"]]  # fmt: skip
    return f"{some_of(parts)}."


RUN_LEFT_OUT = Rule(
    "MLS501", "issue", "A run of the history is left out",
    "It could not be read; what is said about the history is said without it.",
    "A run in the folder of the history cannot be read, and --skip-broken was given.",
    "mlstrat: what is left out is said", ("fix the run, or take it out of the folder",),
    sentence=_broken)  # fmt: skip


SEVERAL_KNOBS = Rule(
    "MLS503", "note", "Several knobs were turned at once",
    "What changed cannot be put down to any one of them.",
    "Two or more settings differ between a run and the earlier one that differs least.",
    "C3W1 Orthogonalization",
    ("turn one knob at a time where a run is cheap enough",),
    sentence=_several)  # fmt: skip


ONE_RUN = Rule(
    "MLS504", "note", "The history is one run",
    "There is nothing to compare it with yet.", "One run in the folder can be read.",
    "mlstrat: it takes two runs to see a change",
    ("keep each run in a folder of its own, with its config beside it",),
    sentence=lambda e, _s: f"{clean(e['run'])} is alone.")  # fmt: skip


NO_GAP_MOVED = Rule(
    "MLS505", "note", "A knob was turned and no gap surely moved",
    "The changes may be chance at this number of examples.",
    "No change of a gap or of a level is clear of chance after Holm's adjustment for all changes "
    "of the history; paired where both runs have the ids.",
    "C3W1 Orthogonalization; Holm (1979); Newcombe (1998c)",
    sentence=lambda e, _s: f"{some_of([clean(x) for x in e['runs']])}.",
    decision=MOVED)  # fmt: skip


HISTORY_INDEPENDENT = Rule(
    "MLS524", "note", "Runs of the history were taken as measured on different examples",
    "Runs on the same examples are compared example by example, which shows smaller changes.",
    "A split of two runs cannot be paired by id: there is no id, none is shared, or the labels "
    "of shared ones differ.",
    "Newcombe (1998b, independent rows; 1998c, paired)",
    ("give every run an id column, and the same examples",),
    sentence=lambda e, _s: some_of(
    [f"{clean(x['run'])} (beside {clean(x['beside'])})" for x in e["runs"]]
    ) + f": {clean(e['runs'][0]['reason'], LONGEST_REASON)}.")  # fmt: skip
