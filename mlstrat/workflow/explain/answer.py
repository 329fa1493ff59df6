"""`explain`: what a finding, a term or a metric means."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from mlstrat.core.metrics import METRICS
from mlstrat.data.config import ACCEPTED, read_document
from mlstrat.errors import InputError, UsageError
from mlstrat.show.document import Document
from mlstrat.show.schema import first_fault
from mlstrat.workflow.explain.document import Explanation, find, nearest
from mlstrat.workflow.explain.loaded import LoadedDocument
from mlstrat.workflow.explain.registry import RULES
from mlstrat.workflow.explain.schema_documents import SchemaDocument, SchemaList
from mlstrat.workflow.explain.schemas import HOMES, VERSIONS
from mlstrat.workflow.explain.schemas import schema as json_schema
from mlstrat.workflow.explain.terms import TERMS


def explain(code: str | None = None) -> Explanation:
    """Return what a finding, a term or a metric means: rule, checklist, numbers, source.

    Parameters
    ----------
    code
        A finding's code (``MLS102``), a term (``avoidable bias``) or a metric (``f1``), in any
        case, its words joined by anything; None for the list of all.

    Raises
    ------
    UsageError
        For what is none of these.

    Examples
    --------
    >>> explain("MLS102").rules[0].title
    'Variance: what was learnt does not carry to unseen examples'
    >>> explain("Avoidable bias").terms[0].numbers[0].partition(":")[0]
    'People 1 %, train 8 %, dev 10 %'
    >>> explain("f1").metrics[0].formula
    '2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall'
    """
    if code is None:
        return Explanation(tuple(RULES.values()), tuple(TERMS.values()), tuple(METRICS.values()))
    found = find(code)
    if found is None:
        near = nearest(code)
        raise UsageError(
            f"nothing to explain under {code!r}",
            accepted="a code, a term or a metric that `mlstrat explain` lists",
            hint=f"did you mean {' or '.join(near)}?" if near else None,
        )
    return found


def schema(command: str | None = None) -> Document:
    """Return the JSON schema (draft 2020-12) of the document that a command writes.

    Parameters
    ----------
    command
        ``diagnose``, or ``diagnose/1`` for one version; None for the list of all.

    Raises
    ------
    UsageError
        For a command or version that has none.

    Examples
    --------
    >>> schema("gaps").to_dict()["title"]
    'mlstrat.gaps/1'
    """
    if command is None:
        return SchemaList()
    name, slash, version = command.strip().lower().removeprefix("mlstrat.").partition("/")
    name = name.replace("_", "-")
    full = f"{name}/{version if slash else VERSIONS.get(name, 1)}"
    if full not in HOMES:
        near = difflib.get_close_matches(name, VERSIONS, 1, 0.6)
        raise UsageError(
            f"no schema {command!r}",
            accepted=", ".join(HOMES),
            hint=f"did you mean {near[0]!r}?" if near else None,
        )
    return SchemaDocument(full)


def load(path: str | Path) -> LoadedDocument:
    """Return a document that a command wrote with ``--format json``.

    Its ``to_dict()`` equals the file, and its main table is ``to_frame()``. It says what was
    said: what the result was computed from is not in the file.

    Raises
    ------
    InputError
        Where the file is no such document, is of a newer version than this mlstrat knows, or
        does not hold what its schema says.
    """
    document = read_document(path)
    named = document.get("schema")
    if not isinstance(named, str) or not named.startswith("mlstrat."):
        raise InputError("has no key schema that names a document of mlstrat", file=str(path),
                         accepted=ACCEPTED)  # fmt: skip
    name = named.removeprefix("mlstrat.")
    if name not in HOMES:
        raise _unknown(name, str(path))
    fault = first_fault(document, json_schema(name))
    if fault is not None:
        raise InputError(f"is no {named}: {fault}", file=str(path), accepted=ACCEPTED)
    return LoadedDocument(document)


def _unknown(name: str, file: str) -> InputError:
    command, _, version = name.partition("/")
    known = VERSIONS.get(command)
    if known is None:
        near = difflib.get_close_matches(command, VERSIONS, 1, 0.6)
        return InputError(
            f"is of an unknown schema {f'mlstrat.{name}'!r}",
            file=file,
            accepted=", ".join(f"mlstrat.{x}" for x in HOMES),
            hint=f"did you mean {near[0]!r}?" if near else None,
        )
    newer = bool(re.fullmatch("[0-9]{1,9}", version)) and int(version) > known
    return InputError(
        f"is mlstrat.{name}, and this mlstrat knows version {known} at most"
        if newer
        else f"is of an unknown version, mlstrat.{name}",
        file=file,
        accepted=f"mlstrat.{command}/{known}",
        hint="upgrade mlstrat to read it" if newer else None,
    )
