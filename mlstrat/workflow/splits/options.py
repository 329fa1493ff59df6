"""What was asked of `split`: sizes, sources and differences, checked before anything is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mlstrat.core.cuts import Sizes, Stratum, is_target
from mlstrat.data.rates import parse_rate
from mlstrat.errors import InputError, UsageError, did_you_mean
from mlstrat.workflow.splits.command import Asked


def differences(
    detect: str | float | None, error: str | float | None
) -> tuple[float | None, float | None]:
    """Return a difference to tell and the error at which, as fractions."""
    wanted = None if detect is None else parse_rate(detect, "the difference to detect").value
    expected = None if error is None else parse_rate(error, "the error").value
    if wanted == 0:
        raise UsageError("the difference to detect is 0", accepted="above 0, as 1%")
    if expected is not None and detect is None:
        raise UsageError("--error is for --detect", accepted="--detect 1% --error 10%")
    if expected is not None and wanted is not None and wanted > expected:
        raise UsageError(
            f"a difference of {wanted:g} from an error of {expected:g}",
            accepted="a difference of at most the error",
        )
    return wanted, expected


def checked_options(asked: Asked) -> dict[str, int | str]:
    """Return the sizes asked for, before a large file is read."""
    if asked["output"] is not None:
        from mlstrat.data.formats.written import ending_of

        ending_of(asked["output"])
    named = {"dev": asked["dev"], "test": asked["test"], "train-dev": asked["train_dev"]}
    given = {name: size for name, size in named.items() if size is not None}
    seed = asked["seed"]
    if seed is not None and seed < 0:
        raise UsageError(f"seed is {seed}", accepted="a whole number, 0 or above")
    if asked["cuts"] is not None:
        others = (asked["target"], asked["group"], asked["stratify"], asked["source_column"],
                  asked["columns"] or None)  # fmt: skip
        if given or seed is not None or any(x is not None for x in others):
            raise UsageError(
                "--cuts says all of it: sizes, target, columns and seed",
                accepted="--cuts FILE with -o and --force alone",
            )
        return {}
    for name in ("dev", "test"):
        if name not in given:
            raise UsageError(
                f"no size for {name}", accepted=f"--{name} 2500, or --{name} 1%",
                hint="`mlstrat plan` says how many tell the difference that matters",
            )  # fmt: skip
    return given


def find_sources(
    target: str | Sequence[str] | None, column: str | None, sources: Sequence[str], file: str
) -> tuple[str, ...]:
    """Return the sources that are meant, exactly or in another case; none without a target."""
    if not target:
        return ()
    if column is None:
        raise UsageError(
            "--target names a source, and there is no source column",
            accepted="a column source, distribution or domain, or --source-column COLUMN",
        )
    out = []
    for name in [target] if isinstance(target, str) else target:
        wanted = str(name).strip()
        same = [s for s in sources if s == wanted] or [
            s for s in sources if s.lower() == wanted.lower()
        ]
        if len(same) != 1:
            some = ", ".join(repr(s[:40]) for s in sources[:12])
            raise InputError(
                f"the target source {wanted!r} does not occur", file=file,
                accepted=some if len(sources) <= 12 else f"{some} and {len(sources) - 12} more",
                hint=did_you_mean(wanted, sources, most=3),
            )  # fmt: skip
        out.append(same[0])
    return tuple(dict.fromkeys(out))


def sizes_of(
    wanted: Mapping[str, int | str],
    strata: Mapping[Stratum, int],
    target: tuple[str, ...],
    file: str,
) -> Sizes:
    """Return the sizes in rows: no more than the target has, with some left for train."""
    total = sum(strata.values())
    counts = {name: _count(size, name, total) for name, size in wanted.items()}
    sizes = Sizes(counts["dev"], counts["test"], counts.get("train-dev", 0))
    there = sum(n for s, n in strata.items() if is_target(s.source, target))
    held_out = sizes.dev + sizes.test
    if held_out > there:
        of = f" of {', '.join(repr(t) for t in target)}" if target else ""
        raise InputError(
            f"dev and test ask for {held_out:,} rows{of}, and there are {there:,}", file=file,
            accepted=f"at most {there:,} together",
        )  # fmt: skip
    left = total - held_out
    if sizes.train_dev >= left:
        raise InputError(
            f"nothing is left for train: {sizes.train_dev:,} rows of train-dev of {left:,}"
            if sizes.train_dev
            else "nothing is left for train",
            file=file,
            accepted=f"fewer than {total:,} rows in dev, test and train-dev together",
        )
    return sizes


def _count(size: int | str, name: str, total: int) -> int:
    text = str(size).strip()
    accepted = f"--{name} 2500, or a share of all rows, --{name} 1%"
    if text.endswith("%"):
        rows = round(parse_rate(text, f"the size of {name}").value * total)
    else:
        digits = text.replace("_", "").replace(",", "")
        if not re.fullmatch("[0-9]{1,15}", digits):
            raise UsageError(f"the size of {name} is {text!r}", accepted=accepted)
        rows = int(digits)
    if rows < 1:
        raise UsageError(f"the size of {name} is {text}: no rows", accepted=accepted)
    return rows
