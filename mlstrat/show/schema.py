"""Typed descriptions → JSON schema (draft 2020-12)."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping, Sequence
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

from mlstrat.core.schema_parts import As

DRAFT = "https://json-schema.org/draft/2020-12/schema"
Schema: TypeAlias = dict[str, Any]


_PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    types.NoneType: {"type": "null"},
    Any: {},
}


def schema_of(kinds: Sequence[type], name: str, *, closed: bool = False) -> Schema:
    """Return the JSON schema of a document from its typed descriptions, one for each form it has.

    A closed one refuses keys that are not described. Published schemas are open, since keys may be
    added within a version; the tests close them, so that none is added without a description.
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
        told = [note.hint for note in notes if isinstance(note, As)]
        out = self.write(told[0] if told else kind)
        for note in notes:
            if isinstance(note, As):
                continue
            out |= {"description": note} if isinstance(note, str) else note.to_dict()
        return out


def _either(parts: list[Schema]) -> Schema:
    """Return one of several; a plain type or null is one list of types."""
    if all(set(p) == {"type"} for p in parts):
        return {"type": [p["type"] for p in parts]}
    return {"anyOf": parts}


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "boolean": (bool,), "integer": (int,), "number": (int, float),
    "null": (type(None),), "array": (list,), "object": (dict,),
}  # fmt: skip


def first_fault(document: Any, schema: Mapping[str, Any]) -> str | None:
    """Return where a document departs from its schema, and how; None where it does not."""
    return _fault(document, schema, schema, "")


def _fault(x: Any, schema: Mapping[str, Any], root: Mapping[str, Any], at: str) -> str | None:
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        faults = [_fault(x, form, root, at) for form in schema["anyOf"]]
        # The form that fails deepest is the one that was meant.
        deepest = sorted(filter(None, faults), key=lambda f: -f.partition(" ")[0].count("."))
        return deepest[0] if all(faults) else None
    if (fault := _plain(x, schema, at)) is not None:
        return fault
    parts: Iterable[tuple[Any, Any, str]] = ()
    if isinstance(x, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        missing = next((key for key in schema.get("required", ()) if key not in x), None)
        if missing is not None:
            return f"{_under(at, missing)} is missing"
        parts = ((value, known.get(key, others), _under(at, key)) for key, value in x.items())
    elif isinstance(x, list):
        if not schema.get("minItems", 0) <= len(x) <= schema.get("maxItems", len(x)):
            return f"{at} has {len(x)} values, not {schema['minItems']}"
        first, others = schema.get("prefixItems", ()), schema.get("items", {})
        parts = ((value, first[i] if i < len(first) else others, f"{at}[{i}]")
                 for i, value in enumerate(x))  # fmt: skip
    for value, part, place in parts:
        if part is False:
            return f"{place} is not described"
        if part is not True and (fault := _fault(value, part, root, place)):
            return fault
    return None


def _plain(x: Any, schema: Mapping[str, Any], at: str) -> str | None:
    """Return what is wrong with a value itself, whatever is inside."""
    if "type" in schema:
        names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        if not any(_is(x, name) for name in names):
            return f"{at or 'the document'} is not of type {' or '.join(names)}: {_short(x)}"
    if "const" in schema and x != schema["const"]:
        return f"{at} is not {schema['const']!r}: {_short(x)}"
    if "enum" in schema and x not in schema["enum"]:
        return f"{at} is not one of {', '.join(map(str, schema['enum']))}: {_short(x)}"
    if "pattern" in schema and not re.search(schema["pattern"], x):
        return f"{at} does not match {schema['pattern']}: {_short(x)}"
    number = isinstance(x, int | float) and not isinstance(x, bool)
    if number and not schema.get("minimum", x) <= x <= schema.get("maximum", x):
        return f"{at} is out of range: {x}"
    return None


def _is(x: Any, name: str) -> bool:
    if isinstance(x, bool):
        return name == "boolean"
    if name == "integer" and isinstance(x, float):
        return x.is_integer()
    return isinstance(x, _TYPES[name])


def _under(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _short(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 40 else text[:39] + "…"
