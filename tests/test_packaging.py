"""What is installed, and what the built package says of itself."""

from __future__ import annotations

import re
import runpy
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

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


def test_authors_are_the_maintainers_and_systems_and_pythons_are_named(project):
    assert project["authors"] == [{"name": "mlstrat maintainers"}]
    named = {x.rpartition(" :: ")[2] for x in project["classifiers"]}
    assert {"3.11", "3.12", "3.13", "3.14", "Linux", "MacOS", "Windows"} <= named


def test_the_workflow_of_tests_covers_what_the_classifiers_name(root: Path, project):
    text = (root / ".github" / "workflows" / "tests.yml").read_text("utf-8")
    named = {x.rpartition(" :: ")[2] for x in project["classifiers"] if "Python :: 3." in x}
    assert set(re.findall(r'"(3\.\d+)"', text.partition("runs-on")[0])) == named
    for system in ("ubuntu", "macos", "windows"):
        assert f"{system}-latest" in text


def test_relative_links_of_the_long_description_become_absolute(monkeypatch, root: Path):
    # The backend that runs the hook is there only while a package is built.
    backend = "hatchling.metadata.plugin.interface"
    monkeypatch.setitem(sys.modules, backend, SimpleNamespace(MetadataHookInterface=object))
    absolute = runpy.run_path(str(root / "hatch_build.py"))["absolute"]
    text = "[a](docs/x.md#y) ![b](docs/l.svg) [c](#here) [d](https://x.org) [e](LICENSE)"
    assert absolute(text, "https://h/o/r") == (
        "[a](https://h/o/r/blob/main/docs/x.md#y) ![b](https://h/o/r/raw/main/docs/l.svg) "
        "[c](#here) [d](https://x.org) [e](https://h/o/r/blob/main/LICENSE)"
    )


def test_the_citation_names_the_version_that_is_there(root: Path):
    import mlstrat as ms

    text = (root / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {ms.__version__}\n" in text
    assert "cff-version: 1.2.0" in text
