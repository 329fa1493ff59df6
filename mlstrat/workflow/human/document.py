"""The document of `human`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlstrat.core.decisions import BEST_PERSON
from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale, clean, count
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, ends, findings_blocks, head
from mlstrat.workflow.human.findings import AGREEMENTS, agreement_as_seen, facts, who
from mlstrat.workflow.human.levels import HumanLevels, Standing

if TYPE_CHECKING:
    from mlstrat.workflow.human import schema

MOST_PEOPLE = 50
"""People that a reader is shown, lowest error first; the JSON has all."""

BEATS = {"yes": "yes", "no": "no", "undecided": "cannot tell"}


class HumanDocument(Document):
    """The error of people, groups and teams, and the proxy for Bayes error."""

    levels: HumanLevels
    findings: tuple[Finding, ...]
    signature: Signature

    @property
    def bayes_proxy(self) -> tuple[str, float] | None:
        """Who stands for Bayes error, and the error, a fraction; None where nobody answered."""
        proxy = self.levels.proxy
        return None if proxy is None else (proxy.name, proxy.value)

    def to_dict(self) -> schema.Human:
        """Return the JSON document; `diagnose --human` reads ``bayes_proxy``."""
        x = self.levels
        return {
            "schema": "mlstrat.human/1",
            **head(self.signature, self.findings),
            "split": x.split,
            "annotators": [
                {"name": s.name, "group": s.group, "error": s.error.figure.to_dict(),
                 "answered": s.error.n, "abstained": self._abstained(s)}
                for s in x.annotators
            ],
            "groups": [
                {"name": g.typical.name, "members": list(g.members),
                 "error": g.typical.error.figure.to_dict(), "team": self._team(g.team)}
                for g in x.groups
            ],
            "team": self._team(x.team),
            "agreement": None if x.agreement is None else {
                "method": x.agreement.method, **x.agreement.figure.to_dict(),
                "raw": x.agreement.raw,
                "by_class": [{"label": label, "agreement": share, "answers": n}
                             for label, share, n in x.agreement.by_class],
            },
            "no_people": list(x.no_people),
            "bayes_proxy": self._proxy(),
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

    def _team(self, team: Standing | None) -> schema.Team:
        if team is None:
            return {"error": None, "ties": None}
        return {"error": team.error.figure.to_dict(), "ties": self.levels.ties.get(team.name)}

    def _abstained(self, person: Standing) -> int | None:
        proxy = self.levels.proxy
        asked = proxy.error.n if proxy is not None and self.levels.split else None
        return None if asked is None or person.error.n is None else asked - person.error.n

    def _proxy(self) -> schema.Proxy | None:
        proxy, lowest = self.levels.proxy, self.levels.lowest
        if proxy is None:
            return None
        return {
            "name": proxy.name,
            "error": proxy.error.figure.to_dict(),
            "method": proxy.method,
            "level": proxy.level,
            "shared": proxy.shared,
            "p_alike": proxy.p_alike,
            "lowest": None if lowest is None else {
                "name": lowest.name, "error": lowest.error.figure.to_dict()
            },
            "not_told_from": list(proxy.not_told_from),
        }  # fmt: skip

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        scale, x = Scale(), self.levels
        out: list[Block] = [Verdict(self._verdict(scale), BEST_PERSON)]
        if x.proxy is None:
            return [*out, *findings_blocks(self.findings, scale), self._basis()]
        out.append(Paragraph(self._purpose(scale)))
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
        if proxy is None:
            return "No human level: no column holds the answers of people."
        text = f"The proxy for Bayes error is {scale.value(proxy.value)}"
        if proxy.error.ci is not None:
            kind = "examples" if self.levels.split else "answers"
            text += f" ({scale.interval(proxy.error.ci)}, {count(proxy.error.n)} {kind})"
        return f"{text}: {who(facts(proxy))}."

    def _purpose(self, scale: Scale) -> str:
        proxy, lowest = self.levels.proxy, self.levels.lowest
        bar, versus = self.levels.bar, {v.name: v for v in self.levels.versus}
        text = "Measure avoidable bias against it: Bayes error is not above it."
        if proxy is not None and proxy.method == "level_and_advantage":
            text += f" The mean error of all is {scale.value(proxy.level)}."
        if proxy is not None and lowest is not None and lowest.value < proxy.value:
            seen = f"{clean(lowest.name)}, {scale.value(lowest.value)}"
            text += f" The lowest observed, uncorrected: {seen}."
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
        ci = (
            f" ({figure.ci[0]:z.2f} to {figure.ci[1]:z.2f})" if figure.ci else f" ({figure.reason})"
        )
        by_class = {label: share for label, share, _ in agreed.by_class}
        return (
            f"Agreement beyond chance: {name} {figure.value:z.2f}{ci}, on {count(figure.n)} "
            "examples that two people or more answered. "
            + agreement_as_seen({"raw": agreed.raw, "by_class": by_class})
        )

    def _basis(self) -> Block:
        split = self.levels.split
        return self.signature.basis(f", answers on {split}" if split else "")

    def records(self) -> list[dict[str, Any]]:
        """Return the levels, one record each."""
        beats = {v.name: v.beats for v in self.levels.versus}
        people = set(map(id, self.levels.annotators))  # draws of resamples cannot be compared
        proxy = self.levels.proxy
        out = [
            {"level": s.name, "kind": "person" if id(s) in people else kind, "group": s.group,
             **ends("error", s.error), "n": s.error.n,
             "bayes_proxy": proxy is not None and proxy.is_level(s.name),
             "model_beats_it": beats.get(s.name)}
            for kind, s in self._rows()
        ]  # fmt: skip
        if proxy is not None and not any(row["bayes_proxy"] for row in out):
            out.append({"level": proxy.name, "kind": "proxy", "group": None,
                        **ends("error", proxy.error), "n": proxy.error.n, "bayes_proxy": True,
                        "model_beats_it": None})  # fmt: skip
        return out


def _figures(level: Standing, scale: Scale) -> tuple[str, str, str]:
    error = level.error
    interval = "no counts" if error.n is None else scale.interval(error.ci)
    return scale.value(error.value), interval, count(error.n)
