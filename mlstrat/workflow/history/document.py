"""The history of the gaps over runs, as a part of a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from mlstrat.core.decisions import MOVED
from mlstrat.core.figures import Figure
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import interval_json
from mlstrat.core.wording import GAP_TITLES, Scale, clean, count, listed
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, ends, findings_blocks, head
from mlstrat.workflow.diagnose.ladder import Decomposition
from mlstrat.workflow.history.compute import Comparison, Move, Setting, Trial, Turn
from mlstrat.workflow.history.findings import (
    HISTORY_INDEPENDENT,
    NO_GAP_MOVED,
    ONE_RUN,
    RUN_LEFT_OUT,
    SEVERAL_KNOBS,
)

if TYPE_CHECKING:
    from mlstrat.show.picture import Picture
    from mlstrat.workflow.history import schema

MOST_RUNS = 40
"""Runs that a reader is shown, the latest; the JSON has all."""

MOST_KNOBS = 3
"""Knobs of one run that a reader is shown; the JSON has all."""


class HistoryDocument(Document):
    """The gaps of several runs, each beside the earlier run whose settings differ least.

    ``loss`` is what the levels are of; ``numbers`` are the single numbers of the runs, and
    ``paths`` their files; ``share`` tells whether levels and gaps are fractions, and
    ``number_share`` whether the single number is one. ``kept`` says how many runs were not counted
    again, and stands in no format: what is read is the same with and without.
    """

    trials: tuple[Trial, ...]
    comparisons: tuple[Comparison, ...]
    numbers: tuple[Figure, ...]
    paths: tuple[str, ...]
    title: str
    loss: str
    share: bool
    number_share: bool
    findings: tuple[Finding, ...]
    signature: Signature
    kept: str = ""

    def to_dict(self) -> schema.History:
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
                    "knobs": [cast("schema.Turn", asdict(t)) for t in c.turns],
                    "gaps": [cast("schema.GapMove", _moved("gap", m)) for m in c.moves],
                    "levels": [cast("schema.LevelMove", _moved("level", m)) for m in c.levels],
                }
                for c in self.comparisons
            ],
        }

    def pictures(self) -> Sequence[Picture]:
        from mlstrat.workflow.history.figure import history_picture

        trials = [(trial.name, trial.ladder) for trial in self.trials]
        scale = Scale(self.share)
        return (history_picture(trials, scale, self._verdict(scale)),)

    def blocks(self) -> list[Block]:
        scale = Scale(self.share)
        decision = MOVED if self.comparisons else None
        blocks: list[Block] = [Verdict(self._verdict(scale), decision), self._gap_table(scale)]
        if self.comparisons:
            blocks += [Heading("What was tried, and the gap that it moved"), *self._tried(scale)]
        blocks += findings_blocks(self.findings, scale)
        return blocks

    def _verdict(self, scale: Scale) -> str:
        if not self.comparisons:
            return "One run so far: nothing to compare it with."
        none = f"No gap surely moved over {count(len(self.trials))} runs"
        gaps = [(c, m) for c in self.comparisons for m in c.moved]
        levels = [(c, m) for c in self.comparisons for m in c.moved_levels]
        if gaps:
            return f"{_largest(gaps, scale)}, the largest move of the history."
        if levels:
            what = f"the {self.loss} on "
            levels = [x for x in levels if x[1].name == "dev"] or levels  # what runs are chosen on
            return f"{none}, but {_largest(levels, scale, what)}."
        return f"{none}."

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
            (clean(c.run, 30), clean(c.beside, 30), _knobs(c.turns), _moves(c, scale))
            for c in self.comparisons[-MOST_RUNS:]
        )
        left_out = len(self.comparisons) - len(rows)
        blocks: list[Block] = [Table(("run", "beside", "knob turned", "what moved"), rows, left=4)]
        note = (
            "Each run is set beside the earlier one whose settings differ least, paired by id "
            "where both have the same examples. A change counts as a move where it is clear of "
            "chance among all changes of the history (Holm)."
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
    independent: Sequence[Mapping[str, str]],
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
        if c.turns and not c.moved and not c.moved_levels
        and any(m.moved is not None for m in c.moves)
    ]  # fmt: skip
    if still:
        out.append(Finding(NO_GAP_MOVED, {"runs": still}))
    if independent:
        out.append(Finding(HISTORY_INDEPENDENT, {"runs": [dict(x) for x in independent]}))
    return tuple(out)


def _moved(what: str, m: Move) -> dict[str, Any]:
    return {what: m.name, "change": Figure(m.value, m.ci).to_dict(), "moved": m.moved}


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


def _largest(moves: Sequence[tuple[Comparison, Move]], scale: Scale, what: str = "") -> str:
    """Say which move was the largest fall, or the largest rise where nothing fell."""
    c, m = min(moves, key=lambda pair: pair[1].value)
    if m.value > 0:
        c, m = max(moves, key=lambda pair: pair[1].value)
    run = f"{'run' if what else 'Run'} {clean(c.run, 30)}"
    who = _turned(c.turns[0]) if len(c.turns) == 1 else run
    word = "lowered" if m.value < 0 else "raised"
    return f"{who} {word} {what}{_named(m)} by {scale.points(abs(m.value))}"


def _named(move: Move) -> str:
    return GAP_TITLES.get(move.name, move.name)


def _moves(c: Comparison, scale: Scale) -> str:
    sure = c.moved or c.moved_levels
    if sure:
        said = listed([
            f"{_named(m)} {scale.points(m.value, sign=True)} ({scale.interval(m.ci)})"
            for m in sure
        ])  # fmt: skip
        return said if c.moved else f"no gap surely; {said}"
    if not c.moves:
        return "no gap is known in both"
    most = max(c.moves, key=lambda m: abs(m.value))
    seen = f"{_named(most)} {scale.points(most.value, sign=True)}"
    if most.moved is None:
        return f"{seen}, how surely cannot be told"
    return f"none surely; most {seen} ({scale.interval(most.ci)})"
