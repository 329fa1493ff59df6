"""The document of `mislabels`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlstrat.core.decisions import WORTH
from mlstrat.core.figures import Figure
from mlstrat.core.findings import Finding
from mlstrat.core.intervals import interval_json
from mlstrat.core.wording import Scale, clean, count, listed, share_of_resamples
from mlstrat.show.blocks import Block, Paragraph, Table, Verdict
from mlstrat.show.document import Document, Signature, ends, findings_blocks, head
from mlstrat.workflow.mislabels.compute import LARGE_PART, Concentration, Kind, Mislabels
from mlstrat.workflow.mislabels.versus import Versus

if TYPE_CHECKING:
    from mlstrat.workflow.mislabels import schema


class MislabelsDocument(Document):
    """Errors that are due to wrong labels, and whether to correct these."""

    result: Mislabels
    versus: Versus | None
    names: tuple[str, str]
    concentrations: tuple[Concentration, ...]
    worth_fixing: bool | None
    systematic: bool | None
    split: str | None
    findings: tuple[Finding, ...]
    signature: Signature

    @property
    def overall_error(self) -> Figure:
        """The error with the labels as they are."""
        return self.result.overall_error

    @property
    def error_from_labels(self) -> Figure:
        """The part of it whose labels are wrong."""
        return self.result.error_from_labels

    @property
    def error_from_other(self) -> Figure:
        """The part of it whose labels are right."""
        return self.result.error_from_other

    @property
    def label_share(self) -> Figure:
        """Errors with wrong labels among all errors of this split."""
        return self.result.label_share

    @property
    def corrected_error(self) -> Figure:
        """The error on the same rows with corrected labels."""
        return self.result.corrected_error

    def to_dict(self) -> schema.Mislabels:
        """Return the JSON document."""
        r = self.result
        rows, errors = r.size.rows, r.size.errors
        return {
            "schema": "mlstrat.mislabels/1",
            **head(self.signature, self.findings),
            "split": self.split,
            "n": rows,
            "errors": errors,
            "correct": None if rows is None or errors is None else rows - errors,
            "overall_error": r.overall_error.to_dict(),
            "error_from_labels": r.error_from_labels.to_dict(),
            "error_from_other": r.error_from_other.to_dict(),
            "label_share": r.label_share.to_dict(),
            "corrected_error": {
                **r.corrected_error.to_dict(),
                "bound": r.bound,
                "range": interval_json(r.corrected_range),
            },
            "wrong_labels": {**r.wrong_labels.to_dict(), "bound": r.bound},
            "reviewed": {"errors": _kind(r.errors), "correct": _kind(r.correct)},
            "picked": r.picked,
            "unusable": r.errors.dropped + r.correct.dropped,
            "worth_fixing": self.worth_fixing,
            "fix_test_too": True,
            "fix_train_needed": self.systematic,
            "systematic": [_concentration(one) for one in self.concentrations],
            "versus": None if self.versus is None else self._versus(self.versus),
        }

    def _versus(self, v: Versus) -> schema.Choice:
        return {
            "a": self.names[0],
            "b": self.names[1],
            "observed_difference": v.observed_difference,
            "corrected_difference": v.corrected_difference,
            "p_better_observed": v.p_better_observed,
            "p_better_corrected": v.p_better_corrected,
            "n": v.n,
            "assumed": v.assumed,
            "read": v.read,
            "reason": v.reason,
        }

    def blocks(self) -> list[Block]:
        """Return the document laid out for reading."""
        scale = Scale()
        blocks: list[Block] = [Verdict(self._verdict(scale), decision=WORTH)]
        if self.versus is not None:
            blocks.append(Paragraph(self._choice(self.versus, scale)))
        blocks.append(self._table(scale))
        read = self._read()
        if read is not None:
            blocks.append(read)
        blocks += findings_blocks(self.findings, scale)
        blocks.append(self._basis())
        return blocks

    def _verdict(self, scale: Scale) -> str:
        r, share, figure = self.result, self.result.label_share, self.result.label_share
        if self.versus is not None:
            figure = r.error_from_labels
        if self.worth_fixing is None and figure.ci is None:
            return f"Cannot tell whether to correct labels: {share.reason or 'no share'}."
        if share.value is None:
            return "Leave the labels: there are no errors."
        around = "" if self.worth_fixing is not None else f" ({scale.interval(figure.ci)})"
        if self.versus is not None:
            part = f"wrong labels make up {scale.points(figure.value)}{around}"
            size = scale.points(abs(self.versus.observed_difference))
            start = (
                "Choose" if self.worth_fixing is False else "Correct the labels before you choose"
            )
            if self.worth_fixing is None:
                start = "Cannot tell whether to correct the labels before you choose"
            return f"{start}: {part} of error, the difference of the two is {size}."
        least = "at least " if r.picked else ""
        of = f"{least}{scale.value(share.value)}{around} of the errors are wrong labels"
        if not share.value and not r.picked:
            of = "none of the errors that were read has a wrong label"
        if self.worth_fixing is None:
            return (
                f"Cannot tell whether to correct the labels: {of}, and mlstrat's threshold is "
                f"{scale.value(LARGE_PART)}."
            )
        word = "Correct the labels" if self.worth_fixing else "Leave the labels for now"
        if r.error_from_other.value is None:
            return f"{word}: {of}."
        other = f"{scale.points(r.error_from_other.value)} of error have other reasons"
        return f"{word}: {of}; {other}{'' if self.worth_fixing else ', so look at these first'}."

    def _choice(self, v: Versus, scale: Scale) -> str:
        a, b = (clean(x) for x in self.names)
        d = v.observed_difference
        if not d:
            text = f"{a} and {b} have the same error."
        else:
            ahead, behind = (a, b) if d > 0 else (b, a)
            text = f"{ahead} has {scale.points(abs(d))} less error than {behind}."
        if v.p_better_observed is None:
            return f"{text} How sure that is cannot be told: {v.reason}."
        text += f" {a} is really better with probability {share_of_resamples(v.p_better_observed)}"
        if v.p_better_corrected is None:
            return f"{text}; with corrected labels that cannot be told: {v.reason}."
        return (
            f"{text} with the labels as they are, and "
            f"{share_of_resamples(v.p_better_corrected)} with corrected labels."
        )

    def _table(self, scale: Scale) -> Table:
        r = self.result
        corrected = f"error with {'these' if r.picked else 'corrected'} labels"
        corrected += " corrected" if r.picked else ""
        least = ", at least" if r.picked else ""
        names = (
            ("overall error", r.overall_error),
            (f"from wrong labels{least}", r.error_from_labels),
            (f"from everything else{', at most' if r.picked else ''}", r.error_from_other),
            (f"wrong labels among errors{least}", r.label_share),
            # Labels that are not known yet leave errors: then the range holds what is least.
            (
                f"{corrected}, at least" if r.bound and r.corrected_range is None else corrected,
                r.corrected_error,
            ),
        )
        rows = [
            (name, scale.value(x.value) if x.value is not None else "unknown",
             "exact" if x.ci and x.ci[0] == x.ci[1] else scale.interval(x.ci), count(x.n))
            for name, x in names
        ]  # fmt: skip
        if r.corrected_range is not None:
            between = f"{scale.interval(r.corrected_range)}%"
            if r.corrected_error.value is None:
                rows[-1] = (f"{corrected}, of the errors", between, "–", rows[-1][3])
            else:
                name = "  at least, by" if r.bound else "  by"
                rows.append((f"{name} unknown labels", between, "–", rows[-1][3]))
        interval = self.signature.interval
        return Table(("", "", interval, "rows"), tuple(rows))

    def _read(self) -> Block | None:
        r = self.result
        if not self.signature.inputs:
            return None

        def row(name: str, kind: Kind, turned: str) -> tuple[str, ...]:
            left = (count(kind.dropped),) if unusable else ()
            return (
                name, count(kind.read), count(kind.mislabeled), *left,
                f"{count(kind.turned)} {turned}",
            )  # fmt: skip

        unusable = r.errors.dropped + r.correct.dropped
        dropped = ("to drop",) if unusable else ()
        return Table(
            ("rows read", "read", "wrong labels", *dropped, "once corrected"),
            (row("errors", r.errors, "right"), row("correct rows", r.correct, "wrong")),
        )

    def _basis(self) -> Block:
        s, r = self.signature, self.result
        where = "" if self.split is None else f"; split {self.split}"
        read = "Typed numbers"
        if r.taken_as_random:
            which = "."
        else:
            which = (
                ", but for the share of wrong labels among errors, which is of this split alone and"
                " exact once all of its errors were read."
            )
        if s.inputs:
            rows = [
                clean(str(x["path"]))
                + (f" ({count(x['rows'])} rows)" if x["rows"] is not None else "")
                for x in s.inputs
            ]
            read = f"Read {listed(rows)}{where}"
        return Paragraph(f"{read}. Intervals at {s.level}: of the population{which}")

    def records(self) -> list[dict[str, Any]]:
        """Return one record a figure."""
        names = (
            "overall_error", "error_from_labels", "error_from_other", "label_share",
            "corrected_error", "wrong_labels",
        )  # fmt: skip
        figures: list[Figure] = [getattr(self.result, name) for name in names]
        return [
            {"figure": name, **ends("value", figure), "n": figure.n}
            for name, figure in zip(names, figures, strict=True)
        ]


def _kind(x: Kind) -> schema.Read:
    return {
        "rows": x.read, "mislabeled": x.mislabeled, "unresolved": x.unresolved,
        "turned": x.turned,
    }  # fmt: skip


def _concentration(x: Concentration) -> schema.Concentration:
    return {
        "column": x.column, "value": x.value, "read": x.read, "mislabeled": x.mislabeled,
        "expected": x.expected, "p_value": x.p_value, "p_adjusted": x.p_adjusted,
    }  # fmt: skip
