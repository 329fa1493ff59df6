"""What is odd about the runs that a call reads, kept until its document is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from mlstrat.core.findings import Finding

_SAID: ContextVar[list[tuple[str, Finding]] | None] = ContextVar("said", default=None)


@contextmanager
def listening() -> Iterator[list[tuple[str, Finding]]]:
    """Keep what is said of each file within."""
    outer, own = _SAID.get(), list[tuple[str, Finding]]()
    token = _SAID.set(own)
    try:
        yield own
    finally:
        _SAID.reset(token)
        if outer is not None:
            outer += own


def say(file: str, findings: Iterable[Finding]) -> None:
    """Say what is odd about a file: no command that reads it forgets it."""
    said = _SAID.get()
    if said is not None:
        said += [(file, x) for x in findings]


def not_told(
    said: Iterable[tuple[str, Finding]], told: Iterable[Finding], *, several: bool
) -> list[Finding]:
    """Return what is said and not yet told, each once; of several files, with their names."""
    known = {(x.code, str(x.evidence)) for x in told}
    found: dict[tuple[str, str, str], Finding] = {}
    for file, x in said:
        if (x.code, str(x.evidence)) in known:
            continue
        named = replace(x, evidence={"file": file, **x.evidence}) if several else x
        found.setdefault((x.code, str(x.evidence), file if several else ""), named)
    return list(found.values())
