"""JSON that others read: its schema, and reading it back."""

from __future__ import annotations

import ast
import copy
import json
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import jsonschema
import pytest

import mlstrat as ms
from mlstrat.show.schema import DRAFT, first_fault, schema_of
from mlstrat.workflow.explain import schemas
from tests.schema_hook import check

PACKAGE = Path(ms.__file__).parent
LEVELS = {"human": "1%", "train": "80/1000", "dev": "100/1000"}


def written(name: str = "report.json", **levels: str) -> Path:
    path = Path(name)
    path.write_text(ms.gaps(**(levels or LEVELS)).to_json(), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", schemas.HOMES)
def test_every_schema_is_a_schema_of_its_draft_and_names_its_document(name):
    schema = ms.schema(name).to_dict()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DRAFT
    assert schema["$id"] == f"urn:mlstrat:{name.replace('/', ':')}"
    for form in schema.get("anyOf", [schema]):
        assert form["properties"]["schema"] == {"const": f"mlstrat.{name}"}
        assert {"schema", "signature", "findings"} <= set(form["required"])
    assert ms.schema(name).to_text()
    assert ms.schema(name).to_frame()["key"].str.len().min() > 0


def documents() -> list[tuple[str, str, str]]:
    """Return what each `to_dict` makes: class, name of its schema, and the type that it returns."""
    out = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        homes = {alias.asname or alias.name: f"{node.module}.{alias.name}"
                 for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
                 for alias in node.names}  # fmt: skip
        for kind in (node for node in tree.body if isinstance(node, ast.ClassDef)):
            for made in (x for x in kind.body if getattr(x, "name", "") == "to_dict"):
                names = {value.value.removeprefix("mlstrat.")
                         for x in ast.walk(made) if isinstance(x, ast.Dict)
                         for key, value in zip(x.keys, x.values, strict=True)
                         if isinstance(key, ast.Constant) and key.value == "schema"}  # fmt: skip
                module, _, form = ast.unparse(made.returns).partition(".")
                out += [(kind.name, name, f"{homes.get(module)}.{form}") for name in names]
    return out


def test_a_document_returns_the_type_that_is_registered_for_its_name():
    found = documents()
    for kind, name, form in found:
        home, forms = schemas.HOMES[name]
        assert form in {f"mlstrat.{home}.{x}" for x in forms}, f"{kind} returns {form}"
    registered = {f"mlstrat.{home}.{x}" for home, forms in schemas.HOMES.values() for x in forms}
    assert {form for _, _, form in found} == registered


def test_every_command_that_reports_has_a_schema():
    commands = {"diagnose", "gaps", "score", "human", "plan", "split", "init", "select", "compare",
                "explain", "sample", "error-table", "mislabels", "slices", "report",
                "curve"}  # fmt: skip
    assert commands <= set(schemas.VERSIONS)


def test_published_schemas_let_keys_be_added_and_the_tests_do_not():
    document = json.loads(ms.gaps(**LEVELS).to_json()) | {"new": 1}
    assert first_fault(document, schemas.schema("gaps/1")) is None
    assert first_fault(document, schemas.schema("gaps/1", closed=True)) == "new is not described"
    with pytest.raises(AssertionError, match="new is not described"):
        check(document)
    del document["new"], document["focus"]
    with pytest.raises(AssertionError, match="focus is missing"):
        check(document)


def test_a_typed_description_becomes_a_schema():
    class Part(TypedDict):
        """A part."""

        n: int

    class Whole(TypedDict):
        part: Part | None
        pair: tuple[float, float]
        words: NotRequired[list[str]]

    Whole.__annotations__ |= {"part": Part | None}
    schema = schema_of([Whole], "whole/1", closed=True)
    assert schema["required"] == ["pair", "part"]
    assert schema["$defs"]["Part"]["description"] == "A part."
    good = {"part": {"n": 1}, "pair": [0.5, 1]}
    assert first_fault(good, schema) is None
    for bad, where in (
        ({"part": {"n": 1.5}, "pair": [0.5, 1]}, "part.n"),
        ({"part": None, "pair": [0.5]}, "pair"),
        ({"part": None, "pair": [True, 1]}, "pair[0]"),
        ({"part": None, "pair": [0, 1], "words": ["a", 2]}, "words[1]"),
        ({"part": None}, "pair"),
        ({"part": None, "pair": [0, 1], "more": 1}, "more"),
    ):
        assert str(first_fault(bad, schema)).startswith(where)
        assert not jsonschema.Draft202012Validator(schema).is_valid(bad)


def test_our_checker_and_an_independent_one_agree_on_broken_documents():
    document = json.loads(ms.gaps(**LEVELS).to_json())
    schema = schemas.schema("gaps/1", closed=True)
    independent = jsonschema.Draft202012Validator(schema)
    broken = 0
    for key in document:
        for wrong in (None, 1.5, "x", [], {}, [1], {"value": "x"}, -1, True):
            changed = copy.deepcopy(document) | {key: wrong}
            fine = first_fault(changed, schema) is None
            assert fine == independent.is_valid(changed), (key, wrong)
            broken += not fine
    assert broken > 50


def test_the_list_and_a_schema_on_the_command_line(mlstrat_run):
    assert "mlstrat.gaps/1" in mlstrat_run("schema")[1]
    code, out, _ = mlstrat_run("schema", "error_table")
    assert code == 0
    assert json.loads(out)["title"] == "mlstrat.error-table/1"
    assert "signature" in mlstrat_run("schema", "gaps", "-f", "markdown")[1]
    code, out, err = mlstrat_run("schema", "diagnoze")
    assert (code, out) == (2, "")
    assert "did you mean 'diagnose'" in err
    assert mlstrat_run("schema", "gaps/7")[0] == 2


@pytest.fixture
def mlstrat_run(capsys):
    from mlstrat.cli import run

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


ADDED_SINCE = {
    "leading", "candidate", "to_settle", "detectable", "full_fix", "fewest_fixed",
    "discordance_stated", "above_rest", "floor", "second",
}  # fmt: skip
"""Keys that documents of the same version did not have at first."""


def without_later_keys(x: Any) -> Any:
    if isinstance(x, dict):
        return {k: without_later_keys(v) for k, v in x.items() if k not in ADDED_SINCE}
    return [without_later_keys(v) for v in x] if isinstance(x, list) else x


@pytest.mark.parametrize("make", [
    lambda: ms.gaps(human="1%", train="8/100", dev="10/100"),
    lambda: ms.plan(error="5%", detect="1%"),
    lambda: ms.error_table(reviewed=100, tags={"blurry": 40, "dark": 10}, error="10%"),
    lambda: ms.compare("run.csv", "run.csv"),
    lambda: ms.slices("run.csv", by=["site"]),
])  # fmt: skip
def test_a_document_from_before_a_key_was_added_is_still_one(make, run_of_two):
    if make.__code__.co_names[-1] in ("compare", "slices"):
        rows = Path("run.csv").read_text().splitlines()
        more = [f"{row},{i},{'ns'[i % 2]}" for i, row in enumerate(rows[1:])]
        Path("run.csv").write_text("\n".join([f"{rows[0]},id,site", *more]) + "\n")
    old = without_later_keys(make().to_dict())
    Path("old.json").write_text(json.dumps(old), encoding="utf-8")
    assert ms.load("old.json").to_dict() == old


def test_a_document_comes_back_as_it_was_written(run_of_two):
    path = Path("report.json")
    path.write_text(ms.diagnose("run.csv", human_error=0.01).to_json(), encoding="utf-8")
    loaded = ms.load(path)
    assert loaded.to_dict() == json.loads(path.read_text("utf-8"))
    assert loaded.to_json() == path.read_text("utf-8")
    assert loaded["focus"] == ["variance"]
    assert loaded.command == "diagnose"
    frame = loaded.to_frame()
    assert list(frame["level"]) == ["human", "train", "dev"]
    text = loaded.to_text()
    assert "MLS102" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "## diagnose" in loaded.to_markdown()
    assert "variance" in loaded.to_markdown()


@pytest.fixture
def run_of_two(empty_folder: Path) -> None:
    rows = ["split,label,prediction"]
    for split, wrong in (("train", 2), ("dev", 22)):
        rows += [f"{split},a,{'b' if i < wrong else 'a'}" for i in range(100)]
        rows += [f"{split},b,b"] * 50
    (empty_folder / "run.csv").write_text("\n".join(rows) + "\n")


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"schema": "mlstrat.gaps/2"}, "knows version 1 at most"),
        ({"schema": "mlstrat.gap/1"}, "did you mean 'gaps'"),
        ({"schema": "mlstrat.gaps/x"}, "unknown version"),
        ({"schema": 7}, "no key schema"),
        ({"focus": "variance"}, "focus is not of type array: 'variance'"),
        ({"levels": [{"level": "dev"}]}, "levels[0].ci is missing"),
    ],
)
def test_what_is_no_document_of_ours_is_refused(change, wanted):
    path = written()
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), encoding="utf-8")
    with pytest.raises(ms.InputError) as error:
        ms.load(path)
    assert str(error.value).startswith("report.json: ")
    assert wanted in str(error.value)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"", "is not JSON"),
        (b"{\n 1", "row 2: is not JSON"),
        (b"[]", "holds no JSON object"),
        (b'{"a": NaN}', "NaN is not a number"),
        (b"\xff\xfe", "is UTF-16, not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_file_that_is_no_json_is_one_message(content, wanted):
    Path("bad.json").write_bytes(content)
    with pytest.raises(ms.InputError) as error:
        ms.load("bad.json")
    assert wanted in str(error.value)
    with pytest.raises(ms.InputError, match="cannot be read"):
        ms.load("none.json")


def test_hostile_text_in_a_loaded_document_harms_nothing():
    path = written()
    document = json.loads(path.read_text("utf-8"))
    document["findings"] = [
        {"code": "MLS102", "severity": "note", "title": "<script>\x1b[31m|",
         "evidence": {"a|": "`"}, "next_steps": ["\u202e"]}
    ]  # fmt: skip
    path.write_text(json.dumps(document), encoding="utf-8")
    loaded = ms.load(path)
    assert "<script>" not in loaded.to_markdown()
    assert "\x1b" not in loaded.to_text()
    assert "\u202e" not in loaded.to_text()
