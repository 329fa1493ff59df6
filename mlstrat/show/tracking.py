"""Results where experiments are tracked: figures with the ends of intervals, report and verdict.

MLflow is loaded only when something is logged. Nothing of the environment, the command line or a
password goes there: what is logged is what the document says, names of users and queries cut out of
any URL in it.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import math
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from mlstrat.core.record import Record
from mlstrat.errors import InputError, UsageError
from mlstrat.show.document import Document

if TYPE_CHECKING:
    from mlstrat.core.schema_parts import Input

SYSTEM = "mlflow"
INSTALL = "pip install 'mlstrat[mlflow]'"

NOT_FIGURES = frozenset({"signature", "findings", "evidence", "columns", "per_class", "to_settle",
                         "missing", "extra", "confusion", "det"})  # fmt: skip
"""Keys of a document under which nothing is a figure of the run, or each class has several."""

NAMES = ("level", "gap", "split", "metric", "category", "tag", "label", "name", "run", "model")
"""What an item of a list is called by."""

VALUES = ("value", "observed", "error")
"""Under which a figure with an interval stands."""

AT_ONCE = 500
LONGEST_NAME, LONGEST_TAG, LONGEST_REASON = 250, 4_000, 160

QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
         "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}  # fmt: skip
"""Of MLflow, where the user's environment says nothing else."""

_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*:(?:&#8203;)?//)(?P<host>[^/\s|'\"<>?]*)(?P<path>[^\s|'\"<>?]*)"
    r"(?:\\?\?[^\s|'\"<>]*)?", re.IGNORECASE,
)  # fmt: skip
"""A URL as it stands in a text, in JSON, in HTML, and in markdown, which escapes parts of it."""


def without_secrets(text: str) -> str:
    """Return text whose URLs have no name of a user, no password and no query."""

    def safe(found: re.Match[str]) -> str:
        host = re.sub(r"&#8203;|\\", "", found["host"]).rpartition("@")[2]
        # Cut off before its @, the name of a user and a password look like a host and a port.
        if ":" in host and not host.rpartition(":")[2].isdecimal():
            host = "…"
        return found["scheme"] + host + found["path"]

    return _URL.sub(safe, text)


class Target(Record):
    """Where results go: a tracking URI and an experiment, None for the defaults of MLflow."""

    uri: str | None = None
    experiment: str | None = None


def target_of(text: str) -> Target:
    """Return what ``--log`` says, once MLflow is found to be installed."""
    system, colon, rest = text.partition(":")
    if system.strip().lower() != SYSTEM or not colon:
        raise UsageError(
            f"--log {without_secrets(text)!r}: no such place",
            accepted="mlflow:, mlflow:EXPERIMENT, mlflow:URI or mlflow:URI#EXPERIMENT",
        )
    _require()
    uri, _, experiment = rest.rpartition("#") if "#" in rest else (rest, "", "")
    if ":" not in uri and not experiment:
        return Target(None, uri or None)
    return Target(uri or None, experiment or None)


def _require() -> None:
    if find_spec(SYSTEM) is None:
        raise UsageError("--log needs MLflow, which is not installed", hint=f"`{INSTALL}`")


def log_to_mlflow(
    result: Document,
    *,
    experiment: str | None = None,
    tracking_uri: str | None = None,
    run_id: str | None = None,
) -> str:
    """Log a result to MLflow, and return the id of its run there.

    Each figure becomes a metric, the ends of its interval two more (``_ci_low``, ``_ci_high``);
    verdict, focus and codes of findings become tags; the report and the JSON become artifacts. A
    run that is active here, or that ``MLFLOW_RUN_ID`` names, is added to; else one is made.

    Parameters
    ----------
    result
        What a function of mlstrat returned.
    experiment
        Its name; without it ``MLFLOW_EXPERIMENT_NAME``, else ``mlstrat``.
    tracking_uri
        Where MLflow keeps runs; without it as MLflow is configured.
    run_id
        The run to add to.

    Raises
    ------
    UsageError
        Without MLflow.
    InputError
        Where its store cannot be reached, or takes nothing.

    Examples
    --------
    >>> import mlstrat as ms
    >>> result = ms.gaps(human="1%", train="8%", dev="10%")
    >>> ms.log_to_mlflow(result, experiment="faces")  # doctest: +SKIP
    'f38a5602fd124630a7af6144c099a7c5'
    """
    _require()
    found = result.to_dict()
    files = {"mlstrat/report.md": result.to_markdown(), "mlstrat/result.json": result.to_json()}
    to_html = getattr(result, "to_html", None)
    if to_html is not None:
        files["mlstrat/report.html"] = to_html()
    with _quiet():
        try:
            return _log(found, files, experiment, tracking_uri, run_id)
        except Exception as error:  # whatever a store, a network or a database raises
            raise _unreachable(error) from None


