"""What `schema` returns: the list of documents, or the JSON schema of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlstrat.show.blocks import Block, Checklist, Heading, Paragraph, Table
from mlstrat.show.document import Document, head
from mlstrat.workflow.explain import schemas

if TYPE_CHECKING:
    from mlstrat.workflow.explain import schema


@dataclass(frozen=True)
class SchemaList(Document):
    """The documents that have a schema."""

    def to_dict(self) -> schema.Schemas:
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

    def _named(self) -> list[schema.Named]:
        return [
            {"name": name.partition("/")[0], "schema": f"mlstrat.{name}",
             "title": schemas.title(name)}
            for name in schemas.HOMES
        ]  # fmt: skip


@dataclass(frozen=True)
class SchemaDocument(Document):
    """The JSON schema of one document; its own JSON is the schema."""

    name: str

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON schema, draft 2020-12."""
        return schemas.schema(self.name)

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
    """Return a type in a word or two."""
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
