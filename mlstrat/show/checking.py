"""Does a document hold what its schema says? For the part of JSON schema that we write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "boolean": (bool,), "integer": (int,), "number": (int, float),
    "null": (type(None),), "array": (list,), "object": (dict,),
}  # fmt: skip


def first_fault(document: Any, schema: Mapping[str, Any]) -> str | None:
    """Return where a document departs from its schema, and how; None where it does not.

    Examples
    --------
    >>> schema = {"properties": {"n": {"type": "integer"}}, "required": ["n"], "type": "object"}
    >>> first_fault({"n": "4"}, schema)
    "n is no integer: '4'"
    """
    return _fault(document, schema, schema, "")


def _fault(x: Any, schema: Mapping[str, Any], root: Mapping[str, Any], at: str) -> str | None:
    if "$ref" in schema:
        part = root["$defs"][schema["$ref"].rpartition("/")[2]]
        if fault := _fault(x, part, root, at):
            return fault
    for test in (_plain, _number, _object, _array):
        if fault := test(x, schema, root, at):
            return fault
    if "anyOf" in schema:
        faults = [_fault(x, form, root, at) for form in schema["anyOf"]]
        if all(faults):
            # The form that fails deepest is the one that was meant.
            return max((f for f in faults if f), key=lambda f: f.partition(" ")[0].count("."))
    return None


def _plain(x: Any, schema: Mapping[str, Any], _root: Mapping[str, Any], at: str) -> str | None:
    if "type" in schema:
        names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        if not any(_is(x, name) for name in names):
            return f"{at or 'the document'} is no {' or '.join(names)}: {_short(x)}"
    if "const" in schema and x != schema["const"]:
        return f"{at} is not {schema['const']!r}: {_short(x)}"
    if "enum" in schema and x not in schema["enum"]:
        return f"{at} is none of {', '.join(map(str, schema['enum']))}: {_short(x)}"
    if "pattern" in schema and not re.search(schema["pattern"], x):
        return f"{at} does not match {schema['pattern']}: {_short(x)}"
    return None


def _is(x: Any, name: str) -> bool:
    if isinstance(x, bool):
        return name == "boolean"
    if name == "integer" and isinstance(x, float):
        return x.is_integer()
    return isinstance(x, _TYPES[name])


def _number(x: Any, schema: Mapping[str, Any], _root: Mapping[str, Any], at: str) -> str | None:
    if not isinstance(x, int | float) or isinstance(x, bool):
        return None
    if x < schema.get("minimum", x) or x > schema.get("maximum", x):
        return f"{at} is out of range: {x}"
    return None


def _object(x: Any, schema: Mapping[str, Any], root: Mapping[str, Any], at: str) -> str | None:
    if not isinstance(x, dict):
        return None
    for key in schema.get("required", ()):
        if key not in x:
            return f"{_under(at, key)} is missing"
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    for key, value in x.items():
        if key in known:
            fault = _fault(value, known[key], root, _under(at, key))
        elif others is False:
            fault = f"{_under(at, key)} is not described"
        else:
            fault = None if others is True else _fault(value, others, root, _under(at, key))
        if fault:
            return fault
    return None


def _array(x: Any, schema: Mapping[str, Any], root: Mapping[str, Any], at: str) -> str | None:
    if not isinstance(x, list):
        return None
    if not schema.get("minItems", 0) <= len(x) <= schema.get("maxItems", len(x)):
        return f"{at} has {len(x)} values, not {schema['minItems']}"
    first = schema.get("prefixItems", ())
    for i, value in enumerate(x):
        part = first[i] if i < len(first) else schema.get("items", {})
        if fault := _fault(value, part, root, f"{at}[{i}]"):
            return fault
    return None


def _under(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _short(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 40 else text[:39] + "…"
