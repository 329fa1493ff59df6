"""`plot` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.boxes import scene


def test_the_command_line_takes_what_the_function_does(mlstrat, empty_folder) -> None:
    truth, results = scene(40, 1)
    Path("gt.json").write_text(json.dumps(truth))
    Path("results.json").write_text(json.dumps(results))
    line = ["results.json", "--truth", "gt.json", "--task", "detection", "--threshold", "0.5"]
    for kind in ("precision-recall", "threshold", "categories", "pictures", "ladder"):
        ended = mlstrat("plot", kind, *line, "-o", f"{kind}.png")
        assert (ended.code, ended.err) == (0, ""), kind
        assert Path(f"{kind}.png").read_bytes().startswith(b"\x89PNG")
    assert mlstrat("plot", "pictures", *line, "-o", "gt.json").code == 2
