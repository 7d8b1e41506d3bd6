"""Commands that run until Ctrl-C, in processes of their own: what they serve, how they end, a port that is taken."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from unite_pipeline.cli import run
from unite_pipeline_tests.end_to_end.installation import finish, free_port

PATIENCE_S = 55.0


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command that runs on, without settings, in a folder of its own; ended if the test did not do so."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("UNITE_", "DAGSTER_"))}
    command = [sys.executable, "-u", "-c", "from unite_pipeline.cli import main; main()", *arguments]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()  # not killed: it ends what it started
            process.communicate(timeout=PATIENCE_S)


@pytest.mark.processes
def test_simulate_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    """`simulate` says address and invitation first, trades that invitation over HTTP, and ends by Ctrl-C with 130."""
    with started(tmp_path, "simulate", "--port", "0") as process:
        base_url = re.fullmatch(r"UNITE_BASE_URL=(http://127\.0\.0\.1:\d+/unite/v1)\n", process.stdout.readline())[1]
        command = r"Provision with: unite-pipeline provision ([A-Z0-9]{6})\n"
        invitation = re.fullmatch(command, process.stdout.readline())[1]
        with urlopen(
            f"{base_url}/appprovision", urlencode({"invitationid": invitation}).encode(), timeout=10
        ) as answer:
            assert b'"logintoken"' in answer.read()
        process.send_signal(signal.SIGINT)
        done = finish(process)
    assert (done.code, done.err.strip()) == (130, "unite-pipeline: Interrupted; what had come is kept")


@pytest.mark.processes
def test_dev_serves_the_ui_until_it_is_interrupted(tmp_path: Path) -> None:
    """`dev --simulator` brings up Dagster's web server on the port asked for; Ctrl-C ends both, with 130."""
    port = free_port()
    with started(tmp_path, "dev", "--simulator", "--port", str(port)) as process:
        deadline = time.monotonic() + PATIENCE_S
        while not _answers(f"http://127.0.0.1:{port}/server_info"):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "the web server did not answer in time"
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        done = finish(process)
    assert done.code == 130
    assert f"Dagster UI: http://127.0.0.1:{port}" in done.out
    assert not _answers(f"http://127.0.0.1:{port}/server_info")


@pytest.mark.processes
@pytest.mark.parametrize(
    "command", [["simulate"], ["dev"], ["dev", "--simulator"]], ids=["simulate", "dev", "dev --simulator"]
)
def test_a_taken_port_is_named(tmp_path: Path, command: list[str]) -> None:
    """Where something listens on the port, the command ends at once with 1, names the port and says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with started(tmp_path, *command, "--port", str(port)) as process:
            done = finish(process, PATIENCE_S)
    assert done.code == 1
    assert done.err == (
        f"unite-pipeline: Port {port} of this machine cannot be used: Address already in use. "
        "End what listens there, or choose another port with --port\n"
    )
    assert done.out == ""


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_no_port_is_wrong_use(capsys: pytest.CaptureFixture[str], port: str) -> None:
    """What is no port is wrong use: exit code 2, with the option's name."""
    assert run(["simulate", "--port", port]) == 2
    assert "--port" in capsys.readouterr().err


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False
