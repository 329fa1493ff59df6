"""Every document that a test makes holds what its published schema says, and nothing else."""

from __future__ import annotations

import functools
import json
from typing import Any

from jsonschema import Draft202012Validator

from mlstrat.show.document import Document
from mlstrat.show.schema import first_fault
from mlstrat.workflow.explain import schemas

LARGE = 100_000
"""Characters from which a document is held against its schema by our own checker alone."""


@functools.cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schemas.schema(name, closed=True))


def check(document: dict[str, Any]) -> None:
    """Raise AssertionError where a document departs from its schema."""
    if "$schema" in document:
        Draft202012Validator.check_schema(document)
        return
    name = document["schema"].removeprefix("mlstrat.")
    assert name in schemas.HOMES, f"describe mlstrat.{name} in mlstrat/report/schemas"
    text = json.dumps(document, allow_nan=False)
    again = json.loads(text)
    fault = first_fault(again, schemas.schema(name, closed=True))
    assert fault is None, f"mlstrat.{name}: {fault}"
    if len(text) < LARGE:
        validator(name).validate(again)


def watch() -> None:
    """Check what every document returns from now on."""
    for kind in Document.__subclasses__():
        _watch(kind)
    own = Document.__init_subclass__.__func__  # type: ignore[attr-defined]

    def begun(kind: type[Document], **how: bool) -> None:
        own(kind, **how)
        _watch(kind)

    Document.__init_subclass__ = classmethod(begun)  # type: ignore[assignment]


def _watch(kind: type[Document]) -> None:
    plain = vars(kind).get("to_dict")
    if plain is None:
        return

    @functools.wraps(plain)
    def to_dict(self: Document) -> dict[str, Any]:
        document = plain(self)
        check(document)
        return document

    kind.to_dict = to_dict  # type: ignore[method-assign]
