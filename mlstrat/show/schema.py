"""Typed descriptions → JSON schema (draft 2020-12)."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    TypeAlias,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

DRAFT = "https://json-schema.org/draft/2020-12/schema"
Schema: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Limits:
    """What narrows a number or a text down."""

    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None

    def to_dict(self) -> Schema:
        """Return the keywords of JSON schema."""
        return {key: x for key, x in vars(self).items() if x is not None}


_PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    types.NoneType: {"type": "null"},
    Any: {},
}


def schema_of(kinds: Sequence[type], name: str, *, closed: bool = False) -> Schema:
    """Return the JSON schema of a document.

    Parameters
    ----------
    kinds
        The typed descriptions, one for each form that the document has.
    name
        ``gaps/1``: what stands after ``mlstrat.`` in the document's key ``schema``.
    closed
        Refuse keys that are not described. Published schemas are open, since keys may be added
        within a version; the tests close them, so that none is added without a description.
    """
    writer = _Writer(closed)
    forms = [writer.typed(kind) for kind in kinds]
    command, _, version = name.partition("/")
    return {
        "$schema": DRAFT,
        "$id": f"urn:mlstrat:{command}:{version}",
        "title": f"mlstrat.{name}",
        **(forms[0] if len(forms) == 1 else {"anyOf": forms}),
        "$defs": dict(sorted(writer.parts.items())),
    }


class _Writer:
    def __init__(self, closed: bool) -> None:
        self.closed = closed
        self.parts: dict[str, Schema] = {}

    def typed(self, kind: Any) -> Schema:
        """Return the object that a TypedDict describes."""
        out: Schema = {"type": "object"}
        if kind.__doc__ and not kind.__doc__.startswith("dict("):
            out["description"] = kind.__doc__.splitlines()[0]
        properties, required = {}, []
        # Evaluated hints: under postponed annotations the class itself does not know which keys
        # it requires.
        for key, hint in get_type_hints(kind, include_extras=True).items():
            optional = get_origin(hint) is NotRequired
            if get_origin(hint) in (NotRequired, Required):
                (hint,) = get_args(hint)  # noqa: PLW2901
            properties[key] = self.write(hint)
            if not optional:
                required.append(key)
        first = {key: properties[key] for key in ("schema",) if key in properties}
        out |= {"properties": first | properties, "required": sorted(required)}
        return out | ({"additionalProperties": False} if self.closed else {})

    def write(self, hint: Any) -> Schema:
        """Return the schema of one type."""
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        if is_typeddict(hint):
            name = hint.__name__
            if name not in self.parts:
                self.parts[name] = {}
                self.parts[name] = self.typed(hint)
            return {"$ref": f"#/$defs/{name}"}
        origin, inner = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._annotated(inner[0], inner[1:])
        if origin is Literal:
            return {"const": inner[0]} if len(inner) == 1 else {"enum": list(inner)}
        if origin in (Union, types.UnionType):
            return _either([self.write(x) for x in inner])
        if origin is list:
            return {"type": "array", "items": self.write(inner[0])}
        if origin is tuple:
            return {"type": "array", "prefixItems": [self.write(x) for x in inner],
                    "minItems": len(inner), "maxItems": len(inner)}  # fmt: skip
        if origin is dict:
            return {"type": "object", "additionalProperties": self.write(inner[1])}
        raise TypeError(f"no schema for {hint!r}")

    def _annotated(self, kind: Any, notes: Sequence[Any]) -> Schema:
        out = self.write(kind)
        for note in notes:
            out |= {"description": note} if isinstance(note, str) else note.to_dict()
        return out


def _either(parts: list[Schema]) -> Schema:
    """Return one of several; a plain type or null is one list of types."""
    if all(set(p) == {"type"} for p in parts):
        return {"type": [p["type"] for p in parts]}
    return {"anyOf": parts}
