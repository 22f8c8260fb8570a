"""A Spark cluster of its own for tests: a master and two workers as processes of this machine, on free ports."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HOST = "127.0.0.1"
SHORT = "-XX:TieredStopAtLevel=1"
"""For processes that live for minutes: little time is spent on making their code fast."""
WAIT = 120
"""Seconds until a process that says nothing has failed."""


def needed(name: str) -> Any:
    """Import a package of an engine; where the engines are asked for (``KZTIMELINE_ENGINES``), none may be absent."""
    if os.environ.get("KZTIMELINE_ENGINES"):
        return __import__(name)
    return pytest.importorskip(name, reason=f"{name} is not installed")


def free_port() -> int:
    """Find a port that nothing listens on; those given to anybody lie above 1024."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[str]:
    """Start a master and workers of one core each, give the master's address, and stop them all."""
    import pyspark

    home, port = Path(pyspark.__file__).parent, free_port()
    address = f"spark://{HOST}:{port}"
    env = {
        **os.environ, "SPARK_LOCAL_IP": HOST, "SPARK_HOME": str(home), "PYSPARK_PYTHON": sys.executable,
        "SPARK_DAEMON_JAVA_OPTS": SHORT,
    }  # fmt: skip
    with contextlib.ExitStack() as running:

        def start(name: str, main: str, *words: str) -> tuple[Path, subprocess.Popen[bytes]]:
            log = folder / f"{name}.log"
            file = running.enter_context(log.open("wb"))
            command = [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{main}", "--host", HOST]
            command += ["--webui-port", str(free_port()), *words]
            process = subprocess.Popen(command, env=env, cwd=folder, stdout=file, stderr=file)
            running.callback(stopped, process)
            return log, process

        heard("I have been elected leader", *start("master", "master.Master", "--port", str(port)))
        own = ["--cores", "1", "--memory", "1g", "--work-dir"]
        names = [f"worker{number}" for number in range(workers)]
        begun = [start(name, "worker.Worker", *own, str(folder / f"{name}.files"), address) for name in names]
        for log, process in begun:
            heard("Successfully registered with master", log, process)
        yield address


def heard(said: str, log: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a process has said something."""
    for _ in range(WAIT * 5):
        text = log.read_text("utf-8", errors="replace")
        if said in text:
            return
        if process.poll() is not None:
            break
        time.sleep(0.2)  # another process writes the file; nothing else tells that it did
    raise RuntimeError(f"{log.name} never said {said!r}:\n{text}")


def stopped(process: subprocess.Popen[bytes]) -> None:
    """Stop a process and wait until it is gone."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def session(folder: Path) -> Iterator[Any]:
    """Give a Spark session on a cluster of its own; small queries need no compiled code and few partitions."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.extraJavaOptions": SHORT, "spark.executor.extraJavaOptions": SHORT, "spark.driver.host": HOST, "spark.driver.bindAddress": HOST, "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2", "spark.executor.memory": "512m", "spark.sql.warehouse.dir": str(folder / "house"),
        "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false", "spark.sql.session.timeZone": "Asia/Almaty",
        "spark.log.level": "ERROR", "spark.ui.showConsoleProgress": "false",
    }  # fmt: skip
    with cluster(folder) as address:
        os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": HOST}
        builder = SparkSession.builder.master(address).appName("kztimeline")
        for name, value in settings.items():
            builder = builder.config(name, value)
        found = builder.getOrCreate()
        gateway = found.sparkContext._gateway.proc
        try:
            yield found
        finally:
            found.stop()
            gateway.stdin.close()  # the driver's own process ends with its input
            gateway.wait(60)
