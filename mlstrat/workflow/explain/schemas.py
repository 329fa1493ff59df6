"""The JSON of every document, described once: the schema that is published is made from it.

Each document has a typed description in its question's ``schema.py``. The tests hold every document
that they make against the schema that comes out of it, closed: a key that is added, renamed or left
out there and not here fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mlstrat.show.blocks import Block, Checklist, Heading, Paragraph, Table
from mlstrat.show.document import Document, head
from mlstrat.show.schema import Schema, schema_of

if TYPE_CHECKING:
    from mlstrat.workflow.explain import schema as typed

HOMES: dict[str, tuple[str, tuple[str, ...]]] = {
    "gaps/1": ("workflow.diagnose.schema", ("Gaps",)),
    "diagnose/1": ("workflow.diagnose.schema", ("Diagnose",)),
    "score/1": ("workflow.score.schema", ("Score", "Metrics")),
    "count/1": ("workflow.count.schema", ("Counts",)),
    "human/1": ("workflow.human.schema", ("Human",)),
    "curve/1": ("workflow.curve.schema", ("Curve",)),
    "plan/1": ("workflow.splits.schema", ("Plan",)),
    "split/1": ("workflow.splits.schema", ("Split", "SplitCheck")),
    "init/1": ("workflow.settings.schema", ("Init",)),
    "config/1": ("workflow.settings.schema", ("Config",)),
    "select/1": ("workflow.select.schema", ("Select",)),
    "compare/1": ("workflow.compare.schema", ("Compare",)),
    "slices/1": ("workflow.slices.schema", ("Slices",)),
    "mislabels/1": ("workflow.mislabels.schema", ("Mislabels", "Suspects")),
    "sample/1": ("workflow.error_table.schema", ("Sample",)),
    "error-table/1": ("workflow.error_table.schema", ("ErrorTable",)),
    "report/1": ("workflow.report.schema", ("Report",)),
    "history/1": ("workflow.history.schema", ("History",)),
    "report-check/1": ("workflow.report.schema", ("ReportCheck",)),
    "gate/1": ("workflow.gate.schema", ("Gate",)),
    "plot/1": ("workflow.plot.schema", ("Plot",)),
    "predict/1": ("harness.schema", ("Predict",)),
    "improve/1": ("workflow.improve.schema", ("Improve",)),
    "improve-plan/1": ("workflow.improve.schema", ("ImprovePlan",)),
    "train/1": ("harness.schema", ("Train",)),
    "recipes/1": ("harness.schema", ("Recipes",)),
    "network/1": ("harness.schema", ("Network",)),
    "study/1": ("workflow.study.schema", ("Study",)),
    "gradients/1": ("workflow.study.schema", ("Gradients",)),
    "explain/1": ("workflow.explain.schema", ("Explain",)),
    "schema/1": ("workflow.explain.schema", ("Schemas",)),
}
"""By what stands after ``mlstrat.`` in the key ``schema``: module and forms of the document."""

VERSIONS: dict[str, int] = {}
for _name in HOMES:
    _command, _, _version = _name.partition("/")
    VERSIONS[_command] = max(int(_version), VERSIONS.get(_command, 0))


def forms(name: str) -> tuple[type, ...]:
    """Return the typed descriptions of a document."""
    home, names = HOMES[name]
    module = import_module(f"mlstrat.{home}")
    return tuple(getattr(module, x) for x in names)


def title(name: str) -> str:
    """Return what a document is, in one line."""
    return " ".join(str(kind.__doc__).splitlines()[0] for kind in forms(name))


@cache
def schema(name: str, closed: bool = False) -> Schema:
    """Return the JSON schema of a document, such as ``gaps/1``."""
    return schema_of(forms(name), name, closed=closed)


class SchemaList(Document):
    """The documents that have a schema."""

    def to_dict(self) -> typed.Schemas:
        """Return the JSON document."""
        return {
            "schema": "mlstrat.schema/1",
            **head(),
            "schemas": self._named(),
        }

    def blocks(self) -> list[Block]:
        """Return one row a document."""
        lines = tuple(f"{r['schema']}: {r['title']}" for r in self._named())
        return [Heading("Documents"), Checklist(lines, boxes=False)]

    def records(self) -> list[dict[str, Any]]:
        """Return one record a document."""
        return [{**x} for x in self._named()]

    def _named(self) -> list[typed.Named]:
        return [
            {"name": name.partition("/")[0], "schema": f"mlstrat.{name}",
             "title": title(name)}
            for name in HOMES
        ]  # fmt: skip


class SchemaDocument(Document):
    """The JSON schema of one document; its own JSON is the schema."""

    name: str

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON schema, draft 2020-12."""
        return schema(self.name)

    def blocks(self) -> list[Block]:
        """Return the keys as tables, part by part."""
        whole = self.to_dict()
        forms = whole.get("anyOf", [whole])
        blocks: list[Block] = [Heading(whole["title"])]
        for form in forms:
            blocks += [Paragraph(form.get("description", "")), _keys(form)]
        for name, part in whole["$defs"].items():
            blocks += [Heading(name, 2), Paragraph(part.get("description", "")), _keys(part)]
        return blocks

    def records(self) -> list[dict[str, Any]]:
        """Return one record a key."""
        whole = self.to_dict()
        forms = [("", form) for form in whole.get("anyOf", [whole])]
        return [
            {"part": name, "key": key, "type": _type(x), "meaning": x.get("description", ""),
             "required": key in part["required"]}
            for name, part in [*forms, *whole["$defs"].items()]
            for key, x in part["properties"].items()
        ]  # fmt: skip


def _keys(part: Mapping[str, Any]) -> Table:
    rows = tuple(
        (key + ("" if key in part["required"] else " (not always)"), _type(x),
         x.get("description", "–"))
        for key, x in part["properties"].items()
    )  # fmt: skip
    return Table(("key", "type", "meaning"), rows, left=3)


def _type(x: Mapping[str, Any]) -> str:
    if "$ref" in x:
        return str(x["$ref"]).rpartition("/")[2]
    if "const" in x:
        return repr(x["const"])
    if "enum" in x:
        return " or ".join(map(str, x["enum"]))
    if "anyOf" in x:
        return " or ".join(_type(part) for part in x["anyOf"])
    if x.get("type") == "array":
        if "prefixItems" in x:
            return f"{len(x['prefixItems'])} of {_type(x['prefixItems'][0])}"
        return f"list of {_type(x['items'])}"
    if x.get("type") == "object":
        return f"object of {_type(x['additionalProperties'])}"
    kind = x.get("type", "anything")
    return kind if isinstance(kind, str) else " or ".join(kind)
