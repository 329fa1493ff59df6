"""The document of `study`: one table, one figure, and what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlstrat.core.decisions import KNOB
from mlstrat.core.findings import Finding
from mlstrat.core.wording import Scale, clean, count, listed
from mlstrat.show.blocks import Block, Heading, Illustration, Paragraph, Verdict
from mlstrat.show.document import Document, Signature, ends, findings_blocks, head
from mlstrat.show.picture import Picture
from mlstrat.workflow.curve.document import CurveDocument
from mlstrat.workflow.study import tables
from mlstrat.workflow.study.compute import Change, Levels, Study, too_few
from mlstrat.workflow.study.tables import verdict_of

if TYPE_CHECKING:
    from mlstrat.workflow.study import schema

SCALE = Scale()


class DocumentOfRuns(Document, kw_only=True):
    """What a study found, with a figure that stands beside its report."""

    kind: str
    about: str
    small: bool
    findings: tuple[Finding, ...]
    signature: Signature
    folder: str | None = None
    figure: str | None = None
    files: tuple[str, ...] = ()

    def picture(self) -> Picture:
        raise NotImplementedError

    def arranged(self, figure: list[Block]) -> list[Block]:
        """Return the blocks, with the figure where there is one."""
        raise NotImplementedError

    def pictures(self) -> Sequence[Picture]:
        return (self.picture(),)

    def blocks(self) -> list[Block]:
        return self.arranged([])

    def to_markdown(self) -> str:
        from mlstrat.show.markdown import render

        if self.figure is None:
            return render(self.blocks())
        return render(self.arranged([Illustration(self.picture().alt_text, self.figure, None)]))


class StudyDocument(DocumentOfRuns, kw_only=True):
    """What a study of runs found."""

    recipe: str | None
    study: Study
    facts: Mapping[str, Any]
    settings: Mapping[str, Mapping[str, Any]]
    curve: CurveDocument | None = None

    @property
    def verdict(self) -> str:
        """The first line: what came out."""
        if self.curve is not None:
            return self.curve.verdict
        return verdict_of(self.kind, self.study, self.facts)

    def picture(self) -> Picture:
        if self.curve is not None:
            from mlstrat.workflow.curve.figure import curve_picture

            return curve_picture(self.curve.curve, self.verdict, self.signature.confidence)
        from mlstrat.workflow.study.figure import study_picture

        return study_picture(self.kind, self.study, self.verdict)

    def to_dict(self) -> schema.Study:
        return {
            "schema": "mlstrat.study/1",
            **head(self.signature, self.findings),
            "study": self.kind,
            "recipe": self.recipe,
            "small": self.small,
            "about": self.about,
            "seeds": list(self.study.seeds),
            "human": self.study.human,
            "tolerance": self.study.tolerance,
            "conditions": [self._condition(x) for x in self.study.conditions],
            "comparisons": [_comparison(x) for x in self.study.changes],
            "facts": dict(self.facts),
            "curve": self._curve(),
            "folder": self.folder,
            "files": list(self.files),
        }

    def _condition(self, x: Levels) -> schema.StudyCondition:
        c = x.condition
        return {
            "name": c.name, "title": c.title, "series": c.series or None, "n": c.size,
            "settings": {k: list(v) if isinstance(v, tuple) else v
                         for k, v in self.settings.get(c.name, {}).items()},
            "levels": {name: one.to_dict() for name, one in x.levels.items()},
            "gaps": {name: one.to_dict() for name, one in x.gaps.items()},
        }  # fmt: skip

    def _curve(self) -> dict[str, Any] | None:
        if self.curve is None:
            return None
        whole = self.curve.to_dict()
        return {key: x for key, x in whole.items() if key not in ("signature", "findings")}

    def arranged(self, figure: list[Block]) -> list[Block]:
        if self.curve is not None:
            return [*self.curve.blocks()[:-1], *figure, *self._basis()]
        out: list[Block] = [Verdict(self.verdict, KNOB), *tables.answer(self.kind, self.study)]
        out += [Heading(tables.heading(self.kind)), *tables.main_table(self.kind, self.study)]
        out += figure
        out += tables.further(self.kind, self.study, self.facts)
        return [*out, *findings_blocks(self.findings, SCALE), *self._basis()]

    def _basis(self) -> list[Block]:
        seeds = len(self.study.seeds)
        runs = len(self.signature.inputs)
        rows = sum(x["rows"] or 0 for x in self.signature.inputs)
        text = (
            f"{clean(self.about, 500)}. {count(seeds)} seed{'' if seeds == 1 else 's'}, "
            f"{count(runs)} run{'' if runs == 1 else 's'}, {count(rows)} predictions. "
        )
        if self.curve is None and too_few(seeds) is None:
            text += (
                f"Intervals at {100 * self.study.confidence:g}%, over seeds and examples; a "
                "change is called seen where Holm's p-value over all comparisons of the study is "
                f"at most {100 * (1 - self.study.confidence):.3g}%."
            )
        blocks: list[Block] = [Heading("How it was done"), Paragraph(text)]
        if self.folder is not None:
            files = f", {listed([clean(x) for x in self.files])} with it" if self.files else ""
            where = clean(self.folder, 200)
            blocks.append(Paragraph(f"The runs are in {where}{files}."))
        return blocks

    def records(self) -> list[dict[str, Any]]:
        if self.curve is not None:
            return self.curve.records()
        return [
            {"of": x.asked.of, "against": x.asked.against, "quantity": x.asked.quantity,
             "n": self.study.condition(x.asked.of).condition.size, **ends("change", x.figure),
             "p_adjusted": x.p_adjusted, "outcome": x.outcome}
            for x in self.study.changes
        ]  # fmt: skip


def _comparison(x: Change) -> schema.Comparison:
    return {
        "of": x.asked.of, "against": x.asked.against, "quantity": x.asked.quantity,
        "change": x.figure.to_dict(), "by_seed": list(x.by_seed), "p_value": x.p_value,
        "p_adjusted": x.p_adjusted, "outcome": x.outcome,
    }  # fmt: skip
