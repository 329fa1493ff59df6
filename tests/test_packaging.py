"""What is installed, and what the built package says of itself."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))[
        "project"
    ]


def test_every_install_draws_and_the_extra_figures_is_an_empty_alias(project):
    names = {Requirement(x).name for x in project["dependencies"]}
    assert "matplotlib" in names
    extras = project["optional-dependencies"]
    assert extras["figures"] == []
    assert "matplotlib" not in {Requirement(x).name for found in extras.values() for x in found}


def test_no_message_asks_for_the_extra_figures(root: Path):
    for path in [*(root / "mlstrat").rglob("*.py"), *(root / "docs").rglob("*.md")]:
        assert not re.search(r"\[figures\]", path.read_text("utf-8")), path
