"""What was measured is kept as JSON, a case at a time, and written as `results.md`."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.cases import CASES
from benchmarks.measuring import Result

HERE = Path(__file__).parent
PACKAGES = ("mlstrat", "numpy", "polars", "pandas", "scikit-learn", "typer", "rich", "duckdb")
ORDER = ("table", "sizes", "growth", "importtime", "sliceline", "spark", "fuzz")
"""Sections of the results, in their order; each is kept as it was last measured."""


def load() -> dict[str, Any]:
    """Return all that was measured."""
    path = HERE / "results.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def keep(name: str, found: Any) -> None:
    """Keep what was measured under a name, and write the results again."""
    everything = load() | {name: found}
    content = json.dumps(everything, indent=1, ensure_ascii=False)
    (HERE / "results.json").write_text(content + "\n", encoding="utf-8")
    text = "\n".join(_lines(everything))
    (HERE / "results.md").write_text(text + "\n", encoding="utf-8")


def keep_case(result: Result | str, name: str) -> None:
    """Keep one row of the table."""
    row = {"row": row_of(result), "machine": machine()} if isinstance(result, Result) else {
        "skipped": result, "machine": machine()}  # fmt: skip
    keep("table", load().get("table", {}) | {name: row})


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    yield from (
        "# What is fast", "",
        "Written by `python -m benchmarks`: every command in a process of its own, in turns",
        "with its reference, the least. Seconds of the wall clock, start of Python included,",
        "but for the cases of replicates, which are timed inside; of the processor where a load",
        "is told, as others worked on the machine. `python -m benchmarks NAME` measures one case",
        "again and leaves the others as they are.", "",
    )  # fmt: skip
    rows = found.get("table", {})
    machines: dict[str, list[str]] = {}
    for name, row in rows.items():
        machines.setdefault(row["machine"], []).append(name)
    for words, names in machines.items():
        yield words if len(machines) == 1 else f"{words} For: {', '.join(names)}."
        yield ""
    yield "| name | case | against | ours | reference | ratio | limit | peak memory | |"
    yield "|---|---|---|---:|---:|---:|---:|---:|---|"
    yield from (f"| {c.name} {rows[c.name]['row']}" for c in CASES if "row" in rows.get(c.name, {}))
    yield ""
    for case in CASES:
        if "skipped" in rows.get(case.name, {}):
            yield from (f"{case.title}: {rows[case.name]['skipped']}", "")
    for name in ORDER[1:]:
        if name == "sizes" and name in found:
            from benchmarks.sizes import size_table

            yield from ("## Cost against rows", "", "![cost](cost.svg)", "")
            yield from (*size_table(found["sizes"]), "")
        elif name == "fuzz":
            yield from ("## Fuzzing", "", _fuzzed(), "")
        elif name in found:
            yield from (found[name].rstrip("\n"), "")


def row_of(r: Result) -> str:
    """Return a row of the table, but for its name."""
    case, ref = r.case, r.reference
    title = case.title if r.rows == case.rows else f"{case.title} (here {r.rows:,})"
    limit = f"{case.ratio:g} ×" if case.ratio else ""
    limit += f"{' + ' if limit else ''}{case.seconds:g} s" if case.seconds else ""
    memory = f"{r.ours.peak / 2**20:.0f} MiB"
    if ref:
        memory += f" : {ref.peak / 2**20:.0f} = {r.ours.peak / ref.peak:.2f}"
    memory += f" (limit {case.memory:g})" if case.memory else ""
    memory += f" (limit {case.most:g} GiB)" if case.most else ""
    verdict = "within" if r.over <= 1 else f"missed: {r.over:.2f} of it"
    verdict = verdict if r.limited else "no limit"
    verdict += "" if r.load is None else f"; load {r.load:.0f}"
    against = f"{case.against} (not measured: no {r.missing})" if r.missing else case.against
    return (
        f"| {title} | {against} | {r.spent(r.ours):.3f} s | "
        f"{f'{r.spent(ref):.3f} s' if ref else '–'} | "
        f"{f'{r.spent(r.ours) / r.spent(ref):.3g}' if ref else '–'} | {limit or '–'} | "
        f"{'–' if case.inside else memory} | {verdict} |"
    )


def _fuzzed() -> str:
    """Return the figures of the last fuzzing in a sentence."""
    text = (HERE / "fuzz.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", text, flags=re.MULTILINE))
    return (
        f"{told['inputs']} inputs; seconds: {told['seconds']}; "
        f"slowest input {told['slowest input']}; "
        f"peak memory {told['peak memory']}; distinct findings: "
        f"{told['distinct findings in this run']}. All of it: [`fuzz.md`](fuzz.md)."
    )


def machine() -> str:
    """Return the machine in words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = []
    for name in PACKAGES:
        try:
            packages.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return (
        f"Machine: {os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB of memory, "
        f"{platform.system()}, Python {platform.python_version()}, {', '.join(packages)}."
    )
