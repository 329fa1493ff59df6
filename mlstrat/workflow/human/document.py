"""The document of `human`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale, clean, count
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, ends, head
from mlstrat.show.findings import findings_blocks
from mlstrat.workflow.human.annotators import HumanLevels, Standing
from mlstrat.workflow.human.findings import AGREEMENTS

if TYPE_CHECKING:
    from mlstrat.workflow.human import schema

MOST_PEOPLE = 50
"""People that a reader is shown, lowest error first; the JSON has all."""

BEATS = {"yes": "yes", "no": "no", "undecided": "cannot tell"}


@dataclass(frozen=True)
class HumanDocument(Document):
    """The error of people, groups and teams, and the proxy for Bayes error."""

    levels: HumanLevels
    findings: tuple[Finding, ...]
    signature: Signature

    @property
    def bayes_proxy(self) -> tuple[str, float]:
        """Who stands for Bayes error, and the error, a fraction."""
        return self.levels.proxy.name, self.levels.proxy.value

    def to_dict(self) -> schema.Human:
        """Return the JSON document; `diagnose --human` reads ``bayes_proxy``."""
        x = self.levels
        return {
            "schema": "mlstrat.human/1",
            **head(self.signature, self.findings),
            "split": x.split,
            "annotators": [
                {"name": s.name, "group": s.group, "error": s.error.figure.to_dict()}
                for s in x.annotators
            ],
            "groups": [
                {"name": g.typical.name, "members": list(g.members),
                 "error": g.typical.error.figure.to_dict(),
                 "team": {"error": None if g.team is None else g.team.error.figure.to_dict()}}
                for g in x.groups
            ],
            "team": {"error": None if x.team is None else x.team.error.figure.to_dict(),
                     "ties": x.ties},
            "agreement": None if x.agreement is None else {
                "method": x.agreement.method, **x.agreement.figure.to_dict()
            },
            "bayes_proxy": {"name": x.proxy.name, "error": x.proxy.error.figure.to_dict(),
                            "not_told_from": list(x.tied)},
            "bar": None if x.bar is None else {
                "name": x.bar.name, "error": x.bar.error.figure.to_dict()
            },
            "model": None if x.model is None else {
                "error": x.model.figure.to_dict(),
                "versus": [
                    {"name": v.name, "difference": v.difference.to_dict(), "beats": v.beats}
                    for v in x.versus
                ],
            },
        }  # fmt: skip

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        scale, x = Scale(), self.levels
        out: list[Block] = [Verdict(self._verdict(scale)), Paragraph(self._purpose(scale))]
        shown = sorted(self._rows(), key=lambda row: row[1].value)
        title = "Levels, lowest first"
        if len(shown) > MOST_PEOPLE:
            title += f" ({MOST_PEOPLE} of {count(len(shown))})"
        versus = {v.name: v for v in x.versus}
        kinds = len({kind for kind, _ in shown}) > 1
        columns = ("level", *(("kind",) if kinds else ()), "error",
                   self.signature.interval, "answers",
                   *(("model better",) if versus else ()))  # fmt: skip
        rows = []
        for kind, level in shown[:MOST_PEOPLE]:
            against = versus.get(level.name)
            beats = "–" if against is None else BEATS[against.beats]
            rows.append((clean(level.name), *((kind,) if kinds else ()), *_figures(level, scale),
                         *((beats,) if versus else ())))  # fmt: skip
        out += [Heading(title), Table(columns, tuple(rows), left=2 if kinds else 1)]
        if x.agreement is not None:
            out.append(Paragraph(self._agreement()))
        out += findings_blocks(self.findings, scale)
        out.append(self._basis())
        return out

    def _rows(self) -> list[tuple[str, Standing]]:
        x = self.levels
        alone = "person" if x.split else "level"
        out = [(f"of {clean(s.group)}" if s.group else alone, s) for s in x.annotators]
        out += [("group", g.typical) for g in x.groups]
        out += [("team", s) for s in x.candidates if s not in x.annotators]
        return out

    def _verdict(self, scale: Scale) -> str:
        proxy = self.levels.proxy
        text = f"The proxy for Bayes error is {scale.value(proxy.value)}: {clean(proxy.name)}"
        if proxy.error.ci is not None:
            text += f" ({scale.interval(proxy.error.ci)}, {count(proxy.error.n)} answers)"
        return text + "."

    def _purpose(self, scale: Scale) -> str:
        bar, versus = self.levels.bar, {v.name: v for v in self.levels.versus}
        text = "Measure avoidable bias against it: Bayes error is not above it."
        if bar is None:
            return text
        text += f" The bar for publishing or deploying is {scale.value(bar.value)}"
        text += f": {clean(bar.name)}"
        if bar.name in versus:
            text += {"yes": "; the model beats it", "no": "; the model does not beat it",
                     "undecided": "; whether the model beats it cannot be told"}[
                versus[bar.name].beats]  # fmt: skip
        return text + "."

    def _agreement(self) -> str:
        agreed = self.levels.agreement
        if agreed is None:
            return ""
        name, figure = AGREEMENTS[agreed.method], agreed.figure
        if figure.value is None:
            return f"{name} is {figure.reason}."
        ci = f" ({figure.ci[0]:.2f} to {figure.ci[1]:.2f})" if figure.ci else f" ({figure.reason})"
        return (
            f"Agreement beyond chance: {name} {figure.value:.2f}{ci}, on {count(figure.n)} "
            "examples that two people or more answered."
        )

    def _basis(self) -> Block:
        split = self.levels.split
        return self.signature.basis(f", answers on {split}" if split else "")

    def records(self) -> list[dict[str, Any]]:
        """Return the levels, one record each."""
        beats = {v.name: v.beats for v in self.levels.versus}
        people = set(map(id, self.levels.annotators))  # draws of resamples cannot be compared
        return [
            {"level": s.name, "kind": "person" if id(s) in people else kind, "group": s.group,
             **ends("error", s.error), "n": s.error.n, "bayes_proxy": s is self.levels.proxy,
             "model_beats_it": beats.get(s.name)}
            for kind, s in self._rows()
        ]  # fmt: skip


def _figures(level: Standing, scale: Scale) -> tuple[str, str, str]:
    error = level.error
    interval = "no counts" if error.n is None else scale.interval(error.ci)
    return scale.value(error.value), interval, count(error.n)
