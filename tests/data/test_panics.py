"""A panic in Rust stays off the terminal of the command line; nothing else does."""

from __future__ import annotations

import os

import pytest

from mlstrat.data import shards as panics

PANIC = (
    b"\nthread '<unnamed>' panicked at crates/polars-stream/src/lib.rs:1:2:\nindex out of bounds\n"
)


@pytest.mark.parametrize(("kept_off", "said", "shown"), [
    (True, PANIC, b""),
    (True, b"a warning\n", b"a warning\n"),
    (False, PANIC, PANIC),
])  # fmt: skip
def test_what_is_written_past_python(kept_off: bool, said: bytes, shown: bytes, capfdbinary,
                                     monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(panics, "_KEPT_OFF", [])
    if kept_off:
        panics.keep_panics_off()
    with pytest.raises(ZeroDivisionError), panics.without_panics():
        os.write(panics.STANDARD_ERROR, said)
        raise ZeroDivisionError
    os.write(panics.STANDARD_ERROR, b"after\n")
    assert capfdbinary.readouterr().err == shown + b"after\n"
