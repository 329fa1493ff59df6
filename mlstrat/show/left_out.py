"""Shards that were left out of a run: told in the signature, and as a finding, of any document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from mlstrat.core.findings import Finding
from mlstrat.show.document import Signature

D = TypeVar("D")


def told_left_out(document: D, runs: Sequence[Mapping[str, Any]]) -> D:
    """Return a document that tells which shards are missing of which run."""
    if not runs:
        return document
    missing = {run["path"]: run["left_out"] for run in runs}
    signature: Signature = document.signature  # type: ignore[attr-defined]
    inputs = tuple(
        {**x, "left_out": missing[x["path"]]} if x["path"] in missing else x
        for x in signature.inputs
    )
    finding = Finding("MLS214", {"runs": list(runs)})
    told = _with_finding(document, finding)
    out: D = replace(told, signature=replace(signature, inputs=inputs))
    return out


def _with_finding(document: Any, finding: Finding) -> Any:
    """Return a document with one more finding: its own, or those of the result that it shows."""
    if any(field.name == "findings" for field in fields(document)):
        return replace(document, findings=(finding, *document.findings))
    for field in fields(document):
        result = getattr(document, field.name)
        if is_dataclass(result) and hasattr(result, "findings"):
            return replace(document, **{field.name: _with_finding(result, finding)})
    raise TypeError(f"{type(document).__name__} holds no findings")
