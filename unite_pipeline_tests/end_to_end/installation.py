"""A whole installation to test on: a served simulator, real processes, a data directory, the real clock.

Here: starting things and reading what they left. Not here: assertions on what is right (`truth.py`).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from unite_pipeline.cli import run
from unite_pipeline.cli.provision import provision_with
from unite_pipeline.clock import machine_clock
from unite_pipeline.settings import load_settings
from unite_pipeline.simulator import Company, CompanyPlan, Faults, Simulator
from unite_pipeline.simulator.server import Served, serve

ZONE = ZoneInfo("Europe/Amsterdam")
PERIOD_S = 2.0
"""The budget's period: the vendor's is 60 s; the same 30 requests in a shorter one test the same code sooner."""

SILENCE = timedelta(minutes=10)


def days_ago(days: int) -> date:
    """The local day so many days before today."""
    return datetime.now(UTC).astimezone(ZONE).date() - timedelta(days=days)


def busiest_day(simulator: Simulator, newest: int, oldest: int) -> date:
    """The day with most calls of those so many days ago: neither a weekend nor a holiday."""
    days = [days_ago(ago) for ago in range(newest, oldest + 1)]
    return max(days, key=lambda day: len(simulator.truth.calls(day, day)))


def free_port() -> int:
    """A port on which nobody listens just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Finished:
    """A command that ran to its end."""

    code: int
    out: str
    err: str


class Installation:
    """One data directory, and the command line on it, against a served simulator."""

    def __init__(self, root: Path, served: Served) -> None:
        self.root = root
        self.data = root / "data"
        self.served = served
        self.simulator = served.sim
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("UNITE_", "DAGSTER_"))},
            "UNITE_BASE_URL": served.base_url,
            "UNITE_TENANT": "acme",
            "UNITE_DATA_DIR": str(self.data),
            "UNITE_START_DATE": str(served.sim.company.plan.first_day),
            "UNITE_RATE_PERIOD_S": str(PERIOD_S),
            "UNITE_TIMEOUT_S": "10",
        }

    @property
    def warehouse(self) -> Path:
        return self.data / "unite.duckdb"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `unite-pipeline` with these arguments in a process of its own."""
        command = [sys.executable, "-c", "from unite_pipeline.cli import main; main()", *arguments]
        return subprocess.Popen(
            command, env=self.environment, cwd=self.root, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self, *arguments: str) -> Finished:
        """Run `unite-pipeline` to its end."""
        return finish(self.start(*arguments))

    def provision(self) -> None:
        """Obtain and store a login token."""
        settings = load_settings(
            base_url=self.served.base_url,
            tenant=self.environment["UNITE_TENANT"],
            data_dir=self.data,
            login_token=None,
        )
        provision_with(settings, self.simulator.enable_invitation())

    def run_here(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        *arguments: str,
        ahead: timedelta = timedelta(),
    ) -> Finished:
        """Run `unite-pipeline` in this process: sooner, for what needs no process of its own, or another time."""
        for name in [name for name in os.environ if name.startswith(("UNITE_", "DAGSTER_"))]:
            monkeypatch.delenv(name)
        for name, value in self.environment.items():
            if name.startswith("UNITE_"):
                monkeypatch.setenv(name, value)
        monkeypatch.chdir(self.root)
        clock = machine_clock()
        code = run(list(arguments), replace(clock, utc=lambda: clock.utc() + ahead))
        captured = capsys.readouterr()
        return Finished(code, captured.out, captured.err)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Ask the warehouse; instants come back in UTC."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql, parameters).fetchall()

    def requests(self) -> int:
        """Requests that the simulator received so far."""
        return len(self.simulator.requests)


def finish(process: subprocess.Popen[str], timeout_s: float = 120) -> Finished:
    """Wait for a command's end."""
    out, err = process.communicate(timeout=timeout_s)
    return Finished(process.returncode, out, err)


def silent(plan: CompanyPlan) -> Company:
    """The company of the plan, or of the next seed, where no call or recording appears for SILENCE on the real clock.

    Processes of their own have no clock that a test moves. A call filed between the last request of a sync and the look
    at the truth is in the truth alone, and proves nothing; what calls filed under way do is tested on a moved clock.
    """
    now = datetime.now(UTC)
    for seed in range(plan.seed, plan.seed + 10_000):
        company = Company(replace(plan, seed=seed))
        days = [company.day(days_ago(ago)) for ago in (1, 0, -1)]
        appear = [each.published_at for day in days for each in (*day.calls, *day.recordings)]
        if not any(now <= moment < now + SILENCE for moment in appear):
            return company
    raise AssertionError("no company is silent for so long: plan fewer calls a day")


@contextmanager
def installed(
    root: Path,
    plan: CompanyPlan,
    faults: Faults | None = None,
    *,
    is_silent: bool = True,
    period_s: float = PERIOD_S,
) -> Iterator[Installation]:
    """An installation on a company where nothing happens meanwhile (unless it may), provisioned."""
    company = silent(plan) if is_silent else Company(plan)
    simulator = Simulator(company, limit=30, period_s=period_s, faults=faults)
    with serve(simulator) as served:
        installation = Installation(root, served)
        installation.provision()
        yield installation
