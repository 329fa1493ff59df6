"""Findings of the fuzzer: told apart, kept, and made small."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.door import Ended

Words = tuple[str, ...]
Same = Callable[[Words, dict[str, bytes]], bool]


def fingerprint(ended: Ended, marks: list[str]) -> str:
    """Return what tells one finding from another: the fault, and where in our code it arose."""
    if ended.raised is None:
        return f"{ended.arguments[0]}: {_plain(marks[0])}"
    frames = traceback.extract_tb(ended.raised.__traceback__)
    ours = [f for f in frames if "/mlstrat/" in f.filename]
    place = f"{Path(ours[-1].filename).name}:{ours[-1].name}" if ours else "?"
    return f"{type(ended.raised).__name__} in {place}: {_plain(str(ended.raised))[:80]}"


def _plain(text: str) -> str:
    """Return a message without what changes from input to input."""
    return re.sub(r"'.*?'|\".*?\"|\d+", "…", text, flags=re.DOTALL)


def save(
    work: Path,
    finding: str,
    case: str,
    words: Words,
    files: dict[str, bytes],
    marks: list[str],
    ended: Ended,
) -> None:
    """Keep the shortest input of a finding."""
    path = work / f"finding_{hashlib.sha256(finding.encode()).hexdigest()[:12]}.json"
    size = sum(map(len, files.values())) + sum(map(len, words))
    if path.exists() and json.loads(path.read_text(encoding="utf-8"))["size"] <= size:
        return
    raised = ended.raised and "".join(traceback.format_exception(ended.raised))
    content = {
        "finding": finding, "case": case, "marks": marks, "size": size, "words": words,
        "files": {name: base64.b64encode(x).decode() for name, x in files.items()},
        "err": ended.err[:2000], "raised": raised and raised[-3000:],
    }  # fmt: skip
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def load(path: Path) -> tuple[str, Words, dict[str, bytes], str]:
    """Return the case, the command line, the files and the finding."""
    content = json.loads(path.read_text(encoding="utf-8"))
    files = {name: base64.b64decode(x) for name, x in content["files"].items()}
    return content["case"], tuple(content["words"]), files, content["finding"]


def reduced(words: Words, files: dict[str, bytes], same: Same) -> tuple[Words, dict[str, bytes]]:
    """Return a smaller input of the same finding: without lines, then without bytes."""
    for i in reversed(range(1, len(words))):
        shorter = words[:i] + words[i + 1 :]
        words = shorter if same(shorter, files) else words
    left = dict(files)
    for name, whole in files.items():
        content = whole
        for separator in (b"\n", b""):

            def holds(content: bytes, name: str = name) -> bool:
                return same(words, left | {name: content})

            content = _shorter(content, separator, holds)
        left[name] = content
    return words, left


def _shorter(content: bytes, separator: bytes, holds: Callable[[bytes], bool]) -> bytes:
    """Return what is left when parts are taken out, large ones first."""
    parts = (
        content.split(separator) if separator else [content[i : i + 1] for i in range(len(content))]
    )
    if not separator and len(parts) > 2000:
        return content
    size = max(1, len(parts) // 2)
    while size:
        start = 0
        while start < len(parts):
            rest = parts[:start] + parts[start + size :]
            if holds(separator.join(rest)):
                parts = rest
            else:
                start += size
        size //= 2
    return separator.join(parts)
