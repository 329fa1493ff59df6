"""Any table, valid or broken, gets an answer or a message: never a traceback, never half a file."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mlstrat.cli.app import COMMANDS
from tests.fuzz.commands import CASES, FORMATS
from tests.fuzz.door import READERS, call, faults
from tests.fuzz.tables import FILES

QUICK, THOROUGH = 8, 120
LINES = (
    "init run.csv -o out.toml",
    "plan --error 5% --detect 1% --config c.toml",
    "split run.csv --target app --dev 3 --test 3 -o out.csv --force",
    "split run.parquet --target app --dev 3 --test 3 -o out.parquet --force",
    "split good.csv --cuts cuts.json -o out.csv --force",
    "split run.csv --check",
    "gaps --table levels.csv",
    "diagnose run.csv",
    "diagnose run.tsv --metric f1",
    "diagnose run.parquet",
    "diagnose run.ndjson",
    "diagnose run.csv --metric log_loss",
    "diagnose good.csv --config c.toml",
    "diagnose good.csv --human human.json",
    "score run.csv --metric roc_auc",
    "score run.parquet --by site",
    "human run.csv",
    "human answers.csv --run good.csv",
    "human people.csv",
    "sample run.csv -n 3 --correct 2 -o review.out.csv",
    "error-table review.csv --run of_sheet.csv",
    "error-table review.csv",
    "error-table good_sheet.csv --effort costs.toml",
    "mislabels review.csv --run of_sheet.csv",
    "mislabels --suspects run.csv -o out.csv",
    "slices run.csv --min-size 1",
    "slices run.parquet --min-size 1",
    "select models.csv --optimize accuracy --where 'ms <= 1'",
    "select good_models.csv --optimize accuracy --preferences pairs.csv",
    "select good.csv run.csv --optimize accuracy",
    "compare run.csv other.csv",
    "compare good.csv run.csv",
    "report run.csv --review review.csv",
    "gate run.csv --baseline good.csv",
    "gate good.csv --baseline good.csv --config c.toml",
    "gate good.csv --baseline good.csv --ledger ledger.json",
)
"""One line or more a command; the files that they name are drawn."""


def holds(line: str, examples: int) -> None:
    words = shlex.split(line)
    named = {name: content for name, content in FILES.items() if name in words}
    folder = Path("work")
    folder.mkdir()
    codes = (0, 1, 2, 3) if words[0] == "gate" else (0, 2)

    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),  # shrinking a table takes minutes
        suppress_health_check=list(HealthCheck),
    )
    @given(st.fixed_dictionaries(named), st.sampled_from(FORMATS))
    def check(files: dict[str, bytes], how: str) -> None:
        ended = call((*words, *_quick(words), "-f", how), files, folder)
        assert not faults(ended, codes), (ended.arguments, ended.err)

    check()


def _quick(words: list[str]) -> tuple[str, ...]:
    few = words[0] in {"gaps", "diagnose", "score", "human", "mislabels", "slices", "compare",
                       "report", "gate"}  # fmt: skip
    return ("--resamples", "100") if few else ()


@pytest.mark.parametrize("line", LINES)
def test_any_table_is_answered(line: str) -> None:
    holds(line, QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_any_of_many_tables_is_answered(line: str) -> None:
    holds(line, THOROUGH)


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_what_the_fuzzer_makes_wrong_is_right_before(name: str) -> None:
    case = next(case for case in CASES if case.name == name)
    folder = Path("work")
    folder.mkdir()
    how = ("-f", "json") if case.formats else ()
    ended = call((*case.words, *how), case.files(), folder)
    assert (ended.code, faults(ended, case.codes)) == (0, []), ended.err


def test_every_command_is_fuzzed() -> None:
    apart = {
        "review",  # serves until it is ended by hand; its sheet is read by error-table, too
        "predict",  # needs the weights of a run, and an extra: tests/harness/test_predict.py
    }
    assert set(COMMANDS) - apart == {case.command for case in CASES} - set(READERS)
