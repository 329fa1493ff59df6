"""The history of the gaps over runs, as a part of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlstrat.core.figures import Figure
from mlstrat.core.findings import Finding
from mlstrat.core.schema_parts import interval_json
from mlstrat.core.wording import GAP_TITLES, Scale, clean, count, listed
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, ends, head
from mlstrat.show.findings import findings_blocks
from mlstrat.workflow.diagnose.ladder import Decomposition
from mlstrat.workflow.history.compute import Comparison, Move, Setting, Trial, Turn
from mlstrat.workflow.history.findings import NO_GAP_MOVED, ONE_RUN, RUN_LEFT_OUT, SEVERAL_KNOBS

if TYPE_CHECKING:
    from mlstrat.workflow.history import schema

MOST_RUNS = 40
"""Runs that a reader is shown, the latest; the JSON has all."""

MOST_KNOBS = 3
"""Knobs of one run that a reader is shown; the JSON has all."""


@dataclass(frozen=True)
class HistoryDocument(Document):
    """The gaps of several runs, each beside the earlier run whose settings differ least.

    ``numbers`` are the single numbers of the runs, and ``paths`` their files; ``share`` tells
    whether levels and gaps are fractions, and ``number_share`` whether the single number is one.
    """

    trials: tuple[Trial, ...]
    comparisons: tuple[Comparison, ...]
    numbers: tuple[Figure, ...]
    paths: tuple[str, ...]
    title: str
    share: bool
    number_share: bool
    findings: tuple[Finding, ...]
    signature: Signature

    def to_dict(self) -> schema.History:
        """Return the JSON document."""
        return {
            "schema": "mlstrat.history/1",
            **head(self.signature, self.findings),
            "runs": [
                {
                    "name": trial.name,
                    "path": path,
                    "settings": dict(trial.settings),
                    "metric": number.to_dict(),
                    "gaps": _gaps(trial.ladder),
                    "focus": list(trial.ladder.focus),
                    "verdict": trial.ladder.verdict,
                }
                for trial, path, number in zip(self.trials, self.paths, self.numbers, strict=True)
            ],
            "changes": [
                {
                    "run": c.run,
                    "beside": c.beside,
                    "knobs": [
                        {"knob": t.knob, "before": t.before, "after": t.after} for t in c.turns
                    ],
                    "gaps": [
                        {
                            "gap": m.gap,
                            "change": {
                                "value": m.value,
                                "ci": interval_json(m.ci),
                                "n": None,
                            },
                            "moved": m.moved,
                        }
                        for m in c.moves
                    ],
                }
                for c in self.comparisons
            ],
        }

    def blocks(self) -> list[Block]:
        """Return the history laid out for reading."""
        scale = Scale(self.share)
        blocks: list[Block] = [Verdict(self._verdict(scale)), self._gap_table(scale)]
        if self.comparisons:
            blocks += [Heading("What was tried, and the gap that it moved"), *self._tried(scale)]
        blocks += findings_blocks(self.findings, scale)
        return blocks

    def _verdict(self, scale: Scale) -> str:
        moved = [(c, m) for c in self.comparisons for m in c.moved]
        if not self.comparisons:
            return "One run so far: nothing to compare it with."
        if not moved:
            return f"No gap surely moved over {count(len(self.trials))} runs."
        c, m = min(moved, key=lambda pair: pair[1].value)
        if m.value > 0:
            c, m = max(moved, key=lambda pair: pair[1].value)
        word = "lowered" if m.value < 0 else "raised"
        size = scale.points(abs(m.value))
        who = _turned(c.turns[0]) if len(c.turns) == 1 else f"Run {clean(c.run, 30)}"
        return f"{who} {word} {GAP_TITLES[m.gap]} by {size}, the largest move of the history."

    def _gap_table(self, scale: Scale) -> Table:
        names = dict.fromkeys(g.gap for t in self.trials for g in t.ladder.gaps)
        order = [name for name in GAP_TITLES if name in names]
        numbers = Scale(self.number_share)
        rows = []
        for trial, number in list(zip(self.trials, self.numbers, strict=True))[-MOST_RUNS:]:
            cells = []
            for name in order:
                gap = trial.ladder.gap(name)
                value = None if gap is None else gap.value
                shown = "–" if value is None else scale.points(value, sign=True)
                cells.append(shown.removesuffix(" points"))
            rows.append((clean(trial.name, 30), numbers.value(number.value), *cells))
        titles = [GAP_TITLES[name] for name in order]
        return Table(("run", self.title, *titles), tuple(rows))

    def _tried(self, scale: Scale) -> list[Block]:
        rows = tuple(
            (clean(c.run, 30), clean(c.beside, 30), _knobs(c.turns), _moves(c.moves, scale))
            for c in self.comparisons[-MOST_RUNS:]
        )
        left_out = len(self.comparisons) - len(rows)
        blocks: list[Block] = [Table(("run", "beside", "knob turned", "what moved"), rows, left=4)]
        note = (
            "Each run is set beside the earlier one whose settings differ least. A gap counts as "
            "moved where the interval of its change, widened for all changes looked at, excludes "
            "0; intervals are those of different examples, so on the same examples they are wide."
        )
        if left_out:
            note += f" {count(left_out)} earlier runs are not shown."
        return [*blocks, Paragraph(note)]

    def records(self) -> list[dict[str, Any]]:
        """Return one record a run and gap."""
        return [
            {"run": trial.name, "gap": g.gap, **ends("value", g)}
            for trial in self.trials for g in trial.ladder.gaps
        ]  # fmt: skip


def history_findings(
    trials: tuple[Trial, ...],
    comparisons: tuple[Comparison, ...],
    broken: Sequence[Mapping[str, str]],
) -> tuple[Finding, ...]:
    """Return what is to be known about a history."""
    out = []
    if broken:
        out.append(Finding(RUN_LEFT_OUT, {"runs": [dict(x) for x in broken]}))
    if len(trials) == 1:
        out.append(Finding(ONE_RUN, {"run": trials[0].name}))
    several = [{"run": c.run, "beside": c.beside, "knobs": len(c.turns)}
               for c in comparisons if len(c.turns) > 1]  # fmt: skip
    if several:
        out.append(Finding(SEVERAL_KNOBS, {"runs": several}))
    still = [
        c.run for c in comparisons
        if c.turns and not c.moved and any(m.moved is not None for m in c.moves)
    ]  # fmt: skip
    if still:
        out.append(Finding(NO_GAP_MOVED, {"runs": still}))
    return tuple(out)


def _gaps(ladder: Decomposition) -> list[schema.HistoryGap]:
    return [
        {"gap": g.gap, "from": g.start, "to": g.end, "value": g.value,
         "ci": interval_json(g.ci)}
        for g in ladder.gaps
    ]  # fmt: skip


def _knobs(turns: tuple[Turn, ...]) -> str:
    if not turns:
        return "none that the config tells"
    words = [_turned(turn) for turn in turns[:MOST_KNOBS]]
    more = len(turns) - len(words)
    return "; ".join([*words, f"{count(more)} more"] if more else words)


def _turned(turn: Turn) -> str:
    return f"{clean(turn.knob, 30)} {_setting(turn.before)} → {_setting(turn.after)}"


def _setting(value: Setting) -> str:
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(value, 40) if isinstance(value, str) else f"{value:.6g}"


def _moves(moves: tuple[Move, ...], scale: Scale) -> str:
    sure = [m for m in moves if m.moved]
    if sure:
        return listed([
            f"{GAP_TITLES[m.gap]} {scale.points(m.value, sign=True)} ({scale.interval(m.ci)})"
            for m in sorted(sure, key=lambda m: -abs(m.value))
        ])  # fmt: skip
    if not moves:
        return "no gap is known in both"
    most = max(moves, key=lambda m: abs(m.value))
    seen = f"{GAP_TITLES[most.gap]} {scale.points(most.value, sign=True)}"
    if most.moved is None:
        return f"{seen}, how surely cannot be told"
    return f"none surely; most {seen} ({scale.interval(most.ci)})"
