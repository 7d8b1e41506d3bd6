"""The units of `deploy/`: systemd takes them, they are as closed as they say, and what they start works together."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
import yaml

from unite_pipeline.simulator import CompanyPlan
from unite_pipeline_tests.end_to_end.installation import days_ago, installed
from unite_pipeline_tests.end_to_end.servers import ended, until
from unite_pipeline_tests.end_to_end.test_servers import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICES = sorted(path.name for path in DEPLOY.glob("*.service"))
SERVERS = ["unite-code.service", "unite-daemon.service", "unite-webserver.service"]
BIN = Path(sys.executable).parent
DATA, CODE, SOCKET = "/var/lib/unite-pipeline", "/opt/unite-pipeline", "/run/unite-pipeline"


def unit(name: str) -> configparser.ConfigParser:
    """A unit, with the last value of a name that stands several times."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(DEPLOY / name)
    return parser


@pytest.mark.parametrize("name", SERVICES)
def test_services_are_closed(name: str) -> None:
    """Each service has a user of its own, writes nothing but its data, gains no rights and is bounded in memory."""
    service = unit(name)["Service"]
    closed = {"User": "unite", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "UMask": "0077"}
    assert {key: service[key] for key in closed} == closed
    assert service["CapabilityBoundingSet"] == ""
    assert set(service["ReadWritePaths"].split()) <= {DATA, "/var/backups/unite-pipeline"}
    assert re.fullmatch(r"\dG", service["MemoryMax"])


def test_a_run_without_memory_takes_no_other_along() -> None:
    """The kernel ends the run that goes beyond the bound, and systemd does not end the rest of the service."""
    assert unit("unite-code.service")["Service"]["OOMPolicy"] == "continue"


def test_the_command_on_a_server(tmp_path: Path) -> None:
    """The command runs in the service's folder, wherever it is called, with its arguments as they were given."""
    script = (DEPLOY / "unite-pipeline").read_text()
    assert "exec sudo -u unite " in script
    command = tmp_path / "command"
    command.write_text('#!/bin/sh\nprintf \'%s|\' "$PWD" "$@"\n')
    command.chmod(0o700)
    tried = script.replace("sudo -u unite ", "").replace(f"{CODE}/.venv/bin/unite-pipeline", str(command))
    arguments = ["sh", "-c", tried.replace(DATA, str(tmp_path)), "sh", "backup", "a b", "*"]
    done = subprocess.run(arguments, cwd="/", capture_output=True, text=True, check=True)
    assert done.stdout == f"{tmp_path}|backup|a b|*|"


@pytest.mark.parametrize("name", SERVERS)
def test_servers_come_back(name: str) -> None:
    """Each server is started again when it fails, and with the machine."""
    assert unit(name)["Service"]["Restart"] == "on-failure"
    assert unit(name)["Install"]["WantedBy"] == "multi-user.target"


def test_the_ui_is_for_this_machine() -> None:
    """The web server, which has no log-in, listens on loopback; the code server on a socket in a closed folder."""
    assert "--host 127.0.0.1 " in unit("unite-webserver.service")["Service"]["ExecStart"]
    code = unit("unite-code.service")["Service"]
    assert f"--socket {SOCKET}/code.sock" in code["ExecStart"]
    assert code["RuntimeDirectoryMode"] == "0700"
    (location,) = yaml.safe_load((DEPLOY / "workspace.yaml").read_text())["load_from"]
    assert location == {"grpc_server": {"socket": f"{SOCKET}/code.sock", "location_name": "unite_pipeline"}}


def test_systemd_takes_them(tmp_path: Path) -> None:
    """Systemd finds nothing to say of any unit: no name it does not know, no command that is not there.

    Where there is no systemd, as on macOS, every line is at least a name and a value.
    """
    for path in (*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")):
        text = path.read_text().replace(f"{CODE}/.venv/bin", str(BIN)).replace(f"file://{CODE}", "file:///")
        (tmp_path / path.name).write_text(text)
        assert unit(path.name).sections()
    verify = shutil.which("systemd-analyze")
    if verify is not None:
        files = [str(path) for path in tmp_path.glob("unite-*")]
        done = subprocess.run([verify, "verify", "--man=no", *files], capture_output=True, text=True, check=False)
        assert [line for line in done.stderr.splitlines() if "unite-" in line] == []


def ask(port: int, query: str) -> dict | None:
    """The answer of the web server; None while there is none."""
    request = Request(
        f"http://127.0.0.1:{port}/graphql",
        json.dumps({"query": query}).encode(),
        {"content-type": "application/json"},
    )
    try:
        with urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())["data"]
    except (URLError, OSError):
        return None


@pytest.mark.processes
def test_what_the_units_start_works_together(tmp_path: Path) -> None:
    """The three commands of the units, on a simulated company: the pipeline is loaded, and a run goes through them."""
    port = free_port()
    plan = CompanyPlan(seed=23, first_day=days_ago(4), calls_per_working_day=20, extension_count=3)
    with installed(tmp_path, plan) as installation, ExitStack() as servers:
        assert installation.run("sync").code == 0  # makes the instance
        installation.environment["DAGSTER_HOME"] = str(installation.data / "dagster")
        (tmp_path / "workspace.yaml").write_text((DEPLOY / "workspace.yaml").read_text().replace(SOCKET, str(tmp_path)))
        for name in SERVERS:
            command = unit(name)["Service"]["ExecStart"].replace(f"{CODE}/.venv/bin", str(BIN))
            command = command.replace(f"{CODE}/deploy", str(tmp_path)).replace(SOCKET, str(tmp_path))
            with (tmp_path / f"{name}.log").open("wb") as log:
                process = subprocess.Popen(
                    shlex.split(command.replace("--port 3000", f"--port {port}")),
                    env=installation.environment, cwd=tmp_path, stdout=log, stderr=log,
                )  # fmt: skip
            servers.enter_context(ended(process))
            if name == SERVERS[0]:
                until((tmp_path / "code.sock").exists, what="the code server")
        entry = "locationOrLoadError { __typename } name"
        query = f"{{ workspaceOrError {{ ... on Workspace {{ locationEntries {{ {entry} }} }} }} }}"
        found = until(lambda: ask(port, query), what="the web server")
        assert found["workspaceOrError"]["locationEntries"] == [
            {"locationOrLoadError": {"__typename": "RepositoryLocation"}, "name": "unite_pipeline"}
        ]
        selector = '{repositoryLocationName: "unite_pipeline", repositoryName: "__repository__", jobName: "checks"}'
        launch = f"mutation {{ launchRun(executionParams: {{selector: {selector}}}) {{ __typename }} }}"
        assert ask(port, launch) == {"launchRun": {"__typename": "LaunchRunSuccess"}}
        done = '{ runsOrError(filter: {pipelineName: "checks"}) { ... on Runs { results { status } } } }'
        until(
            lambda: [run["status"] for run in ask(port, done)["runsOrError"]["results"]] == ["SUCCESS"], what="the run"
        )
        assert (tmp_path / "code.sock").stat().st_uid == os.getuid()
