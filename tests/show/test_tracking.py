"""What MLflow is told of a result: its figures, its verdict, its report, and nothing else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import mlstrat as ms
from mlstrat.cli import run as command
from mlstrat.errors import InputError, UsageError
from mlstrat.show import tracking
from mlstrat.show.tracking import Target, metrics_of, tags_of, target_of

pytestmark = pytest.mark.usefixtures("typed")

RUN = Path(__file__).parent.parent.parent / "sample_runs" / "variance" / "run.csv"


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "find_spec", lambda _: True)


@pytest.fixture
def mlflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """MLflow itself, with a store in files."""
    found = pytest.importorskip("mlflow")
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    found.set_tracking_uri((tmp_path / "store").as_uri())
    yield found
    found.set_tracking_uri(None)


def test_the_place_is_an_experiment_a_store_or_both(installed) -> None:
    for text, wanted in {
        "mlflow:": Target(), "mlflow:faces": Target(None, "faces"),
        "mlflow:http://host:5000": Target("http://host:5000"),
        "mlflow:sqlite:///x.db#faces": Target("sqlite:///x.db", "faces"),
        "MLflow:databricks:#a b": Target("databricks:", "a b"),
    }.items():  # fmt: skip
        assert target_of(text) == wanted, text
    for text in ("wandb:", "mlflow", "", "runs/"):
        with pytest.raises(UsageError, match="no such place"):
            target_of(text)


def test_without_mlflow_nothing_is_computed_and_the_install_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tracking, "find_spec", lambda _: None)
    assert command(["diagnose", "no such file.csv", "--log", "mlflow:"]) == 2
    said = capsys.readouterr().err
    assert "not installed" in said
    assert "mlstrat[mlflow]" in said
    assert "no such file" not in said
    with pytest.raises(UsageError, match="not installed"):
        ms.log_to_mlflow(ms.gaps(human="1%", train="8%", dev="10%"))


def test_figures_have_names_by_place_and_the_ends_of_their_intervals() -> None:
    found = ms.diagnose(RUN, resamples=200).to_dict()
    told = metrics_of(found)
    for level in found["levels"]:
        name = f"levels/{level['level']}"
        assert told[name] == level["error"]
        if level["ci"] is not None:
            assert [told[f"{name}_ci_low"], told[f"{name}_ci_high"]] == level["ci"]
    assert told["metric/f1"] == found["metric"]["value"]
    assert told["splits/dev/recall_ci_high"] == found["splits"]["dev"]["recall"]["ci"][1]
    assert all(len(x) <= 250 for x in told)
    tags = tags_of(found)
    assert tags["mlstrat.verdict"] == found["verdict"] == "focus"
    assert tags["mlstrat.focus"] == "variance"
    assert "MLS102" in tags["mlstrat.findings"]
    assert found["signature"]["inputs"][0]["sha256"] in tags["mlstrat.inputs"]
    assert "variance/run.csv" not in str(tags)


def test_a_run_holds_figures_verdict_and_report(mlflow, capsys: pytest.CaptureFixture) -> None:
    before = dict(os.environ)
    result = ms.report(RUN, resamples=200)
    run = ms.log_to_mlflow(result, experiment="faces")
    assert dict(os.environ) == before
    assert capsys.readouterr() == ("", "")
    client = mlflow.MlflowClient()
    kept = client.get_run(run)
    assert kept.info.status == "FINISHED"
    assert client.get_experiment(kept.info.experiment_id).name == "faces"
    assert kept.data.metrics == pytest.approx(metrics_of(result.to_dict()))
    assert kept.data.metrics["sections/diagnose/splits/dev/error_ci_low"] > 0
    assert {k: v for k, v in kept.data.tags.items() if k.startswith("mlstrat.")} == tags_of(
        result.to_dict()
    )
    files = {x.path for x in client.list_artifacts(run, "mlstrat")}
    assert files == {f"mlstrat/{x}" for x in ("report.md", "report.html", "result.json")}
    report = Path(client.download_artifacts(run, "mlstrat/report.md"))
    assert report.read_text("utf-8") == result.to_markdown()


def test_a_run_that_is_active_is_added_to(mlflow) -> None:
    result = ms.gaps(human="1%", train="8%", dev="10%")
    with mlflow.start_run() as active:
        assert ms.log_to_mlflow(result) == active.info.run_id
        mlflow.log_metric("own", 1.0)
    kept = mlflow.MlflowClient().get_run(active.info.run_id)
    assert kept.data.metrics["own"] == 1.0
    assert kept.data.tags["mlstrat.focus"] == "avoidable_bias"


def test_no_secret_is_logged(mlflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter1")
    monkeypatch.setattr("sys.argv", ["mlstrat", "--token", "hunter1"])
    run = tmp_path / "run.csv"
    label = "https://me:hunter2@host/x?sig=hunter3"
    long = f"https://me:{'hunter4' * 9}@host/y"  # which a table cuts off before its @
    run.write_text("split,label,prediction\n" + f"dev,{label},b\ndev,b,b\ndev,{long},b\n" * 30)
    made = ms.log_to_mlflow(ms.diagnose(run, resamples=200))
    files = [x for x in (tmp_path / "store").rglob("*") if x.is_file()]
    texts = [x.read_text("utf-8") for x in files]
    assert any("//host/x" in x for x in texts)
    assert not any("hunter" in x for x in [*texts, *map(str, files)])
    assert made


def test_the_command_line_logs_and_reports_as_it_does_without(
    mlflow, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["diagnose", str(RUN), "--resamples", "200", "-f", "json"]
    assert command(asked) == 0
    plain = capsys.readouterr()
    assert command([*asked, "--log", "mlflow:x"]) == 0
    logged = capsys.readouterr()
    assert logged.out == plain.out
    assert "logged to MLflow as run" in logged.err
    for line in (["report", str(RUN), "--resamples", "200"], ["score", str(RUN)],
                 ["compare", str(RUN), str(RUN)]):  # fmt: skip
        assert command([*line, "--log", "mlflow:x", "-o", str(tmp_path / "out.md")]) == 0
    config = tmp_path / "gates.toml"
    config.write_text('[[gate]]\nmetric = "error"\nmax = "1%"\n')
    assert command(["gate", str(RUN), "--config", str(config), "--log", "mlflow:x"]) == 1
    client = mlflow.MlflowClient()
    runs = client.search_runs([client.get_experiment_by_name("x").experiment_id])
    assert len(runs) == 5
    assert {"focus", "fail"} <= {x.data.tags.get("mlstrat.verdict") for x in runs}


def test_a_store_that_cannot_be_reached_is_said_in_a_sentence(
    mlflow, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    begun = time.monotonic()
    out = tmp_path / "out.md"
    place = "mlflow:http://me:hunter2@127.0.0.1:1"
    asked = ["diagnose", str(RUN), "--resamples", "200", "-o", str(out), "--log", place]
    assert command(asked) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("mlstrat: MLflow took nothing")
    assert "hunter2" not in said.err
    assert "Traceback" not in said.err
    assert len(said.err.splitlines()) <= 3
    assert not out.exists()
    assert time.monotonic() - begun < 60
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="MLflow took nothing"):
        ms.log_to_mlflow(ms.gaps(human="1%", train="8%", dev="10%"),
                         tracking_uri=(tmp_path / "file" / "x").as_uri())  # fmt: skip


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of MLflow's own store
def test_a_store_in_sqlite(mlflow, tmp_path: Path) -> None:
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("alembic")
    result = ms.gaps(human="1%", train="8%", dev="10%")
    place = f"sqlite:///{tmp_path / 'm.db'}"
    client = mlflow.MlflowClient(place)
    client.create_experiment("x", artifact_location=(tmp_path / "kept").as_uri())
    run = ms.log_to_mlflow(result, experiment="x", tracking_uri=place)
    assert client.get_run(run).data.metrics == pytest.approx(metrics_of(result.to_dict()))
