"""A cluster of Spark on this machine: a master and two workers, started and stopped here."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert process.poll() is None, f"ended: {process.args}"
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError(f"nothing listens at {port}")


@dataclass
class Cluster:
    """Processes of a standalone cluster; each worker with its executors is a group of its own."""

    folder: Path
    home: Path
    port: int = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"spark://127.0.0.1:{self.port}"

    def start(self, what: str, *arguments: str, memory: str = "192m") -> subprocess.Popen[bytes]:
        log = (self.folder / f"{what.rpartition('.')[2]}{len(self.processes)}.log").open("wb")
        process = subprocess.Popen(
            [str(self.home / "bin" / "spark-class"), what, *arguments],
            env={
                **os.environ, "SPARK_HOME": str(self.home), "SPARK_DAEMON_MEMORY": memory,
                "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable,
            },
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        log.close()
        self.processes.append(process)
        return process

    def begin(self) -> None:
        self.port = free_port()
        master = self.start(
            "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1",
            "--port", str(self.port), "--webui-port", str(free_port()),
        )  # fmt: skip
        wait_for(self.port, master)
        ports = [free_port() for _ in range(2)]
        workers = [self.start_worker(port) for port in ports]
        for port, worker in zip(ports, workers, strict=True):
            wait_for(port, worker)

    def add_worker(self) -> None:
        port = free_port()
        wait_for(port, self.start_worker(port))

    def start_worker(self, port: int) -> subprocess.Popen[bytes]:
        return self.start(
            "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--port", str(port),
            "--webui-port", str(free_port()), "-c", "1", "-m", "512m",
            "-d", str(self.folder / f"worker{port}"), self.url,
        )  # fmt: skip

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End a process and its children at once, as a machine that loses its power."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def end(self) -> None:
        for process in reversed(self.processes):
            self.kill(process)


@pytest.fixture(scope="session")
def home() -> Path:
    """The folder of PySpark, which holds all of Spark."""
    pyspark = pytest.importorskip("pyspark")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        pytest.skip("there is no Java")
    return Path(pyspark.__file__).parent


@pytest.fixture(scope="session")
def cluster(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    found = Cluster(tmp_path_factory.mktemp("cluster"), home)
    try:
        found.begin()
        yield found
    finally:
        found.end()


@pytest.fixture(scope="session")
def spark(cluster: Cluster) -> Iterator[Any]:
    """A session of the cluster, in this process."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.executor.memory": "512m", "spark.driver.memory": "512m",
        "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "OFF", "spark.sql.shuffle.partitions": "2",
    }  # fmt: skip
    builder = SparkSession.builder.master(cluster.url)
    session = builder.config(map=settings).getOrCreate()
    yield session
    session.stop()
