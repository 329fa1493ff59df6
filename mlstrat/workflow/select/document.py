"""The document of `select`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from mlstrat.core.decisions import CONSTRAINTS, TIED
from mlstrat.core.findings import Decision, Finding
from mlstrat.core.wording import Scale, clean, count, listed
from mlstrat.show.blocks import Block, Heading, Paragraph, Table, Verdict
from mlstrat.show.canvas import check_figure_path
from mlstrat.show.document import Document, Signature, ends, findings_blocks, head
from mlstrat.workflow.select.compute import Candidate, Selection
from mlstrat.workflow.select.constraints import Axis
from mlstrat.workflow.select.findings import agreement_dict, named
from mlstrat.workflow.select.preferences import Agreement

if TYPE_CHECKING:
    from mlstrat.show.picture import Picture
    from mlstrat.workflow.select import schema

MOST_ROWS = 20
"""Candidates that a reader is shown; the JSON has all."""


class SelectDocument(Document):
    """A choice among candidates; ``sides`` are the left sides of the constraints.

    ``axes`` are the constraints as the figure shows them.
    """

    selection: Selection
    sides: tuple[tuple[float, ...], ...]
    agreement: Agreement | None
    findings: tuple[Finding, ...]
    signature: Signature
    axes: tuple[Axis, ...] = ()

    @property
    def choice(self) -> str | None:
        """The candidate chosen; None where none is feasible."""
        return self.selection.choice

    @property
    def tied_with_choice(self) -> tuple[str, ...]:
        """The others that cannot be told from the best."""
        return self.selection.tied

    def save_figure(self, path: str | Path) -> None:
        """Write the Pareto front as SVG or PNG, as the ending says."""
        check_figure_path(path)
        self.pictures()[0].save(self.own_place(path))

    def to_html(self) -> str:
        """Return the leaderboard as one page: the choice, the candidates, the findings."""
        from mlstrat.show import html
        from mlstrat.version import __version__

        title = self._verdict(Scale(self.selection.scale is not None))
        return html.page(title, self.laid_out(), f"mlstrat {__version__}")

    def render(self, how: str) -> str:
        """Return the document in one of the formats of a report."""
        return self.to_html() if how == "html" else super().render(how)

    def to_dict(self) -> schema.Select:
        s = self.selection
        picked = None if s.choice is None else s.candidate(s.choice)
        return {
            "schema": "mlstrat.select/1",
            **head(self.signature, self.findings),
            "optimize": {
                "expression": s.expression.text,
                "direction": "maximize" if s.maximize else "minimize",
            },
            "constraints": [
                {
                    "expression": c.text,
                    "met": sum(c.text not in x.violates + x.undecided for x in s.candidates),
                    "undecided": sum(c.text in x.undecided for x in s.candidates),
                    "violated": sum(c.text in x.violates for x in s.candidates),
                }
                for c in s.constraints
            ],
            "candidates": [self._candidate(i, c) for i, c in enumerate(s.candidates)],
            "choice": s.choice,
            "tied_with_choice": list(s.tied),
            "best_by_value": s.best,
            "chosen_among": {"feasible": None if s.pool == "none" else s.pool, "k": s.pool_size},
            "preferred_by": s.preferred,
            "shrunk": None if picked is None else picked.shrunk,
            "nearest": list(s.nearest),
            "rows_needed": None if s.to_settle is None else s.to_settle.total,
            "to_settle": None if s.to_settle is None else s.to_settle.to_dict(),
            "preferences": None if self.agreement is None else agreement_dict(self.agreement),
        }

    def _candidate(self, i: int, c: Candidate) -> schema.Candidate:
        return {
            "name": c.name,
            "feasible": c.feasible,
            "violates": list(c.violates),
            **c.figure.to_dict(),
            "tied": c.tied,
            "pareto": c.pareto,
            "shrunk": c.shrunk,
            "undecided": list(c.undecided),
            "passes_by_value": c.passes,
            "misses": [cast("schema.Miss", asdict(m)) for m in c.misses],
            "constrained": [
                {"constraint": x.text, "value": None if math.isnan(side[i]) else side[i]}
                for x, side in zip(self.selection.constraints, self.sides, strict=True)
            ],
        }

    def pictures(self) -> Sequence[Picture]:
        from mlstrat.workflow.select.figure import pareto_picture

        title = self._verdict(Scale(self.selection.scale is not None))
        return (pareto_picture(self.selection, self.axes, title),)

    def blocks(self) -> list[Block]:
        scale = Scale(self.selection.scale is not None)
        return [
            Verdict(self._verdict(scale), self._decision()),
            *self._curse(scale),
            *self._people(),
            *self._table(scale),
            *findings_blocks(self.findings, scale),
            self._basis(),
        ]

    def _decision(self) -> Decision:
        """Return what decides the first line: who is feasible, or who is best."""
        s = self.selection
        return CONSTRAINTS if s.choice is None or (s.pool_size == 1 and s.constraints) else TIED

    def _verdict(self, scale: Scale) -> str:
        s = self.selection
        if s.choice is None:
            return self._none()
        picked = s.candidate(s.choice)
        name, figure = clean(s.choice, 40), scale.value(picked.figure.value)
        what = clean(s.expression.title, 40)
        among = "meet every constraint" if s.pool == "yes" else "may meet every constraint"
        of = f"the {count(s.pool_size)} that {among}" if s.constraints else "all"
        start = "No candidate surely meets every constraint. " * (s.pool == "undecided")
        if s.tied and s.preferred is not None:
            return (
                f"{start}Choose {name}: of {count(len(s.group))} candidates that cannot be told "
                f"apart it has the preferred {clean(s.preferred, 40)} ({what} {figure})."
            )
        best = "highest" if s.maximize else "lowest"
        if s.tied:
            who = f"{count(len(s.group))} of {count(s.pool_size)} candidates"
            who = "either candidate" if len(s.group) == s.pool_size == 2 else who
            return (
                f"{start}Cannot tell the best: {who} may be it. "
                f"{name} has the {best} {what} ({figure})."
            )
        if s.pool_size == 1 and s.constraints:
            alone = "only candidate that meets" if s.pool == "yes" else "only one that may meet"
            return f"{start}Choose {name}: the {alone} every constraint ({what} {figure})."
        return f"{start}Choose {name}: {what} {figure}, the {best} of {of}."

    def _none(self) -> str:
        s = self.selection
        if not s.nearest:
            return "No candidate can be chosen: its figures are blank or undefined."
        near = s.candidate(s.nearest[0])
        misses = [f"{clean(m.constraint, 60)} by {m.by:.4g}" for m in near.misses]
        more = f" (and {count(len(s.nearest) - 1)} like it)" if len(s.nearest) > 1 else ""
        return (
            f"No candidate meets every constraint. {clean(near.name, 40)}{more} is nearest: it "
            f"misses {listed(misses)}."
        )

    def _curse(self, scale: Scale) -> list[Block]:
        s = self.selection
        if s.choice is None or s.choice != s.best or s.pool_size < 2:
            return []
        shrunk = s.candidate(s.choice).shrunk
        if shrunk is None:
            return []
        return [
            Paragraph(
                f"The best of {count(s.pool_size)} looks better than it is: expect about "
                f"{scale.value(shrunk)} from {clean(s.choice, 40)} (shrunk for selection)."
            )
        ]

    def _people(self) -> list[Block]:
        a = self.agreement
        if a is None:
            return []
        text = f"The metric orders {count(a.agree)} of {count(a.pairs)} pairs as people do"
        return [Paragraph(text + (f", and {count(a.ties)} not at all." if a.ties else "."))]

    def _table(self, scale: Scale) -> list[Block]:
        s = self.selection
        sense = -1.0 if s.maximize else 1.0
        rank = {"yes": 0, "undecided": 1, "no": 2}

        def order(i: int) -> tuple[bool, int, float, int]:
            c = s.candidates[i]
            value = math.inf if c.figure.value is None else sense * c.figure.value
            return c.name != s.choice, rank[c.feasible], value, i

        shown = sorted(range(len(s.candidates)), key=order)
        columns = [
            "candidate",
            clean(s.expression.title, 24),
            self.signature.interval,
            *(clean(c.text, 32) for c in s.constraints),
            "feasible",
            "tied",
            "Pareto",
        ]
        rows = tuple(self._row(i, scale) for i in shown[:MOST_ROWS])
        hidden = [] if s.constraints else ["feasible", "Pareto"]
        if not any(c.figure.ci for c in s.candidates):
            hidden.append(columns[2])
        keep = [i for i, c in enumerate(columns) if c not in hidden]
        title = "Candidates"
        if len(shown) > MOST_ROWS:
            title += f" ({MOST_ROWS} of {count(len(shown))}, best first)"
        return [
            Heading(title),
            Table(
                tuple(columns[i] for i in keep), tuple(tuple(row[i] for i in keep) for row in rows)
            ),
        ]

    def _row(self, i: int, scale: Scale) -> tuple[str, ...]:
        c = self.selection.candidates[i]
        return (
            clean(c.name, 30),
            scale.value(c.figure.value),
            scale.interval(c.figure.ci),
            *("–" if math.isnan(side[i]) else f"{side[i]:.4g}" for side in self.sides),
            c.feasible,
            "yes" if c.tied else "–",
            "yes" if c.pareto else "–",
        )

    def _basis(self) -> Block:
        s = self.signature
        files = named([str(x["path"]) for x in s.inputs])
        return Paragraph(f"Read {files}. Intervals at {s.level}.")

    def records(self) -> list[dict[str, Any]]:
        """Return the candidates, one record each."""
        return [
            {
                "name": c.name,
                "choice": c.name == self.choice,
                "feasible": c.feasible,
                "violates": "; ".join(c.violates),
                **ends("value", c.figure),
                "n": c.figure.n,
                "shrunk": c.shrunk,
                "tied": c.tied,
                "pareto": c.pareto,
            }
            for c in self.selection.candidates
        ]
