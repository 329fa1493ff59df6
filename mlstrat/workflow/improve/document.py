"""A loop as a document: the verdict, a line a round, why it stopped; the report has all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from mlstrat.core.decisions import KNOB
from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale, clean, count, listed
from mlstrat.show import markdown
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, findings_blocks, head
from mlstrat.workflow.improve.compute import Paired
from mlstrat.workflow.improve.findings import gap_title, unseen_text
from mlstrat.workflow.improve.rounds import Loop, Round, Tried

if TYPE_CHECKING:
    from mlstrat.workflow.improve import schema

MOST_ROUNDS = 6

LONGEST = 300


class ImproveDocument(Document):
    """A model that was improved step by step."""

    what: str
    model: str
    loop: Loop
    dev: tuple[float, float]
    confirmed: Paired | None
    levels: tuple[float, float] | None
    uses: tuple[int, int, bool]
    comparisons: int
    seeds: int
    findings: tuple[Finding, ...]
    signature: Signature
    bounded: bool = True
    folder: str | None = None
    files: tuple[str, ...] = ()

    @property
    def _scale(self) -> Scale:
        return Scale(self.bounded)

    @property
    def steps(self) -> tuple[str, ...]:
        """The turns that were kept, in words."""
        return tuple(x.title for x in self.loop.steps)

    def to_dict(self) -> schema.Improve:
        loop = self.loop
        return {
            "schema": "mlstrat.improve/1",
            **head(self.signature, self.findings),
            "task": "classification" if self.bounded else "regression",
            "what": self.what,
            "begun": {"model": self.model, **loop.first[0].to_dict()},
            "ended": loop.last[0].to_dict(),
            "steps": list(self.steps),
            "stopped": cast("Any", loop.stopped),
            "rounds": [_round_json(x) for x in loop.rounds],
            "dev": list(self.dev),
            "confirmed": _paired_json(self.confirmed),
            "confirm_levels": None if self.levels is None else list(self.levels),
            "uses": {"comparisons": self.uses[0], "before": self.uses[1],
                     "other_loops": self.uses[2]},
            "seeds": self.seeds,
            "files": list(self.files),
        }  # fmt: skip

    def records(self) -> list[dict[str, Any]]:
        return [
            {"round": number, "run": x.run, "turn": x.turn.title, "gain": x.change.gain,
             "p_value": x.change.p_value,
             "adjusted": None if one.choice is None else one.choice.p_values[x.run],
             "kept": one.choice is not None and one.choice.best == x.run}
            for number, one in enumerate(self.loop.rounds, start=1) for x in one.tried
        ]  # fmt: skip

    def to_markdown(self) -> str:
        return markdown.render(self.report())

    def blocks(self) -> list[Block]:
        scale = self._scale
        rows = [self._row(i, x, scale) for i, x in enumerate(self.loop.rounds, start=1)]
        more = len(rows) - MOST_ROUNDS
        shown = rows if more <= 0 else [*rows[: MOST_ROUNDS - 1], rows[-1]]
        blocks: list[Block] = [Verdict(self.first_line(), KNOB)]
        blocks.append(
            Table(("round", "gap", "turns", "kept", "dev error", "gain"), tuple(shown), 4)
        )
        first = self.findings[0]
        blocks.append(Paragraph(f"Stopped: {first.rule.title[:1].lower() + first.rule.title[1:]}. "
                                f"{first.sentence(scale)}"))  # fmt: skip
        if first.rule.next_steps:
            known = first.evidence.get("verdict") not in (None, "insufficient")  # the human level
            blocks.append(Paragraph(f"next: {first.rule.next_steps[1 if known else 0]}"))
        blocks += [Paragraph(f"{x.rule.title}: {x.sentence(scale)}") for x in self.findings[1:3]]
        return [*blocks, *self._where()]

    def first_line(self) -> str:
        """Return the verdict."""
        scale, steps = self._scale, len(self.steps)
        name = clean(self.what, 40)
        if not steps:
            return (
                f"{name}: no step was kept; the error on dev stays at {scale.value(self.dev[0])}."
            )
        many = "1 step" if steps == 1 else f"{steps} steps"
        if self.confirmed is None or self.levels is None:
            first, last = map(scale.value, self.dev)
            return f"{name}: {many}, dev error {first} → {last} (chosen on, not confirmed)."
        before, after = map(scale.value, self.levels)
        gain = _gain(self.confirmed, scale)
        ci = self.confirmed.ci
        sure = "" if ci is not None and ci[0] > 0 else ", not certain on so few rows"
        said = f"{many}, error {before} → {after} on rows that nobody chose on"
        return f"{name}: {said}: {gain}{sure}."

    def _row(self, number: int, one: Round, scale: Scale) -> tuple[str, ...]:
        kept = next((x for x in one.tried if one.choice and one.choice.best == x.run), None)
        level = one.levels.get("dev")
        focus = listed([gap_title(x) for x in one.focus]) if one.focus else one.verdict
        return (
            str(number), focus, str(len(one.tried)) if one.tried else "–",
            "–" if kept is None else _short(kept.turn.title),
            "–" if level is None else scale.value(level),
            "–" if kept is None else _points(kept.change.gain, scale),
        )  # fmt: skip

    def _where(self) -> list[Block]:
        if self.folder is None:
            return [Paragraph("Nothing was written: name a folder to keep runs and report.")]
        return [Paragraph(f"Wrote {listed([clean(x) for x in self.files])} and a folder a run to "
                          f"{clean(self.folder, 200)}.")]  # fmt: skip

    def report(self) -> list[Block]:
        """Return the whole story: what was seen, tried and kept in each round."""
        scale = self._scale
        blocks: list[Block] = [
            Heading(f"Improving {clean(self.what, 60)}"),
            Verdict(self.first_line(), KNOB),
            Paragraph(f"Begun with: {clean(self.model, LONGEST)}."),
        ]
        for number, one in enumerate(self.loop.rounds, start=1):
            blocks += self._story(number, one, scale)
        blocks += [Heading("The gaps, round by round"), _history(self.loop.rounds, scale)]
        blocks += self._confirmation(scale)
        return [*blocks, *findings_blocks(self.findings, scale)]

    def _story(self, number: int, one: Round, scale: Scale) -> list[Block]:
        focus = listed([gap_title(x) for x in one.focus]) if one.focus else "none"
        levels = "; ".join(f"{name} {scale.value(x)}" for name, x in one.levels.items())
        blocks: list[Block] = [
            Heading(f"Round {number}", 2),
            Paragraph(f"Errors: {levels}. Verdict: {one.verdict}; to work on: {focus}."),
        ]
        if one.tried and one.choice is not None:
            choice = one.choice
            rows = tuple(_turn_row(x, choice.p_values[x.run], choice.best == x.run, scale)
                         for x in one.tried)  # fmt: skip
            blocks.append(Table(("turn", "run", "gain", "95% interval", "p", "p (Holm)", "kept"),
                                rows, 2))  # fmt: skip
            if choice.unseen is not None:
                unit = "in points" if self.bounded else "in the unit of the target"
                said = unseen_text(choice.unseen, scale)
                blocks.append(Paragraph(f"Gains {unit}, on the same rows of dev. {said}"))
        if one.fresh is not None:
            blocks.append(Paragraph(f"On {count(one.fresh.rows)} fresh rows: "
                                    f"{_gain(one.fresh, scale)}."))  # fmt: skip
        if one.left_out:
            blocks.append(Paragraph("The budget did not reach: "
                                    f"{'; '.join(clean(x) for x in one.left_out)}."))  # fmt: skip
        return blocks

    def _confirmation(self, scale: Scale) -> list[Block]:
        if self.levels is None or self.confirmed is None:
            return []
        before, after = map(scale.value, self.levels)
        errs = "errs on" if self.bounded else "is off by"
        return [
            Heading("On rows that nobody chose on"),
            Paragraph(
                f"{count(self.confirmed.rows)} rows, predicted once: the first model {errs} "
                f"{before}, the last on {after}: {_gain(self.confirmed, scale)}. Quote this gain."
                if self.steps else
                f"{count(self.confirmed.rows)} rows, predicted once: the model {errs} {before}."
            ),
        ]  # fmt: skip


def _short(title: str) -> str:
    """Return a turn in the width that a table has for it: of another model, which."""
    family = title.removeprefix("another model (")
    return clean(family.removesuffix(")") if family != title else title, 27)


def _gain(x: Paired, scale: Scale) -> str:
    ci = "" if x.ci is None else f" ({scale.interval(x.ci)})"
    return f"a gain of {scale.points(x.gain)}{ci}"


def _turn_row(x: Tried, adjusted: float, kept: bool, scale: Scale) -> tuple[str, ...]:
    change = x.change
    return (clean(x.turn.title, 60), clean(x.run), _points(change.gain, scale),
            scale.interval(change.ci),
            f"{change.p_value:.2g}", f"{adjusted:.2g}", "yes" if kept else "")  # fmt: skip


def _history(rounds: tuple[Round, ...], scale: Scale) -> Table:
    names = list(dict.fromkeys(gap for x in rounds for gap in x.gaps))
    rows = tuple(
        (gap_title(gap), *(_points(x.gaps.get(gap), scale) for x in rounds)) for gap in names
    )  # fmt: skip
    return Table(("gap", *(f"round {i}" for i in range(1, len(rounds) + 1))), rows)


def _points(value: float | None, scale: Scale) -> str:
    if value is None:
        return "–"
    return f"{100 * value:+.1f}" if scale.share else scale.points(value, sign=True)


def _paired_json(x: Paired | None) -> schema.Paired | None:
    if x is None:
        return None
    return {"gain": x.gain, "ci": None if x.ci is None else list(x.ci), "p_value": x.p_value,
            "rows": x.rows}  # fmt: skip


def _round_json(x: Round) -> schema.ImproveRound:
    choice = x.choice
    adjusted: Mapping[str, float] = {} if choice is None else choice.p_values
    best = None if choice is None else choice.best
    return {
        "run": x.run, "verdict": x.verdict, "focus": list(x.focus), "levels": dict(x.levels),
        "gaps": dict(x.gaps),
        "turns": [
            {"name": y.turn.name, "title": y.turn.title, "setting": y.setting.to_dict(),
             "gain": y.change.gain, "ci": None if y.change.ci is None else list(y.change.ci),
             "p_value": y.change.p_value, "adjusted": adjusted[y.run], "kept": y.run == best}
            for y in x.tried
        ],
        "left_out": list(x.left_out),
        "kept": best, "unseen": None if choice is None else choice.unseen,
        "fresh": _paired_json(x.fresh),
    }  # fmt: skip