def _log(
    found: Mapping[str, Any], files: Mapping[str, str], experiment: str | None, uri: str | None,
    run_id: str | None,
) -> str:  # fmt: skip
    import mlflow
    from mlflow.entities import Metric, RunTag

    client = mlflow.MlflowClient(tracking_uri=uri)
    own = run_id is None
    if run_id is None and uri is None and experiment is None:
        active = mlflow.active_run()
        run_id = active.info.run_id if active is not None else os.environ.get("MLFLOW_RUN_ID")
        own = run_id is None
    if run_id is None:
        name = experiment or os.environ.get("MLFLOW_EXPERIMENT_NAME") or "mlstrat"
        there = client.get_experiment_by_name(name)
        at = client.create_experiment(name) if there is None else there.experiment_id
        run_id = str(client.create_run(at).info.run_id)
    now = int(time.time() * 1000)
    metrics = [Metric(k, x, now, 0) for k, x in metrics_of(found).items()]
    tags = [RunTag(k, x) for k, x in tags_of(found).items()]
    for i in range(0, max(len(metrics), 1), AT_ONCE):
        client.log_batch(run_id, metrics[i : i + AT_ONCE], tags=[] if i else tags)
    for path, text in files.items():
        client.log_text(run_id, without_secrets(text), path)
    if own:
        client.set_terminated(run_id)
    return run_id


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what MLflow prints off the screen, and its waiting short; as before afterwards."""
    loggers = [logging.getLogger(x) for x in (SYSTEM, "alembic", "urllib3")]
    levels = [x.level for x in loggers]
    added = [name for name in QUIET if name not in os.environ]
    os.environ.update({name: QUIET[name] for name in added})
    for one in loggers:
        one.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)
        for name in added:
            os.environ.pop(name, None)


def _unreachable(error: Exception) -> InputError:
    said = (str(error).strip().splitlines() or [type(error).__name__])[0]
    hint = "is the server running? MLFLOW_TRACKING_URI, or --log mlflow:URI, says where it is"
    if "MLFLOW_ALLOW_FILE_STORE" in said:
        hint = "a database, as mlflow:sqlite:///mlflow.db; or MLFLOW_ALLOW_FILE_STORE=true"
    return InputError(f"MLflow took nothing: {without_secrets(said)[:LONGEST_REASON]}", hint=hint)


def metrics_of(found: Mapping[str, Any]) -> dict[str, float]:
    """Return the figures of a document by their place in it, with the ends of their intervals."""
    out: dict[str, float] = {}

    def number(name: str, x: Any) -> None:
        known = isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x)
        clean = re.sub(r"[^\w./ -]", "_", name)[:LONGEST_NAME]
        if known and clean not in out:
            out[clean] = float(x)

    def walk(x: Any, path: str) -> None:
        if isinstance(x, Mapping):
            if "ci" in x:
                number(path, next((x[k] for k in VALUES if k in x), None))
                for end, which in zip(x["ci"] or (), ("low", "high"), strict=False):
                    number(f"{path}_ci_{which}", end)
            for key, inside in x.items():
                if key in NOT_FIGURES or not isinstance(inside, Mapping | list):
                    continue
                named = isinstance(inside, Mapping) and key == "metric" and inside.get("name")
                walk(inside, f"{path}/{key}{f'/{named}' if named else ''}".removeprefix("/"))
        elif isinstance(x, Sequence) and not isinstance(x, str):
            for i, inside in enumerate(x):
                if isinstance(inside, Mapping):
                    told = [str(inside[k]) for k in NAMES if isinstance(inside.get(k), str)]
                    told += [f"{k}={v}" for k, v in (inside.get("where") or {}).items()]
                    walk(inside, f"{path}/{' '.join(told[:4]) or i}")

    walk(found, "")
    return out


def tags_of(found: Mapping[str, Any]) -> dict[str, str]:
    """Return what a document concludes, and what it is based on: hashes of files, no paths."""
    signature = found.get("signature") or {}
    inputs: Sequence[Input] = signature.get("inputs", ())
    codes = [x["code"] for x in found.get("findings", ())]
    said = {
        "schema": found.get("schema"), "version": signature.get("mlstrat"),
        "verdict": found.get("verdict"), "focus": found.get("focus"),
        "findings": list(dict.fromkeys(codes)), "confidence": signature.get("confidence"),
        "inputs": [x["sha256"] for x in inputs if x.get("sha256")],
    }  # fmt: skip
    return {
        f"mlstrat.{k}": without_secrets(_words(x))[:LONGEST_TAG]
        for k, x in said.items() if x is not None and x not in ([], ())
    }  # fmt: skip


def _words(x: Any) -> str:
    if isinstance(x, Mapping):
        return ", ".join(f"{k}: {_words(v)}" for k, v in x.items())
    if isinstance(x, list | tuple):
        return ", ".join(map(str, x))
    return x if isinstance(x, str) else json.dumps(x)
